"""A long recording in memory: one shelf, a visit every few minutes, staff that fill it up. For speed and memory, not for accuracy alone."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from bench.recordings import LAST_REST_S, SESSION_MARGIN_S, T0_NS, loads_of
from bench.shop_physics import LEVELS, RATE_HZ, leak_matrix, plate_noise, ringing
from bench.shop_shelves import Shelves, made_up
from bench.shop_visits import Event, Shop, Unit, events_of, stand, stocked
from edge.recordings.format import Place, RecordedFacing, Recording, Session, Truth, TruthLine, TruthReceipt
from edge.recordings.format import Shop as RecordedShop
from edge.store.model import Product

FIRST_S: Final = 30.0  # s before the first visit
RESTOCK_PACE_S: Final = (2.5, 5.0)  # s between two units that staff put down
RESTOCK_BELOW: Final = 0.5  # share of the full shelf
FIRST_TAKE_S: Final = 3.0


def recorded_shop(shelves: Shelves) -> RecordedShop:
    """The same shop as a recording has it."""
    return RecordedShop(
        tuple(Place(place.plate, place.gondola, place.shelf, place.number) for place in shelves.plates),
        tuple(Product(item.sku, item.name, item.price_minor, 0, item.unit_weight_g, item.weight_sd_g) for item in shelves.items),
        tuple(RecordedFacing(sku, tuple(shelves.plates[place].plate for place in places), count) for sku, places, count in shelves.facings),
    )


def made_day(seconds: float, rate_hz: float, *, every_s: float, seed: int) -> Recording:
    """Twelve plates at ``rate_hz`` (a divisor of 60: values are means over the samples left out), a visit every ``every_s`` seconds."""
    source = np.random.default_rng(seed)
    level, shelves = LEVELS["typical"], made_up(np.random.default_rng(seed), shelves=1)
    width, count, each = len(shelves.plates), int(seconds * rate_hz), round(RATE_HZ / rate_hz)
    shop = stocked(source, shelves, level)
    full = len(shop.standing)
    leaks = leak_matrix(source, [shelves.beside(place) for place in range(width)], level.leak)
    grams = np.zeros((count, width), np.float32)
    lasting = np.zeros((count, width), np.float32)
    sessions, taken = [], []
    for number, start_s in enumerate(np.arange(FIRST_S, seconds - every_s, every_s)):
        staff = len(shop.standing) < RESTOCK_BELOW * full
        events = _restock(shop, level.unit_spread[0]) if staff else events_of(shop, level, 0, FIRST_TAKE_S)
        end_s = events[-1].at_s + LAST_REST_S[1]
        at_s = np.arange(round(end_s * rate_hz) * each) / RATE_HZ
        loads = loads_of(shop, level, events, at_s)[0] @ leaks
        first = round(start_s * rate_hz)
        read = ringing(source, loads).reshape(-1, each, width).mean(axis=1)
        grams[first : first + len(read)] += read
        lasting[first + len(read)] += loads[-1]
        name = f"day/{number + 1}"
        begin, end = (T0_NS + round((start_s + offset) * 1e9) for offset in (SESSION_MARGIN_S[0], end_s - SESSION_MARGIN_S[1]))
        sessions.append(Session(name, "staff" if staff else "shopper", begin, end, staff))
        if not staff:
            kept = Counter(unit.sku for unit in shop.held.pop(0, []))
            taken.append(TruthReceipt(name, tuple(TruthLine(sku, units) for sku, units in sorted(kept.items()))))
    np.cumsum(lasting, axis=0, out=lasting)
    grams += lasting
    grams += plate_noise(source, count, width, level, rate_hz).astype(np.float32)
    times = T0_NS + np.round(np.arange(count) * (1e9 / rate_hz)).astype(np.int64)
    return Recording("day", recorded_shop(shelves), times, grams, tuple(sessions), Truth(tuple(taken)))


def _restock(shop: Shop, spread: float) -> list[Event]:
    """Staff put units down one by one until every facing is full."""
    source, at_s = shop.source, FIRST_TAKE_S
    weights = {item.sku: item.unit_weight_g for item in shop.shelves.items}
    left = Counter(unit.sku for unit in shop.standing)
    events = []
    for sku, places, count in shop.shelves.facings:
        for _ in range(max(0, count - left[sku])):
            unit = Unit(sku, weights[sku] * (1.0 + spread * float(np.clip(source.normal(), -3.0, 3.0))), stand(source, places))
            shop.standing.append(unit)
            events.append(Event(at_s, sku, 1, {place: share * unit.grams for place, share in unit.shares.items()}, 0))
            at_s += source.uniform(*RESTOCK_PACE_S)
    return events

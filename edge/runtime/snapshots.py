"""Puts together what the pages see: the state in words, with the live weights, counters and queues of the leaves beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final, assert_never

from cloud_bridge.live import BridgeLive
from devices.station.live import BusLive, DeviceLive, StationLive
from edge.basket.reading import basket_probability, best_story, lines, nothing_probability
from edge.runtime.clock import ClockReading
from edge.runtime.eye_rows import eye_view
from edge.runtime.journal import StoredReceipt
from edge.runtime.receipt_rows import SHORT_CHARS, receipt_row
from edge.runtime.stock_rows import stock_view
from edge.session import faults
from edge.session.details import Reason, Said
from edge.session.state import (
    Alarm,
    Authorising,
    Closed,
    Idle,
    Open,
    Phase,
    Settling,
    ShowingReceipt,
    StoreState,
    Unlocking,
    Visit,
    WaitingOpen,
    next_deadline_ns,
    visit_of,
)
from edge.session.turn import STORE, blocking, starting
from edge.snapshot import (
    AlarmView,
    BasketRow,
    BusView,
    CabinetView,
    CloudCondition,
    CloudView,
    ContentView,
    ControllerView,
    DeviceCondition,
    DeviceView,
    DoorView,
    Hint,
    PlateCondition,
    PlateView,
    RefusalView,
    StoreSnapshot,
    VisitView,
)
from edge.snapshot import Phase as PhaseName
from edge.store.model import StoreModel
from edge.store.money import price_of

DOOR_FAULTS: Final = ("forced_door", "relock_fault", "held_open", "door_left_open", "door_lost", "lock_failing", "door_sensors_disagree")

SURE_ENOUGH: Final = 0.8  # probability of the basket from which a shopper is told that something stands in the wrong place
SLOW_CONFIRMATION_S: Final = 10.0  # s; a consumer confirms within one, and a backlog of a night may take longer
_WORDS: Final[dict[PhaseName, str]] = {
    "starting": "One moment, the cabinet is starting.",
    "idle": "Welcome. Present your code to open the door.",
    "authorising": "Checking your code …",
    "unlocking": "Unlocking the door …",
    "waiting_for_opening": "The door is unlocked. Please open it.",
    "open": "Take what you like, then close the door.",
    "held_open": "Please close the door when you are done.",
    "closed": "Please press the door shut.",
    "settling": "Thank you. Adding up your goods …",
    "receipt": "Thank you. Here is your receipt.",
    "out_of_service": "Sorry, this cabinet is out of service.",
}


def store_snapshot(
    state: StoreState,
    *,
    name: str,
    reading: ClockReading,
    station: StationLive,
    bus_urls: Mapping[str, str],
    bridge: BridgeLive | None,
    receipts: Sequence[StoredReceipt],
    controller: ControllerView,
    reviews_open: int = 0,
    contact: str = "",
) -> StoreSnapshot:
    """The whole picture at one moment. ``receipts``: the newest few, newest first. ``reviews_open``: those that wait for a person."""
    store = state.store
    if store is None:
        raise ValueError("a store must be configured before it can be shown")
    names = {product.gtin: product.name for product in store.prices.products}
    return StoreSnapshot(
        at_s=reading.monotonic_ns / 1e9,
        at_unix_s=reading.wall_ns / 1e9,
        tenant=store.tenant,
        store=store.store,
        name=name,
        currency=store.prices.currency,
        price_version=store.prices.version,
        cabinet=_cabinet(state),
        doors=tuple(
            DoorView(
                door=door.door,
                open=door.open,
                secured=door.secured,
                lost=door.lost,
                alarm=None if fault is None else faults.FAULTS[fault].words,
                fault=fault,
            )
            for door in state.doors
            for fault in (_door_fault(state, door.door),)
        ),
        plates=_plates(state, store, station),
        stock=stock_view(state, store),
        visit=_visit(state),
        refusal=None
        if state.last_refusal is None
        else RefusalView(code=state.last_refusal.code, words=state.last_refusal.text, at_s=state.last_refusal.at_ns / 1e9),
        receipts=tuple(receipt_row(stored, names) for stored in receipts),
        cloud=_cloud(bridge, reading),
        devices=tuple(_device(device) for device in station.devices.values()),
        buses=tuple(_bus(bus, bus_urls.get(bus.bus, "")) for bus in station.buses.values()),
        alarms=tuple(_alarms(state)),
        controller=controller,
        eye=eye_view(state.eye, names),
        reviews_open=reviews_open,
        contact=contact,
        enrolments_no=state.enrolments_no,
    )


def phase_name(phase: Phase, *, starting: bool, closed_for_visits: bool) -> PhaseName:
    """The phase in the one word that pages and health messages use."""
    match phase:
        case Idle():
            if starting:
                return "starting"
            return "out_of_service" if closed_for_visits else "idle"
        case Authorising():
            return "authorising"
        case Unlocking():
            return "unlocking"
        case WaitingOpen():
            return "waiting_for_opening"
        case Open():
            return "open" if phase.held_by_ns is not None else "held_open"
        case Closed():
            return "closed"
        case Settling():
            return "settling"
        case ShowingReceipt():
            return "receipt"
        case _:
            assert_never(phase)


def cabinet_phase(state: StoreState) -> PhaseName:
    """The present phase in one word."""
    return phase_name(state.phase, starting=starting(state), closed_for_visits=bool(blocking(state)))


def _door_fault(state: StoreState, door: str) -> str | None:
    return next((alarm.code for alarm in state.alarms if alarm.subject == door and alarm.code in DOOR_FAULTS), None)


def _cabinet(state: StoreState) -> CabinetView:
    phase = cabinet_phase(state)
    deadline_ns = next_deadline_ns(state)
    words = _WORDS[phase]
    if isinstance(state.phase, ShowingReceipt) and state.phase.result.receipt is None:
        words = "Thank you. You took nothing." if state.phase.result.outcome == "nothing_taken" else "Thank you. The door is locked again."
    visit = visit_of(state.phase)
    if visit is not None and visit.unattended and phase in ("open", "held_open"):
        words = "The door was opened although nobody was let in. Please close it."
    if isinstance(state.phase, WaitingOpen) and state.phase.visit.released and all(door.proven_shut for door in state.doors):
        words = "The door has locked again. One moment please, then present a new code."
    blocked: dict[str, list[str]] = {}
    for alarm in blocking(state):
        blocked.setdefault(alarm.code, []).extend([] if alarm.subject == STORE else [alarm.subject])
    return CabinetView(
        phase=phase,
        words=words,
        since_s=state.phase_since_ns / 1e9,
        may_enter=phase == "idle",
        until_s=None if deadline_ns is None else deadline_ns / 1e9,
        reasons=tuple(Reason(code=code, words=faults.FAULTS[code].words, subjects=tuple(where)) for code, where in blocked.items()),
    )


def _plates(state: StoreState, store: StoreModel, station: StationLive) -> tuple[PlateView, ...]:
    known = {plate.plate: plate for plate in state.plates}
    products = {product.gtin: product for product in store.prices.products}
    full = {(facing.plate, facing.gtin): facing.count for facing in store.planogram}
    units = {(shelved.plate, shelved.gtin): shelved.units for shelved in state.stock.shelved}
    views = []
    for plate in store.plates:
        live = station.plates.get(plate.plate)
        grams = None if live is None else live.grams
        plate_state = known.get(plate.plate)
        condition: PlateCondition = "starting"
        if plate_state is not None and plate_state.lost:
            condition = "lost"
        elif plate_state is not None and plate_state.faulted:
            condition = "faulted"
        elif any(alarm.code == "plate_disturbed" and alarm.subject == plate.plate for alarm in state.alarms):
            condition = "disturbed"
        elif plate_state is not None and plate_state.moving:
            condition = "moving"
        elif plate_state is not None and plate_state.measured:
            condition = "stable"
        trouble = next((alarm for alarm in state.alarms if _of_plate(alarm, plate.plate)), None)
        pairs = sorted({key for key in full.keys() | units.keys() if key[0] == plate.plate})
        views.append(
            PlateView(
                plate=plate.plate,
                grams=None if grams is None else round(grams, 1) + 0.0,
                quality="stale" if live is None else live.quality,
                condition=condition,
                rated_g=plate.rated_g,
                contents=tuple(
                    ContentView(
                        gtin=gtin,
                        name=products[gtin].name if gtin in products else gtin,
                        price_minor=products[gtin].price_minor if gtin in products else 0,
                        units=units.get((plate.plate, gtin), 0),
                        full_units=full.get((plate.plate, gtin), 0),
                    )
                    for _, gtin in pairs
                ),
                detail=None if trouble is None else trouble.detail or None,
                said=None if trouble is None else trouble.said,
            )
        )
    return tuple(views)


def _of_plate(alarm: Alarm, plate: str) -> bool:
    """Whether this alarm says what the plate itself has."""
    return alarm.subject == plate and alarm.code in ("plate_lost", "plate_faulted", "plate_drifting")


def _visit(state: StoreState) -> VisitView | None:
    visit = visit_of(state.phase)
    if visit is None:
        return None
    products = {product.gtin: product for product in visit.store.prices.products}
    rows = []
    for line in lines(visit.belief, visit.store):
        product = products[line.gtin]
        total_minor, _ = price_of(product, line.quantity)
        rows.append(
            BasketRow(
                gtin=line.gtin,
                name=product.name,
                quantity=line.quantity,
                unit_price_minor=product.price_minor,
                total_minor=total_minor,
                probability=round(line.probability, 3),
            )
        )
    return VisitView(
        visit=visit.visit,
        short=visit.visit[-SHORT_CHARS:],
        role=visit.role,
        since_s=visit.granted_ns / 1e9,
        lines=tuple(rows),
        total_minor=sum(row.total_minor for row in rows),
        limit_minor=visit.limit_minor,
        nothing_probability=None if visit.opened_ns is None else round(nothing_probability(visit.belief), 3),
        hints=tuple(_hints(visit, sum(row.total_minor for row in rows))),
    )


def _hints(visit: Visit, total_minor: int) -> Iterable[Hint]:
    if visit.role == "shopper" and basket_probability(visit.belief) >= SURE_ENOUGH:
        homes: dict[str, list[str]] = {}
        for facing in visit.store.planogram:
            homes.setdefault(facing.gtin, []).append(facing.plate)
        names = {product.gtin: product.name for product in visit.store.prices.products}
        for net in best_story(visit.belief).nets:
            if net.units > 0 and net.plate not in homes.get(net.gtin, [net.plate]):
                name, belongs = names[net.gtin], tuple(homes[net.gtin])
                words = f"{name} seems to stand on {net.plate}. It belongs on {' or '.join(belongs)}."
                yield Hint(code="misplaced", words=words, plate=net.plate, product=name, homes=belongs)
    if visit.limit_minor is not None and total_minor > visit.limit_minor:
        yield Hint(code="over_limit", words="This is more than your spending limit. Please put something back.")


def _cloud(bridge: BridgeLive | None, reading: ClockReading) -> CloudView:
    if bridge is None:
        return CloudView(condition="off", words="No cloud is configured: events wait in the outbox.")
    condition: CloudCondition = bridge.condition
    words = {
        "off": "No cloud is configured: events wait in the outbox.",
        "connecting": "Not connected to the broker; events wait in the outbox.",
        "waiting": "Connected to the broker, no word from the consumer yet.",
        "connected": "Connected; the consumer confirms.",
        "lost": "No word from the consumer for too long; the store sells on within its offline limits.",
    }[condition]
    if condition == "connected" and bridge.oldest_age_s is not None and bridge.oldest_age_s > SLOW_CONFIRMATION_S:
        words = "The consumer was heard, but it has not confirmed the oldest events yet."
    return CloudView(
        condition=condition,
        words=words,
        depth=bridge.depth,
        oldest_since_s=None if bridge.oldest_age_s is None else round(reading.monotonic_ns / 1e9 - bridge.oldest_age_s, 1),
        stored_total=bridge.stored,
        confirmed_total=bridge.confirmed,
        last_error=bridge.last_error,
        said=None if bridge.trouble is None else Said(f"cloud_{bridge.trouble.code}", more=bridge.trouble.more),
    )


def _device(device: DeviceLive) -> DeviceView:
    condition: DeviceCondition = "up" if device.state == "online" else device.state
    return DeviceView(
        name=device.device,
        product=device.product,
        condition=condition,
        bus=device.bus,
        last_error=device.last_error,
        counters={"hits": device.hits, "misses": device.misses, "times_lost": device.times_lost},
    )


def _bus(bus: BusLive, url: str) -> BusView:
    counters = {key: value for key, value in asdict(bus.counters).items() if isinstance(value, int) and not isinstance(value, bool)}
    return BusView(name=bus.bus, url=url, connected=bus.connected, busy_fraction=None, counters=counters)


def _alarms(state: StoreState) -> Iterable[AlarmView]:
    for alarm in state.alarms:
        fault = faults.FAULTS[alarm.code]
        yield AlarmView(
            code=alarm.code,
            subject=alarm.subject,
            severity=fault.severity,
            words=fault.words,
            action=fault.action,
            since_s=alarm.since_ns / 1e9,
            latched=fault.latched,
            detail=alarm.detail,
            said=alarm.said,
        )

"""A recording made of a running store: its samples as they come, brought to one grid of times when the recording ends.

The store samples each plate at its own pace. The grid has one fixed rate; between two samples of a plate its weight is taken to go
straight, before the first and after the last it is taken to stay. Times become wall-clock times by the offset at the beginning.
"""

from __future__ import annotations

import http.client
import json
from array import array
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from edge.basket.stock import Shelved
from edge.recordings.fields import Field
from edge.recordings.format import Recording
from edge.recordings.samples import MAX_VALUES
from edge.recordings.shop import MAX_PLATES, MAX_PRODUCTS, MAX_UNIT_G, MAX_UNITS, MIN_UNIT_G, Place, RecordedFacing, Shop
from edge.recordings.sightings import moved
from edge.recordings.visits import Session
from edge.store.model import Product
from vision.facts import ItemSeen
from vision.wire import fact_of

SILENT_S = 10.0  # s; the store says something ten times a second, so a longer silence is a broken line
SPOKEN = Path("/api/v1/samples")  # where a running store says it
LONGEST_LINE = 4_000_000  # bytes; the shop itself is the longest line, with ten thousand products 2 MB
GAP_NS = 3_000_000_000  # ns without a sample of a plate that a recording has to tell about: the store itself calls the plate faulted then
NS_PER_S = 1_000_000_000


class NoRecording(RuntimeError):
    """Nothing can be recorded (any more). The message says why and what to do."""


def lines(url: str, headers: Mapping[str, str] | None = None) -> Generator[Mapping[str, Any]]:
    """What the store under ``url`` (http://host:port) sends, until it ends; ``headers`` prove who asks. Raises NoRecording."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None or parts.path not in ("", "/"):
        raise NoRecording(f"{url!r} is no address of a store; give one like http://127.0.0.1:8080")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=SILENT_S)
    try:
        connection.request("GET", "/api/v1/samples", headers={"Accept": "application/x-ndjson", **(headers or {})})
        answer = connection.getresponse()
        if answer.status != 200:
            raise NoRecording(f"{url} answered {answer.status}: {_told(answer.read(LONGEST_LINE))}")
        while line := answer.readline(LONGEST_LINE):
            found = json.loads(line)
            if not isinstance(found, dict):
                raise NoRecording(f"{url} does not speak as a store does; is it another program's port?")
            yield found
    except TimeoutError:
        raise NoRecording(f"{url} has said nothing for {SILENT_S:.0f} s; is the store running, and this its page's address?") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoRecording(f"{url} cannot be read ({error}); is the store running, and this its page's address?") from error
    finally:
        connection.close()


@dataclass(slots=True)
class Capture:
    """What was heard so far. ``first_ns`` to ``last_ns`` are the store's monotonic times, both 0 before the first sample."""

    times_ns: list[array[int]] = field(default_factory=list)
    grams: list[array[float]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    shop: Shop = field(default_factory=lambda: Shop((), (), ()))
    sessions: list[Session] = field(default_factory=list)
    sightings: list[ItemSeen] = field(default_factory=list)
    offset_ns: int = 0
    first_ns: int = 0
    last_ns: int = 0
    samples: int = 0
    under_way: bool = False
    under_way_at_start: bool = False

    def begin(self, head: Mapping[str, Any], source: Path = SPOKEN) -> None:
        """The first line. Raises RecordingInvalid, which names ``source``, where it describes no shop."""
        root = Field(source, "", head)
        self.columns = tuple(one.name() for one in root.at("columns").each(MAX_PLATES))
        self.times_ns = [array("q") for _ in self.columns]
        self.grams = [array("f") for _ in self.columns]
        self.offset_ns = root.at("wall_ns").whole() - root.at("monotonic_ns").whole()
        self.under_way_at_start = self.under_way = bool(root.at("under_way").value)
        self.shop = _shop(root)

    def hear(self, line: Mapping[str, Any]) -> None:
        """Every other line. Raises NoRecording where samples were lost, or where this is not how a store of this release speaks."""
        if line.get("overrun"):
            raise NoRecording("samples were lost because this machine is too busy; record again with less running beside it")
        try:
            self._take(line)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
            raise NoRecording(f"the store says what cannot be understood ({error!r}); is it another release of this program?") from error

    def _take(self, line: Mapping[str, Any]) -> None:
        for place, at_ns, grams in line.get("samples", ()):
            times = self.times_ns[place]
            if (times and at_ns <= times[-1]) or not -1e9 < grams < 1e9:
                continue
            times.append(at_ns)
            self.grams[place].append(grams)
            self.samples += 1
            self.first_ns = min(self.first_ns or at_ns, at_ns)
            self.last_ns = max(self.last_ns, at_ns)
        if "seen" in line:
            self._saw(line["seen"])
        visit = line.get("visit")
        if visit is not None and self.first_ns and visit["start_ns"] >= self.first_ns and visit["end_ns"] > visit["start_ns"]:
            self.sessions.append(
                Session(
                    visit["visit"], "", visit["start_ns"] + self.offset_ns, visit["end_ns"] + self.offset_ns, visit["role"] != "shopper"
                )
            )
        if not {"samples", "visit", "seen"} & line.keys():
            self.under_way = bool(line.get("under_way"))

    def _saw(self, row: object) -> None:
        """What a camera saw from the first sample on. Raises ValueError where it is no sighting."""
        seen = fact_of(json.dumps(row).encode())
        if not isinstance(seen, ItemSeen):
            raise ValueError("what a camera saw is no sighting")
        if self.first_ns and seen.start_ns >= self.first_ns:
            self.sightings.append(seen)

    def full(self, hz: float) -> bool:
        """Whether a longer recording could not be read again."""
        return (self.last_ns - self.first_ns) / NS_PER_S * hz * len(self.columns) > 0.98 * MAX_VALUES

    def silent(self) -> tuple[str, ...]:
        """Plates without any sample: they cannot be in the recording."""
        return tuple(plate for plate, times in zip(self.columns, self.times_ns, strict=True) if not times)

    def gaps(self) -> tuple[tuple[str, float], ...]:
        """Plates that gave no sample for longer than a store accepts, with the longest such time in seconds."""
        found = []
        for plate, times in zip(self.columns, self.times_ns, strict=True):
            if times:
                longest = max(np.diff([self.first_ns, *times, self.last_ns]).max(), 0)
                if longest > GAP_NS:
                    found.append((plate, float(longest) / NS_PER_S))
        return tuple(found)

    def recording(self, name: str, hz: float) -> Recording:
        """Everything heard, at ``hz`` samples a second. Raises NoRecording where that is too little."""
        there = [place for place, times in enumerate(self.times_ns) if times]
        rows = int((self.last_ns - self.first_ns) / NS_PER_S * hz) + 1
        if not there or rows < 2:
            raise NoRecording("no plate gave a sample; look at the store's page for what its scales have")
        grid_ns = self.first_ns + np.round(np.arange(rows) * (NS_PER_S / hz)).astype(np.int64)
        grams = np.empty((rows, len(there)), np.float32)
        for column, place in enumerate(there):
            own_s = (np.frombuffer(self.times_ns[place], np.int64) - self.first_ns) / NS_PER_S
            grams[:, column] = np.interp((grid_ns - self.first_ns) / NS_PER_S, own_s, np.frombuffer(self.grams[place], np.float32))
        last_ns = int(grid_ns[-1]) + self.offset_ns
        sessions = tuple(one for one in sorted(self.sessions, key=lambda one: one.start_ns) if one.end_ns <= last_ns + NS_PER_S)
        shop = _without(self.shop, set(self.silent()))
        return Recording(
            name, shop, grid_ns + self.offset_ns, grams, sessions, sightings=self._seen({place.plate for place in shop.places})
        )

    def _seen(self, plates: set[str]) -> tuple[ItemSeen, ...]:
        """By the recording's clock, over plates that are in it; a reach that the recording's end cut off is left out."""
        kept = (replace(one, plates=tuple(plate for plate in one.plates if plate in plates)) for one in self.sightings)
        return tuple(moved(one, self.offset_ns) for one in kept if one.plates and one.end_ns <= self.last_ns)


def _shop(root: Field) -> Shop:
    """The shop of the first line: plates as one shelf in their order, neighbours as the store has them."""
    places = tuple(
        Place(row.at("id").name(), 1, 1, number, neighbours=tuple(one.name() for one in row.at("neighbours").each(MAX_PLATES)))
        for number, row in enumerate(root.at("plates").each(MAX_PLATES), start=1)
    )
    products = tuple(
        Product(
            row.at("sku").name(),
            row.at("name").words(),
            row.at("price_minor").whole(0),
            0,
            row.at("unit_weight_g").number(MIN_UNIT_G, MAX_UNIT_G, "grams"),
            row.at("weight_sd_g").number(0.0, MAX_UNIT_G, "grams"),
        )
        for row in root.at("products").each(MAX_PRODUCTS)
    )
    facings = tuple(
        RecordedFacing(row.at("sku").name(), (row.at("plate").name(),), row.at("count").whole(0, MAX_UNITS))
        for row in root.at("planogram").each(MAX_PLATES * 20)
    )
    stock = tuple(
        Shelved(row.at("plate").name(), row.at("sku").name(), row.at("units").whole(0, MAX_UNITS))
        for row in root.at("stock").each(MAX_PLATES * 20)
    )
    if not places or not products:
        raise root.wrong("the store knows no plates or no products yet; complete its store file")
    return Shop(places, products, facings, stock)


def _without(shop: Shop, silent: set[str]) -> Shop:
    """The shop without plates that were never heard, and without goods that the catalogue of today no longer has."""
    skus = {product.gtin for product in shop.products}
    kept = [place for place in shop.places if place.plate not in silent]
    places = tuple(
        Place(place.plate, 1, 1, number, neighbours=tuple(one for one in place.neighbours or () if one not in silent))
        for number, place in enumerate(kept, start=1)
    )
    names = {place.plate for place in places}
    return Shop(
        places,
        shop.products,
        tuple(facing for facing in shop.facings if facing.plates[0] in names and facing.sku in skus),
        tuple(one for one in shop.stock or () if one.plate in names and one.gtin in skus),
    )


def _told(body: bytes) -> str:
    """The words of a problem document, or what there is."""
    try:
        document = json.loads(body)
        return f"{document['title']}. {document['detail']}"
    except (ValueError, KeyError, TypeError):
        return "it offers no samples; is it another program, or an older release of this one?"

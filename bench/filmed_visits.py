"""A made visit as cameras see it: every two shelves have a camera, hands and goods move in step with the plates' weights.

What was made is bench.recordings'; pictures are vision.sim's; what is seen in them is said by the eye's own watcher and recogniser. Nothing
here knows what was really taken but the drawing of it. Same visit, same frames.
"""

from __future__ import annotations

import queue
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from bench.recordings import HandAt, MadeVisit
from bench.shop_shelves import Shelves
from vision.enrolment.enrolling import enrol
from vision.enrolment.photographs import photograph
from vision.facts import ItemSeen
from vision.pipeline.gallery import Gallery
from vision.pipeline.reach import Reach, ReachWatcher
from vision.ports import Embedder
from vision.recogniser import Recogniser
from vision.service.recognition import Recognition
from vision.settings import CameraSettings, ZoneSettings
from vision.sim.camera import Conditions, ShelfCamera, widths_of
from vision.sim.looks import SHAPES, Look
from vision.sim.photographs import photographs
from vision.sim.rehearsal import reach_crops
from vision.sim.scene import Goods, HandMoved, Scene, SceneOpened, Spot, rows_of_spots
from vision.types import Box, Frame, Picture

SIZE: Final = (1280, 720)  # pixels; 1.2 m of shelf, twice, by 10 cm a plate: about the shelves' own shape
SHELVES_PER_CAMERA: Final = 2
FRAMES_PER_S: Final = 10.0
IDLE_TAKES: Final = 5  # one frame of so many while nobody is near: what rests is cheap to look at and dear to draw
NEAR_S: Final = 2.5  # s
COMES_S: Final = 0.35  # s from the edge of the picture to the goods
GOES_S: Final = 0.45
WEIGHTLESS_S: Final = 0.1  # s; the item is off the shelf a moment before the whole of its weight is off the plate
ALIKE: Final = 0.25  # share of products that look like another one of their maker
QUALITY: Final = 82  # of JPEG: cameras do not send raw pictures
PHOTOGRAPHS: Final = 5  # per product, for enrolment
WHOLE: Final = Box(0.0, 0.0, 1.0, 1.0)
HARD: Final = Conditions(noise=4.0, light=0.1, light_period_s=11.0, shake_px=1.0)
NS: Final = 1_000_000_000


def looks_of(shelves: Shelves, seed: int) -> dict[str, Look]:
    """A look for every product, the same for the same SKU; some share their maker's design with the product before them."""
    looks: dict[str, Look] = {}
    last: Look | None = None
    for item in shelves.items:
        source = np.random.default_rng([seed, zlib.crc32(item.sku.encode())])
        own = Look(SHAPES[int(source.integers(len(SHAPES)))], int(source.integers(1 << 30)))
        last = own if last is None or source.random() >= ALIKE else Look(last.shape, last.family, last.kind + 1)
        looks[item.sku] = last
    return looks


class Enroller:
    """Enrols drawn products as ``smartstore models enrol`` does: from photographs, and from being taken and put back at a camera.

    Products that look the same are looked at once.
    """

    def __init__(self, embedder: Embedder, empty: Gallery) -> None:
        self.embedder = embedder
        self._empty = empty
        self._known: dict[Look, Gallery] = {}

    def gallery(self, looks: Mapping[str, Look], *, seed: int = 0) -> Gallery:
        """A gallery of all of ``looks``."""
        known = [self._of(gtin, looks, seed) for gtin in looks]
        means, counts = np.concatenate([one.means for one in known]), tuple(one.counts[0] for one in known)
        return replace(self._empty, products=tuple(looks), means=means, counts=counts)

    def _of(self, gtin: str, looks: Mapping[str, Look], seed: int) -> Gallery:
        if looks[gtin] not in self._known:
            taken = [
                photograph(str(number), one, read=False) for number, one in enumerate(photographs(gtin, looks, PHOTOGRAPHS, seed=seed))
            ]
            seen = [photograph(f"reach {number}", one, WHOLE, read=False) for number, one in enumerate(reach_crops(gtin, looks, seed=seed))]
            self._known[looks[gtin]] = enrol(self._empty, self.embedder, gtin, [*taken, *seen], keep_odd=True).gallery
        return self._known[looks[gtin]]


@dataclass(frozen=True, slots=True)
class Filmed:
    """One camera over some shelves of a made visit."""

    settings: CameraSettings
    camera: ShelfCamera


def cameras_of(made: MadeVisit, looks: Mapping[str, Look], *, seed: int = 0, conditions: Conditions = HARD) -> list[Filmed]:
    """The cameras of a visit that see a hand at all, with all that will happen before them; times are the recording's."""
    plates = made.shelves.plates
    levels = sorted({(place.gondola, place.shelf) for place in plates})
    reached = {place for hand in made.hands for place in hand.places}
    opened = SceneOpened(
        at_ns=made.zero_ns,
        goods=tuple(Goods(unit.number, unit.sku, _shares(made.shelves, unit.shares)) for unit in made.standing),
        door_open=True,
    )
    found: list[Filmed] = []
    for mine in _pairs(levels):
        rows = [[number for number, place in enumerate(plates) if (place.gondola, place.shelf) == level] for level in mine]
        if not reached.intersection(*[[number for row in rows for number in row]]):
            continue
        spots = rows_of_spots([[plates[number].plate for number in row] for row in rows])
        name = f"shelf-{mine[0][0]}-{mine[0][1]}"
        scene = Scene(spots, widths_of(looks), shape=SIZE[0] / SIZE[1])
        scene.tell(opened)
        for number, hand in enumerate(made.hands):
            scene.tell(_moved(made, hand, number))
        settings = CameraSettings(id=name, url="folder:///made", frames_per_s=FRAMES_PER_S, zones=_zones(made.shelves, spots))
        found.append(Filmed(settings, ShelfCamera(scene, looks, size=SIZE, conditions=conditions, seed=seed * 31 + len(found))))
    return found


def _pairs(levels: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Shelves of one gondola by twos, as one camera sees them."""
    for gondola in sorted({one for one, _ in levels}):
        own = [level for level in levels if level[0] == gondola]
        for first in range(0, len(own), SHELVES_PER_CAMERA):
            yield own[first : first + SHELVES_PER_CAMERA]


def frames(made: MadeVisit, filmed: Filmed) -> Iterator[Frame]:
    """The frames of the visit, as they come out of a camera's JPEG; few while nobody is near its shelves."""
    mine = set(filmed.camera.scene.spots)
    busy = [hand for hand in made.hands if mine.intersection(made.shelves.plates[place].plate for place in hand.places)]
    for number in range(int(made.seconds * FRAMES_PER_S)):
        at_s = number / FRAMES_PER_S
        if number % IDLE_TAKES and not any(hand.begin_s - NEAR_S < at_s < hand.end_s + NEAR_S for hand in busy):
            continue
        at_ns = made.zero_ns + round(at_s * NS)
        yield Frame(filmed.settings.id, at_ns, number + 1, _as_sent(filmed.camera.picture(at_ns)))


def sightings_of(
    made: MadeVisit, filmed: list[Filmed], recogniser: Recogniser | None, *, heard: Callable[[Reach], None] | None = None
) -> list[ItemSeen]:
    """What the eye says of a visit, in the order in which it says it. ``heard`` is told every reach."""
    said: queue.Queue[ItemSeen] = queue.Queue()
    now_ns = made.zero_ns
    recognition = Recognition(recogniser, told=said.put, keep=lambda _: "", monotonic_ns=lambda: now_ns)
    recognition.start()
    found: list[ItemSeen] = []
    try:
        for one in filmed:
            watcher = ReachWatcher(one.settings)
            for frame in frames(made, one):
                for reach in watcher.feed(frame):
                    now_ns = frame.at_ns
                    if heard is not None:
                        heard(reach)
                    recognition.take(reach)
                    found.append(said.get(timeout=60.0))
    finally:
        recognition.close()
    return sorted(found, key=lambda one: one.at_ns)


def _as_sent(pixels: Picture) -> Picture:
    sent = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.asarray(cv2.imdecode(sent, cv2.IMREAD_COLOR), np.uint8)


def _shares(shelves: Shelves, shares: Mapping[int, float]) -> tuple[tuple[str, float], ...]:
    return tuple((shelves.plates[place].plate, share) for place, share in shares.items())


def _moved(made: MadeVisit, hand: HandAt, number: int) -> HandMoved:
    def at(seconds: float) -> int:
        return made.zero_ns + round(seconds * NS)

    goods: tuple[Goods, ...] = ()
    change_s = hand.end_s
    if hand.event is not None:
        change_s = hand.event.at_s - WEIGHTLESS_S
        goods = tuple(Goods(piece, hand.event.sku, _shares(made.shelves, shares)) for piece, shares in hand.event.pieces)
    takes = hand.event is not None and hand.event.quantity < 0
    return HandMoved(
        number=number,
        plates=tuple(made.shelves.plates[place].plate for place in hand.places),
        begin_ns=at(hand.begin_s - COMES_S),
        arrive_ns=at(hand.begin_s),
        change_ns=at(min(max(change_s, hand.begin_s), hand.end_s)),
        leave_ns=at(hand.end_s),
        end_ns=at(hand.end_s + GOES_S),
        taken=goods if takes else (),
        put=() if takes else goods,
    )


def _zones(shelves: Shelves, spots: Mapping[str, Spot]) -> tuple[ZoneSettings, ...]:
    """A zone per facing, one per plate that has none: what somebody would draw who sets the cameras up."""
    groups = [tuple(shelves.plates[place].plate for place in places) for _, places, _ in shelves.facings]
    named = {plate for group in groups for plate in group}
    groups += [(place.plate,) for place in shelves.plates if place.plate not in named]
    zones = []
    for group in groups:
        if group[0] in spots:
            first, last = spots[group[0]], spots[group[-1]]
            corners = ((first.left, first.top), (last.right, first.top), (last.right, first.bottom), (first.left, first.bottom))
            zones.append(ZoneSettings(plates=group, polygon=corners))
    return tuple(zones)

"""What stands on a simulated shelf and which hands are over it, at any moment; and the lines in which a simulated cabinet tells it.

Times are CLOCK_MONOTONIC nanoseconds, the plates' clock: an item leaves the picture when its weight leaves the plate. Places are fractions
of the picture. No pixels, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

ROWS: Final = 6  # one behind the other on a plate
SAME_PLACE: Final = 0.6  # of a product's width; closer than that one stands behind the other
BACK_RISE: Final = 0.022  # of the cell's height by which one row stands higher than the row before it
MAX_HANDS: Final = 512  # movements remembered that are not over yet


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a plate is in the picture: the part of it that its goods take, with the shelf's edge at ``bottom``."""

    plate: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> float:
        """Its middle, across."""
        return (self.left + self.right) / 2


def rows_of_spots(rows: Iterable[Iterable[str]], *, margin: float = 0.01) -> dict[str, Spot]:
    """Shelves one above the other that fill the picture, plates from left to right."""
    found: dict[str, Spot] = {}
    shelves = [tuple(row) for row in rows]
    for level, row in enumerate(shelves):
        for place, plate in enumerate(row):
            left, right = margin + (1 - 2 * margin) * place / len(row), margin + (1 - 2 * margin) * (place + 1) / len(row)
            found[plate] = Spot(plate, left, level / len(shelves), right, (level + 1) / len(shelves))
    return found


@dataclass(frozen=True, slots=True)
class Goods:
    """One unit and where it stands: on one plate, or with these shares on several beside each other. ``number``: its own, for ever."""

    number: int
    gtin: str
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOpened:
    """All that stands there at ``at_ns``; what was told before no longer holds."""

    at_ns: int
    goods: tuple[Goods, ...]
    door_open: bool = False
    kind: Literal["scene_opened"] = "scene_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandMoved:
    """A hand that comes into the picture at ``begin_ns``, is over ``plates`` from ``arrive_ns`` to ``leave_ns`` and gone at ``end_ns``.

    At ``change_ns`` it has ``taken`` what it carries away, or ``put`` down what it brought; a hand that does neither only touches.
    """

    number: int
    plates: tuple[str, ...]
    begin_ns: int
    arrive_ns: int
    change_ns: int
    leave_ns: int
    end_ns: int
    taken: tuple[Goods, ...] = ()
    put: tuple[Goods, ...] = ()
    kind: Literal["hand_moved"] = "hand_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorMoved:
    """The door was opened or shut: the light changes, and the camera shakes with it."""

    at_ns: int
    open: bool
    kind: Literal["door_moved"] = "door_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """One unit of ``gtin`` is held before the camera, large and in the middle of its picture, from ``begin_ns`` to ``end_ns``.

    At each of ``turns_ns`` the hand goes out of the picture for a moment and comes back with the product turned. ``side``: the front, or
    the bar code.
    """

    number: int
    gtin: str
    begin_ns: int
    end_ns: int
    turns_ns: tuple[int, ...] = ()
    side: Literal["front", "code"] = "front"
    kind: Literal["held_up"] = "held_up"


SceneFact: TypeAlias = Annotated[SceneOpened | HandMoved | DoorMoved | HeldUp, Field(discriminator="kind")]
_FACT: TypeAdapter[SceneFact] = TypeAdapter(SceneFact)


def scene_line(fact: SceneFact) -> bytes:
    """One fact as a line of JSON."""
    return _FACT.dump_json(fact) + b"\n"


def scene_fact(line: bytes) -> SceneFact | None:
    """The fact in a line, None where it is none."""
    try:
        return _FACT.validate_json(line)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit in the picture: the middle of its foot at (``x``, ``foot``), ``row`` 0 at the back. ``cell``: height of its shelf."""

    number: int
    gtin: str
    x: float
    foot: float
    row: int
    cell: float


class Scene:
    """Follows the facts of one shelf, as far as one camera sees it. Goods on other plates are left out.

    ``widths``: of each product, in heights of its shelf; ``shape``: width of the picture by its height.
    """

    def __init__(self, spots: Mapping[str, Spot], widths: Mapping[str, float], *, shape: float = 16 / 9) -> None:
        self.spots = dict(spots)
        self.door_open = False
        self.door_ns = -(10**12)
        self.version = 0  # grows whenever something stands elsewhere than before
        self._widths = dict(widths)
        self._shape = shape
        self._standing: dict[int, Standing] = {}
        self._hands: list[HandMoved] = []
        self._held: list[HeldUp] = []
        self._changed: set[int] = set()  # numbers of hands that have taken or put already

    def tell(self, fact: SceneFact) -> None:
        """Take one fact in; facts come in the order of their times."""
        match fact:
            case SceneOpened():
                self._standing.clear()
                self._hands.clear()
                self._held.clear()
                self._changed.clear()
                self.door_open = fact.door_open
                for goods in fact.goods:
                    self._stand(goods)
                self.version += 1
            case HandMoved():
                if any(plate in self.spots for plate in fact.plates):
                    self._hands = [*self._hands[-MAX_HANDS + 1 :], fact]
            case HeldUp():
                self._held = [*self._held[-MAX_HANDS + 1 :], fact]
            case DoorMoved():
                self.door_open, self.door_ns = fact.open, fact.at_ns

    def advance(self, at_ns: int) -> None:
        """Let everything happen that is due; time does not go back."""
        for hand in sorted(self._hands, key=lambda one: one.change_ns):
            if hand.change_ns <= at_ns and hand.number not in self._changed:
                self._changed.add(hand.number)
                for goods in hand.taken:
                    self._take(goods)
                for goods in hand.put:
                    self._stand(goods)
        self._held = [one for one in self._held if one.end_ns >= at_ns]
        over = {hand.number for hand in self._hands if hand.end_ns < at_ns and hand.number in self._changed}
        if over:
            self._hands = [hand for hand in self._hands if hand.number not in over]
            self._changed -= over

    def standing(self) -> tuple[Standing, ...]:
        """What stands there, from the back to the front."""
        return tuple(sorted(self._standing.values(), key=lambda one: (one.row, one.x, one.number)))

    def hands(self, at_ns: int) -> tuple[HandMoved, ...]:
        """The hands in the picture."""
        return tuple(hand for hand in self._hands if hand.begin_ns <= at_ns <= hand.end_ns)

    def held(self, at_ns: int) -> tuple[HeldUp, ...]:
        """What is held before the camera."""
        return tuple(one for one in self._held if one.begin_ns <= at_ns <= one.end_ns)

    def target(self, hand: HandMoved) -> tuple[float, float]:
        """Where a hand works: what it takes or puts, at half its height; else the middle of its plates."""
        spots = [self.spots[plate] for plate in hand.plates if plate in self.spots]
        goods = [*hand.taken, *hand.put]
        x = self._middle(goods[0]) if goods else None
        first = spots[0]
        if x is None:
            x = sum(spot.centre for spot in spots) / len(spots)
        return x, first.bottom - 0.22 * (first.bottom - first.top)

    def _middle(self, goods: Goods) -> float | None:
        known = [(self.spots[plate].centre, share) for plate, share in goods.shares if plate in self.spots]
        return sum(centre * share for centre, share in known) / sum(share for _, share in known) if known else None

    def _stand(self, goods: Goods) -> None:
        middle = self._middle(goods)
        if middle is None:
            return
        spot = self.spots[max((share, plate) for plate, share in goods.shares if plate in self.spots)[1]]
        width = self._widths.get(goods.gtin, 0.2) * (spot.bottom - spot.top) / self._shape
        row, x = self._free_place(spot, middle, width, alone=len(goods.shares) == 1)
        cell = spot.bottom - spot.top
        foot = spot.bottom - cell * (0.055 + BACK_RISE * (ROWS - 1 - row))
        self._standing[goods.number] = Standing(goods.number, goods.gtin, x, foot, row, cell)
        self.version += 1

    def _free_place(self, spot: Spot, middle: float, width: float, *, alone: bool) -> tuple[int, float]:
        """The hindmost free place: side by side where the plate is wide enough, else one behind the other."""
        columns = max(1, int((spot.right - spot.left) / (1.05 * width))) if alone else 1
        places = [middle + (place - (columns - 1) / 2) * 1.05 * width for place in range(columns)]
        beside = [one for one in self._standing.values() if abs(one.foot - spot.bottom) < 0.3 * (spot.bottom - spot.top)]
        for row in range(ROWS):
            for x in places:
                if all(one.row != row or abs(one.x - x) >= SAME_PLACE * width for one in beside):
                    return row, x
        return ROWS - 1, places[-1]

    def _take(self, goods: Goods) -> None:
        """The unit goes; where others of its kind stand before it, the foremost goes, as a hand would take it."""
        gone = self._standing.get(goods.number)
        if gone is None:
            return
        alike = [one for one in self._standing.values() if one.gtin == gone.gtin and one.cell == gone.cell and abs(one.x - gone.x) < 0.02]
        front = max(alike, key=lambda one: one.row)
        del self._standing[front.number]
        if front.number != gone.number:  # the place of the front one becomes free, and the names change places
            self._standing[front.number] = replace(gone, number=front.number)
            del self._standing[gone.number]
        self.version += 1

"""The weights of the last minutes with the visits and sightings in them, so that a complaint can become a recording afterwards.

Bounded in time and in samples; kept in flat arrays, oldest dropped first. What is asked for is copied, so that writing it takes its time
while the ring goes on.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from edge.session.state import StoreState, visit_of
from vision.facts import ItemSeen

MOST_SAMPLES: Final = 3_000_000  # 42 MB: forty plates at 80 samples a second for a quarter of an hour
PIECE_SAMPLES: Final = 4_096  # dropped together: half a second of forty plates, a minute of one
MOST_VISITS: Final = 1_000
MOST_SIGHTINGS: Final = 5_000
MOST_SHOPS: Final = 500  # states of the stock; a visit makes one
ROWS_PER_LINE: Final = 2_000  # samples of one line
BEFORE_VISIT_NS: Final = 10_000_000_000  # ns of rest before a visit that are recorded with it: what lay there is weighed in them
AFTER_VISIT_NS: Final = 10_000_000_000  # ns after its door closed: the plates come to rest and the receipt is made


@dataclass(slots=True)
class _Piece:
    """Samples in the order in which they came; ``plates`` are places in the tap's order."""

    plates: array[int] = field(default_factory=lambda: array("H"))
    times_ns: array[int] = field(default_factory=lambda: array("q"))
    grams: array[float] = field(default_factory=lambda: array("f"))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A copy of a part of the ring, taken at ``taken_ns``. ``shop``: the store as it was at its beginning, with nobody inside."""

    from_ns: int
    to_ns: int
    taken_ns: int
    shop: StoreState
    pieces: tuple[_Piece, ...]
    visits: tuple[Mapping[str, Any], ...]
    sightings: tuple[ItemSeen, ...]
    under_way: bool

    def lines(self, head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """As :meth:`edge.runtime.sample_tap.SampleTap.listen` would have told it; ``head`` is its first line."""
        yield head
        for piece in self.pieces:
            rows = [
                (place, at_ns, grams)
                for place, at_ns, grams in zip(piece.plates, piece.times_ns, piece.grams, strict=True)
                if self.from_ns <= at_ns <= self.to_ns
            ]
            for first in range(0, len(rows), ROWS_PER_LINE):
                yield {"samples": rows[first : first + ROWS_PER_LINE]}
        for sighting in self.sightings:
            yield {"seen": asdict(sighting)}
        for visit in self.visits:
            yield {"visit": visit}
        yield {"under_way": True} if self.under_way else {}


class SampleRing:
    """``minutes`` of samples at most. All times are CLOCK_MONOTONIC nanoseconds."""

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._keep_ns = round(minutes * 60e9)
        self._pieces: deque[_Piece] = deque([_Piece()])
        self._samples = 0  # in all pieces but the last one
        self._visits: deque[Mapping[str, Any]] = deque(maxlen=MOST_VISITS)
        self._sightings: deque[ItemSeen] = deque(maxlen=MOST_SIGHTINGS)
        self._shops: deque[tuple[int, StoreState]] = deque(maxlen=MOST_SHOPS)
        self._inside = False

    def take(self, place: int, at_ns: int, grams: float) -> None:
        """One sample of the plate at this place."""
        piece = self._pieces[-1]
        piece.plates.append(place)
        piece.times_ns.append(at_ns)
        piece.grams.append(grams)
        if len(piece.times_ns) >= PIECE_SAMPLES:
            self._turn(at_ns)

    def saw(self, sighting: ItemSeen) -> None:
        """What a camera saw."""
        self._sightings.append(sighting)

    def over(self, visit: Mapping[str, Any]) -> None:
        """A visit that ended, as the tap tells it."""
        self._visits.append(visit)

    def see(self, state: StoreState, at_ns: int) -> None:
        """The store after some facts: what its shelves hold is remembered while nobody is inside."""
        self._inside = visit_of(state.phase) is not None
        if self._inside:
            return
        last = self._shops[-1][1] if self._shops else None
        if last is None or (last.store, last.stock, last.unit_weights) != (state.store, state.stock, state.unit_weights):
            self._shops.append((at_ns, state))

    @property
    def bytes(self) -> int:
        """Memory of the samples."""
        return sum(14 * len(piece.times_ns) for piece in self._pieces)

    def seconds(self, now_ns: int) -> float:
        """How far back it goes."""
        first_ns = self._first_ns()
        return 0.0 if first_ns is None else max(0.0, (now_ns - first_ns) / 1e9)

    def last(self, minutes: float, now_ns: int) -> Excerpt | None:
        """The last ``minutes``, or as much as there is; None where there is nothing."""
        return self._excerpt(now_ns - round(minutes * 60e9), now_ns, now_ns)

    def holds(self, visit: str) -> bool:
        """Whether ``visit`` would give something."""
        return self._of(visit) is not None

    def visit(self, visit: str, now_ns: int) -> Excerpt | None:
        """One visit with the rest before and after it; None where it is not remembered as a whole."""
        found = self._of(visit)
        if found is None:
            return None
        return self._excerpt(found["start_ns"] - BEFORE_VISIT_NS, min(now_ns, found["end_ns"] + AFTER_VISIT_NS), now_ns)

    def _of(self, visit: str) -> Mapping[str, Any] | None:
        first_ns = self._first_ns()
        if first_ns is None:
            return None
        known_ns = max(first_ns, self._shops[0][0]) if self._shops else first_ns
        return next((row for row in self._visits if row["visit"] == visit and row["start_ns"] > known_ns), None)

    def _excerpt(self, from_ns: int, to_ns: int, taken_ns: int) -> Excerpt | None:
        first_ns = self._first_ns()
        if first_ns is None or not self._shops:
            return None
        from_ns = max(from_ns, first_ns, self._shops[0][0])
        for visit in self._visits:  # a beginning in the midst of a visit would count on a stock that nobody knows
            end_ns = visit["end_ns"]
            if visit["start_ns"] < from_ns <= end_ns + AFTER_VISIT_NS:
                told = (at_ns for at_ns, _ in self._shops if end_ns < at_ns <= end_ns + AFTER_VISIT_NS)
                from_ns = max(from_ns, next(told, end_ns))
        shop = next((state for at_ns, state in reversed(self._shops) if at_ns <= from_ns), self._shops[0][1])
        pieces = tuple(
            _Piece(piece.plates[:], piece.times_ns[:], piece.grams[:])
            for piece in self._pieces
            if piece.times_ns and piece.times_ns[-1] >= from_ns and piece.times_ns[0] <= to_ns
        )
        return Excerpt(
            from_ns=from_ns,
            to_ns=to_ns,
            taken_ns=taken_ns,
            shop=shop,
            pieces=pieces,
            visits=tuple(row for row in self._visits if row["start_ns"] >= from_ns and row["end_ns"] <= to_ns),
            sightings=tuple(one for one in self._sightings if one.start_ns >= from_ns and one.end_ns <= to_ns),
            under_way=self._inside,
        )

    def _first_ns(self) -> int | None:
        return next((piece.times_ns[0] for piece in self._pieces if piece.times_ns), None)

    def _turn(self, now_ns: int) -> None:
        """A piece is full: begin another, and forget what is too old or too much."""
        self._samples += len(self._pieces[-1].times_ns)
        self._pieces.append(_Piece())
        oldest_ns = now_ns - self._keep_ns
        while len(self._pieces) > 2 and (self._pieces[0].times_ns[-1] < oldest_ns or self._samples > MOST_SAMPLES):
            self._samples -= len(self._pieces.popleft().times_ns)
        first_ns = self._first_ns() or 0
        while self._visits and self._visits[0]["end_ns"] < first_ns:
            self._visits.popleft()
        while self._sightings and self._sightings[0].end_ns < first_ns:
            self._sightings.popleft()
        while len(self._shops) > 1 and self._shops[1][0] < first_ns:
            self._shops.popleft()

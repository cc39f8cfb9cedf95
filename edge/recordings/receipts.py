"""A recording in, receipts out: one pass through the weighing stage and the belief that a running store uses.

A visit takes every change that did not end before it began, until the plates are quiet after its end, as behind a closed door. What
changes while nobody is there goes to the stock. What a gap or a fault hid is told by the weights before and after it, as in a store, and
makes the visit provisional. What an eye saw weighs in as it does in a store. Neither can tell people apart: where visits overlap, each of
them is given only what happened while it was alone, and is provisional.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from devices.facts import DeviceFact, PlateChange, PlateFaulted, PlateSettled, PlatesMeasured, PlatesQuiet
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from edge.basket.belief import open_belief
from edge.basket.hypothesis import Belief
from edge.basket.recount import after, reconcile, restocked
from edge.basket.traits import Traits
from edge.basket.verdict import verdict
from edge.basket.watched import MAX_SIGHTINGS, Watched, changed, changes_of, sighted
from edge.recordings.format import Recording
from edge.recordings.lost_plates import LostPlates
from edge.recordings.opening import OPENING_NS, PREROLL_NS, TOUCH_SD_G, rest_before, tare_of, touched_before
from edge.recordings.session_receipt import CountedLine, Moment, Seen, SessionReceipt
from edge.recordings.shop import opening_stock
from edge.recordings.sightings import Heard
from edge.recordings.visits import Session, together
from edge.session.eye_state import Look
from edge.session.looks import look_of, look_shifted
from edge.session.settings import VisitSettings
from vision.facts import ItemSeen

NS_PER_S = 1_000_000_000
ROWS_AT_ONCE = 1_024  # rows turned into Python numbers together: memory stays flat, and progress is told often
ABLATIONS = ("beam", "dynamic_planogram", "cross_talk", "basket_prior", "unit_spread")
LEAVING = 2.0  # times the smallest change; nearer to its rest a moving plate is more likely noisy than left by a hand
VISIT_RULES = VisitSettings()

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class CountingOptions:
    """How to count; the defaults are a store's. ``ablation``: parts of the belief to switch off, of :data:`ABLATIONS`.

    ``sight``: take in what an eye saw, where the recording has it.
    ``detail``: keep what an explanation or a picture needs; without it memory does not grow with the length of a recording.
    """

    weighing: WeighingSettings = field(default_factory=WeighingSettings)
    min_line_probability: float = VISIT_RULES.min_line_probability
    min_basket_probability: float = VISIT_RULES.min_basket_probability
    ablation: frozenset[str] = frozenset()
    sight: bool = True
    detail: bool = False

    def __post_init__(self) -> None:
        if unknown := sorted(self.ablation - set(ABLATIONS)):
            raise ValueError(f"nothing is called {', '.join(unknown)}; choose from {', '.join(ABLATIONS)}")

    def traits(self) -> Traits:
        """What is left switched on."""
        return Traits(**{name: name not in self.ablation for name in ABLATIONS})


def receipts(recording: Recording, options: CountingOptions | None = None, progress: Progress | None = None) -> list[SessionReceipt]:
    """One receipt per shopper's session, by the time of their ends. ``progress`` hears the share done, from 0 to 1."""
    return list(counted(recording, options or CountingOptions(), progress))


def clock_origin_ns(recording: Recording) -> int:
    """The recording's time at which the clock of weighing and belief, and so of all evidence, begins: that clock starts near zero."""
    return int(recording.times_ns[0]) - PREROLL_NS


def counted(recording: Recording, options: CountingOptions, progress: Progress | None = None) -> Iterator[SessionReceipt]:
    """``receipts`` one by one, each as soon as its visit is closed."""
    plates = [PlateGeometry(plate.plate, plate.neighbours, plate.rated_g) for plate in recording.store.plates]
    names = [plate.plate for plate in plates]
    weighing = Weighing(options.weighing, plates)
    tare = tare_of(recording.grams)
    before = rest_before(recording.times_ns)
    restless = touched_before(recording.grams, names, tare, len({row for _, row in before}))
    origin_ns = clock_origin_ns(recording)
    day = _Day(recording, weighing, options, origin_ns=origin_ns, restless=set(restless))
    feed, take = weighing.feed, day.take
    count = len(recording.times_ns)
    lost_ns = options.weighing.lost_after_s * NS_PER_S
    at_ns = 0
    for at_ns, row_no in before:
        for name, grams in zip(names, (recording.grams[row_no] + tare).tolist(), strict=True):
            take(feed(name, at_ns, float(restless.get(name, grams)), "ok"))
    for first in range(0, count, ROWS_AT_ONCE):
        if progress is not None:
            progress(first / count)
        times = (recording.times_ns[first : first + ROWS_AT_ONCE] - origin_ns).tolist()
        rows = (recording.grams[first : first + ROWS_AT_ONCE] + tare).tolist()
        for next_ns, row in zip(times, rows, strict=True):
            silent_ns, at_ns = next_ns - at_ns, next_ns
            if silent_ns > lost_ns:
                take(weighing.tick(at_ns))
            if at_ns >= day.told_ns:
                day.look(at_ns)
            if at_ns >= day.due_ns:
                day.reach(at_ns)
            for name, grams in zip(names, row, strict=True):
                facts = feed(name, at_ns, grams, "ok")
                if facts:
                    take(facts)
        yield from day.closed()
    day.over(at_ns)
    day.finish()
    yield from day.closed()
    if progress is not None:
        progress(1.0)


@dataclass(slots=True)
class _Guest:
    """One session that is being counted, alone or among others."""

    session: Session
    watched: Watched
    reasons: list[str]
    moments: list[Moment]
    shared: list[PlateSettled]
    looks: list[Look]
    aside: list[Look]  # while others were inside

    @property
    def belief(self) -> Belief:
        """What it was so far."""
        return self.watched.belief


class _Day:
    """The visits of a recording one after the other, and the stock that goes from each to the next."""

    def __init__(self, recording: Recording, weighing: Weighing, options: CountingOptions, *, origin_ns: int, restless: set[str]) -> None:
        self._store = recording.store
        self._weighing = weighing
        self._options = options
        self._traits = options.traits()
        self._origin_ns = origin_ns
        self._restless = restless
        self._waiting = together(
            [replace(one, start_ns=one.start_ns - origin_ns, end_ns=one.end_ns - origin_ns) for one in recording.sessions]
        )
        self._stock = opening_stock(recording.shop, recording.store)
        self._lost_plates = LostPlates(VISIT_RULES.gap_tolerance_g)
        self._unweighed: frozenset[str] = frozenset()  # out of sight when the visit began: what they show later may be older than it
        self._phase: Literal["nobody", "inside", "leaving"] = "nobody"
        self._guests: list[_Guest] = []
        self._joint: Watched | None = None  # what all guests together did: the truth about the stock
        self._eye = Heard(recording.sightings if options.sight else (), -origin_ns)
        self._filmed = frozenset(plate for one in recording.sightings for plate in one.plates) if options.sight else frozenset()
        self._done: list[SessionReceipt] = []
        self._asked_ns = 0
        self._moving_at_end = False
        self._over = False
        self.due_ns: float = self._next_start()

    @property
    def told_ns(self) -> float:
        """When the eye next says what it saw."""
        return self._eye.due_ns

    def look(self, at_ns: int) -> None:
        """Time has come to ``told_ns``."""
        for one in self._eye.until(at_ns):
            self._seen(one)

    def reach(self, at_ns: int) -> None:
        """Time has come to ``due_ns``."""
        if self._phase == "inside":
            self._phase, self._asked_ns = "leaving", at_ns
            self._weighing.settle(at_ns)
            self.due_ns = min(self._next_start(), at_ns + VISIT_RULES.settle_within_s * NS_PER_S)
            return
        if self._phase == "leaving":
            self._close()
        if at_ns >= self._next_start():
            self._open()

    def take(self, facts: Sequence[DeviceFact]) -> None:
        """Facts of the weighing stage, in their order."""
        for fact in facts:
            if isinstance(fact, PlateSettled) and fact.changes:
                self._lost_plates.settled(fact)
                self._settled(self._doubted(fact))
            elif isinstance(fact, PlatesMeasured):
                self._back(fact)
            elif isinstance(fact, PlateFaulted):
                self._lost_plates.loses(fact.plate)
                for guest in self._guests:
                    guest.reasons.append("plate_faulted")
            elif isinstance(fact, PlatesQuiet) and self._phase == "leaving" and fact.after_ns >= self._asked_ns:
                self._close()

    def over(self, at_ns: int) -> None:
        """The last sample was fed at ``at_ns``: whatever moves now is never seen to rest, and is judged as it is."""
        # A movement that only just began shows in the newest value alone, which is too little for a change. Noise moves plates too.
        leaving = self._weighing.moved_g() >= LEAVING * self._options.weighing.min_change_g
        cut_short = self._weighing.finish(at_ns)
        self._moving_at_end = leaving or any(
            isinstance(fact, PlateSettled) and fact.quality == "disturbed" and fact.changes for fact in cut_short
        )
        self._over = True
        self.take(cut_short)

    def _doubted(self, fact: PlateSettled) -> PlateSettled:
        """The first change of a plate that was touched when the recording began says little about its weight."""
        touched = self._restless.intersection(change.plate for change in fact.changes)
        if not touched:
            return fact
        self._restless -= touched
        changes = tuple(
            replace(change, sd_g=math.hypot(change.sd_g, TOUCH_SD_G)) if change.plate in touched else change for change in fact.changes
        )
        return replace(fact, changes=changes)

    def finish(self) -> None:
        """The samples are over."""
        if self._phase != "nobody":
            self._close()
        while self._waiting:  # begins after the last sample
            self._open()
            self._close()

    def closed(self) -> list[SessionReceipt]:
        """The receipts made since the last call."""
        done, self._done = self._done, []
        return done

    def _moves(self) -> bool:
        return any(live.state == "moving" for live in self._weighing.live().values())

    def _next_start(self) -> float:
        return self._waiting[0][0].start_ns if self._waiting else float("inf")

    def _open(self) -> None:
        group = self._waiting.pop(0)
        fresh = [open_belief(self._store, self._stock, restocking=session.staff) for session in group]
        overlap = ["overlapping_visits"] if len(group) > 1 else []
        self._unweighed = self._lost_plates.lost
        doubts = [*overlap, "plate_not_weighed"] if self._unweighed else overlap
        self._guests = [_Guest(session, Watched(belief), [*doubts], [], [], [], []) for session, belief in zip(group, fresh, strict=True)]
        staffed = any(session.staff for session in group)
        self._joint = Watched(open_belief(self._store, self._stock, restocking=staffed)) if len(group) > 1 else None
        self._phase = "inside"
        self._weighing.tracking(False)
        self.due_ns = max(session.end_ns for session in group)

    def _settled(self, fact: PlateSettled) -> None:
        if not self._guests or fact.end_ns < min(guest.session.start_ns for guest in self._guests):
            self._to_stock(fact)
            return
        if self._joint is None:
            self._observe(self._guests[0], fact)
            return
        self._joint = changed(self._joint, self._store, fact, self._traits, looked_at=self._looked_at(fact))
        present = self._present(fact.start_ns, fact.end_ns)
        if len(present) == 1:
            self._observe(present[0], fact)
        elif self._options.detail:
            for guest in present:
                guest.shared.append(self._as_recorded(fact))

    def _seen(self, one: ItemSeen) -> None:
        """What the eye says belongs to whoever was there then; the pictures of a shop do not tell two people apart either."""
        look = look_of(one, self._store)
        if look is None:
            return
        if self._joint is not None:
            self._joint = sighted(self._joint, look.sighting)
        present = self._present(one.start_ns, one.end_ns)
        if len(present) == 1:
            (guest,) = present
            guest.watched = sighted(guest.watched, look.sighting)
            if self._options.detail:
                guest.looks = [*guest.looks, look_shifted(look, self._origin_ns)][-MAX_SIGHTINGS:]  # as many as the belief keeps
                guest.moments.append(Moment(one.at_ns + self._origin_ns, None, guest.belief))
        elif self._options.detail:
            for guest in present:
                guest.aside = [*guest.aside, look_shifted(look, self._origin_ns)][-MAX_SIGHTINGS:]

    def _present(self, start_ns: int, end_ns: int) -> list[_Guest]:
        last_ns = max((guest.session.end_ns for guest in self._guests), default=0)
        return [
            guest
            for guest in self._guests
            if guest.session.start_ns <= end_ns and (start_ns <= guest.session.end_ns or guest.session.end_ns == last_ns)
        ]

    def _to_stock(self, fact: PlateSettled) -> None:
        self._stock = reconcile(self._stock, self._store, fact).stock
        self._guests = [guest if guest.belief.next_number else self._anew(guest) for guest in self._guests]

    def _back(self, fact: PlatesMeasured) -> None:
        """Plates are in sight again: what differs happened while they were not, before the visit or during it."""
        changes = self._lost_plates.measured(fact.weights)
        older = tuple(change for change in changes if not self._guests or change.plate in self._unweighed)
        during = tuple(change for change in changes if change not in older)
        if older:
            self._to_stock(self._doubted(_reconstructed(older, fact.at_ns, fact.at_ns)))
        if during:
            start_ns = min(guest.session.start_ns for guest in self._guests)
            self._settled(self._doubted(_reconstructed(during, start_ns, fact.at_ns)))

    def _anew(self, guest: _Guest) -> _Guest:
        """Somebody who has touched nothing yet stands before the stock as it is now."""
        return replace(guest, watched=replace(guest.watched, belief=replace(guest.belief, stock=self._stock)))

    def _observe(self, guest: _Guest, fact: PlateSettled) -> None:
        guest.watched = changed(guest.watched, self._store, fact, self._traits, looked_at=self._looked_at(fact))
        if PREROLL_NS + OPENING_NS < fact.start_ns < guest.session.start_ns:  # before that, the recording itself had not begun
            guest.reasons.append("moving_at_entry")
        if fact.quality == "reconstructed":
            guest.reasons.append("reconstructed")
        if self._options.detail:
            numbers = guest.watched.movements[-1].changes
            guest.moments.append(Moment(fact.at_ns + self._origin_ns, self._as_recorded(fact), guest.belief, numbers))

    def _looked_at(self, fact: PlateSettled) -> bool:
        """Whether a camera looked at one of its plates: it tells of them at some time of the recording."""
        return not self._filmed.isdisjoint(change.plate for change in fact.changes)

    def _as_recorded(self, fact: PlateSettled) -> PlateSettled:
        return replace(
            fact, at_ns=fact.at_ns + self._origin_ns, start_ns=fact.start_ns + self._origin_ns, end_ns=fact.end_ns + self._origin_ns
        )

    def _close(self) -> None:
        # The eye needs a moment longer than the plates: what it saw of this visit and says soon still counts.
        last_ns = max(guest.session.end_ns for guest in self._guests)
        for one in self._eye.of(min(self._next_start(), last_ns + VISIT_RULES.settle_within_s * NS_PER_S)):
            self._seen(one)
        moving = self._moving_at_end if self._over else self._moves()
        states = {live.state for live in self._weighing.live().values()}
        for guest in self._guests:
            if moving:
                guest.reasons.append("plates_not_quiet")
            if "fault" in states:
                guest.reasons.append("plate_faulted")
            if not guest.session.staff:
                self._done.append(self._receipt(guest))
        belief = self._guests[0].belief if self._joint is None else self._joint.belief
        if belief.restocking:
            self._stock = restocked(self._stock, self._store, belief).stock
        else:
            self._stock = after(self._stock, belief).stock
        self._guests, self._joint, self._phase = [], None, "nobody"
        self._weighing.tracking(True)
        self.due_ns = self._next_start()

    def _receipt(self, guest: _Guest) -> SessionReceipt:
        options = self._options
        found = verdict(
            guest.belief,
            self._store,
            min_line_probability=options.min_line_probability,
            min_basket_probability=options.min_basket_probability,
        )
        reasons = tuple(dict.fromkeys((*guest.reasons, *found.reasons)))
        lines = tuple(CountedLine(line.gtin, line.quantity, line.probability) for line in found.lines)
        session = guest.session
        plain = SessionReceipt(session.session_id, "provisional" if reasons else "final", lines, reasons)
        if not options.detail:
            return plain
        recorded = replace(session, start_ns=session.start_ns + self._origin_ns, end_ns=session.end_ns + self._origin_ns)
        own = (Seen(look, changes) for look, changes in zip(guest.looks, changes_of(guest.watched), strict=True))
        seen = (*own, *(Seen(look, frozenset()) for look in guest.aside))
        return replace(plain, session=recorded, verdict=found, moments=tuple(guest.moments), shared=tuple(guest.shared), seen=seen)


def _reconstructed(changes: tuple[PlateChange, ...], start_ns: int, end_ns: int) -> PlateSettled:
    plates = tuple(change.plate for change in changes)
    return PlateSettled(at_ns=end_ns, plates=plates, changes=changes, start_ns=start_ns, end_ns=end_ns, quality="reconstructed")

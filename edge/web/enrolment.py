"""What a page may ask about products that people teach the eye, and what it is told: a port that the runtime keeps. Types only.

An *enrolment* is one change of what the eye knows, under a token of its own: photographs are taken, judged and let go, until the product is
saved or given up. Pictures lie in the evidence folder while it goes on; here are only their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from edge.session.enrolment_state import Aim, EnrolmentStep, Trouble
from edge.store.conflicts import Likeness, Severity
from vision.facts import ViewFlaw

Looking: TypeAlias = Literal["view", "views", "code"]
"""``view``: one photograph, now. ``views``: whenever something new is held still. ``code``: the bar code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentResult:
    """What became of a wish. ``code`` is stable. ``token``: the enrolment that it is about, "" where there is none."""

    accepted: bool
    code: str
    words: str
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingResult:
    """What one piece weighs, in grams: ``each_sd_g`` says how sure that is, ``spread_g`` how much pieces differ (None: they did not come
    one by one). All are None where nothing was weighed."""

    accepted: bool
    code: str
    words: str
    each_g: float | None = None
    each_sd_g: float | None = None
    spread_g: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """One photograph as the eye judged it. ``used`` false: ``flaw`` says why; true: ``flaw`` is a doubt or None. ``codes``: GTINs on it.
    ``picture``: its name for /api/v1/pictures/."""

    number: int
    used: bool
    flaw: ViewFlaw | None
    codes: tuple[str, ...]
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """Another product for which it may be taken, as :class:`edge.store.conflicts.Conflict` has it. ``grams``: of one unit of each."""

    severity: Severity
    code: Likeness
    gtin: str
    name: str
    mistaken: float | None
    near: tuple[str, ...]
    grams: tuple[float, float] | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentView:
    """One enrolment now. ``name``: what the catalogue calls ``gtin``, "" where it does not know it yet. ``code``: GTIN of the bar code read
    last. ``full``: more photographs are of no use. ``looks_most_like``: the enrolled product that comes nearest, where it can be told."""

    token: str
    aim: Aim
    gtin: str
    name: str
    by: str
    step: EnrolmentStep
    begun_s: float
    heard_s: float
    views: tuple[ViewRow, ...]
    full: bool
    code: str
    gallery: str
    trouble: Trouble | None
    detail: str
    conflicts: tuple[ConflictRow, ...]
    looks_most_like: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledRow:
    """A product that the eye knows."""

    gtin: str
    name: str
    photographs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentsView:
    """Everything about it: what is going on, newest first, and what the eye knows by which ``gallery``. ``before``: the one it can go back
    to, "" where there is none."""

    enrolments: tuple[EnrolmentView, ...]
    enrolled: tuple[EnrolledRow, ...]
    gallery: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A product as somebody is about to save it: what it weighs, and the plate where it is to stand (None: nobody knows yet)."""

    gtin: str
    unit_weight_g: float
    weight_sd_g: float | None = None
    plate: str | None = None


class EnrolmentFront(Protocol):
    """Kept by the runtime."""

    def enrolments(self) -> EnrolmentsView:
        """All of it now. Cheap: no I/O."""
        ...

    def enrolment(self, token: str, draft: Draft | None) -> EnrolmentView | None:
        """One of them, its conflicts told for ``draft`` where there is one; None where it is over. Cheap: no I/O."""
        ...

    async def begin(self, token: str | None, gtin: str, by: str) -> EnrolmentResult:
        """Begin to enrol ``gtin``, or go on under ``token`` with that GTIN. Returned: the fact is in the journal."""
        ...

    async def save(self, token: str, gtin: str, by: str) -> EnrolmentResult:
        """Have the eye know ``gtin`` by the photographs of ``token``. Returned: the eye was asked, its answer changes the enrolment."""
        ...

    async def end(self, token: str, by: str) -> EnrolmentResult:
        """Give up. Returned: the fact is in the journal, and the photographs go."""
        ...

    async def forget(self, gtin: str, by: str) -> EnrolmentResult:
        """Have the eye forget ``gtin``. Returned as with ``save``."""
        ...

    async def go_back(self, by: str) -> EnrolmentResult:
        """Have the eye use the gallery before. Returned as with ``save``."""
        ...

    def look(self, token: str, camera: str, looking: Looking) -> EnrolmentResult:
        """Have the eye look at what is held before ``camera``, for a few seconds. What it sees changes the enrolment."""
        ...

    def mind(self, token: str, view: int, *, keep: bool) -> EnrolmentResult:
        """Let one photograph go, or use it although it looks unlike the others. The eye's answer changes the enrolment."""
        ...

    def weigh(self, plate: str, units: int) -> WeighingResult:
        """What the last movement on ``plate`` weighs by the piece, were it ``units`` pieces. Nothing is learned."""
        ...

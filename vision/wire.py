"""What crosses the Unix socket between controller and eye: one JSON object a line, facts one way, wishes the other. Pure codec.

The eye listens, the controller connects; a line is at most MAX_LINE bytes; a line that is none of these is counted and skipped. An empty
line says that every part of the eye still answers: a process that hangs keeps its connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from vision.facts import VisionFact

BEAT = b"\n"
SILENT_S = 20.0  # s without any line after which the eye hangs; it sends an empty one every few seconds
MAX_LINE = 65_536  # bytes; a sighting of fifty products is a tenth of it


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchVisit:
    """Somebody is inside from ``at_ns`` on: look at every frame, keep evidence under ``visit``."""

    visit: str
    at_ns: int
    kind: Literal["watch_visit"] = "watch_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOver:
    """The receipt of ``visit`` is made. ``keep`` says whether its evidence stays (a person will look at it) or may go."""

    visit: str
    at_ns: int
    keep: bool
    kind: Literal["visit_over"] = "visit_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPicture:
    """Somebody looks at the page: write the camera's newest picture as ``shown_name`` into the evidence folder until ``until_ns``."""

    camera: str
    until_ns: int
    kind: Literal["show_picture"] = "show_picture"


Token: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Gtin: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{8,14}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeView:
    """Photograph what is held before ``camera``, for the product ``gtin`` that is enrolled under ``token``.

    ``by_itself``: whenever something new is held still, until ``until_ns``; otherwise once, and soon. The answer is ViewsJudged.
    """

    token: Token
    gtin: Gtin
    camera: str
    until_ns: int
    by_itself: bool = False
    kind: Literal["take_view"] = "take_view"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCode:
    """Look until ``until_ns`` for a bar code that is held before ``camera``. The answer, if one comes, is CodeRead."""

    token: Token
    camera: str
    until_ns: int
    kind: Literal["read_code"] = "read_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class MindView:
    """Let a photograph of ``token`` go, or ``keep`` it although it looks unlike the others. The answer is ViewsJudged."""

    token: Token
    view: int
    keep: bool = False
    kind: Literal["mind_view"] = "mind_view"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """Know ``gtin`` by the photographs of ``token`` from now on. The answer is ProductEnrolled or EnrolmentFailed."""

    token: Token
    gtin: Gtin
    kind: Literal["enrol"] = "enrol"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEnrolment:
    """Nobody goes on with ``token``: its photographs go."""

    token: Token
    kind: Literal["end_enrolment"] = "end_enrolment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Know ``gtin`` no longer. The answer is GalleryChanged or EnrolmentFailed."""

    token: Token
    gtin: Gtin
    kind: Literal["forget"] = "forget"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBack:
    """Take the gallery into use again that was in use before. The answer is GalleryChanged or EnrolmentFailed."""

    token: Token
    kind: Literal["go_back"] = "go_back"


EnrolmentWish: TypeAlias = TakeView | ReadCode | MindView | Enrol | EndEnrolment | Forget | GoBack
Wish: TypeAlias = Annotated[WatchVisit | VisitOver | ShowPicture | EnrolmentWish, Field(discriminator="kind")]


def shown_name(camera: str) -> str:
    """Where in the evidence folder a camera's newest picture is while somebody looks at it: a JPEG, replaced as a whole, heads masked."""
    return f"now/{camera}.jpg"


ENROLMENTS = "enrol"  # folder of the evidence folder


def view_name(token: str, number: int) -> str:
    """Where in the evidence folder a photograph of an enrolment is while it goes on: a JPEG, heads masked."""
    return f"{ENROLMENTS}/{token}/{number}.jpg"


_FACT: TypeAdapter[VisionFact] = TypeAdapter(VisionFact)
_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)


def fact_line(fact: VisionFact) -> bytes:
    """One fact as a line. ValueError where it is longer than MAX_LINE."""
    return _line(_FACT.dump_json(fact), fact.kind)


def wish_line(wish: Wish) -> bytes:
    """One wish as a line. ValueError where it is longer than MAX_LINE."""
    return _line(_WISH.dump_json(wish), wish.kind)


def fact_of(line: bytes) -> VisionFact | None:
    """The fact in a line, None where it is none."""
    try:
        return _FACT.validate_json(line)
    except ValidationError:
        return None


def wish_of(line: bytes) -> Wish | None:
    """The wish in a line, None where it is none."""
    try:
        return _WISH.validate_json(line)
    except ValidationError:
        return None


def _line(text: bytes, kind: str) -> bytes:
    if len(text) >= MAX_LINE:
        raise ValueError(f"a {kind} of {len(text)} bytes is longer than a line may be ({MAX_LINE} bytes)")
    return text + b"\n"

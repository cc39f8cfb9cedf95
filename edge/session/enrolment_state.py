"""What the store knows of products that are being enrolled: who does it, the photographs as the eye judged them, what came of it. Pure
values, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vision.facts import EnrolmentTrouble, View

Aim: TypeAlias = Literal["enrol", "forget", "go_back"]
EnrolmentStep: TypeAlias = Literal["taking", "waiting", "done"]
Trouble: TypeAlias = EnrolmentTrouble | Literal["eye_lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One change of what the eye knows, from its beginning to a while after its end.

    ``aim`` enrol: ``gtin`` is to be known by ``views``; forget: no longer; go_back: the gallery before is to be used again (``gtin`` "").
    ``step`` waiting: the eye was asked to do it; done: it has, and ``gallery`` is the version in use since. ``trouble`` says why what was
    wished last came to nothing, ``detail`` the same in the eye's words. ``rivals``, ``full``: as in ViewsJudged. ``code``: bar code read
    last, "" for none. ``begun_ns``, ``heard_ns``: when it began, when something was done or heard last.
    """

    token: str
    aim: Aim
    gtin: str
    by: str
    begun_ns: int
    heard_ns: int
    step: EnrolmentStep = "taking"
    views: tuple[View, ...] = ()
    rivals: tuple[tuple[str, float], ...] = ()
    full: bool = False
    code: str = ""
    gallery: str = ""
    trouble: Trouble | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAnswer:
    """What became of the last thing that a person asked about an enrolment: ``code`` of :data:`edge.session.enrolment.ENROLMENT_WORDS`."""

    token: str
    code: str

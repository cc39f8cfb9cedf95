"""A person teaches the eye a product: what they ask for, and what the eye answers. Pure.

The eye judges photographs and keeps them; here is who asked, what it said last, and whether it may begin. Nothing of it touches a visit:
while a shopper is inside, the gallery by which the eye recognises stays what it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from edge.session.enrolment_state import Enrolment, EnrolmentAnswer, Trouble
from edge.session.facts import EnrolmentAsked
from edge.session.turn import NS, Turn
from vision.facts import MOST_VIEWS, CodeRead, EnrolmentFact, EnrolmentFailed, GalleryChanged, ProductEnrolled, ViewsJudged
from vision.wire import EndEnrolment, Enrol, Forget, GoBack

KEPT_NS: Final = 3_600 * NS  # ns; whoever has not gone on for an hour begins anew, and the eye has let the photographs go
MOST_KEPT: Final = 8  # at once; a shop has one or two people who enrol
MOST_RIVALS: Final = 5  # products that look like it; a person reads no more
DETAIL_CHARS: Final = 200  # longest word of the eye that is kept

ENROLMENT_WORDS: Final[dict[str, str]] = {
    "begun": "Take the photographs.",
    "asked": "The eye is learning it.",
    "ended": "The photographs are gone.",
    "no_cameras": "This store has no cameras: products are sold by weight and place.",
    "eye_lost": "The eye does not answer. Wait until it is back, then try again.",
    "shopper_inside": "Somebody is shopping. Go on when they have left.",
    "unknown": "This enrolment is over. Begin anew.",
    "no_view": "No photograph will do yet. Take at least one.",
    "waiting": "The eye is at it already.",
}


def asked(turn: Turn, fact: EnrolmentAsked) -> None:
    """A person begins, goes on or ends."""
    _forget_old(turn)
    match fact.action:
        case "begin":
            code = _begin(turn, fact)
        case "enrol":
            code = _enrol(turn, fact)
        case "end":
            code = _end(turn, fact)
        case "forget" | "go_back":
            code = _change(turn, fact)
        case _:
            assert_never(fact.action)
    _told(turn, EnrolmentAnswer(token=fact.token, code=code))


def heard(turn: Turn, fact: EnrolmentFact) -> None:
    """The eye says what came of it."""
    known = of_token(turn.state.enrolments, fact.token)
    if known is None:
        turn.ignore("no such enrolment")
        return
    fresh = replace(known, heard_ns=turn.at_ns)
    match fact:
        case ViewsJudged():
            _put(
                turn,
                replace(fresh, views=fact.views[:MOST_VIEWS], rivals=fact.rivals[:MOST_RIVALS], full=fact.full, trouble=None, detail=""),
            )
        case CodeRead():
            _put(turn, replace(fresh, code=fact.code))
        case ProductEnrolled():
            if known.step != "waiting" or fact.gtin != known.gtin:
                turn.ignore("nobody asked for it")
                return
            _put(turn, replace(fresh, step="done", gallery=fact.gallery[:DETAIL_CHARS], trouble=None, detail=""))
            turn.audit(
                "product_enrolled", known.by, f"{fact.gtin} by {fact.photographs} photographs, gallery {fact.gallery[:DETAIL_CHARS]}"
            )
        case GalleryChanged():
            if known.step != "waiting" or fact.gtin != known.gtin:
                turn.ignore("nobody asked for it")
                return
            _put(turn, replace(fresh, step="done", gallery=fact.gallery[:DETAIL_CHARS], trouble=None, detail=""))
            action = "product_forgotten" if known.aim == "forget" else "gallery_before"
            turn.audit(action, known.by, f"{fact.gtin} gallery {fact.gallery[:DETAIL_CHARS]}".strip())
        case EnrolmentFailed():
            _put(turn, _failed(fresh, fact.reason, fact.detail))
        case _:
            assert_never(fact)


def eye_lost(turn: Turn) -> None:
    """Whoever waits for the eye waits in vain. The photographs are files of the eye: they are there when it is back."""
    if any(one.step == "waiting" for one in turn.state.enrolments):
        _all(turn, tuple(_failed(one, "eye_lost", "") if one.step == "waiting" else one for one in turn.state.enrolments))


def of_token(enrolments: tuple[Enrolment, ...], token: str) -> Enrolment | None:
    """The enrolment of this token, None where there is none (any more)."""
    return next((one for one in enrolments if one.token == token), None)


def shifted(enrolments: tuple[Enrolment, ...], shift_ns: int) -> tuple[Enrolment, ...]:
    """The same in the clock of another boot."""
    return tuple(replace(one, begun_ns=one.begun_ns + shift_ns, heard_ns=one.heard_ns + shift_ns) for one in enrolments)


def _begin(turn: Turn, fact: EnrolmentAsked) -> str:
    if not turn.state.eye.cameras:
        return "no_cameras"
    known = of_token(turn.state.enrolments, fact.token)
    if known is None:
        _add(turn, Enrolment(token=fact.token, aim="enrol", gtin=fact.gtin, by=fact.by, begun_ns=turn.at_ns, heard_ns=turn.at_ns))
    elif known.step == "waiting":
        return "waiting"
    elif known.step == "done":  # the eye has let its photographs go
        _put(turn, Enrolment(token=fact.token, aim="enrol", gtin=fact.gtin, by=fact.by, begun_ns=turn.at_ns, heard_ns=turn.at_ns))
    else:  # the bar code was read, or typed, after the first photographs
        _put(turn, replace(known, gtin=fact.gtin, by=fact.by, heard_ns=turn.at_ns))
    return "begun"


def _enrol(turn: Turn, fact: EnrolmentAsked) -> str:
    known = of_token(turn.state.enrolments, fact.token)
    if known is None or known.aim != "enrol":
        return "unknown"
    if not any(view.used for view in known.views):
        return "no_view"
    changed = replace(known, gtin=fact.gtin, by=fact.by)
    return _ask(turn, changed, Enrol(token=fact.token, gtin=fact.gtin))


def _change(turn: Turn, fact: EnrolmentAsked) -> str:
    if not turn.state.eye.cameras:
        return "no_cameras"
    begun = of_token(turn.state.enrolments, fact.token)
    if fact.action == "forget":
        new = Enrolment(token=fact.token, aim="forget", gtin=fact.gtin, by=fact.by, begun_ns=turn.at_ns, heard_ns=turn.at_ns)
        wish: Forget | GoBack = Forget(token=fact.token, gtin=fact.gtin)
    else:
        new = Enrolment(token=fact.token, aim="go_back", gtin="", by=fact.by, begun_ns=turn.at_ns, heard_ns=turn.at_ns)
        wish = GoBack(token=fact.token)
    return _ask(turn, begun or new, wish) if begun is None else "waiting"


def _ask(turn: Turn, enrolment: Enrolment, wish: Enrol | Forget | GoBack) -> str:
    """Have the eye change what it knows, where that harms nobody now."""
    visit = turn.visit
    if enrolment.step == "waiting":
        return "waiting"
    if visit is not None and visit.role == "shopper":
        return "shopper_inside"
    if turn.state.eye.condition != "open":
        return "eye_lost"
    waiting = replace(enrolment, step="waiting", heard_ns=turn.at_ns, trouble=None, detail="")
    if of_token(turn.state.enrolments, enrolment.token) is None:
        _add(turn, waiting)
    else:
        _put(turn, waiting)
    turn.do(wish)
    return "asked"


def _end(turn: Turn, fact: EnrolmentAsked) -> str:
    if of_token(turn.state.enrolments, fact.token) is None:
        return "unknown"
    _all(turn, tuple(one for one in turn.state.enrolments if one.token != fact.token))
    turn.do(EndEnrolment(token=fact.token))
    return "ended"


def _failed(enrolment: Enrolment, trouble: Trouble, detail: str) -> Enrolment:
    step = "taking" if enrolment.step == "waiting" else enrolment.step
    return replace(enrolment, step=step, trouble=trouble, detail=detail[:DETAIL_CHARS])


def _forget_old(turn: Turn) -> None:
    kept = tuple(one for one in turn.state.enrolments if turn.at_ns - one.heard_ns <= KEPT_NS)
    if len(kept) < len(turn.state.enrolments):
        _all(turn, kept)


def _add(turn: Turn, enrolment: Enrolment) -> None:
    for gone in turn.state.enrolments[: -MOST_KEPT + 1]:
        turn.do(EndEnrolment(token=gone.token))
    _all(turn, (*turn.state.enrolments[-MOST_KEPT + 1 :], enrolment))


def _put(turn: Turn, enrolment: Enrolment) -> None:
    _all(turn, tuple(enrolment if one.token == enrolment.token else one for one in turn.state.enrolments))


def _all(turn: Turn, enrolments: tuple[Enrolment, ...]) -> None:
    turn.set(enrolments=enrolments, enrolments_no=turn.state.fact_no)


def _told(turn: Turn, answer: EnrolmentAnswer) -> None:
    turn.set(enrolment_answer=answer, enrolments_no=turn.state.fact_no)

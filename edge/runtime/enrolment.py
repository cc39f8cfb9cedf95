"""Teaching the eye a product, as the web room asks for it: what changes something goes through the inbox, looking goes to the eye at once.

What the eye answers comes back as facts, so that an enrolment is the same for whoever looks at it, from wherever.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Final

from edge.runtime.executor import EyeListener
from edge.runtime.inbox import Inbox
from edge.session.enrolment import ENROLMENT_WORDS, KEPT_NS, of_token
from edge.session.enrolment_state import Enrolment
from edge.session.facts import EnrolmentAsked
from edge.session.state import StoreState, visit_of
from edge.session.weights import COUNT_WORDS, weigh
from edge.store.build import default_spread_g
from edge.store.conflicts import Conflict, conflicts, with_product
from edge.store.gtin import spelled
from edge.store.model import Product, StoreModel
from edge.web.enrolment import (
    ConflictRow,
    Draft,
    EnrolledRow,
    EnrolmentResult,
    EnrolmentsView,
    EnrolmentView,
    Looking,
    ViewRow,
    WeighingResult,
)
from vision.wire import MindView, ReadCode, TakeView

NS: Final = 1_000_000_000
LOOK_NS: Final = 6 * NS  # ns the eye looks for after it was asked; a page asks again sooner
LIKE: Final = 0.1  # chance that one view is taken for another product, from which a person is told
TOKEN_BYTES: Final = 16

LOOK_WORDS: Final[dict[str, str]] = {
    "no_gtin": "Tell the product's number first.",
    "looking": "The eye looks.",
    "unknown_camera": "This store has no such camera.",
    "camera_lost": "This camera shows nothing that can be used. Choose another one, or see what is wrong with it.",
}


class Enroller:
    """Keeps :class:`edge.web.enrolment.EnrolmentFront`. ``state``: the store's newest; ``eye`` None: the store has no cameras."""

    def __init__(self, state: Callable[[], StoreState], inbox: Inbox, eye: EyeListener | None, monotonic_ns: Callable[[], int]) -> None:
        self._state = state
        self._inbox = inbox
        self._eye = eye
        self._now_ns = monotonic_ns

    def enrolments(self) -> EnrolmentsView:
        """All of it now."""
        state = self._state()
        names = _names(state.store)
        running = [one for one in reversed(state.enrolments) if self._now_ns() - one.heard_ns <= KEPT_NS]
        return EnrolmentsView(
            enrolments=tuple(self._view(one, state, None) for one in running),
            enrolled=tuple(EnrolledRow(gtin=gtin, name=names.get(gtin, ""), photographs=count) for gtin, count in state.eye.enrolled),
            gallery=state.eye.gallery,
            before=state.eye.before,
        )

    def enrolment(self, token: str, draft: Draft | None) -> EnrolmentView | None:
        """One of them now."""
        state = self._state()
        found = of_token(state.enrolments, token)
        return None if found is None or self._now_ns() - found.heard_ns > KEPT_NS else self._view(found, state, draft)

    async def begin(self, token: str | None, gtin: str, by: str) -> EnrolmentResult:
        """Begin, or go on."""
        return await self._asked(EnrolmentAsked(at_ns=self._now_ns(), token=token or _new_token(), action="begin", gtin=gtin, by=by))

    async def save(self, token: str, gtin: str, by: str) -> EnrolmentResult:
        """Have the eye know it."""
        return await self._asked(EnrolmentAsked(at_ns=self._now_ns(), token=token, action="enrol", gtin=gtin, by=by))

    async def end(self, token: str, by: str) -> EnrolmentResult:
        """Give up."""
        return await self._asked(EnrolmentAsked(at_ns=self._now_ns(), token=token, action="end", gtin="", by=by))

    async def forget(self, gtin: str, by: str) -> EnrolmentResult:
        """Have the eye forget it."""
        return await self._asked(EnrolmentAsked(at_ns=self._now_ns(), token=_new_token(), action="forget", gtin=gtin, by=by))

    async def go_back(self, by: str) -> EnrolmentResult:
        """Have the eye use the gallery before."""
        return await self._asked(EnrolmentAsked(at_ns=self._now_ns(), token=_new_token(), action="go_back", gtin="", by=by))

    def look(self, token: str, camera: str, looking: Looking) -> EnrolmentResult:
        """Tell the eye to look."""
        state = self._state()
        known = of_token(state.enrolments, token)
        code = _kept_from_looking(state, known, camera)
        if code is not None or known is None or self._eye is None:
            return _result(code or "no_cameras", token)
        until_ns = self._now_ns() + LOOK_NS
        if looking == "code":
            self._eye.tell(ReadCode(token=token, camera=camera, until_ns=until_ns))
        elif not known.gtin:
            return _result("no_gtin", token)
        else:
            by_itself = looking == "views"
            self._eye.tell(TakeView(token=token, gtin=known.gtin, camera=camera, until_ns=until_ns, by_itself=by_itself))
        return _result("looking", token)

    def mind(self, token: str, view: int, *, keep: bool) -> EnrolmentResult:
        """Tell the eye what is to become of a photograph."""
        state = self._state()
        known = of_token(state.enrolments, token)
        if known is None:
            return _result("unknown", token)
        if state.eye.condition != "open" or self._eye is None:
            return _result("eye_lost", token)
        self._eye.tell(MindView(token=token, view=view, keep=keep))
        return _result("looking", token)

    def weigh(self, plate: str, units: int) -> WeighingResult:
        """Look at the last movement on the plate."""
        found = weigh(self._state(), plate, units, self._now_ns())
        if found.code != "weighed":
            return WeighingResult(accepted=False, code=found.code, words=COUNT_WORDS[found.code])
        words = COUNT_WORDS[found.code]
        return WeighingResult(
            accepted=True, code=found.code, words=words, each_g=found.each_g, each_sd_g=found.each_sd_g, spread_g=found.spread_g
        )

    async def _asked(self, fact: EnrolmentAsked) -> EnrolmentResult:
        state = await self._inbox.put_and_wait(fact)
        told = state.enrolment_answer
        if told is None or told.token != fact.token:
            raise RuntimeError("what is asked about an enrolment always leaves its answer")
        return _result(told.code, fact.token)

    def _view(self, one: Enrolment, state: StoreState, draft: Draft | None) -> EnrolmentView:
        names = _names(state.store)
        views = tuple(
            ViewRow(
                number=view.number,
                used=view.used,
                flaw=view.flaw,
                codes=tuple(spelled(code, names) for code in view.codes),
                picture=view.picture,
            )
            for view in one.views
        )
        nearest = one.rivals[0][0] if one.rivals else ""
        return EnrolmentView(
            token=one.token,
            aim=one.aim,
            gtin=one.gtin,
            name=names.get(one.gtin, ""),
            by=one.by,
            step=one.step,
            begun_s=one.begun_ns / NS,
            heard_s=one.heard_ns / NS,
            views=views,
            full=one.full,
            code=spelled(one.code, names) if one.code else "",
            gallery=one.gallery,
            trouble=one.trouble,
            detail=one.detail,
            conflicts=tuple(_conflict_rows(one, state, draft)),
            looks_most_like=names.get(nearest, nearest),
        )


def _kept_from_looking(state: StoreState, known: Enrolment | None, camera: str) -> str | None:
    """The code that says why the eye is not to look now, None where it may."""
    visit = visit_of(state.phase)
    found = next((one for one in state.eye.cameras if one.camera == camera), None)
    if known is None:
        return "unknown"
    if found is None:
        return "unknown_camera" if state.eye.cameras else "no_cameras"
    if visit is not None and visit.role == "shopper":
        return "shopper_inside"
    if state.eye.condition != "open":
        return "eye_lost"
    return "camera_lost" if found.condition == "lost" else None


def _conflict_rows(one: Enrolment, state: StoreState, draft: Draft | None) -> Iterable[ConflictRow]:
    """What is to be known of it beside the other products: as it is about to be saved, or as the catalogue has it."""
    store, gtin = state.store, one.gtin
    if store is None:
        return
    if draft is not None:
        spread_g = draft.weight_sd_g or default_spread_g(draft.unit_weight_g)
        gtin, store = draft.gtin, with_product(store, Product(draft.gtin, "", 0, 0, draft.unit_weight_g, spread_g), draft.plate)
    mistaken = {rival: chance for rival, chance in one.rivals if chance >= LIKE and rival != gtin}
    for found in conflicts(store, gtin, mistaken, [name for name, _ in state.eye.enrolled]):
        yield _row(found)


def _row(found: Conflict) -> ConflictRow:
    return ConflictRow(
        severity=found.severity,
        code=found.code,
        gtin=found.other,
        name=found.name,
        mistaken=found.mistaken,
        near=found.near,
        grams=found.grams,
        words=found.words,
    )


def _result(code: str, token: str) -> EnrolmentResult:
    return EnrolmentResult(
        accepted=code in ("begun", "asked", "ended", "looking"), code=code, words={**ENROLMENT_WORDS, **LOOK_WORDS}[code], token=token
    )


def _names(store: StoreModel | None) -> dict[str, str]:
    """What the catalogue calls a GTIN."""
    return {} if store is None else {product.gtin: product.name for product in store.prices.products}


def _new_token() -> str:
    return os.urandom(TOKEN_BYTES).hex()

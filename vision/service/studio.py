"""Photographs products that somebody enrols, at the shop's own cameras: a thread of its own that always lets the recognition go first.

Cameras hand their frames over in threads of their own and never wait. What is wished comes from the socket and is done in order; what
becomes of it is told as facts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final, assert_never

from vision.barcode import agreed_code, read_codes
from vision.enrolment.photographs import MOST
from vision.enrolment.sitting import ENOUGH
from vision.evidence import SittingFolder
from vision.facts import CodeRead, EnrolmentFact, EnrolmentFailed, GalleryChanged, ProductEnrolled
from vision.gallery_file import GalleryRefused
from vision.pipeline.crop import PRODUCT_SHARE, centre_square
from vision.pipeline.foreground import standing_out
from vision.pipeline.photo_quality import PhotoQuality, photo_quality
from vision.service.knowledge import Knowledge
from vision.service.lookout import Lookout, Watch
from vision.service.sittings import Sittings, Undone, undone
from vision.types import Frame, Picture
from vision.wire import EndEnrolment, Enrol, EnrolmentWish, Forget, GoBack, MindView, ReadCode, TakeView

log = logging.getLogger(__name__)

MOST_WISHES: Final = 32  # that wait; a person makes one a second
TRIES: Final = 5  # frames of which the first without a flaw is taken, where somebody asked for one
GIVE_WAY_S: Final = 0.02  # s between two looks whether the recognition has nothing to do
SLEEP_S: Final = 0.5  # s between two looks for what is overdue, while somebody looks through a camera
REST_S: Final = 60.0  # s the same, while photographs only wait


class Studio:
    """Started by ``start``; ``wish`` and ``look`` may be called from any thread, ``told`` and ``changed`` are called from its own.

    ``masked`` gives a frame as it may be kept, None where it may not; ``busy``: the recognition has something to do; ``changed`` returns
    once the gallery that was just saved is in use.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        folder: SittingFolder,
        *,
        cameras: Collection[str],
        told: Callable[[EnrolmentFact], None],
        masked: Callable[[Frame], Frame | None],
        busy: Callable[[], bool],
        changed: Callable[[], object],
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._knowledge = knowledge
        self._told = told
        self._masked = masked
        self._busy = busy
        self._changed = changed
        self._now_ns = monotonic_ns
        self._sittings = Sittings(knowledge, folder, self._give_way, monotonic_ns)
        self._news = threading.Condition()
        self._lookout = Lookout(cameras, self._news, monotonic_ns)
        self._wishes: deque[EnrolmentWish] = deque()
        self._busy_since_ns: int | None = None
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, within_s: float = 5.0) -> None:
        """End the thread; photographs stay for the next start."""
        with self._news:
            self._ending = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(within_s)

    def wish(self, wish: EnrolmentWish) -> None:
        """Do this when its turn comes. Where too many wait, it is not done."""
        with self._news:
            if len(self._wishes) >= MOST_WISHES:
                log.warning("too many wishes about enrolments wait; one is left out", extra={"kind_of_wish": wish.kind})
                return
            self._wishes.append(wish)
            self._news.notify()

    def shown(self, camera: str) -> None:
        """Somebody looks at this camera, and goes on to say so."""
        self._lookout.shown(camera)

    def look(self, frame: Frame) -> None:
        """Every frame of every camera comes by here, in that camera's thread."""
        self._lookout.see(frame)

    @property
    def waiting(self) -> int:
        """Wishes and frames that wait."""
        with self._news:
            return len(self._wishes) + self._lookout.waiting

    @property
    def at_rest(self) -> bool:
        """Whether nothing waits and nothing is being done."""
        with self._news:
            return self._busy_since_ns is None and not self._wishes and not self._lookout.waiting

    def stuck_for_s(self) -> float:
        """Seconds since it began with what it does now, without those in which it gave way; 0 in between."""
        since = self._busy_since_ns
        return 0.0 if since is None else (self._now_ns() - since) / 1e9

    def _run(self) -> None:
        while True:
            with self._news:
                patience_s = SLEEP_S if self._lookout.looks else REST_S if self._sittings.any else None
                self._news.wait_for(lambda: self._ending or bool(self._wishes) or self._lookout.waiting > 0, patience_s)
                if self._ending:
                    return
                wish = self._wishes.popleft() if self._wishes else None
                seen = self._lookout.next() if wish is None else None
                self._busy_since_ns = self._now_ns()
            token = wish.token if wish is not None else seen[1].wish.token if seen is not None else ""
            try:
                if wish is not None:
                    self._do(wish)
                elif seen is not None:
                    self._seen(*seen)
                self._let_go()
            except Undone as problem:
                self._fail(token, problem)
            except OSError as error:
                self._fail(token, undone(error))
            except Exception as error:  # pictures come from outside, and others go on enrolling
                log.exception("an enrolment failed")
                self._fail(token, Undone("failed", type(error).__name__))
            finally:
                self._busy_since_ns = None

    def _do(self, wish: EnrolmentWish) -> None:
        match wish:
            case TakeView() | ReadCode():
                self._watch(wish)
            case MindView():
                self._mind(wish)
            case Enrol():
                self._enrol(wish)
            case Forget():
                self._forget(wish)
            case GoBack():
                self._go_back(wish)
            case EndEnrolment():
                self._end(wish.token)
            case _:
                assert_never(wish)

    def _watch(self, wish: TakeView | ReadCode) -> None:
        if not self._lookout.has(wish.camera):
            raise Undone("no_camera")
        if isinstance(wish, TakeView):
            sitting = self._sittings.begun(wish.token, wish.gtin)
            used = self._sittings.used(sitting)
            if wish.by_itself and used >= ENOUGH:  # whoever asks has not heard of the last one yet
                self._told(self._sittings.judged(wish.token, sitting))
                return
            if used >= MOST:
                raise Undone("enough_views")
        self._lookout.begin(wish)

    def _seen(self, frame: Frame, watch: Watch) -> None:
        """One frame of a camera at which something is looked for."""
        self._give_way()
        wish = watch.wish
        if isinstance(wish, ReadCode):
            watch.readings.append(read_codes(centre_square(frame.pixels, 1.0)))
            if (code := agreed_code(watch.readings)) is not None:
                self._lookout.end(frame.camera)
                self._told(CodeRead(at_ns=self._now_ns(), token=wish.token, code=code))
            return
        watch.tried += 1
        if wish.by_itself and not watch.attention.still(_quality(frame.pixels).thumb, frame.at_ns):
            return
        background = self._lookout.background(frame.camera)
        pixels = frame.pixels if background is None else standing_out(frame.pixels, background)
        quality = _quality(pixels)
        if quality.flaw is not None and (wish.by_itself or watch.tried < TRIES):
            return
        sitting = self._sittings.begun(wish.token, wish.gtin)
        if wish.by_itself and sitting.shows(quality):
            return
        if not wish.by_itself:
            self._lookout.end(frame.camera)
        self._give_way()
        masked = self._masked(replace(frame, pixels=pixels, jpeg=b""))
        if masked is None:
            raise Undone("failed", "it cannot be said whose head is in the picture")
        self._sittings.add(wish.token, sitting, masked.pixels)
        judged = self._sittings.judged(wish.token, sitting)
        if judged.full:
            self._lookout.end(frame.camera)
        self._told(judged)

    def _mind(self, wish: MindView) -> None:
        sitting = self._sittings.known(wish.token)
        if wish.keep:
            sitting.keep(wish.view)
        else:
            self._sittings.drop(wish.token, sitting, wish.view)
        self._told(self._sittings.judged(wish.token, sitting))

    def _enrol(self, wish: Enrol) -> None:
        sitting = self._sittings.known(wish.token)
        sitting.product = wish.gtin
        _, found = self._sittings.verdicts(sitting)
        if found is None:
            raise Undone("no_view")
        version = self._saved(lambda: self._knowledge.take(found.gallery))
        self._told(ProductEnrolled(at_ns=self._now_ns(), token=wish.token, gtin=wish.gtin, photographs=found.used, gallery=version))
        self._end(wish.token)

    def _forget(self, wish: Forget) -> None:
        known = self._sittings.gallery()
        if wish.gtin not in known.products:
            raise Undone("not_enrolled")
        version = self._saved(lambda: self._knowledge.take(known.without(wish.gtin)))
        self._told(GalleryChanged(at_ns=self._now_ns(), token=wish.token, gtin=wish.gtin, gallery=version))

    def _go_back(self, wish: GoBack) -> None:
        if not self._knowledge.known.before:
            raise Undone("nothing_before")
        version = self._saved(self._knowledge.go_back)
        self._told(GalleryChanged(at_ns=self._now_ns(), token=wish.token, gtin="", gallery=version))

    def _saved(self, save: Callable[[], str]) -> str:
        """The version that is in use when this returns."""
        self._give_way()
        try:
            version = save()
        except GalleryRefused as error:
            raise Undone("signed_only" if self._knowledge.signed_only else "failed", str(error)) from error
        self._changed()
        return version

    def _end(self, token: str) -> None:
        self._lookout.end_all(token)
        self._sittings.end(token)

    def _let_go(self) -> None:
        """What is overdue: looks that ended, enrolments that nobody went on with."""
        for token in self._sittings.overdue():
            self._end(token)
        for watch in self._lookout.overdue():
            if isinstance(watch.wish, TakeView) and not watch.wish.by_itself:
                self._fail(watch.wish.token, Undone("no_picture"))

    def _fail(self, token: str, problem: Undone) -> None:
        if token:
            self._told(EnrolmentFailed(at_ns=self._now_ns(), token=token, reason=problem.trouble, detail=str(problem)[:200]))

    def _give_way(self) -> None:
        """Wait until the recognition has nothing to do."""
        while self._busy() and not self._ending:
            time.sleep(GIVE_WAY_S)
            self._busy_since_ns = self._now_ns()
        self._busy_since_ns = self._now_ns()


def _quality(pixels: Picture) -> PhotoQuality:
    """Of the part in which a product is held."""
    return photo_quality(centre_square(pixels, PRODUCT_SHARE))

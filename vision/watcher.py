"""The watch over one camera: a thread that looks at its frames and says when somebody reached into the shelf, and how the camera is doing.

What was taken is not asked here; nothing here waits for a model, a disk or a socket but through what it is given.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from vision.facts import CameraFound, CameraLost, CameraTrouble
from vision.pipeline.reach import Reach, ReachWatcher
from vision.pipeline.steadiness import Steadiness
from vision.ports import Detector, Source
from vision.settings import CameraSettings
from vision.sources.pace import next_wait_s
from vision.types import Frame

log = logging.getLogger(__name__)

CameraState: TypeAlias = CameraFound | CameraLost

LOOK_S: Final = 0.5  # s that one wait for a frame takes; between waits the thread can end


class Health(Protocol):
    """Judges one camera's pictures, in order."""

    def feed(self, frame: Frame) -> CameraTrouble | None:
        """Why its pictures are of no use now, None while they are."""
        ...

    def overdue(self, now_ns: int) -> CameraTrouble | None:
        """The same at a moment without a frame."""
        ...


class CameraWatch:
    """Watches ``source`` from ``start`` to ``close``. ``plates``: those that only this camera sees.

    ``health`` begins the judge of its pictures, who knows what they looked like before a gap. ``reached``, ``told`` and ``looked`` (every
    frame) are called from its thread. An error in them or in a frame ends nothing: it is logged, the camera counts as lost, and the watch
    begins anew, later each time. The camera is found after its frames were good, and looked at, for a while.
    """

    def __init__(
        self,
        settings: CameraSettings,
        source: Source,
        plates: tuple[str, ...],
        *,
        health: Callable[[], Health],
        reached: Callable[[Reach], None],
        told: Callable[[CameraState], None],
        looked: Callable[[Frame], None],
        monotonic_ns: Callable[[], int],
        hand_detector: Detector | None = None,
    ) -> None:
        self.settings = settings
        self.source = source
        self.plates = plates
        self.state: CameraState | None = None
        self.beat_ns = monotonic_ns()
        self.reaches = 0
        self._health = health()
        self._steady = Steadiness()
        self._reached = reached
        self._told = told
        self._looked = looked
        self._now_ns = monotonic_ns
        self._hand_detector = hand_detector
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {settings.id}", daemon=True)
        self._seen = 0

    def start(self) -> None:
        """Start the source and the watch over it."""
        self.source.start()
        self._thread.start()

    def close(self, within_s: float = 5.0) -> None:
        """End both."""
        self._ending.set()
        self.source.close()
        if self._thread.is_alive():
            self._thread.join(within_s)

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ending.is_set():
            try:
                self._watch()
            except Exception as error:  # pictures come from outside, and other cameras are to be watched on
                log.exception("the watch over a camera failed and begins anew", extra={"camera": self.settings.id})
                wait_s = next_wait_s(wait_s, self._steady.good_for_ns(self._now_ns()) / 1e9)
                try:
                    self._lost("no_frames", f"its pictures could not be looked at: {type(error).__name__}")
                except Exception:
                    log.exception("the loss of a camera could not be told", extra={"camera": self.settings.id})
                self._pause(wait_s)

    def _pause(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0.0 and not self._ending.wait(min(left_s, LOOK_S)):
            self.beat_ns = self._now_ns()

    def _watch(self) -> None:
        hands = self._reach_watcher()
        while not self._ending.is_set():
            self.beat_ns = self._now_ns()
            frame = self.source.newest(self._seen, LOOK_S)
            if frame is None:
                trouble = self._health.overdue(self._now_ns())
                if trouble == "no_frames" and not self._is_lost(trouble):
                    self._tell(hands.end())
                    hands = self._reach_watcher()
                    self._lost(trouble, self.source.state().trouble)
                continue
            self._seen = frame.number
            trouble = self._health.feed(frame)
            if trouble is not None:
                self._lost(trouble)
            self._looked(frame)
            reaches = hands.feed(frame)
            if trouble != "moved":  # its zones are somewhere else now
                self._tell(reaches)
            if trouble is None and self._steady.good(self._now_ns()):
                self._found()

    def _reach_watcher(self) -> ReachWatcher:
        return ReachWatcher(self.settings, self._hand_detector)

    def _tell(self, reaches: tuple[Reach, ...]) -> None:
        for reach in reaches:
            self.reaches += 1
            self._reached(replace(reach, number=self.reaches))

    def _found(self) -> None:
        if not isinstance(self.state, CameraFound):
            self._change(CameraFound(at_ns=self._now_ns(), camera=self.settings.id, plates=self.plates))

    def _lost(self, reason: CameraTrouble, detail: str = "") -> None:
        self._steady.bad(self._now_ns())
        if not self._is_lost(reason):
            self._change(CameraLost(at_ns=self._now_ns(), camera=self.settings.id, plates=self.plates, reason=reason, detail=detail))

    def _is_lost(self, reason: CameraTrouble) -> bool:
        return isinstance(self.state, CameraLost) and self.state.reason == reason

    def _change(self, state: CameraState) -> None:
        self.state = state
        if isinstance(state, CameraLost):
            log.warning("camera lost", extra={"camera": state.camera, "reason": state.reason, "detail": state.detail})
        else:
            log.info("camera found", extra={"camera": state.camera})
        self._told(state)

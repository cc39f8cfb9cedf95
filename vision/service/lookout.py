"""Where the studio looks: the newest frame of each camera at which something is looked for, what for, and what was there before.

Cameras call from threads of their own and never wait; everything else belongs to the studio's thread, but ``shown``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from vision.pipeline.attention import Attention
from vision.pipeline.motion import small_copy
from vision.types import Frame, Picture
from vision.wire import ReadCode, TakeView

LOOK_EVERY_NS: Final = 150_000_000  # ns between two frames of one camera that are looked at
LONGEST_LOOK_NS: Final = 15_000_000_000  # ns that one wish to look counts at most; whoever is still there asks again
ANEW_NS: Final = 15_000_000_000  # ns in which nobody looked at a camera, after which what it shows is a background anew
READINGS: Final = 6  # frames in which a bar code must be read twice


@dataclass(slots=True)
class Watch:
    """What is looked for at one camera, and what was seen of it."""

    wish: TakeView | ReadCode
    until_ns: int
    attention: Attention = field(default_factory=Attention)
    readings: deque[tuple[str, ...]] = field(default_factory=lambda: deque(maxlen=READINGS))
    tried: int = 0
    looked_ns: int = 0

    def goes_on_with(self, wish: TakeView | ReadCode) -> bool:
        """Whether ``wish`` asks for no more than that this goes on."""
        ours = self.wish
        if isinstance(wish, TakeView) and isinstance(ours, TakeView):
            return ours.token == wish.token and ours.by_itself and wish.by_itself
        return isinstance(wish, ReadCode) and isinstance(ours, ReadCode) and ours.token == wish.token


class Lookout:
    """Over these cameras. ``news`` is notified when a frame waits."""

    def __init__(self, cameras: Collection[str], news: threading.Condition, monotonic_ns: Callable[[], int]) -> None:
        self._cameras = frozenset(cameras)
        self._news = news
        self._now_ns = monotonic_ns
        self._frames: dict[str, Frame] = {}
        self._watches: dict[str, Watch] = {}
        self._shown_ns: dict[str, int] = {}
        self._backgrounds: dict[str, Picture | None] = {}  # None: of the next frame

    @property
    def waiting(self) -> int:
        """Frames that wait."""
        return len(self._frames)

    @property
    def looks(self) -> bool:
        """Whether anything is looked for."""
        return bool(self._watches)

    def has(self, camera: str) -> bool:
        """Whether there is such a camera."""
        return camera in self._cameras

    def shown(self, camera: str) -> None:
        """Somebody looks at this camera, and goes on to say so: what it shows as they begin is what a product will be held before."""
        now = self._now_ns()
        if camera in self._cameras:
            if now - self._shown_ns.get(camera, -ANEW_NS) >= ANEW_NS:
                self._backgrounds[camera] = None
            self._shown_ns[camera] = now

    def see(self, frame: Frame) -> None:
        """Every frame of every camera comes by here, in that camera's thread; the newest wins."""
        if self._backgrounds.get(frame.camera, frame.pixels) is None:
            self._backgrounds[frame.camera] = small_copy(frame.pixels)
        watch = self._watches.get(frame.camera)
        if watch is None or frame.at_ns - watch.looked_ns < LOOK_EVERY_NS:
            return
        watch.looked_ns = frame.at_ns
        with self._news:
            self._frames[frame.camera] = frame
            self._news.notify()

    def next(self) -> tuple[Frame, Watch] | None:
        """A frame that waits and what is looked for in it; None where nothing is any more."""
        frame = self._frames.pop(next(iter(self._frames)), None) if self._frames else None
        watch = self._watches.get(frame.camera) if frame is not None else None
        return None if frame is None or watch is None else (frame, watch)

    def begin(self, wish: TakeView | ReadCode) -> None:
        """Look for this, or go on with it."""
        until_ns = min(wish.until_ns, self._now_ns() + LONGEST_LOOK_NS)
        known = self._watches.get(wish.camera)
        if known is not None and known.goes_on_with(wish):
            known.wish, known.until_ns = wish, until_ns
        else:
            self._watches[wish.camera] = Watch(wish, until_ns)

    def end(self, camera: str) -> None:
        """Look for nothing more at this camera."""
        self._watches.pop(camera, None)

    def end_all(self, token: str) -> None:
        """Look for nothing more under this token."""
        for camera in [name for name, watch in self._watches.items() if watch.wish.token == token]:
            del self._watches[camera]

    def overdue(self) -> tuple[Watch, ...]:
        """What was looked for in vain and is not any more."""
        late = [(camera, watch) for camera, watch in self._watches.items() if self._now_ns() > watch.until_ns]
        for camera, _ in late:
            del self._watches[camera]
        return tuple(watch for _, watch in late)

    def background(self, camera: str) -> Picture | None:
        """The small copy of what a camera showed before anything was held before it, None where nobody looked then."""
        return self._backgrounds.get(camera)

"""Which pictures are kept, and for how long: those of reaches while somebody is inside, and a camera's newest while somebody looks at it.

How they lie on the disk is the evidence's business. Cameras, recognition and socket call from threads of their own, and none of them waits
for a clip to be written.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from vision.evidence import EvidenceFolder, Ring, mask_heads
from vision.evidence.ring import LEAST_NS, MAX_BYTES, Kept, small_jpeg
from vision.pipeline.reach import Reach
from vision.ports import Detector
from vision.settings import EyeSettings
from vision.types import Frame
from vision.wire import shown_name

log = logging.getLogger(__name__)

MOST_VISITS: Final = 16  # visits that can run at once; more is somebody who plays with the socket
MOST_ENDS: Final = 32  # ends of visits that wait for the disk
MOST_REACHES: Final = 256  # of one visit that a clip is cut around
MOST_RING_BYTES: Final = 12_000_000  # bytes of all cameras' last minutes together
AROUND_NS: Final = 1_000_000_000  # ns before and after a reach that a clip shows
SHOWN_EVERY_NS: Final = 400_000_000  # ns between two pictures for the page; a person sees it move
SHOWN_FOR_NS: Final = 60_000_000_000  # ns that one wish for a picture counts at most; whoever still looks asks again


@dataclass(slots=True)
class _Visit:
    """A running visit: since when, and when hands were seen by which camera."""

    since_ns: int
    reaches: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A visit whose pictures are to be sorted: those of its clips by camera, None where all of them are to go."""

    visit: str
    clips: dict[str, list[Kept]] | None


@dataclass(slots=True)
class _Camera:
    """What is kept of one camera in memory, and until when somebody looks at it (0: nobody)."""

    ring: Ring
    offered_ns: int = 0
    shown_until_ns: int = 0
    shown_ns: int = 0


class Album:
    """Pictures of the cameras in ``settings``. ``person_detector`` finds whose heads are masked in whole pictures; None: nobody looks.

    Raises OSError where the folder cannot be made.
    """

    def __init__(self, settings: EyeSettings, person_detector: Detector | None, monotonic_ns: Callable[[], int]) -> None:
        vision = settings.vision
        self._root = vision.evidence
        self._folder = EvidenceFolder(
            vision.evidence, vision.evidence_days, vision.evidence_max_mb, least_free_mb=vision.evidence_least_free_mb
        )
        self._detector = person_detector
        self._blind = False
        self._now_ns = monotonic_ns
        self._lock = threading.Lock()
        self._disk = threading.Lock()
        self._visits: dict[str, _Visit] = {}
        self._cameras = {camera.id: _Camera(self._new_ring(len(settings.cameras))) for camera in settings.cameras}
        self._ends: queue.Queue[_Ended | None] = queue.Queue(MOST_ENDS)
        self._thread = threading.Thread(target=self._run, name="album", daemon=True)
        for name in self._cameras:
            path = self._root / shown_name(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)

    def start(self) -> None:
        """Begin to write clips and to forget visits."""
        self._thread.start()

    def close(self, within_s: float = 5.0) -> None:
        """Write what waits and end; the pictures for the page are gone."""
        if self._thread.is_alive():
            try:
                self._ends.put(None, timeout=within_s)
                self._thread.join(within_s)
            except queue.Full:
                log.warning("the pictures of some visits are not sorted yet; the disk takes nothing")
        for name in self._cameras:
            with contextlib.suppress(OSError):
                (self._root / shown_name(name)).unlink(missing_ok=True)

    def begin(self, visit: str, at_ns: int) -> None:
        """Somebody is inside since ``at_ns``: keep what is seen under ``visit``. Harmless when repeated."""
        with self._lock:
            if not self._visits:
                for camera in self._cameras.values():
                    camera.ring = self._new_ring(len(self._cameras))
            self._visits.setdefault(visit, _Visit(at_ns))
            while len(self._visits) > MOST_VISITS:
                self._visits.pop(next(iter(self._visits)))

    def end(self, visit: str, *, keep: bool) -> None:
        """The visit is over, known here or not; without ``keep`` nobody will ask for its pictures."""
        with self._lock:
            running = self._visits.pop(visit, None) or _Visit(0)
            # Taken from the rings now: the next visit begins with empty ones.
            clips = {name: _around(camera.ring, name, running) for name, camera in self._cameras.items()} if keep else None
        try:
            self._ends.put_nowait(_Ended(visit, clips))
        except queue.Full:
            log.warning("too many visits end at once; the pictures of one stay as they are", extra={"visit": visit[:80]})

    def show(self, camera: str, until_ns: int) -> None:
        """Somebody looks at this camera; unknown ones are passed over."""
        if camera in self._cameras:
            self._cameras[camera].shown_until_ns = min(until_ns, self._now_ns() + SHOWN_FOR_NS)

    def look(self, frame: Frame) -> None:
        """Every frame of every camera comes by here, in that camera's thread."""
        camera, now = self._cameras[frame.camera], self._now_ns()
        wanted = bool(self._visits) and frame.at_ns - camera.offered_ns >= LEAST_NS
        shown = camera.shown_until_ns != 0 and now - camera.shown_ns >= SHOWN_EVERY_NS
        if not wanted and not shown:
            return
        if wanted:
            camera.offered_ns = frame.at_ns
        masked = self.masked(frame)
        if masked is None:
            return
        if wanted:
            camera.ring.look(masked)
        if shown:
            self._show(camera, masked, now)

    def keep(self, reach: Reach) -> str:
        """Keep the pictures of a reach of a running visit; the name under which they are found, "" outside of one. OSError."""
        with self._disk:
            with self._lock:
                name = next((name for name in reversed(self._visits) if self._visits[name].since_ns <= reach.end_ns), None)
                if name is None:
                    return ""
                reaches = self._visits[name].reaches
                if len(reaches) < MOST_REACHES:
                    reaches.append((reach.camera, reach.start_ns, reach.end_ns))
            return self._folder.keep_crops(name, reach.camera, reach.number, reach.crops)

    def tidy(self) -> None:
        """Let go what is old or too much."""
        with self._disk:
            try:
                self._folder.tidy()
            except OSError as error:
                log.warning("old evidence cannot be let go", extra={"error": str(error)})

    def masked(self, frame: Frame) -> Frame | None:
        """The frame as it may be kept; None where it cannot be said whose head is in it."""
        if self._detector is None:
            return frame
        try:
            pixels = mask_heads(frame.pixels, self._detector.detect(frame.pixels))
        except Exception:  # whatever a model's runtime raises
            if not self._blind:
                log.exception("heads cannot be looked for, and no whole pictures are kept until they can")
            self._blind = True
            return None
        self._blind = False
        return frame if pixels is frame.pixels else replace(frame, pixels=pixels, jpeg=b"")

    @staticmethod
    def _new_ring(cameras: int) -> Ring:
        return Ring(max_bytes=min(MAX_BYTES, MOST_RING_BYTES // max(1, cameras)))

    def _show(self, camera: _Camera, frame: Frame, now: int) -> None:
        path = self._root / shown_name(frame.camera)
        try:
            if now > camera.shown_until_ns:
                camera.shown_until_ns = 0
                path.unlink(missing_ok=True)
            else:
                camera.shown_ns = now
                _write(path, small_jpeg(frame.pixels))
        except OSError as error:
            camera.shown_until_ns = 0
            log.warning("a camera's picture cannot be shown", extra={"camera": frame.camera, "error": str(error)})

    def _run(self) -> None:
        while (ended := self._ends.get()) is not None:
            try:
                if ended.clips is None:
                    with self._disk:
                        self._folder.forget(ended.visit)
                for name, pictures in (ended.clips or {}).items():
                    self._folder.keep_clip(ended.visit, name, pictures)
            except OSError as error:
                log.warning("the pictures of a visit cannot be sorted", extra={"visit": ended.visit[:80], "error": str(error)})


def _around(ring: Ring, camera: str, visit: _Visit) -> list[Kept]:
    """The pictures of a camera from a second before each of its reaches to a second after it."""
    times = [(start - AROUND_NS, end + AROUND_NS) for name, start, end in visit.reaches if name == camera]
    if not times:
        return []
    pictures = ring.between(min(start for start, _ in times), max(end for _, end in times))
    return [picture for picture in pictures if any(start <= picture.at_ns <= end for start, end in times)]


def _write(path: Path, content: bytes) -> None:
    """Replace it as a whole, so that nobody reads half a picture. It needs not survive a power cut."""
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)

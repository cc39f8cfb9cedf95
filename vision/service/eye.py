"""The eye put together: cameras, the thread that recognises, the pictures that are kept, and the socket; started, watched over, taken down.

What the service manager hears, and where the log goes, is the business of whoever starts it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from typing import Final

import cv2

from models.manifest import ModelRefused
from vision.evidence import SittingFolder
from vision.facts import MOST_LISTED, EyeOpened, VisionFact
from vision.pipeline.health import PictureHealth
from vision.ports import Source
from vision.service.album import Album
from vision.service.knowledge import Knowledge
from vision.service.listener import Listener, SocketTaken, listening_socket
from vision.service.recognition import Recognition
from vision.service.studio import Studio
from vision.settings import CameraSettings, EyeSettings
from vision.sources import open_source
from vision.types import Frame
from vision.watcher import CameraWatch
from vision.wire import ShowPicture, VisitOver, WatchVisit, Wish

log = logging.getLogger(__name__)

FEED_S: Final = 1.0  # s between two words to the service manager
CAMERA_LIMIT_S: Final = 30.0  # s a camera's watch may be silent; a camera that lets go slowly takes half of it
MODEL_LIMIT_S: Final = 30.0  # s one reach may take; on the slowest board it takes half a second
GALLERY_WITHIN_S: Final = 2.0  # s for another gallery to be in use; one of a thousand products is read in a tenth of it
MOST_ENROLLED_BYTES: Final = 50_000  # of the products' names and counts; the rest of a line of the socket is below 4 KB
GALLERY_EVERY: Final = 3  # words to the service manager between two looks for another gallery
TIDY_EVERY: Final = 600  # words to the service manager between two looks for pictures that are to go

WATCHDOG: Final = "WATCHDOG=1"
READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"


class StartRefused(RuntimeError):
    """The eye cannot run as it is configured. The message says what to do."""


class Eye:
    """One store's eye. ``run`` until ``stop``. ``ready`` is set once the socket answers.

    ``notify`` passes words to the service manager (sd_notify(3)).
    """

    def __init__(
        self,
        settings: EyeSettings,
        *,
        notify: Callable[[str], object] = lambda _: None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.settings = settings
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._notify = notify
        self._now_ns = monotonic_ns

    def stop(self) -> None:
        """Ask ``run`` to end cleanly."""
        self._stop.set()

    async def run(self) -> None:
        """Everything, until stopped. Raises StartRefused where it cannot begin; any other error means: start it anew."""
        cv2.setNumThreads(1)  # what one camera's picture needs; more threads would take cores from the store
        with ExitStack() as opened:
            try:
                self._knowledge = Knowledge(self.settings.vision)
                sources = [open_source(camera) for camera in self.settings.cameras]
                listening = opened.enter_context(listening_socket(self.settings.vision.socket))
                self._album = Album(self.settings, self._knowledge.person_detector, self._now_ns)
            except (ModelRefused, SocketTaken, ValueError, OSError) as error:
                raise StartRefused(str(error)) from error
            self._loop = asyncio.get_running_loop()
            self._listener = Listener(self._greeting, self._wished, self._now_ns)
            self._recognition = Recognition(self._knowledge.recogniser, told=self._tell, keep=self._album.keep, monotonic_ns=self._now_ns)
            self._studio = Studio(
                self._knowledge,
                SittingFolder(self.settings.vision.evidence, least_free_mb=self.settings.vision.evidence_least_free_mb),
                cameras=[camera.id for camera in self.settings.cameras],
                told=self._tell,
                masked=self._album.masked,
                busy=lambda: self._recognition.busy,
                changed=self._take_gallery_now,
                monotonic_ns=self._now_ns,
            )
            self._taking_gallery = asyncio.Lock()
            self._watches = [self._watch(camera, source) for camera, source in zip(self.settings.cameras, sources, strict=True)]
            opened.callback(self._close_parts)
            self._album.start()
            self._recognition.start()
            self._studio.start()
            for watch in self._watches:
                watch.start()
            async with asyncio.TaskGroup() as group:
                parts = [group.create_task(self._listener.serve(listening)), group.create_task(self._watch_over())]
                log.info("the eye is open", extra={"cameras": len(self._watches), "socket": str(self.settings.vision.socket)})
                self._notify(READY)
                self.ready.set()
                await self._stop.wait()
                self._notify(STOPPING)
                for part in parts:
                    part.cancel()

    def _watch(self, camera: CameraSettings, source: Source) -> CameraWatch:
        return CameraWatch(
            camera,
            source,
            self._only_seen_by(camera),
            health=PictureHealth,
            reached=self._recognition.take,
            told=self._tell,
            looked=self._look,
            monotonic_ns=self._now_ns,
            hand_detector=self._knowledge.hand_detector,
        )

    def _only_seen_by(self, camera: CameraSettings) -> tuple[str, ...]:
        others = {plate for other in self.settings.cameras if other.id != camera.id for zone in other.zones for plate in zone.plates}
        return tuple(dict.fromkeys(plate for zone in camera.zones for plate in zone.plates if plate not in others))

    def _close_parts(self) -> None:
        # Beside each other: a network camera may take seconds to let go.
        closing = [threading.Thread(target=watch.close, name=f"close {watch.settings.id}") for watch in self._watches]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
        self._studio.close()
        self._recognition.close()
        self._album.close()

    def _look(self, frame: Frame) -> None:
        """Every frame of every camera, in that camera's thread."""
        self._album.look(frame)
        self._studio.look(frame)

    def _tell(self, fact: VisionFact) -> None:
        """From any thread."""
        try:
            self._loop.call_soon_threadsafe(self._listener.tell, fact)
        except RuntimeError:  # the loop has ended, and with it everybody who would hear
            pass

    def _greeting(self) -> list[VisionFact]:
        known = self._knowledge.known
        opened = EyeOpened(
            at_ns=self._now_ns(),
            cameras=tuple(camera.id for camera in self.settings.cameras),
            model=known.model,
            gallery=known.gallery,
            products=known.products,
            enrolled=self._enrolled(),
            before=known.before,
        )
        return [opened, *(watch.state for watch in self._watches if watch.state is not None)]

    def _enrolled(self) -> tuple[tuple[str, int], ...]:
        """The products of the gallery with their photographs, as many as a line of the socket has room for."""
        recogniser, room = self._knowledge.recogniser, MOST_ENROLLED_BYTES
        named: list[tuple[str, int]] = []
        if recogniser is not None:
            for product, count in zip(recogniser.gallery.products, recogniser.gallery.counts, strict=True):
                room -= len(json.dumps((product, count))) + 1
                if room < 0 or len(named) >= MOST_LISTED:
                    break
                named.append((product, count))
        return tuple(named)

    def _wished(self, wish: Wish) -> None:
        match wish:
            case WatchVisit():
                self._album.begin(wish.visit, wish.at_ns)
            case VisitOver():
                self._album.end(wish.visit, keep=wish.keep)
            case ShowPicture():
                self._album.show(wish.camera, wish.until_ns)
                self._studio.shown(wish.camera)
            case _:
                self._studio.wish(wish)

    async def _watch_over(self) -> None:
        """Feeds the service manager while every part answers; looks for another gallery and for pictures that are to go."""
        looks = 0
        while True:
            await asyncio.sleep(FEED_S)
            looks += 1
            if not self._late():
                self._notify(WATCHDOG)
                self._listener.beat()
            if looks % GALLERY_EVERY == 0:
                await self._take_gallery()
            if looks % TIDY_EVERY == 1:
                await asyncio.to_thread(self._album.tidy)

    def _late(self) -> bool:
        now = self._now_ns()
        late = [watch.settings.id for watch in self._watches if now - watch.beat_ns > CAMERA_LIMIT_S * 1e9]
        if self._recognition.stuck_for_s() > MODEL_LIMIT_S:
            late.append("recognition")
        if self._studio.stuck_for_s() > MODEL_LIMIT_S:
            late.append("studio")
        if late:
            log.error("a part of the eye does not answer", extra={"parts": late})
        return bool(late)

    async def _take_gallery(self) -> None:
        async with self._taking_gallery:
            if await asyncio.to_thread(self._knowledge.look_again):
                self._recognition.recogniser = self._knowledge.recogniser
                for fact in self._greeting():  # who hears that an eye opened forgets what it knew of the cameras
                    self._listener.tell(fact)

    def _take_gallery_now(self) -> None:
        """From another thread: returned when the gallery that was just saved is in use, or that takes too long."""
        try:
            asyncio.run_coroutine_threadsafe(self._take_gallery(), self._loop).result(GALLERY_WITHIN_S)
        except (TimeoutError, CancelledError, RuntimeError):  # the loop is ending, or will take it a little later
            pass

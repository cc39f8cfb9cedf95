"""A studio at a simulated camera, with its files in a folder: time is the test's, and each frame is looked at before the next comes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from vision.evidence import SittingFolder
from vision.facts import EnrolmentFact, ViewsJudged
from vision.service.knowledge import Knowledge
from vision.service.lookout import LOOK_EVERY_NS
from vision.service.studio import Studio
from vision.settings import VisionSettings
from vision.sim.camera import Conditions, ShelfCamera, widths_of
from vision.sim.looks import Look
from vision.sim.scene import Goods, HeldUp, Scene, SceneOpened, rows_of_spots
from vision.types import Frame, Picture
from vision.wire import EnrolmentWish, TakeView

TEA, SODA, WATER = "9521234500070", "9521234500087", "9521234500018"
LOOKS = {TEA: Look("can", 44), SODA: Look("can", 9, 2), WATER: Look("bottle", 4)}
CAMERA = "front"
NS = 1_000_000_000
ONE, TWO = "1" * 32, "2" * 32
SOON_S = 20.0

FactT = TypeVar("FactT", bound=EnrolmentFact)


class Shelf:
    """A camera before which products are held; its time is the rig's."""

    def __init__(self) -> None:
        scene = Scene(rows_of_spots([("A1", "A2"), ("B1", "B2")]), widths_of(LOOKS))
        goods = tuple(Goods(number, WATER, ((f"{'AB'[number % 2]}{number % 2 + 1}", 1.0),)) for number in range(6))
        scene.tell(SceneOpened(at_ns=0, goods=goods, door_open=True))
        self._scene = scene
        self._camera = ShelfCamera(scene, LOOKS, conditions=Conditions())
        self._held = 0

    def hold(self, gtin: str, begin_ns: int, *, sides: int = 1, each_ns: int = 2 * NS, code: bool = False) -> int:
        """Hold one before the camera; returned: when it is gone."""
        self._held += 1
        turns = tuple(begin_ns + each_ns * number for number in range(1, sides))
        end_ns = begin_ns + each_ns * sides
        side: Literal["code", "front"] = "code" if code else "front"
        self._scene.tell(HeldUp(number=self._held, gtin=gtin, begin_ns=begin_ns, end_ns=end_ns, turns_ns=turns, side=side))
        return end_ns

    def picture(self, at_ns: int) -> Picture:
        return self._camera.picture(at_ns)


class Rig:
    """A studio with its files in ``folder``; frames come when the test says so."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = VisionSettings(gallery=folder / "gallery", evidence=folder / "evidence", **settings)
        self.now_ns = 100 * NS
        self.told: queue.Queue[EnrolmentFact] = queue.Queue()
        self.busy = threading.Event()
        self.masked: Callable[[Frame], Frame | None] = lambda frame: frame
        self.shelf = Shelf()
        self.frames = 0
        self.start()

    def start(self) -> None:
        self.knowledge = Knowledge(self.settings)
        self.part = Studio(
            self.knowledge,
            SittingFolder(self.settings.evidence, least_free_mb=self.settings.evidence_least_free_mb),
            cameras=[CAMERA],
            told=self.told.put,
            masked=self._masked,
            busy=self.busy.is_set,
            changed=self.knowledge.look_again,
            monotonic_ns=lambda: self.now_ns,
        )
        self.part.start()

    def wish(self, *wishes: EnrolmentWish) -> None:
        for wish in wishes:
            self.part.wish(wish)
        self.rest()

    def take(self, token: str = ONE, gtin: str = TEA, *, by_itself: bool = False) -> None:
        self.wish(TakeView(token=token, gtin=gtin, camera=CAMERA, until_ns=self.now_ns + 6 * NS, by_itself=by_itself))

    def until_waiting(self, count: int) -> None:
        """Wait until so many wishes and frames wait."""
        until_s = time.monotonic() + SOON_S
        while self.part.waiting != count:
            assert time.monotonic() < until_s
            time.sleep(0.002)

    def rest(self) -> None:
        """Wait until it has done everything."""
        until_s = time.monotonic() + SOON_S
        while not self.part.at_rest:
            assert time.monotonic() < until_s
            time.sleep(0.002)

    def film(self, until_ns: int) -> None:
        """Frames until then, each looked at before the next comes."""
        while self.now_ns < until_ns:
            self.now_ns += LOOK_EVERY_NS
            self.see(self.shelf.picture(self.now_ns))

    def see(self, pixels: Picture) -> None:
        self.frames += 1
        self.part.look(Frame(CAMERA, self.now_ns, self.frames, pixels))
        self.rest()

    def hold(self, gtin: str = TEA, *, sides: int = 1) -> None:
        """Hold a product before the camera until it is gone again."""
        self.film(self.shelf.hold(gtin, self.now_ns + NS, sides=sides) + NS)

    def shot(self, gtin: str = TEA, token: str = ONE) -> ViewsJudged:
        """One photograph of a product, asked for by hand."""
        end_ns = self.shelf.hold(gtin, self.now_ns)
        self.film(self.now_ns + NS)
        self.take(token, gtin)
        self.film(end_ns)
        return self.heard(ViewsJudged)

    def heard(self, kind: type[FactT]) -> FactT:
        """The next fact, of this kind."""
        fact = self.told.get(timeout=SOON_S)
        assert isinstance(fact, kind), fact
        return fact

    def all(self) -> list[EnrolmentFact]:
        return [self.told.get_nowait() for _ in range(self.told.qsize())]

    def files(self) -> set[str]:
        root = self.settings.evidence
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    def _masked(self, frame: Frame) -> Frame | None:
        return self.masked(frame)

    def close(self) -> None:
        self.busy.clear()
        self.part.close()


def held_picture(rig: Rig) -> Picture:
    """One clear picture of a product in the middle of it."""
    rig.shelf.hold(SODA, rig.now_ns)
    rig.now_ns += NS
    return rig.shelf.picture(rig.now_ns)

"""A product that is taken from its place and put back in front of a simulated camera, as somebody does who enrols it there.

What the eye cuts out of it is how it will see the product later: from its place on the shelf, in a hand, among its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from vision.pipeline.reach import ReachWatcher
from vision.settings import CameraSettings, ZoneSettings
from vision.sim.camera import Conditions, ShelfCamera, widths_of
from vision.sim.looks import Look
from vision.sim.scene import Goods, HandMoved, Scene, SceneOpened, rows_of_spots
from vision.types import Frame, Picture

NAME: Final = "enrolment"
SIZE: Final = (640, 360)  # pixels: one shelf as high as it is on a camera of 720 lines that sees two
FRAMES_PER_S: Final = 10
PLATES: Final = ("left", "here", "right")
STANDS: Final = 3  # units of the product
FIRST_S: Final = 1.5  # s of rest before the first hand
EACH_S: Final = 2.6  # s from one hand to the next
PER_REACH: Final = 4  # crops of a reach; the later ones show less of the product and more of the hand
NS: Final = 1_000_000_000

SETTINGS: Final = CameraSettings(
    id=NAME,
    url="folder:///rehearsal",
    zones=(ZoneSettings(plates=("here",), polygon=((0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0))),),
)


def reach_crops(gtin: str, looks: Mapping[str, Look], times: int = 1, *, seed: int = 0) -> list[Picture]:
    """What the eye cuts out of a rehearsal where it sees that something is gone or there: the best crops of each reach first."""
    watcher = ReachWatcher(SETTINGS)
    reaches = [reach for frame in rehearsal(gtin, looks, times, seed=seed) for reach in watcher.feed(frame)]
    return [crop for reach in reaches if reach.before or reach.after for crop in reach.crops[:PER_REACH]]


def rehearsal(gtin: str, looks: Mapping[str, Look], times: int, *, seed: int = 0) -> Iterator[Frame]:
    """Frames of ``gtin`` being taken and put back ``times`` times, of the camera :data:`SETTINGS`; others of ``looks`` stand beside it."""
    source = np.random.default_rng([seed, *gtin.encode()])
    others = sorted(set(looks) - {gtin}) or [gtin]
    goods = [Goods(number, gtin, (("here", 1.0),)) for number in range(STANDS)]
    for number, plate in enumerate(("left", "right"), STANDS):
        goods.append(Goods(number, others[int(source.integers(len(others)))], ((plate, 1.0),)))
    scene = Scene(rows_of_spots([PLATES]), widths_of(looks), shape=SIZE[0] / SIZE[1])
    scene.tell(SceneOpened(at_ns=0, goods=tuple(goods), door_open=True))
    for step in range(2 * times):
        scene.tell(_hand(step, goods[STANDS - 1]))
    camera = ShelfCamera(scene, looks, size=SIZE, conditions=Conditions(), seed=seed)
    for number in range(round((FIRST_S + 2 * times * EACH_S) * FRAMES_PER_S)):
        at_ns = NS + number * NS // FRAMES_PER_S
        yield Frame(NAME, at_ns, number + 1, camera.picture(at_ns))


def _hand(step: int, goods: Goods) -> HandMoved:
    arrives_s = 1.0 + FIRST_S + step * EACH_S
    begin, arrive, change, leave, end = (round((arrives_s + offset) * NS) for offset in (-0.5, 0.0, 0.2, 0.4, 1.0))
    takes = step % 2 == 0
    return HandMoved(
        number=step + 1,
        plates=("here",),
        begin_ns=begin,
        arrive_ns=arrive,
        change_ns=change,
        leave_ns=leave,
        end_ns=end,
        taken=(goods,) if takes else (),
        put=() if takes else (goods,),
    )

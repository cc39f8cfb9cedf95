"""The demonstration's eye: a simulated camera and the real vision process as children, and a gallery of drawn photographs.

The store sells from its first moment: what the eye still lacks, or loses, it lacks for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import BAR, CHOCOLATE, COLA, JUICE, NUTS, TEA, WATER, CabinetLayout
from devices.sim.store_config import Table, Value
from edge.demo.children import Child
from edge.demo.scene import SceneTeller
from edge.runtime.restarting import AGAIN
from edge.store.counted import counted
from vision.sim.looks import SHAPES, Look
from vision.sim.scene import Spot, rows_of_spots
from vision.sim.stage import CameraOnStage, Stage, write_stage

CAMERA: Final = "front"
AGAIN_S: Final = 2.0  # s until a part of the eye that ended is started again, as the service manager would
FRAMES_PER_S: Final = 10.0
# The bar and the chocolate are of one maker: alike at a glance, as real ones are.
LOOKS: Final[Mapping[str, Look]] = {
    WATER.gtin: Look("bottle", 4),
    COLA.gtin: Look("can", 31),
    JUICE.gtin: Look("carton", 12),
    BAR.gtin: Look("bar", 23),
    CHOCOLATE.gtin: Look("bar", 23, 1),
    NUTS.gtin: Look("pouch", 6),
    TEA.gtin: Look("can", 44),
}


def rows_of(layout: CabinetLayout) -> tuple[tuple[str, ...], ...]:
    """The plates shelf by shelf: those whose names begin alike stand on one."""
    rows: dict[str, list[str]] = {}
    for plate in layout.plates:
        rows.setdefault(plate.plate[:1], []).append(plate.plate)
    return tuple(tuple(row) for row in rows.values())


def stage_of(layout: CabinetLayout, *, seed: int = 0) -> Stage:
    """What the camera process is to film."""
    goods = (*layout.products, *layout.unlisted)
    looks = {one.gtin: LOOKS.get(one.gtin) or Look(SHAPES[int(one.gtin) % len(SHAPES)], int(one.gtin)) for one in goods}
    camera = CameraOnStage(id=CAMERA, rows=rows_of(layout))
    strangers = tuple(one.gtin for one in layout.unlisted)
    return Stage(cameras=(camera,), looks=looks, strangers=strangers, frames_per_s=FRAMES_PER_S, seed=seed)


class DemoEye:
    """Files and processes of the eye, below ``directory``. ``cameras`` and ``vision`` belong into the store file."""

    def __init__(self, cabinet: SimulatedCabinet, directory: Path, config: Path, *, port: int, seed: int) -> None:
        self._layout = cabinet.layout
        self._stage_file = directory / "stage.json"
        self._stage = stage_of(cabinet.layout, seed=seed)
        self._port = port
        self._directory = directory
        sockets = cabinet.directory  # a path of a Unix socket is short, the demonstration's folder may not be
        self._socket = sockets / "vision.sock"
        scene = sockets / "scene.sock"
        self.teller = SceneTeller(cabinet, scene)
        filming = ["-m", "vision.sim", "--stage", str(self._stage_file), "--scene", str(scene), "--port", str(port)]
        self.camera = Child("camera", filming, directory / "camera.log")
        learning = ["-m", "edge.demo.gallery", "--stage", str(self._stage_file), "--gallery", str(directory / "gallery")]
        self.learning = Child("enrolment", learning, directory / "enrolment.log")
        self.eye = Child("eye", ["-m", "edge.cli", "vision", "run", "--config", str(config)], directory / "eye.log")

    @property
    def vision(self) -> Table:
        """The section [vision]."""
        paths = {"gallery": "gallery", "evidence": "evidence", "handover": "eye.json"}
        return {name: str(self._directory / path) for name, path in paths.items()} | {"socket": str(self._socket)}

    @property
    def cameras(self) -> list[Table]:
        """Every [[camera]]."""
        zones: list[Mapping[str, Value]] = [
            {"plates": [plate], "polygon": _corners(spot)} for plate, spot in rows_of_spots(rows_of(self._layout)).items()
        ]
        url = f"http://127.0.0.1:{self._port}/{CAMERA}.mjpeg"
        return [{"id": CAMERA, "url": url, "frames_per_s": FRAMES_PER_S, "zones": zones}]

    async def run(self, say: Callable[[str], None]) -> None:
        """Keep everything up until cancelled; what was started is ended then. ``say`` hears when the eye knows its products or is lost."""
        write_stage(self._stage_file, self._stage)
        tasks = [asyncio.create_task(one) for one in (self.teller.serve(), _kept_up(self.camera, say), _kept_up(self.eye, say))]
        tasks.append(asyncio.create_task(self._learn(say)))
        try:
            await asyncio.gather(*tasks)
        except OSError as error:
            say(f"there is no eye, the shop goes on by weight: {error}")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for child in (self.eye, self.learning, self.camera):
                await child.stop()

    async def _learn(self, say: Callable[[str], None]) -> None:
        await self.learning.start()
        code = await self.learning.wait()
        if code == 0:
            known = len(self._stage.looks) - len(self._stage.strangers)
            say(f"the eye knows {counted(known, 'product')} from drawn photographs")
        else:
            say(f"the eye does not know the products, the shop goes on by weight:\n{self.learning.tail()}")


async def _kept_up(child: Child, say: Callable[[str], None]) -> None:
    while True:
        await child.start()
        code = await child.wait()
        if code == AGAIN:
            say(f"the {child.name} was changed on a page and begins anew")
            continue
        say(f"the {child.name} ended by itself (exit code {code}) and is started again; see {child.log}")
        await asyncio.sleep(AGAIN_S)


def _corners(spot: Spot) -> list[list[float]]:
    places = ((spot.left, spot.top), (spot.right, spot.top), (spot.right, spot.bottom), (spot.left, spot.bottom))
    return [[round(x, 4), round(y, 4)] for x, y in places]

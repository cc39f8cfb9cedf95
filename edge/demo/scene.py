"""What a camera of the demonstration is told: all that stands in the simulated cabinet, every hand as it comes, the door.

Lines of :mod:`vision.sim.scene` over a Unix socket, at which this side listens: whoever connects learns first what stands there now.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from devices.sim.cabinet import HandReach, SimulatedCabinet
from devices.sim.shelf import Unit
from vision.sim.scene import DoorMoved, Goods, HandMoved, HeldUp, SceneFact, SceneOpened, scene_line

APPROACH_S: Final = 0.35  # s from the edge of the picture to the goods, as a hand that knows where it goes
GOES_S: Final = 0.45  # s
DOOR_EVERY_S: Final = 0.1  # s between two looks at the door
NS: Final = 1_000_000_000


class SceneTeller:
    """Watches ``cabinet`` and tells whoever listens at ``path``; ``serve`` until cancelled, in the loop in which people move."""

    def __init__(self, cabinet: SimulatedCabinet, path: Path) -> None:
        self._cabinet = cabinet
        self._path = path
        self._numbers: dict[Unit, int] = {}
        self._reaches = 0
        self._held = 0
        self._listeners: set[asyncio.StreamWriter] = set()
        cabinet.watched(self._reached, APPROACH_S)

    async def serve(self) -> None:
        """Listen, and look at the door. OSError where nobody can listen there."""
        server = await asyncio.start_unix_server(self._heard, self._path)
        try:
            was_open = self._door_open()
            while True:
                await asyncio.sleep(DOOR_EVERY_S)
                if (now_open := self._door_open()) != was_open:
                    was_open = now_open
                    self._tell(DoorMoved(at_ns=self._cabinet.clock_ns(), open=now_open))
        finally:  # without waiting for those who listen: they stay as long as they are let
            server.close()
            for writer in tuple(self._listeners):
                writer.transport.abort()

    def opened(self) -> SceneOpened:
        """All that stands there now."""
        cabinet = self._cabinet
        with cabinet.lock:
            goods = []
            for name, plate in cabinet.shelf.plates.items():
                for unit in plate.units:
                    leaning = plate.straddling.get(unit)
                    shares = ((name, 1.0),) if leaning is None else ((name, 1.0 - leaning[1]), leaning)
                    goods.append(self._goods(unit, shares))
        return SceneOpened(at_ns=cabinet.clock_ns(), goods=tuple(goods), door_open=self._door_open())

    def hold_up(self, gtin: str, seconds: float, *, sides: int = 1, code: bool = False) -> None:
        """Somebody holds a product before the camera for so long, turned ``sides`` - 1 times; or its bar code. Returned: it is told."""
        self._held += 1
        begin_ns = self._cabinet.clock_ns()
        each_ns = round(seconds * NS / sides)
        self._tell(
            HeldUp(
                number=self._held,
                gtin=gtin,
                begin_ns=begin_ns,
                end_ns=begin_ns + sides * each_ns,
                turns_ns=tuple(begin_ns + number * each_ns for number in range(1, sides)),
                side="code" if code else "front",
            )
        )

    def _reached(self, hand: HandReach) -> None:
        self._reaches += 1
        self._tell(
            HandMoved(
                number=self._reaches,
                plates=(hand.plate,),
                begin_ns=hand.begin_ns,
                arrive_ns=hand.arrive_ns,
                change_ns=hand.change_ns,
                leave_ns=hand.leave_ns,
                end_ns=hand.leave_ns + round(GOES_S * NS),
                taken=tuple(self._goods(unit, hand.shares) for unit in hand.taken),
                put=tuple(self._goods(unit, hand.shares) for unit in hand.put),
            )
        )

    def _goods(self, unit: Unit, shares: tuple[tuple[str, float], ...]) -> Goods:
        return Goods(self._numbers.setdefault(unit, len(self._numbers) + 1), unit.gtin, shares)

    def _door_open(self) -> bool:
        return bool(self._cabinet.truth().doors_open)

    def _tell(self, fact: SceneFact) -> None:
        line = scene_line(fact)
        for writer in tuple(self._listeners):
            writer.write(line)

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(scene_line(self.opened()))
        self._listeners.add(writer)
        try:
            await reader.read()  # it has nothing to say; this ends when it goes
        except OSError:
            pass
        finally:
            self._listeners.discard(writer)
            writer.close()

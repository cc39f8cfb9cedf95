"""A bus under test and scripted stations on a paced line; shared by the bus tests."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path

from devices.bus import Bus, Priority, Reply
from devices.config import BusSettings
from devices.line import Line
from devices.protocols.modbus_frames import ModbusReply, ReadRegisters, Registers
from devices.protocols.modbus_rtu import ModbusReplyReader, decode_request, encode_reply, encode_request
from devices.sim.line import AnsweringStation, LineFormat, Station, Transmission
from devices.sim.paced_bus import PacedBus
from tests import waiting


class CountingStation(AnsweringStation):
    """Answers every register read with the number of the request that it answers, so that a stale answer shows."""

    def __init__(self, address: int = 1, delay_s: float = 0.003) -> None:
        self.name = f"station {address}"
        self.address = address
        self.delay_s = delay_s
        self.heard: list[bytes] = []

    def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
        request = decode_request(data)
        if request is None or request.address != self.address:
            return ()
        self.heard.append(data)
        if not isinstance(request, ReadRegisters):
            return (Transmission(data, self.delay_s),)  # FC 05 and 06 are answered by their own bytes
        words = struct.unpack(f">{request.count}H", len(self.heard).to_bytes(2 * request.count, "big"))
        return (Transmission(encode_reply(Registers(self.address, request.function, words)), self.delay_s),)


@contextlib.contextmanager
def wire(folder: Path, *stations: Station, baud: int = 115200) -> Iterator[PacedBus]:
    with PacedBus(folder / "tty", LineFormat(baud=baud), stations=stations) as paced:
        yield paced


def settings_for(paced: PacedBus, **changes: object) -> BusSettings:
    values: dict[str, object] = {
        "name": "bench",
        "url": f"serial://{paced.path}",
        "baud": paced.line.baud,
        "reconnect_first_s": 0.05,
        "reconnect_most_s": 0.1,
    }
    return BusSettings.model_validate(values | changes)


@contextlib.asynccontextmanager
async def running(owner: Bus | Line[str]) -> AsyncIterator[None]:
    task = asyncio.create_task(owner.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


until = partial(waiting.until, within_s=5.0)


async def ask(
    bus: Bus,
    address: int = 1,
    *,
    count: int = 2,
    priority: Priority = Priority.STATUS,
    timeout_s: float = 0.06,
    settle_s: float = 0.12,
    expires_ns: int | None = None,
) -> Reply[ModbusReply]:
    request = ReadRegisters(address, 3, 0x50, count)
    return await bus.transact(
        encode_request(request),
        ModbusReplyReader(request),
        priority=priority,
        timeout_s=timeout_s,
        settle_s=settle_s,
        device=f"scale {address}",
        expires_ns=expires_ns,
    )


def number(reply: Reply[ModbusReply]) -> int:
    """The request number that a :class:`CountingStation` answered."""
    assert isinstance(reply.frame, Registers)
    return int.from_bytes(struct.pack(f">{len(reply.frame.values)}H", *reply.frame.values), "big")

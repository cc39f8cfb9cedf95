"""Three Modbus masters behind one small interface, so that they can be measured on the same simulated line.

Ours is the bus of the product; pymodbus and minimalmodbus are peers, used as their documentation shows, with the same time-out and
without hidden retries.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections.abc import AsyncIterator, Sequence
from typing import Final, Literal, Protocol

import minimalmodbus
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusException

from devices.bus import Bus, Priority
from devices.config import BusSettings
from devices.errors import DeviceError
from devices.protocols.modbus_frames import ReadRegisters, Registers
from devices.protocols.modbus_rtu import ModbusReplyReader, decode_request, encode_reply, encode_request
from devices.sim.line import AnsweringStation, Transmission

REQUEST_BYTES: Final = 8
REPLY_BYTES: Final = 9
WEIGHT: Final = 0x50  # first of the two registers that every master reads


class NumberedStation(AnsweringStation):
    """Answers every read of two registers with the number of the request that it answers, so that a stale answer shows.

    It forgives a missing silence before a request, as a slave does that finds frames by their length. ``delay_s``: from the last byte of
    the request to the first of the answer.
    """

    framing: Literal["gap", "stream"] = "stream"

    def __init__(self, address: int, delay_s: float) -> None:
        self.name = f"scale {address}"
        self.address = address
        self.delay_s = delay_s
        self.requests = 0
        self._heard = bytearray()

    def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
        self._heard += data
        if len(self._heard) < REQUEST_BYTES:
            return ()
        request = decode_request(bytes(self._heard))
        self._heard.clear()
        if not isinstance(request, ReadRegisters) or request.address != self.address or request.count != 2:
            return ()
        self.requests += 1
        words = struct.unpack(">HH", self.requests.to_bytes(4, "big"))
        return (Transmission(encode_reply(Registers(self.address, request.function, words)), self.delay_s),)


class Master(Protocol):
    """Reads the two registers of one station; None when it reports an error."""

    async def read(self, address: int) -> int | None: ...


class OurMaster:
    """``settle_s``: the worst-case reply time of the stations."""

    def __init__(self, bus: Bus, timeout_s: float, settle_s: float) -> None:
        self.bus = bus
        self._timeout_s, self._settle_s = timeout_s, settle_s

    async def read(self, address: int) -> int | None:
        request = ReadRegisters(address, 3, WEIGHT, 2)
        try:
            reply = await self.bus.transact(
                encode_request(request),
                ModbusReplyReader(request),
                priority=Priority.WEIGHT,
                timeout_s=self._timeout_s,
                settle_s=self._settle_s,
                device="scale",
            )
        except DeviceError:
            return None
        assert isinstance(reply.frame, Registers)
        return _number(reply.frame.values)


class PymodbusMaster:
    def __init__(self, client: AsyncModbusSerialClient) -> None:
        self._client = client

    async def read(self, address: int) -> int | None:
        try:
            reply = await self._client.read_holding_registers(WEIGHT, count=2, device_id=address)
        except ModbusException:
            return None
        return None if reply.isError() else _number(reply.registers)


class MinimalmodbusMaster:
    """Synchronous: it blocks the loop, which has nothing else to do here."""

    def __init__(self, path: str, baud: int, timeout_s: float) -> None:
        self._instruments: dict[int, minimalmodbus.Instrument] = {}
        self._path, self._baud, self._timeout_s = path, baud, timeout_s

    async def read(self, address: int) -> int | None:
        instrument = self._instruments.get(address)
        if instrument is None:
            instrument = self._instruments[address] = minimalmodbus.Instrument(self._path, address)
            instrument.serial.baudrate = self._baud
            instrument.serial.timeout = self._timeout_s
        try:
            return _number(instrument.read_registers(WEIGHT, 2))
        except (minimalmodbus.ModbusException, OSError):
            return None

    def close(self) -> None:
        for instrument in self._instruments.values():
            instrument.serial.close()


def _number(words: Sequence[int]) -> int:
    return words[0] << 16 | words[1]


@contextlib.asynccontextmanager
async def ours(path: str, baud: int, timeout_s: float, settle_s: float) -> AsyncIterator[Master]:
    bus = Bus(BusSettings(name="bench", url=f"serial://{path}", baud=baud))
    running = asyncio.create_task(bus.run())
    try:
        yield OurMaster(bus, timeout_s, settle_s)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def pymodbus(path: str, baud: int, timeout_s: float, settle_s: float) -> AsyncIterator[Master]:
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it reports every missed answer at length
    client = AsyncModbusSerialClient(path, baudrate=baud, timeout=timeout_s, retries=0)
    if not await client.connect():
        raise RuntimeError(f"pymodbus cannot open {path}")
    try:
        yield PymodbusMaster(client)
    finally:
        client.close()


@contextlib.asynccontextmanager
async def minimal(path: str, baud: int, timeout_s: float, settle_s: float) -> AsyncIterator[Master]:
    master = MinimalmodbusMaster(path, baud, timeout_s)
    try:
        yield master
    finally:
        master.close()


MASTERS: Final = {"ours": ours, "pymodbus": pymodbus, "minimalmodbus": minimal}

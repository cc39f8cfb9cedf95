"""What all Modbus drivers share: one request, one reply, exceptions as Refused. No register of any product is named here."""

from __future__ import annotations

from typing import TypeVar

from devices.bus import Priority, Reply
from devices.drivers.driver import RequestDriver
from devices.errors import Refused
from devices.protocols.meaning import Explainer
from devices.protocols.modbus_frames import (
    Bits,
    ExceptionReply,
    ModbusReply,
    ModbusRequest,
    ReadBits,
    ReadRegisters,
    Registers,
    WriteRegisters,
    Written,
)
from devices.protocols.modbus_rtu import ModbusExplainer, ModbusReplyReader, encode_request

Wanted = TypeVar("Wanted", Bits, Registers, Written)


class ModbusDevice(RequestDriver):
    """A station of a Modbus RTU line."""

    WIRE = "modbus_rtu"

    def explainer(self) -> Explainer:
        return ModbusExplainer()

    async def ask(
        self,
        request: ModbusRequest,
        wanted: type[Wanted],
        priority: Priority,
        *,
        expires_ns: int | None = None,
        repeat_value: bool = True,
    ) -> Reply[Wanted]:
        """Returned: the reply to this request, with its times. Raises Unreachable, Garbled, Refused."""
        reply: Reply[ModbusReply] = await self.bus.transact(
            encode_request(request),
            ModbusReplyReader(request, repeat_value=repeat_value),
            priority=priority,
            timeout_s=self.timeout_s,
            settle_s=self.settle_s,
            device=self.name,
            expires_ns=expires_ns,
        )
        frame = reply.frame
        if isinstance(frame, ExceptionReply):
            raise Refused(self.name, f"function {request.function} at {request.start:#06x}: {frame.text}")
        assert isinstance(frame, wanted), "the reader matches the reply to its request"  # noqa: S101 - a broken codec, not bad input
        return Reply(frame, reply.sent_ns, reply.at_ns)

    async def registers(self, start: int, count: int, priority: Priority = Priority.STATUS) -> tuple[int, ...]:
        """Holding registers from ``start``, unsigned."""
        return (await self.ask(ReadRegisters(self.address, 3, start, count), Registers, priority)).frame.values

    async def coils(self, start: int, count: int) -> tuple[bool, ...]:
        """Coils from ``start``."""
        return (await self.ask(ReadBits(self.address, 1, start, count), Bits, Priority.STATUS)).frame.bits

    async def write_register(self, register: int, value: int) -> None:
        """One holding register by function 16, which all known transmitters accept."""
        await self.ask(WriteRegisters(self.address, register, (value,)), Written, Priority.STATUS)

"""Kerong-type lock boards: sixteen hook locks with their sensors, in two dialects.

One-byte sums let many errors through, so a state that differs from the last believed one is read again until two consecutive replies are
equal, and only the hook bit proves an unlock. Inputs 0 to 15 are the hook sensors, 16 to 31 the infrared sensors.
"""

from __future__ import annotations

import time

from pydantic import Field

from devices.bus import Priority, Reply
from devices.config import DeviceSettings
from devices.drivers.driver import Clock, Link, Profile, RequestDriver
from devices.errors import DeviceError, Garbled, Misconfigured
from devices.ports import Identity, InputBits
from devices.protocols.kerong import (
    LOCKS,
    KerongDialect,
    KerongExplainer,
    KerongReplyReader,
    KerongStatus,
    KerongStatusRequest,
    KerongUnlock,
    encode_request,
)
from devices.protocols.meaning import Explainer

READS_MOST = 5
"""Status replies read for one believed state; more disagreement than this is a sick line or a chattering sensor."""


class KerongProfile(Profile):
    """One kind of board."""

    outputs: int = Field(default=LOCKS, ge=1, le=LOCKS, description="Locks.")
    inputs: int = Field(default=2 * LOCKS, ge=1, le=2 * LOCKS, description="Hook sensors, then infrared sensors.")
    dialect: KerongDialect = Field(description="Which of the two known command sets the board speaks.")
    unlock_s: float = Field(default=0.5, gt=0.0, le=10.0, description="Pulse length that is set in the board, in seconds.")


class KerongBoard(RequestDriver):
    """A LockBoard over the KR-CU protocol."""

    WIRE = "kerong"
    PROFILE = KerongProfile
    HOOK_PROVES = True

    def __init__(self, settings: DeviceSettings, profile: KerongProfile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, link, clock_ns)
        self._profile = profile
        self._believed: KerongStatus | None = None

    def explainer(self) -> Explainer:
        return KerongExplainer(self._profile.dialect)

    async def identify(self) -> Identity:
        """Returned: the board answers in the configured dialect. The protocol knows no serial number, so swapped boards are not noticed."""
        self._believed = None
        try:
            await self._believable(Priority.STATUS)
        except DeviceError as silent:
            other: KerongDialect = "wide" if self._profile.dialect == "classic" else "classic"
            try:
                await self._status(other, Priority.STATUS)
            except DeviceError:
                raise silent from None
            raise Misconfigured(
                self.name,
                f"it speaks the {other} dialect, the product {self.settings.product} expects {self._profile.dialect}: change product",
            ) from None
        return self.check_serial(Identity(product=self.settings.product, serial=None, firmware=None))

    async def pulse(self, output: int, seconds: float, *, expires_ns: int | None = None) -> float:
        """Returned: sent, and the board still answers; it does not acknowledge an unlock. The length is the one set in the board."""
        self.check_output(output)
        self.pulse_sent_ns = await self.bus.send_only(
            encode_request(KerongUnlock(self.address, output), self._profile.dialect),
            priority=Priority.UNLOCK,
            device=self.name,
            expires_ns=expires_ns,
        )
        await self._status(self._profile.dialect, Priority.UNLOCK)
        return self._profile.unlock_s

    async def read_inputs(self) -> InputBits:
        """Returned: a state that two consecutive replies agree on, or that has not changed since it was last believed."""
        status, at_ns = await self._believable(Priority.STATUS)
        return InputBits(at_ns=at_ns, bits=(*status.hooks, *status.infrared)[: self.inputs])

    async def _believable(self, priority: Priority) -> tuple[KerongStatus, int]:
        before: KerongStatus | None = None
        for _ in range(READS_MOST):
            status, at_ns = await self._status(self._profile.dialect, priority)
            if status in (self._believed, before):
                self._believed = status
                return status, at_ns
            before = status
        raise Garbled(self.name, f"{READS_MOST} status replies, no two in a row the same: noise on the line or a chattering sensor")

    async def _status(self, dialect: KerongDialect, priority: Priority) -> tuple[KerongStatus, int]:
        request = KerongStatusRequest(self.address)
        reply: Reply[KerongStatus] = await self.bus.transact(
            encode_request(request, dialect),
            KerongReplyReader(request, dialect),
            priority=priority,
            timeout_s=self.timeout_s,
            settle_s=self.settle_s,
            device=self.name,
        )
        return reply.frame, reply.at_ns

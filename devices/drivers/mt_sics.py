"""MT-SICS line scales as one plate or as a checkout scale: asked for the immediate weight, one channel."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field

from devices.bus import Priority, Reply
from devices.drivers.driver import Profile, RequestDriver
from devices.errors import Garbled, Refused
from devices.ports import Identity, Reading
from devices.protocols.meaning import Explainer
from devices.protocols.mt_sics import (
    SicsAction,
    SicsCommand,
    SicsExplainer,
    SicsIdentity,
    SicsRefusal,
    SicsReply,
    SicsReplyReader,
    SicsStatus,
    SicsWeight,
    encode_command,
)

_QUALITY: dict[SicsStatus, Literal["ok", "unstable", "overload", "underload", "fault"]] = {
    "stable": "ok",
    "dynamic": "unstable",
    "overload": "overload",
    "underload": "underload",
}


BUSY_MOST, BUSY_WAIT_S = 10, 0.1
"""A scale that is setting its zero or tare says busy for a moment; a second of it is a refusal."""


class SicsProfile(Profile):
    """One kind of scale."""

    channels: int = Field(default=1, ge=1, le=1, description="Weight channels.")
    poll_ms: float = Field(default=100.0, ge=0.0, le=10_000.0, description="Time between two readings in milliseconds.")


class SicsScale(RequestDriver):
    """A Scale over MT-SICS. It has no address: alone on its line."""

    WIRE = "mt_sics"
    ALONE = True
    PROFILE = SicsProfile

    def explainer(self) -> Explainer:
        return SicsExplainer()

    async def identify(self) -> Identity:
        """Returned: it answered I4 with its serial number; model from I2 and firmware from I3 where it knows those."""
        serial = await self._question("I4")
        model = await self._optional("I2")
        firmware = await self._optional("I3")
        return self.check_serial(Identity(product=model or self.settings.product, serial=serial, firmware=firmware))

    async def read(self) -> tuple[Reading, ...]:
        """Returned: the immediate weight. A scale that says busy is asked again for a while, then Refused."""
        for _ in range(BUSY_MOST):
            reply, at_ns = await self._ask("SI", Priority.WEIGHT)
            if not isinstance(reply, SicsWeight):
                raise Garbled(self.name, f"answered SI with {reply}")
            if reply.status != "busy":
                return (Reading(channel=0, at_ns=at_ns, grams=reply.grams or 0.0, quality=_QUALITY[reply.status]),)
            await asyncio.sleep(BUSY_WAIT_S)
        raise Refused(self.name, f"busy for {BUSY_MOST * BUSY_WAIT_S:g} s, no weight")

    async def zero(self, channel: int) -> None:
        """Set zero; the scale waits for a stable weight and refuses outside its zero range."""
        reply, _ = await self._ask("Z", Priority.STATUS)
        if not isinstance(reply, SicsAction) or reply.outcome != "done":
            raise Refused(self.name, f"zero was not set: {reply.outcome if isinstance(reply, SicsAction) else reply}")

    async def _question(self, command: SicsCommand) -> str | None:
        reply, _ = await self._ask(command, Priority.STATUS)
        return reply.texts[0].strip() or None if isinstance(reply, SicsIdentity) and reply.texts else None

    async def _optional(self, command: SicsCommand) -> str | None:
        try:
            return await self._question(command)
        except Refused:
            return None

    async def _ask(self, command: SicsCommand, priority: Priority) -> tuple[SicsReply, int]:
        reply: Reply[SicsReply] = await self.bus.transact(
            encode_command(command),
            SicsReplyReader(command),
            priority=priority,
            timeout_s=self.timeout_s,
            settle_s=self.settle_s,
            device=self.name,
        )
        if isinstance(reply.frame, SicsRefusal):
            raise Refused(self.name, f"{command}: {reply.frame.text}")
        return reply.frame, reply.at_ns

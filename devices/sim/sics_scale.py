"""Simulated MT-SICS line scale: immediate, stable and repeated weights, zero, tare, identity. Alone on an RS-232 line."""

from __future__ import annotations

from typing import Literal

from devices.protocols.mt_sics import (
    SicsAction,
    SicsCommand,
    SicsCommandDecoder,
    SicsIdentity,
    SicsRefusal,
    SicsReply,
    SicsWeight,
    encode_reply,
)
from devices.sim.converter import WeighingChannel
from devices.sim.line import NS, Transmission

_TEXTS: dict[str, tuple[str, ...]] = {
    "I0": ("0", "S"),
    "I1": ("01", "2.20", "2.20", "", ""),
    "I2": ("Simulated Scale 10.0000 kg",),
    "I3": ("1.00 1.2.3.4.5",),
    "I5": ("11780711A",),
}
_LOOK_AGAIN_S = 0.05  # s; how often a scale that waits for a stable weight looks


class SicsScale:
    """One scale. ``stable_timeout_s``: an ``S`` without a stable weight is answered ``S I`` after this. ``repeat_s``: pace of SIR."""

    framing: Literal["gap", "stream"] = "stream"

    def __init__(
        self,
        name: str,
        channel: WeighingChannel,
        *,
        serial: str = "SIM0001",
        decimals: int = 2,
        reply_delay_s: float = 0.01,
        stable_timeout_s: float = 3.0,
        repeat_s: float = 0.05,
        weight_id: Literal["S", "SI"] = "S",
    ) -> None:
        self.name = name
        self.channel = channel
        self.serial = serial
        self.reply_delay_s = reply_delay_s
        self.stable_timeout_s = stable_timeout_s
        self.repeat_s = repeat_s
        self._decimals = decimals
        self._weight_id: Literal["S", "SI"] = weight_id
        self._ear = SicsCommandDecoder()
        self._tare_g = 0.0
        self._waiting_until: int | None = None  # an S is open until then
        self._next_ns: int | None = None
        self._repeating = False
        channel.settings.division_g = 10.0**-decimals

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        replies: list[Transmission] = []
        for command in self._ear.feed(data):
            if isinstance(command, SicsRefusal):
                replies.append(self._sent(command))
            elif (reply := self._obey(command, at_ns)) is not None:
                replies.append(self._sent(reply))
        return tuple(replies)

    def due_ns(self) -> int | None:
        return self._next_ns

    def speak(self, at_ns: int) -> tuple[Transmission, ...]:
        if self._waiting_until is not None:
            weight = self._weight(at_ns)
            if weight.status == "dynamic":
                if at_ns < self._waiting_until:
                    self._next_ns = at_ns + round(_LOOK_AGAIN_S * NS)
                    return ()
                weight = SicsWeight("busy")
            self._quiet()
            return (self._sent(weight),)
        if self._repeating:
            self._next_ns = at_ns + round(self.repeat_s * NS)
            return (self._sent(self._weight(at_ns)),)
        self._quiet()
        return ()

    def _obey(self, command: SicsCommand, at_ns: int) -> SicsReply | None:
        match command:
            case "SI":
                self._quiet()
                return self._weight(at_ns)
            case "S":
                self._quiet()
                self._waiting_until = at_ns + round(self.stable_timeout_s * NS)
                self._next_ns = at_ns
                return None
            case "SIR":
                self._quiet()
                self._repeating = True
                self._next_ns = at_ns
                return None
            case "Z" | "ZI" | "T" | "TI":
                return self._set_reference(command, at_ns)
            case "@":
                self._quiet()
                self._tare_g = 0.0
                return SicsIdentity("I4", (self.serial,))
            case "I4":
                return SicsIdentity("I4", (self.serial,))
            case "I0" | "I1" | "I2" | "I3" | "I5":
                return SicsIdentity(command, _TEXTS[command])

    def _set_reference(self, command: Literal["Z", "ZI", "T", "TI"], at_ns: int) -> SicsAction:
        sample = self.channel.sample(at_ns)
        if command in ("Z", "T") and not sample.stable:
            return SicsAction(command, "busy")
        if command in ("Z", "ZI"):
            self.channel.zero_now(at_ns)
            self._tare_g = 0.0
        else:
            self._tare_g = sample.grams
        return SicsAction(command, "done")

    def _weight(self, at_ns: int) -> SicsWeight:
        sample = self.channel.sample(at_ns)
        if sample.overload or sample.overflow:
            return SicsWeight("overload")
        return SicsWeight("stable" if sample.stable else "dynamic", sample.grams - self._tare_g, "g")

    def _quiet(self) -> None:
        self._waiting_until = None
        self._next_ns = None
        self._repeating = False

    def _sent(self, reply: SicsReply) -> Transmission:
        return Transmission(encode_reply(reply, weight_id=self._weight_id, decimals=self._decimals), self.reply_delay_s)

"""One request on its way over a bus, and its reply. Owned by the bus; no I/O and no timing here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from devices.config import BusSettings
from devices.errors import DeviceError, Garbled, Unreachable
from devices.protocols.reply import ReplyReader

Frame = TypeVar("Frame")

_SHOWN_BYTES: Final = 32  # of a garbled answer, in the error message


@dataclass(frozen=True, slots=True)
class Reply(Generic[Frame]):
    """A reply with CLOCK_MONOTONIC times: when its request was written and when its last byte arrived."""

    frame: Frame
    sent_ns: int
    at_ns: int


@dataclass(slots=True, eq=False)
class Exchange(Generic[Frame]):
    """A request, what is known of its answer, and who waits for it.

    ``reader`` is None where no answer is expected. ``answer`` is the caller's, who may cancel it; ``closed`` is the owner's and ends the
    exchange on the wire. ``echo``: bytes of the request that the adapter still has to repeat.
    """

    request: bytes
    reader: ReplyReader[Frame] | None
    device: str
    timeout_s: float
    settle_s: float
    expires_ns: int | None
    answer: asyncio.Future[Reply[Frame]]
    closed: asyncio.Future[None] | None = None
    echo: bytes = b""
    heard: bytearray = field(default_factory=bytearray)
    sent_ns: int = 0
    replied: bool = False

    def succeed(self, reply: Reply[Frame]) -> None:
        """Hand the reply to the caller, if there still is one."""
        self.replied = True
        if not self.answer.done():
            self.answer.set_result(reply)

    def fail(self, error: DeviceError) -> None:
        """Hand the error to the caller, if there still is one."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def close(self) -> None:
        """Nothing more is expected on the wire."""
        if self.closed is not None and not self.closed.done():
            self.closed.set_result(None)

    def strip_echo(self, chunk: bytes) -> bytes | None:
        """``chunk`` without its part of the expected echo; None when it is no echo, after which none is expected any more."""
        length = min(len(chunk), len(self.echo))
        if chunk[:length] != self.echo[:length]:
            self.echo = b""
            return None
        self.echo = self.echo[length:]
        return chunk[length:]

    def failure(self, settings: BusSettings) -> DeviceError:
        """The error of an exchange whose time is over without a valid answer."""
        waited = f"on bus {settings.name} within {self.timeout_s * 1000:.0f} ms"
        if not self.heard:
            return Unreachable(self.device, f"no answer {waited}")
        shown = self.heard[:_SHOWN_BYTES].hex(" ") + (" .." if len(self.heard) > _SHOWN_BYTES else "")
        hint = ""
        if not settings.echo and self.heard.startswith(self.request):
            hint = "; the request itself came back: if the adapter hears itself, set echo = true"
        return Garbled(self.device, f"no valid answer {waited} among {shown}{hint}")

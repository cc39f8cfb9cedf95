"""What the store needs of a device, as ports of few verbs. Pure: protocols only.

A driver implements the ports of its product. The docstring of each verb says what "returned" proves.
All verbs raise the errors of :mod:`devices.errors` and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says it is; compared with the configuration after every open, so that a swapped cable opens no wrong door."""

    product: str
    serial: str | None
    firmware: str | None


@dataclass(frozen=True, slots=True)
class InputBits:
    """All digital inputs of a board in one reading, input 0 first, as the wires are (polarity is applied by the door)."""

    at_ns: int
    bits: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One weight sample of one channel. A consumer never sees a value without its quality.

    ``grams`` is from the device's own calibrated zero. ``at_ns``: monotonic time at which the last byte arrived.
    """

    channel: int
    at_ns: int
    grams: float
    quality: Literal["ok", "unstable", "overload", "underload", "saturated", "fault"]


@runtime_checkable
class Device(Protocol):
    """Every driver."""

    name: str

    async def identify(self) -> Identity:
        """Ask the device who it is. Returned: it answered at this address with this protocol."""
        ...

    @property
    def inputs(self) -> int:
        """Number of digital inputs (0 where it has none)."""
        ...

    @property
    def channels(self) -> int:
        """Number of weight channels (0 where it has none)."""
        ...

    @property
    def outputs(self) -> int:
        """Number of lock outputs (0 where it has none)."""
        ...


@runtime_checkable
class LockBoard(Device, Protocol):
    """A board with lock outputs and inputs."""

    async def pulse(self, output: int, seconds: float, *, expires_ns: int | None = None) -> float:
        """Send one device-timed pulse, at most once, and not after ``expires_ns`` (monotonic). Returned: the board accepted it (not
        that a bolt moved); the value is the pulse length in seconds that the board really gives. The pulse ends in the board even
        when the controller dies."""
        ...

    async def read_inputs(self) -> InputBits:
        """Returned: the board's inputs at ``at_ns``, from one valid reply to this request."""
        ...


@runtime_checkable
class Scale(Device, Protocol):
    """One or more weighing channels."""

    async def read(self) -> tuple[Reading, ...]:
        """Returned: one reading per channel, all from valid replies to this request."""
        ...

    async def zero(self, channel: int) -> None:
        """Set the channel's zero at the present load. Only for commissioning; never during trading."""
        ...


@runtime_checkable
class CodeReader(Device, Protocol):
    """A QR, barcode or NFC reader that sends one line per code."""

    async def next_code(self) -> str:
        """Returned: one complete line, without its terminator, printable and at most 4096 characters."""
        ...

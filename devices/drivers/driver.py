"""What every driver is built from: its settings, its product's profile, the bus, and the two numbers that bound a reply.

A driver turns the verbs of :mod:`devices.ports` into requests and replies of one protocol. It holds no socket and no task, retries
nothing that moves something, and keeps product differences in its profile (data), not in code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from devices.bus import Bus
from devices.config import BusSettings, DeviceSettings, Option
from devices.errors import Misconfigured
from devices.line import Line
from devices.ports import Identity
from devices.protocols.meaning import Explainer, Untold
from devices.protocols.reply import StreamDecoder

Clock: TypeAlias = Callable[[], int]
"""Monotonic nanoseconds."""

Link: TypeAlias = Bus | Line[Any]
"""The owner of a port: a bus that is asked, or a line that is listened to."""

Frame = TypeVar("Frame")


class Profile(BaseModel):
    """What all products say about themselves; each driver adds its own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: int | None = Field(default=None, ge=0, le=255, description="The address it is shipped with.")
    timeout_ms: float = Field(default=100.0, ge=5.0, le=5000.0, description="Longest usual wait for a reply in milliseconds.")
    settle_ms: float = Field(
        default=250.0, ge=0.0, le=10_000.0, description="Worst-case reply time in milliseconds: silence kept after a time-out."
    )
    poll_ms: float = Field(default=80.0, ge=0.0, le=10_000.0, description="Time between two readings in milliseconds.")
    outputs: int = Field(default=0, ge=0, le=256, description="Lock outputs.")
    inputs: int = Field(default=0, ge=0, le=256, description="Digital inputs.")
    channels: int = Field(default=0, ge=0, le=64, description="Weight channels.")


class Driver:
    """Base of all drivers: naming, timing and the checks that they share. A driver extends RequestDriver or StreamDriver."""

    WIRE: ClassVar[str] = ""
    """The protocol on the wire; only devices of one protocol share a bus."""

    ALONE: ClassVar[bool] = False
    """True where the protocol has no addresses, or the device speaks unasked: it needs a bus of its own."""

    PROFILE: ClassVar[type[Profile]] = Profile

    HOOK_PROVES: ClassVar[bool] = False
    """True where the wire is too weak for anything but the lock's own hook sensor to prove an unlock."""

    SHOWS_BYTES: ClassVar[bool] = True
    """False where the bytes on the wire are worth something to whoever reads them: a technician is told that some came, not which."""

    PRODUCTS: ClassVar[str] = "devices.drivers"
    """The package whose folder ``products`` holds this driver's variants."""

    def __init__(self, settings: DeviceSettings, profile: Profile, clock_ns: Clock = time.monotonic_ns) -> None:
        self.name = settings.name
        self.settings = settings
        self.clock_ns = clock_ns
        self.pulse_sent_ns: int | None = None
        """When the last pulse command was written to the wire; None before the first one."""
        self._shape = profile
        self.timeout_s = (profile.timeout_ms if settings.timeout_ms is None else settings.timeout_ms) / 1000.0
        self.settle_s = (profile.settle_ms if settings.settle_ms is None else settings.settle_ms) / 1000.0
        self.poll_s = (profile.poll_ms if settings.poll_ms is None else settings.poll_ms) / 1000.0

    @classmethod
    def link(cls, settings: BusSettings) -> Link:
        """The owner of a port with this protocol. Opens nothing."""
        raise NotImplementedError

    def explainer(self) -> Explainer:
        """Tells a technician what goes over this device's wire."""
        return Untold()

    @property
    def inputs(self) -> int:
        return self._shape.inputs

    @property
    def channels(self) -> int:
        return self._shape.channels

    @property
    def outputs(self) -> int:
        return self._shape.outputs

    @property
    def weight_poll_s(self) -> float:
        """Time between two readings of the weights in seconds."""
        return self.poll_s

    @property
    def address(self) -> int:
        """The configured address, or the one the product is shipped with."""
        address = self._shape.address if self.settings.address is None else self.settings.address
        if address is None:
            raise Misconfigured(self.name, "it needs an address; set address in its [[device]] section")
        return address

    async def identify(self) -> Identity:
        """Ask the device who it is. Returned: it answered at this address with this protocol. Implemented by each driver."""
        raise NotImplementedError

    async def fitted(self) -> Mapping[str, Option]:
        """What its product leaves open and the device itself tells, as ``options`` of its settings. Raises Misconfigured where it cannot be
        this product."""
        return {}

    async def listen(self) -> None:
        """Take what the device says unasked, until cancelled; returns at once where it says nothing. Runs beside the other verbs."""

    def check_serial(self, identity: Identity) -> Identity:
        """Compare the reported serial number with the configured one; another one raises Misconfigured."""
        wanted = self.settings.serial
        if wanted is not None and identity.serial != wanted:
            raise Misconfigured(
                self.name,
                f"reports serial number {identity.serial or 'none'}, the configuration expects {wanted}: cables swapped or device replaced",
            )
        return identity

    def check_output(self, output: int) -> None:
        """Refuse an output that the board does not have."""
        if not 0 <= output < self.outputs:
            raise Misconfigured(self.name, f"has outputs 0 to {self.outputs - 1}, not {output}")


class RequestDriver(Driver):
    """A device that answers when asked."""

    def __init__(self, settings: DeviceSettings, profile: Profile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, clock_ns)
        if not isinstance(link, Bus):
            raise TypeError(f"{self.name} is asked over a Bus, not a {type(link).__name__}")
        self.bus = link

    @classmethod
    def link(cls, settings: BusSettings) -> Link:
        return Bus(settings)


class StreamDriver(Driver, Generic[Frame]):
    """A device that also speaks unasked."""

    ALONE = True

    def __init__(self, settings: DeviceSettings, profile: Profile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, clock_ns)
        if not isinstance(link, Line):
            raise TypeError(f"{self.name} is heard over a Line, not a {type(link).__name__}")
        self.line: Line[Frame] = link

    @classmethod
    def decoder(cls) -> StreamDecoder[Frame]:
        """A fresh decoder of its stream. Implemented by each driver."""
        raise NotImplementedError

    @classmethod
    def link(cls, settings: BusSettings) -> Link:
        return Line(settings, cls.decoder())

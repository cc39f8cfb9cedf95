"""What every driver is built from: its settings, its product's profile, the bus, and the two numbers that bound a reply.

A driver turns the verbs of :mod:`devices.ports` into requests and replies of one protocol. It holds no socket and no task, retries
nothing that moves something, and keeps product differences in its profile (data), not in code.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from devices.bus import Bus
from devices.config import DeviceSettings
from devices.errors import Misconfigured
from devices.ports import Identity

Clock: TypeAlias = Callable[[], int]
"""Monotonic nanoseconds."""


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
    """Base of the drivers: naming, timing and the checks that all of them need."""

    WIRE: ClassVar[str] = ""
    """The protocol on the wire; only devices of one protocol share a bus."""

    LINK: ClassVar[Literal["request", "stream"]] = "request"
    """``request``: it answers when asked. ``stream``: it also speaks unasked and is alone on its bus."""

    PROFILE: ClassVar[type[Profile]] = Profile

    HOOK_PROVES: ClassVar[bool] = False
    """True where the wire is too weak for anything but the lock's own hook sensor to prove an unlock."""

    PRODUCTS: ClassVar[str] = "devices.drivers"
    """The package whose folder ``products`` holds this driver's variants."""

    def __init__(self, settings: DeviceSettings, profile: Profile, bus: Bus, clock_ns: Clock = time.monotonic_ns) -> None:
        self.name = settings.name
        self.settings = settings
        self.bus = bus
        self.clock_ns = clock_ns
        self._shape = profile
        self.timeout_s = (profile.timeout_ms if settings.timeout_ms is None else settings.timeout_ms) / 1000.0
        self.settle_s = (profile.settle_ms if settings.settle_ms is None else settings.settle_ms) / 1000.0
        self.poll_s = (profile.poll_ms if settings.poll_ms is None else settings.poll_ms) / 1000.0

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
    def address(self) -> int:
        """The configured address, or the one the product is shipped with."""
        address = self._shape.address if self.settings.address is None else self.settings.address
        if address is None:
            raise Misconfigured(self.name, "it needs an address; set address in its [[device]] section")
        return address

    async def identify(self) -> Identity:
        """Ask the device who it is. Returned: it answered at this address with this protocol. Implemented by each driver."""
        raise NotImplementedError

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

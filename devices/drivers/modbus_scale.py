"""Modbus weighing transmitters with one or more channels. The register map is the product's profile.

A transmitter that zeroes itself or hides slow changes erases slow takings, so those settings are read after every opening and again while
running. When they come back by themselves, the transmitter fell back to its factory settings and its calibration is gone with them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from devices.bus import Priority
from devices.config import DeviceSettings, Option
from devices.drivers.driver import Clock, Link, Profile
from devices.drivers.modbus_device import ModbusDevice
from devices.errors import Misconfigured
from devices.ports import Identity, Reading
from devices.protocols.modbus_frames import ReadRegisters, Registers

CHANNELS_MOST = 40
"""Channels of the largest transmitter that one block read can serve."""

BLOCK_MOST = 125
"""Registers that one Modbus read may carry."""


class ScaleProfile(Profile):
    """One register map. Weights are 32-bit two's complement, high word first."""

    poll_ms: float = Field(default=50.0, ge=0.0, le=10_000.0, description="Time between two readings in milliseconds.")
    channels: int = Field(default=1, ge=1, le=CHANNELS_MOST, description="Weight channels.")
    weight_start: int = Field(ge=0, le=0xFFFF, description="High word of channel 0's weight.")
    weight_stride: int = Field(default=2, ge=2, le=64, description="Registers from one channel's weight to the next.")
    status_start: int | None = Field(default=None, ge=0, le=0xFFFF, description="Channel 0's status bits.")
    status_stride: int = Field(default=0, ge=0, le=64, description="Registers from one channel's status to the next.")
    status_every: int = Field(
        default=4, ge=1, le=100, description="A status that is not beside the weights is read with every n-th reading."
    )
    overload_bit: int = Field(default=9, ge=0, le=15, description="Status bit: above the rated load.")
    overflow_bit: int = Field(default=6, ge=0, le=15, description="Status bit: the converter is at its limit.")
    unstable_bit: int = Field(default=5, ge=0, le=15, description="Status bit: moving.")
    decimals: int | Literal["status"] = Field(
        default="status", description="Digits behind the point, or status: bits 0 to 2 of the status."
    )
    unit_g: float = Field(default=1.0, gt=0.0, le=1000.0, description="Grams of one displayed unit: 1 for g, 1000 for kg.")
    zero_start: int | None = Field(default=None, ge=0, le=0xFFFF, description="Writing 1 here sets channel 0's zero.")
    zero_stride: int = Field(default=2, ge=1, le=64, description="Registers from one channel's zero command to the next.")
    raw_most: int = Field(default=8_388_606, ge=1, description="A larger value, either way, is a railed converter and no weight.")
    address_register: int | None = Field(default=None, ge=0, le=0xFFFF, description="Register that holds the device's own address.")
    count_register: int | None = Field(default=None, ge=0, le=0xFFFF, description="Register that holds the number of channels.")
    must_be_zero: dict[str, int] = Field(default_factory=dict, description="Settings that must be 0: what they are, and their register.")
    remembered: dict[str, int] = Field(
        default_factory=dict, description="Settings that must stay as they were at the start: what they are, and their register."
    )
    unlock_register: int | None = Field(default=None, ge=0, le=0xFFFF, description="Written before a setting is changed.")
    unlock_value: int = Field(default=0x5AA5, ge=0, le=0xFFFF, description="What is written there.")
    watch_s: float = Field(
        default=30.0, ge=0.1, le=3600.0, description="Time between two looks at those settings while running, in seconds."
    )
    settings: Literal["refuse", "set"] = Field(
        default="refuse",
        description="What to do at the start with a setting that must be 0 and is not: refuse the device, or set it to 0 and go on.",
    )

    @model_validator(mode="after")
    def _decimals_are_known(self) -> ScaleProfile:
        if self.decimals == "status" and self.status_start is None:
            raise ValueError("decimals come with the status, and status_start is not set; give decimals as a number")
        if self.weight_stride * (self.channels - 1) + 2 > BLOCK_MOST:
            raise ValueError(f"the channels' weights must fit into one read of {BLOCK_MOST} registers")
        return self

    @property
    def status_is_beside(self) -> bool:
        """The status of every channel lies in the same block as its weight."""
        return self.status_start is not None and self.status_stride == self.weight_stride and self.status_start < self.weight_start


class ModbusScale(ModbusDevice):
    """A Scale over Modbus RTU."""

    PROFILE = ScaleProfile

    def __init__(self, settings: DeviceSettings, profile: ScaleProfile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, link, clock_ns)
        self._profile = profile
        self._statuses: tuple[int, ...] | None = None
        self._readings_since_status = 0
        self._remembered: dict[str, int] | None = None
        self._watched_ns = 0

    async def fitted(self) -> Mapping[str, Option]:
        """How many channels it has, where it tells."""
        if self._profile.count_register is None:
            return {}
        count = (await self.registers(self._profile.count_register, 1))[0]
        if not 2 <= count <= CHANNELS_MOST:
            raise Misconfigured(self.name, f"says it has {count} channels: not a transmitter of several channels")
        return {"channels": count}

    async def identify(self) -> Identity:
        """Returned: the right address and number of channels, zero tricks off, settings unchanged since the first time."""
        profile = self._profile
        if profile.address_register is not None:
            address = (await self.registers(profile.address_register, 1))[0]
            if address != self.address:
                raise Misconfigured(self.name, f"answers at address {self.address} but says it is {address}: check its settings")
        if profile.count_register is not None:
            count = (await self.registers(profile.count_register, 1))[0]
            if count != self.channels:
                raise Misconfigured(
                    self.name, f"has {count} channels, the configuration says {self.channels}: another transmitter, or set channels"
                )
        if self._remembered is None:
            await self._switch_off_tricks()
            self._remembered = {what: (await self.registers(register, 1))[0] for what, register in profile.remembered.items()}
        await self._check_settings()
        self._statuses = None
        await self.read()
        return self.check_serial(Identity(product=self.settings.product, serial=None, firmware=None))

    async def read(self) -> tuple[Reading, ...]:
        """Returned: one reading per channel, all weights from one reply."""
        if self.clock_ns() - self._watched_ns > self._profile.watch_s * 1e9 and self._remembered is not None:
            await self._check_settings()
        profile = self._profile
        if profile.status_is_beside and profile.status_start is not None:
            start = profile.status_start
            end = profile.weight_start + profile.weight_stride * (self.channels - 1) + 2
            values, at_ns = await self._block(start, end - start)
            self._statuses = tuple(values[channel * profile.status_stride] for channel in range(self.channels))
            offset = profile.weight_start - start
        else:
            await self._read_status_apart()
            values, at_ns = await self._block(profile.weight_start, profile.weight_stride * (self.channels - 1) + 2)
            offset = 0
        statuses = self._statuses or (0,) * self.channels
        return tuple(
            self._reading(channel, at_ns, values[offset + channel * profile.weight_stride :], statuses[channel])
            for channel in range(self.channels)
        )

    async def zero(self, channel: int) -> None:
        """Set the channel's zero at the present load, in the transmitter."""
        profile = self._profile
        if profile.zero_start is None or not 0 <= channel < self.channels:
            raise Misconfigured(self.name, f"channel {channel} cannot be zeroed over the bus")
        await self.write_register(profile.zero_start + channel * profile.zero_stride, 1)

    async def _block(self, start: int, count: int) -> tuple[tuple[int, ...], int]:
        reply = await self.ask(ReadRegisters(self.address, 3, start, count), Registers, Priority.WEIGHT)
        return reply.frame.values, reply.at_ns

    async def _read_status_apart(self) -> None:
        profile = self._profile
        if profile.status_start is None:
            return
        self._readings_since_status += 1
        if self._statuses is not None and self._readings_since_status < profile.status_every:
            return
        span = profile.status_stride * (self.channels - 1) + 1
        values, _ = await self._block(profile.status_start, span)
        self._statuses = tuple(values[channel * profile.status_stride] for channel in range(self.channels))
        self._readings_since_status = 0

    def _reading(self, channel: int, at_ns: int, words: tuple[int, ...], status: int) -> Reading:
        profile = self._profile
        raw = words[0] << 16 | words[1]
        count = raw - 0x1_0000_0000 if raw & 0x8000_0000 else raw
        decimals = status & 0b111 if profile.decimals == "status" else profile.decimals
        grams = count * profile.unit_g / 10.0**decimals
        quality: Literal["ok", "unstable", "overload", "underload", "saturated", "fault"] = "ok"
        if abs(count) > profile.raw_most:
            quality = "saturated"
        elif profile.status_start is not None and status >> profile.overflow_bit & 1:
            quality = "fault"
        elif profile.status_start is not None and status >> profile.overload_bit & 1:
            quality = "overload"
        elif profile.status_start is not None and status >> profile.unstable_bit & 1:
            quality = "unstable"
        return Reading(channel=channel, at_ns=at_ns, grams=grams, quality=quality)

    async def _switch_off_tricks(self) -> None:
        """At the first meeting only, and only where the configuration allows it: set to 0 what must be 0."""
        profile = self._profile
        if profile.settings != "set":
            return
        for register in profile.must_be_zero.values():
            if (await self.registers(register, 1))[0] == 0:
                continue
            if profile.unlock_register is not None:
                await self.write_register(profile.unlock_register, profile.unlock_value)
            await self.write_register(register, 0)

    async def _check_settings(self) -> None:
        """Raise Misconfigured when a zero trick is on or a remembered setting changed."""
        profile = self._profile
        for what, register in profile.must_be_zero.items():
            value = (await self.registers(register, 1, Priority.WEIGHT))[0]
            if value == 0:
                continue
            if self._watched_ns:
                raise Misconfigured(self.name, self._reset_text(f"{what} is on again ({register:#04x} = {value})"))
            raise Misconfigured(
                self.name,
                f"{what} is on ({register:#04x} = {value}) and would hide slow takings: set it to 0 at the transmitter, "
                'or let the controller do it with options = { settings = "set" } while commissioning',
            )
        for what, register in profile.remembered.items():
            value = (await self.registers(register, 1, Priority.WEIGHT))[0]
            known = (self._remembered or {}).get(what, value)
            if value != known:
                raise Misconfigured(self.name, self._reset_text(f"{what} changed from {known} to {value}"))
        self._watched_ns = self.clock_ns()

    @staticmethod
    def _reset_text(why: str) -> str:
        return f"{why}: it fell back to its factory settings or was changed; calibrate it again, then restart the controller"

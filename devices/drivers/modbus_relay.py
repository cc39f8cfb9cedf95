"""Modbus relay boards with inputs, as lock boards. A lock output is only ever pulsed, and only by a pulse that the board itself times.

A board without such a pulse has no lock outputs here: a relay that is switched on and left to this process to switch off stays on when
the process dies. Boards differ by their profile: how a pulse is asked for, where the inputs are, what must hold before it is trusted.
"""

from __future__ import annotations

import time
from typing import Literal

from pydantic import Field, model_validator

from devices.bus import Priority
from devices.config import DeviceSettings
from devices.drivers.driver import Clock, Link, Profile
from devices.drivers.modbus_device import ModbusDevice
from devices.errors import Misconfigured
from devices.ports import Identity, InputBits
from devices.protocols.modbus_frames import Bits, ReadBits, WriteOne, Written


class RelayProfile(Profile):
    """One kind of relay board."""

    pulse: Literal["flash_on", "fixed", "none"] = Field(
        description="How the board times a pulse: a length with the command, a length set in the board, or not at all (then no outputs)."
    )
    pulse_start: int = Field(default=0, ge=0, le=0xFFFF, description="Coil address of output 0's pulse command.")
    pulse_unit_ms: int = Field(default=100, ge=1, le=10_000, description="flash_on: milliseconds per count of the value.")
    pulse_most: int = Field(default=0x7FFF, ge=1, le=0xFFFF, description="flash_on: the largest value.")
    pulse_value: int = Field(default=0x0100, ge=0, le=0xFFFF, description="fixed: the value that starts the pulse.")
    pulse_length_s: float | None = Field(default=None, gt=0.0, le=10.0, description="fixed: the length set in the board, in seconds.")
    repeats_value: bool = Field(default=True, description="The board's acknowledgement repeats the value written.")
    inputs_function: Literal[1, 2] = Field(default=2, description="Modbus function that reads the inputs.")
    inputs_start: int = Field(default=0, ge=0, le=0xFFFF, description="Address of input 0.")
    coils_start: int | None = Field(default=0, ge=0, le=0xFFFF, description="Address of output 0's coil; unset where coils cannot be read.")
    version_register: int | None = Field(default=None, ge=0, le=0xFFFF, description="Register of the firmware version times 100.")
    version_least: int = Field(default=0, ge=0, le=0xFFFF, description="Oldest firmware version that has these commands, times 100.")
    unlinked_start: int | None = Field(
        default=None, ge=0, le=0xFFFF, description="First of one register per output that must be 0: inputs do not switch outputs."
    )

    @model_validator(mode="after")
    def _pulses_are_timed_by_the_board(self) -> RelayProfile:
        if self.pulse == "none" and self.outputs:
            raise ValueError("a board without a pulse of its own must have outputs = 0: nothing would switch a lock off again")
        if self.pulse == "fixed" and self.pulse_length_s is None:
            raise ValueError("set pulse_length_s to the pulse length that is set in the board")
        return self


class ModbusRelay(ModbusDevice):
    """A LockBoard over Modbus RTU."""

    PROFILE = RelayProfile

    def __init__(self, settings: DeviceSettings, profile: RelayProfile, link: Link, clock_ns: Clock = time.monotonic_ns) -> None:
        super().__init__(settings, profile, link, clock_ns)
        self._profile = profile
        self._pulsing_until_ns = 0

    async def identify(self) -> Identity:
        """Returned: right firmware, inputs do not switch outputs, and no output is on without a pulse of ours."""
        profile = self._profile
        firmware = None
        if profile.version_register is not None:
            version = (await self.registers(profile.version_register, 1))[0]
            firmware = f"{version / 100:.2f}"
            if version < profile.version_least:
                raise Misconfigured(
                    self.name, f"has firmware {firmware}; its commands changed with {profile.version_least / 100:.2f}: update the board"
                )
        if profile.unlinked_start is not None and any(await self.registers(profile.unlinked_start, max(1, self.outputs))):
            raise Misconfigured(
                self.name, f"its inputs switch its outputs; write 0 to the {self.outputs} registers from {profile.unlinked_start:#06x}"
            )
        if profile.coils_start is not None and self.outputs:
            on = [index for index, is_on in enumerate(await self.coils(profile.coils_start, self.outputs)) if is_on]
            if on and self.clock_ns() > self._pulsing_until_ns:
                raise Misconfigured(self.name, f"output {on[0]} is on without a pulse: a lock must be released by pulses only")
        elif profile.version_register is None:
            await self.read_inputs()
        return self.check_serial(Identity(product=self.settings.product, serial=None, firmware=firmware))

    async def pulse(self, output: int, seconds: float, *, expires_ns: int | None = None) -> float:
        """Returned: the board acknowledged the command; the value is the length it will give. Sent at most once."""
        self.check_output(output)
        profile = self._profile
        if profile.pulse == "flash_on":
            count = max(1, round(seconds * 1000.0 / profile.pulse_unit_ms))
            if count > profile.pulse_most:
                raise Misconfigured(self.name, f"a pulse of {seconds:g} s is too long; it can give {self._flash_s(profile.pulse_most):g} s")
            value, given_s = count, self._flash_s(count)
        else:
            value, given_s = profile.pulse_value, profile.pulse_length_s or 0.0
        self._pulsing_until_ns = self.clock_ns() + round((given_s + self.settle_s) * 1e9)
        request = WriteOne(self.address, 5, profile.pulse_start + output, value)
        reply = await self.ask(request, Written, Priority.UNLOCK, expires_ns=expires_ns, repeat_value=profile.repeats_value)
        self.pulse_sent_ns = reply.sent_ns
        self._pulsing_until_ns = self.clock_ns() + round(given_s * 1e9)
        return given_s

    async def read_inputs(self) -> InputBits:
        """Returned: all inputs from one reply."""
        profile = self._profile
        request = ReadBits(self.address, profile.inputs_function, profile.inputs_start, self.inputs)
        reply = await self.ask(request, Bits, Priority.STATUS)
        return InputBits(at_ns=reply.at_ns, bits=reply.frame.bits)

    def _flash_s(self, count: int) -> float:
        return count * self._profile.pulse_unit_ms / 1000.0

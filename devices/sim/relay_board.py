"""Simulated Modbus relay boards with inputs, in the variants of the field. The board itself times its pulses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from devices.sim.modbus_slave import ILLEGAL_ADDRESS, ILLEGAL_VALUE, ModbusExceptionError, ModbusSlave

NS = 1_000_000_000  # ns per s
TICK_NS = NS // 10  # flash-on and flash-off count tenths of a second

ON, OFF, PULSE = 0xFF00, 0x0000, 0x0100
ALL_COILS = 0x00FF
FLASH_ON, FLASH_OFF = 0x0200, 0x0400  # coil blocks
ADDRESS_REGISTER, VERSION_REGISTER = 0x4000, 0x8000


class Coil(Protocol):
    """What a relay output drives."""

    def energise(self, at_ns: int, until_ns: int | None) -> None: ...

    def de_energise(self, at_ns: int) -> None: ...


@dataclass(frozen=True, slots=True)
class RelayProfile:
    """One product. ``flash``: coils 0200.. and 0400.. time a pulse; ``value_pulse_s``: writing 0100 pulses for so long, None: refused."""

    address: int
    flash: bool
    value_pulse_s: float | None
    relays: int = 8


PROFILES = {
    "waveshare": RelayProfile(address=1, flash=True, value_pulse_s=None),
    "pulse-0100": RelayProfile(address=1, flash=False, value_pulse_s=0.5),
    "lc-255": RelayProfile(address=255, flash=True, value_pulse_s=None),
}


class RelayBoard(ModbusSlave):
    """Relays drive ``loads`` (index = output); inputs are read from ``senses`` (index = input), each asked with the present time.

    ``welded``: outputs whose contacts stick once they have closed. ``rebooted`` drops all outputs, as after a power dip.
    """

    def __init__(
        self,
        name: str,
        profile: RelayProfile,
        *,
        loads: Sequence[Coil] = (),
        senses: Sequence[Callable[[int], bool]] = (),
        address: int | None = None,
        reply_delay_s: float = 0.004,
    ) -> None:
        super().__init__(name, profile.address if address is None else address, reply_delay_s)
        self.profile = profile
        self.welded: set[int] = set()
        self.pulses: list[tuple[int, int, int]] = []  # (output, start, end) in ns, every timed pulse ever accepted
        self._loads = tuple(loads)
        self._senses = tuple(senses)
        self._on_until: list[int | None] = [0] * profile.relays  # None: on until told otherwise

    def coils(self, at_ns: int) -> list[bool]:
        return [until is None or until > at_ns for until in self._on_until]

    def inputs(self, at_ns: int) -> list[bool]:
        return [self._senses[index](at_ns) if index < len(self._senses) else False for index in range(8)]

    def register(self, register: int, at_ns: int) -> int:
        if register == ADDRESS_REGISTER:
            return self.address
        if register == VERSION_REGISTER:
            return 200  # version 2.00
        raise ModbusExceptionError(ILLEGAL_ADDRESS)

    def write_coil(self, coil: int, value: int, at_ns: int) -> None:
        flash = coil & 0xFF00
        if flash in (FLASH_ON, FLASH_OFF) and self.profile.flash:
            output = coil & 0xFF
            self._check(output)
            until = at_ns + value * TICK_NS
            if flash == FLASH_ON:
                self._switch(output, at_ns, until)
                self.pulses.append((output, at_ns, until))
            else:
                self._off(output, at_ns)  # and on again after the time: never used on a lock, so not simulated
            return
        outputs = range(self.profile.relays) if coil == ALL_COILS else (coil,)
        for output in outputs:
            self._check(output)
            if value == ON:
                self._switch(output, at_ns, None)
            elif value == OFF:
                self._off(output, at_ns)
            elif value == PULSE and self.profile.value_pulse_s is not None:
                until = at_ns + round(self.profile.value_pulse_s * NS)
                self._switch(output, at_ns, until)
                self.pulses.append((output, at_ns, until))
            else:
                raise ModbusExceptionError(ILLEGAL_VALUE)

    def rebooted(self, at_ns: int) -> None:
        """Power dip: all outputs fall, unless welded."""
        for output in range(self.profile.relays):
            self._off(output, at_ns)

    def _check(self, output: int) -> None:
        if not 0 <= output < self.profile.relays:
            raise ModbusExceptionError(ILLEGAL_ADDRESS)

    def _switch(self, output: int, at_ns: int, until_ns: int | None) -> None:
        self._on_until[output] = until_ns
        if output < len(self._loads):
            self._loads[output].energise(at_ns, None if output in self.welded else until_ns)

    def _off(self, output: int, at_ns: int) -> None:
        self._on_until[output] = at_ns
        if output < len(self._loads) and output not in self.welded:
            self._loads[output].de_energise(at_ns)

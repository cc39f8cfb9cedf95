"""Modbus RTU messages as frozen values, checked against the ranges of the Modbus application protocol. Pure: no bytes are moved here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

BROADCAST: Final = 0  # address; every station obeys, none answers
READ_COILS: Final = 0x01
READ_INPUTS: Final = 0x02
READ_HOLDING: Final = 0x03
READ_INPUT_REGISTERS: Final = 0x04
WRITE_COIL: Final = 0x05
WRITE_REGISTER: Final = 0x06
WRITE_COILS: Final = 0x0F
WRITE_REGISTERS: Final = 0x10
EXCEPTION_BIT: Final = 0x80

EXCEPTION_TEXTS: Final = {
    1: "illegal function",
    2: "illegal address",
    3: "illegal value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}


def check(what: str, value: int, low: int, high: int) -> None:
    """Raise ValueError with the range and the value when ``value`` is outside low..high."""
    if not low <= value <= high:
        raise ValueError(f"{what} must be {low}..{high}, not {value}")


def _check_span(start: int, count: int, most: int) -> None:
    check("start", start, 0, 0xFFFF)
    check("count", count, 1, most)
    check("last address", start + count - 1, 0, 0xFFFF)


@dataclass(frozen=True, slots=True)
class ReadBits:
    """Read coils (FC 01) or discrete inputs (FC 02)."""

    address: int
    function: Literal[1, 2]
    start: int
    count: int

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        _check_span(self.start, self.count, 2000)


@dataclass(frozen=True, slots=True)
class ReadRegisters:
    """Read holding registers (FC 03) or input registers (FC 04)."""

    address: int
    function: Literal[3, 4]
    start: int
    count: int

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        _check_span(self.start, self.count, 125)


@dataclass(frozen=True, slots=True)
class WriteOne:
    """Write one coil (FC 05) or one register (FC 06).

    The value of a coil is kept as the 16 bits on the wire (FF00 on, 0000 off), since relay boards give other values a meaning.
    """

    address: int
    function: Literal[5, 6]
    start: int
    value: int

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        check("start", self.start, 0, 0xFFFF)
        check("value", self.value, 0, 0xFFFF)


@dataclass(frozen=True, slots=True)
class WriteBits:
    """Write several coils (FC 0F)."""

    address: int
    start: int
    bits: tuple[bool, ...]

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        _check_span(self.start, len(self.bits), 1968)

    @property
    def function(self) -> Literal[15]:
        return WRITE_COILS


@dataclass(frozen=True, slots=True)
class WriteRegisters:
    """Write several registers (FC 10)."""

    address: int
    start: int
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        _check_span(self.start, len(self.values), 123)
        for value in self.values:
            check("value", value, 0, 0xFFFF)

    @property
    def function(self) -> Literal[16]:
        return WRITE_REGISTERS


@dataclass(frozen=True, slots=True)
class Bits:
    """Reply to :class:`ReadBits`: exactly the bits asked for, lowest address first."""

    address: int
    function: Literal[1, 2]
    bits: tuple[bool, ...]

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        check("number of bits", len(self.bits), 1, 2000)


@dataclass(frozen=True, slots=True)
class Registers:
    """Reply to :class:`ReadRegisters`: unsigned 16-bit values, lowest address first."""

    address: int
    function: Literal[3, 4]
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        check("number of registers", len(self.values), 1, 125)
        for value in self.values:
            check("value", value, 0, 0xFFFF)


@dataclass(frozen=True, slots=True)
class Written:
    """Reply to a write: FC 05/06 repeat the value, FC 0F/10 give the number of written places in ``value``."""

    address: int
    function: Literal[5, 6, 15, 16]
    start: int
    value: int

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        check("start", self.start, 0, 0xFFFF)
        check("value", self.value, 0, 0xFFFF)


@dataclass(frozen=True, slots=True)
class ExceptionReply:
    """The station understood and refused; ``function`` is that of the request, without the exception bit."""

    address: int
    function: int
    code: int

    def __post_init__(self) -> None:
        check("address", self.address, 0, 0xFF)
        check("function", self.function, 1, 0x7F)
        check("code", self.code, 0, 0xFF)

    @property
    def text(self) -> str:
        """What the code means, in words."""
        return f"exception {self.code} ({EXCEPTION_TEXTS.get(self.code, 'unknown code')})"


ModbusRequest: TypeAlias = ReadBits | ReadRegisters | WriteOne | WriteBits | WriteRegisters
ModbusReply: TypeAlias = Bits | Registers | Written | ExceptionReply

"""Frames as others published them, with their sources. Every checksum here is theirs; a codec that disagrees is wrong."""

from __future__ import annotations

from typing import Final

from devices.protocols.modbus_frames import ModbusReply, ModbusRequest, ReadBits, ReadRegisters, Registers, WriteOne, WriteRegisters
from devices.protocols.mt_sics import SicsReply, SicsWeight

_SCALE_DOCS: Final = "github.com/aje/scale-docs, register description of a weighing transmitter"
_WAVESHARE: Final = "Waveshare wiki, Modbus RTU Relay"
_PASTEBIN: Final = "pastebin mX6PYqsB, a listing for relay boards that pulse by value"
_SICS: Final = "Mettler-Toledo MT-SICS reference manual 11780711"

MODBUS_REQUESTS: Final[list[tuple[str, ModbusRequest, str]]] = [
    ("01 03 00 50 00 02 C4 1A", ReadRegisters(1, 3, 0x50, 2), _SCALE_DOCS),
    ("01 03 00 08 00 01 05 C8", ReadRegisters(1, 3, 0x08, 1), _SCALE_DOCS),
    ("01 10 00 5E 00 01 02 00 01 6A EE", WriteRegisters(1, 0x5E, (1,)), _SCALE_DOCS),
    ("01 10 00 60 00 01 02 00 64 AE 1B", WriteRegisters(1, 0x60, (100,)), _SCALE_DOCS),
    ("01 05 00 00 FF 00 8C 3A", WriteOne(1, 5, 0, 0xFF00), _WAVESHARE),
    ("01 05 02 00 00 07 8D B0", WriteOne(1, 5, 0x200, 7), _WAVESHARE),
    ("01 05 02 00 00 32 4D A7", WriteOne(1, 5, 0x200, 50), _WAVESHARE),
    ("01 02 00 00 00 08 79 CC", ReadBits(1, 2, 0, 8), _WAVESHARE),
    ("FF 05 00 00 FF 00 99 E4", WriteOne(0xFF, 5, 0, 0xFF00), "public examples for LC relay boards"),
    ("01 05 00 01 01 00 9D 9A", WriteOne(1, 5, 1, 0x0100), _PASTEBIN),
    ("01 04 00 01 00 02 20 0B", ReadRegisters(1, 4, 1, 2), "public examples for XY-MD02 temperature probes"),
]

MODBUS_REPLIES: Final[list[tuple[str, ModbusRequest, ModbusReply, str]]] = [
    ("01 03 04 00 00 00 84 FA 50", ReadRegisters(1, 3, 0x50, 2), Registers(1, 3, (0, 132)), _SCALE_DOCS),
    ("01 03 02 08 02 3E 45", ReadRegisters(1, 3, 0x08, 1), Registers(1, 3, (0x0802,)), _SCALE_DOCS),
]

_KERONG: Final = "public KR-CU16 programs, several unrelated ones"
KERONG_STATUS: Final[list[tuple[str, int, str]]] = [("02 00 30 03 35", 0, _KERONG), ("02 10 30 03 45", 1, _KERONG)]
KERONG_UNLOCK: Final[list[tuple[str, int, int, str]]] = [("02 00 31 03 36", 0, 0, _KERONG)]
KERONG_WIDE_STATUS: Final[list[tuple[str, int, str]]] = [("02 00 00 60 03 65", 0, "a public program for the newer KR-CU boards")]

SICS_REPLIES: Final[list[tuple[str, SicsReply, str]]] = [
    ("53 20 53 20 20 20 20 20 31 30 30 2E 30 30 20 67 0D 0A", SicsWeight("stable", 100.0, "g"), _SICS),
]
SICS_IMMEDIATE: Final = ("53 49 0D 0A", _SICS)

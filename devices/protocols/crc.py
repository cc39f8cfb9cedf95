"""The two 16-bit checksums of our wires, by table. Pure."""

from __future__ import annotations


def _reflected_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


def _forward_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = ((value << 1) ^ polynomial) & 0xFFFF if value & 0x8000 else value << 1
        table.append(value)
    return tuple(table)


_MODBUS = _reflected_table(0xA001)
_CCITT = _forward_table(0x1021)


def crc16_modbus(message: bytes | bytearray) -> int:
    """CRC-16/MODBUS: polynomial 8005 reflected, start FFFF. Sent low byte first."""
    crc = 0xFFFF
    table = _MODBUS
    for byte in message:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def crc16_ccitt(message: bytes | bytearray) -> int:
    """CRC-16/IBM-3740 ("CCITT-FALSE"): polynomial 1021 not reflected, start FFFF."""
    crc = 0xFFFF
    table = _CCITT
    for byte in message:
        crc = ((crc << 8) & 0xFFFF) ^ table[(crc >> 8) ^ byte]
    return crc

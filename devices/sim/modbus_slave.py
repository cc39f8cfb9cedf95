"""The far end of a Modbus RTU line: checks and answers frames; what the registers mean is left to the product. No I/O."""

from __future__ import annotations

from devices.protocols.crc import crc16_modbus
from devices.sim.line import AnsweringStation, Transmission

READ_COILS, READ_INPUTS, READ_HOLDING, READ_INPUT_REGISTERS = 1, 2, 3, 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 1, 2, 3, 4


class ModbusExceptionError(Exception):
    """The slave answers with this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class ModbusSlave(AnsweringStation):
    """Base of Modbus products. ``reply_delay_s``: time from the end of the request's silence to the first byte of the answer.

    A product overrides what it has; everything else answers "illegal function" or "illegal address". ``address`` 0 never answers.
    """

    def __init__(self, name: str, address: int, reply_delay_s: float = 0.002) -> None:
        self.name = name
        self.address = address
        self.reply_delay_s = reply_delay_s
        self.requests = 0  # valid requests for this address

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        if len(data) < 4 or crc16_modbus(data[:-2]) != int.from_bytes(data[-2:], "little"):
            return ()
        address, function, body = data[0], data[1], data[2:-2]
        if address not in (self.address, 0):
            return ()
        self.requests += 1
        try:
            pdu = bytes((function,)) + self._serve(function, body, at_ns)
        except ModbusExceptionError as problem:
            pdu = bytes((function | 0x80, problem.code))
        if address == 0:
            return ()
        frame = bytes((address,)) + pdu
        return (Transmission(frame + crc16_modbus(frame).to_bytes(2, "little"), self.reply_delay_s),)

    # What a product offers.

    def coils(self, at_ns: int) -> list[bool]:
        raise ModbusExceptionError(ILLEGAL_FUNCTION)

    def inputs(self, at_ns: int) -> list[bool]:
        raise ModbusExceptionError(ILLEGAL_FUNCTION)

    def write_coil(self, coil: int, value: int, at_ns: int) -> None:
        """FC05; ``value`` is the raw 16-bit field."""
        raise ModbusExceptionError(ILLEGAL_FUNCTION)

    def register(self, register: int, at_ns: int) -> int:
        """FC03/FC04, one register, 0..65535."""
        raise ModbusExceptionError(ILLEGAL_ADDRESS)

    def write_registers(self, first: int, values: tuple[int, ...], at_ns: int) -> None:
        """FC06 and FC10."""
        raise ModbusExceptionError(ILLEGAL_ADDRESS)

    # Frames.

    def _serve(self, function: int, body: bytes, at_ns: int) -> bytes:
        if len(body) < 4:
            raise ModbusExceptionError(ILLEGAL_VALUE)
        first, second = int.from_bytes(body[0:2], "big"), int.from_bytes(body[2:4], "big")
        if function in (READ_COILS, READ_INPUTS):
            bits = self.coils(at_ns) if function == READ_COILS else self.inputs(at_ns)
            return _packed(_slice(bits, first, second))
        if function in (READ_HOLDING, READ_INPUT_REGISTERS):
            if not 1 <= second <= 125:
                raise ModbusExceptionError(ILLEGAL_VALUE)
            words = [self.register(first + offset, at_ns) for offset in range(second)]
            return bytes((2 * second,)) + b"".join(word.to_bytes(2, "big") for word in words)
        if function == WRITE_COIL:
            self.write_coil(first, second, at_ns)
            return body[:4]
        if function == WRITE_REGISTER:
            self.write_registers(first, (second,), at_ns)
            return body[:4]
        if function == WRITE_COILS:
            for offset, on in enumerate(_unpacked(body, second)):
                self.write_coil(first + offset, 0xFF00 if on else 0, at_ns)
            return body[:4]
        if function == WRITE_REGISTERS:
            if len(body) != 5 + 2 * second or body[4] != 2 * second:
                raise ModbusExceptionError(ILLEGAL_VALUE)
            self.write_registers(first, tuple(int.from_bytes(body[5 + 2 * i : 7 + 2 * i], "big") for i in range(second)), at_ns)
            return body[:4]
        raise ModbusExceptionError(ILLEGAL_FUNCTION)


def _slice(bits: list[bool], first: int, count: int) -> list[bool]:
    if count < 1 or first + count > len(bits):
        raise ModbusExceptionError(ILLEGAL_ADDRESS)
    return bits[first : first + count]


def _packed(bits: list[bool]) -> bytes:
    octets = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        octets[index // 8] |= bit << (index % 8)
    return bytes((len(octets),)) + bytes(octets)


def _unpacked(body: bytes, count: int) -> list[bool]:
    if len(body) < 5 or body[4] != (count + 7) // 8 or len(body) != 5 + body[4]:
        raise ModbusExceptionError(ILLEGAL_VALUE)
    return [bool(body[5 + index // 8] >> (index % 8) & 1) for index in range(count)]

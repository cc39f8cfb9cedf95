"""Simulated Modbus weighing transmitter, one or more channels, with the widely sold register map.

Common registers: 00 address, 01 baud code, 02 frame format, 04 reply delay in ms, 05 unlock (5AA5; needed before configuration is written),
08 status, 1E raw, 20 rate, 22/23 filter, 50 weight, 52 net, 54 tare, 5E zero, 60/61 auto-zero, 62/63 stability, 66/67 creep tracking.
Registers 50 to 5E and 08 speak of the first channel. With several channels, register FF holds their number and every channel has a block
of three registers from 0100: status, weight high word, weight low word; writing 1 to 0180 + 2 * channel zeroes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from devices.sim.converter import Sample, WeighingChannel
from devices.sim.modbus_slave import DEVICE_FAILURE, ILLEGAL_ADDRESS, ModbusExceptionError, ModbusSlave

STATUS_OVERLOAD, STATUS_ZERO, STATUS_OVERFLOW, STATUS_UNSTABLE, STATUS_MINUS = 1 << 9, 1 << 7, 1 << 6, 1 << 5, 1 << 3

ADDRESS, BAUD, FRAME_FORMAT, REPLY_DELAY_MS, UNLOCK, STATUS = 0x00, 0x01, 0x02, 0x04, 0x05, 0x08
MEASURED, RATE, FILTER_TYPE, FILTER_STRENGTH = 0x1E, 0x20, 0x22, 0x23
WEIGHT, NET, TARE, ZERO = 0x50, 0x52, 0x54, 0x5E
AUTO_ZERO_RANGE, AUTO_ZERO_TIME, STABLE_RANGE, STABLE_TIME, CREEP_RANGE, CREEP_TIME = 0x60, 0x61, 0x62, 0x63, 0x66, 0x67
CHANNEL_COUNT, CHANNEL_BLOCK, CHANNEL_ZERO = 0xFF, 0x100, 0x180
UNLOCK_KEY = 0x5AA5

_BAUD_CODES = {1200: 0, 2400: 1, 4800: 2, 9600: 3, 19200: 4, 38400: 5, 57600: 6, 115200: 7}
_PLAIN = {FILTER_TYPE: 0, FRAME_FORMAT: 0}
_TENTHS = 10  # the time registers count tenths of a second


class WeighingTransmitter(ModbusSlave):
    """Channels behind one address. ``decimals``: digits behind the point of a weight in grams; a division is one last digit."""

    def __init__(
        self,
        name: str,
        channels: Sequence[WeighingChannel],
        *,
        address: int = 1,
        baud: int = 9600,
        decimals: int = 1,
        reply_delay_s: float = 0.002,
    ) -> None:
        super().__init__(name, address, reply_delay_s)
        self.channels = tuple(channels)
        self.decimals = decimals
        self.unlocked = False
        self.dead = False  # the analogue part is gone: answers "device failure"
        self._tare_counts = 0
        self._plain = dict(_PLAIN)
        self._baud_code = _BAUD_CODES.get(baud, 3)
        for channel in self.channels:
            channel.settings.division_g = 10.0**-decimals
        self._cached: tuple[int, int, Sample] | None = None

    def factory_reset(self) -> None:
        """What a technician's wrong button does: calibration lost, zero tricks on."""
        for channel in self.channels:
            channel.factory_reset()
            channel.settings.division_g = 10.0**-self.decimals
        self.unlocked = False

    def register(self, register: int, at_ns: int) -> int:
        if register >= CHANNEL_BLOCK and register < CHANNEL_BLOCK + 3 * len(self.channels):
            index, part = divmod(register - CHANNEL_BLOCK, 3)
            sample = self._sample(index, at_ns)
            return self._status(sample) if part == 0 else _word(sample.counts, part - 1)
        settings = self.channels[0].settings
        match register:
            case _ if register == STATUS:
                return self._status(self._sample(0, at_ns))
            case _ if WEIGHT <= register < WEIGHT + 2:
                return _word(self._sample(0, at_ns).counts, register - WEIGHT)
            case _ if NET <= register < NET + 2:
                return _word(self._sample(0, at_ns).counts - self._tare_counts, register - NET)
            case _ if TARE <= register < TARE + 2:
                return _word(self._tare_counts, register - TARE)
            case _ if MEASURED <= register < MEASURED + 2:
                return _word(self._sample(0, at_ns).counts * 64, register - MEASURED)  # raw counts: 64 per division
        values = {
            ADDRESS: self.address,
            BAUD: self._baud_code,
            REPLY_DELAY_MS: round(self.reply_delay_s * 1000),
            UNLOCK: UNLOCK_KEY if self.unlocked else 0,
            RATE: settings.rate_hz,
            FILTER_STRENGTH: settings.filter_length,
            AUTO_ZERO_RANGE: settings.auto_zero_divisions,
            AUTO_ZERO_TIME: round(settings.auto_zero_time_s * _TENTHS),
            STABLE_RANGE: settings.stable_divisions,
            STABLE_TIME: round(settings.stable_time_s * _TENTHS),
            CREEP_RANGE: settings.creep_track_divisions,
            CREEP_TIME: round(settings.creep_track_time_s * _TENTHS),
            CHANNEL_COUNT: len(self.channels),
            **self._plain,
        }
        if register not in values:
            if register in (ZERO, ZERO + 1) or register < CHANNEL_COUNT:
                return 0  # unused registers of the map read as zero
            raise ModbusExceptionError(ILLEGAL_ADDRESS)
        return values[register]

    def write_registers(self, first: int, values: tuple[int, ...], at_ns: int) -> None:
        if first == ZERO:
            if any(values):
                self.channels[0].zero_now(at_ns)
            return
        if first >= CHANNEL_ZERO and first < CHANNEL_ZERO + 2 * len(self.channels) and first % 2 == 0:
            if any(values):
                self.channels[(first - CHANNEL_ZERO) // 2].zero_now(at_ns)
            return
        if first == TARE and len(values) == 2:
            self._tare_counts = values[0] << 16 | values[1]
            return
        if first == UNLOCK:
            self.unlocked = values[0] == UNLOCK_KEY
            return
        if len(values) == 2 and first in (AUTO_ZERO_RANGE, CREEP_RANGE, STABLE_RANGE):
            values = (values[1],) if values[0] == 0 else values  # written as one 32-bit value, as the maker's examples do
        for offset, value in enumerate(values):
            self._configure(first + offset, value)

    def _configure(self, register: int, value: int) -> None:
        for channel in self.channels:
            settings = channel.settings
            match register:
                case _ if register == REPLY_DELAY_MS:
                    self.reply_delay_s = value / 1000.0
                case _ if register == ADDRESS:
                    self.address = value
                case _ if register == RATE:
                    settings.rate_hz = max(1, value)
                case _ if register == FILTER_STRENGTH:
                    settings.filter_length = min(256, max(1, value))
                case _ if register == AUTO_ZERO_RANGE:
                    settings.auto_zero_divisions = value
                case _ if register == AUTO_ZERO_TIME:
                    settings.auto_zero_time_s = value / _TENTHS
                case _ if register == STABLE_RANGE:
                    settings.stable_divisions = value
                case _ if register == STABLE_TIME:
                    settings.stable_time_s = value / _TENTHS
                case _ if register == CREEP_RANGE:
                    settings.creep_track_divisions = value
                case _ if register == CREEP_TIME:
                    settings.creep_track_time_s = value / _TENTHS
                case _ if register in self._plain:
                    self._plain[register] = value
                case _:
                    raise ModbusExceptionError(ILLEGAL_ADDRESS)

    def _sample(self, index: int, at_ns: int) -> Sample:
        if self.dead:
            raise ModbusExceptionError(DEVICE_FAILURE)
        if self._cached is None or self._cached[:2] != (index, at_ns):
            self._cached = (index, at_ns, self.channels[index].sample(at_ns))
        return self._cached[2]

    def _status(self, sample: Sample) -> int:
        return (
            self.decimals
            | STATUS_MINUS * (sample.counts < 0)
            | STATUS_UNSTABLE * (not sample.stable)
            | STATUS_OVERFLOW * sample.overflow
            | STATUS_ZERO * sample.zero
            | STATUS_OVERLOAD * sample.overload
        )


def _word(value: int, part: int) -> int:
    """High (0) or low (1) word of a 32-bit two's complement number."""
    return (value & 0xFFFFFFFF) >> (16 * (1 - part)) & 0xFFFF

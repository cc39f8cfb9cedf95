from __future__ import annotations

import pytest
from pydantic import ValidationError

from devices.config import BusSettings

URL = "serial:///dev/serial/by-id/usb-FTDI-if00"


def test_the_silent_gap_follows_the_specification() -> None:
    """t3.5 of 11-bit characters up to 19200 Bd, fixed 1.75 ms above (Modbus over serial line V1.02, 2.5.1.1)."""
    assert BusSettings(name="b", url=URL, baud=9600).gap_s == pytest.approx(0.004010, abs=1e-6)
    assert BusSettings(name="b", url=URL, baud=19200).gap_s == pytest.approx(0.002005, abs=1e-6)
    assert BusSettings(name="b", url=URL, baud=38400).gap_s == 0.00175
    assert BusSettings(name="b", url=URL, baud=115200).gap_s == 0.00175
    assert BusSettings(name="b", url=URL, gap_ms=7.5).gap_s == 0.0075


def test_the_length_of_a_character() -> None:
    assert BusSettings(name="b", url=URL).character_bits == 10
    assert BusSettings(name="b", url=URL, parity="even").character_bits == 11
    assert BusSettings(name="b", url=URL, parity="even", data_bits=7).character_bits == 10
    assert BusSettings(name="b", url=URL, stop_bits=2).character_bits == 11
    assert BusSettings(name="b", url=URL, baud=9600).character_s == pytest.approx(10 / 9600)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"url": "/dev/ttyUSB0"}, "starts with serial:// or socket://"),
        ({"url": "serial://dev/ttyUSB0"}, "an absolute path"),
        ({"url": "socket://host"}, "socket://HOST:PORT"),
        ({"url": "socket://host:99999"}, "range"),
        ({"url": "socket://host:1/path"}, "socket://HOST:PORT"),
        ({"baud": 9601}, "baud must be one of"),
        ({"gap_ms": -1}, "greater than or equal to 0"),
        ({"name": "two words"}, "pattern"),
        ({"reconnect_first_s": 6.0}, "must not exceed"),
        ({"url": "socket://host:502", "rs485": True}, "options of a serial line"),
        ({"speed": 9600}, "Extra inputs"),
    ],
)
def test_impossible_settings_are_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        BusSettings.model_validate({"name": "b", "url": URL} | changes)

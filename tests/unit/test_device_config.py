"""What the device settings refuse, and in which words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from devices.config import DevicesSettings, Terminal

CABINET: dict[str, Any] = {
    "bus": [{"name": "locks", "url": "serial:///dev/locks"}, {"name": "scales", "url": "serial:///dev/scales", "baud": 19200}],
    "device": [
        {"name": "board", "driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "locks", "address": 1},
        {"name": "shelf", "driver": "modbus_scale", "product": "transmitter-multi", "bus": "scales", "address": 1},
    ],
    "door": [{"id": "front", "lock": "board:0", "contact": "board:0", "bolt": "board:1", "person_can_be_inside": False}],
    "plate": [
        {"id": "A1", "device": "shelf", "channel": 0, "rated_g": 10000, "neighbours": ["A2"]},
        {"id": "A2", "device": "shelf", "channel": 1, "rated_g": 10000},
    ],
}


def cabinet(**changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(CABINET)
    changed.update(changes)
    return changed


def complaint(settings: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        DevicesSettings.model_validate(settings)
    return str(refused.value)


def test_the_sections_of_a_whole_cabinet() -> None:
    settings = DevicesSettings.model_validate(CABINET)
    assert settings.doors[0].lock == Terminal("board", 0)
    assert [device.name for device in settings.devices_on("scales")] == ["shelf"]
    assert DevicesSettings.model_validate(settings.model_dump(by_alias=True)) == settings
    assert DevicesSettings.model_validate_json(settings.model_dump_json(by_alias=True)) == settings


def door(**changes: Any) -> dict[str, Any]:
    return cabinet(door=[{**CABINET["door"][0], **changes}])


def test_a_door_that_can_lock_a_person_in_is_refused() -> None:
    text = complaint(door(person_can_be_inside=True))
    assert "front" in text
    assert "mechanical" in text
    assert "hardware_button" in text
    for egress in ("mechanical", "hardware_button"):
        DevicesSettings.model_validate(door(person_can_be_inside=True, egress=egress))


def test_whether_a_person_can_be_inside_has_no_default() -> None:
    settings = cabinet()
    del settings["door"][0]["person_can_be_inside"]
    assert "person_can_be_inside" in complaint(settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (door(contact=None, bolt=None), "no sensor"),
        (door(contact="board:1"), "both board:1"),
        (door(lock="bord:0"), "unknown device 'bord'; known are board, shelf"),
        (door(lock="board"), "device:number"),
        (door(lock="board:-1"), "device:number"),
        (door(lock="board:300"), "device:number"),
        (
            cabinet(door=[CABINET["door"][0], {**CABINET["door"][0], "lock": "board:1", "contact": "board:3", "bolt": None}]),
            "door 'front' is given twice",
        ),
        (
            cabinet(door=[CABINET["door"][0], {**CABINET["door"][0], "id": "back", "contact": "board:3", "bolt": None}]),
            "lock output 'board:0' is given twice",
        ),
        (
            cabinet(door=[CABINET["door"][0], {**CABINET["door"][0], "id": "back", "lock": "board:1"}]),
            "sensor input 'board:0' is given twice",
        ),
        (cabinet(device=[CABINET["device"][0], {**CABINET["device"][1], "bus": "locks"}]), "address 'locks address 1' is given twice"),
        (cabinet(device=[CABINET["device"][0], {**CABINET["device"][1], "bus": "scale"}]), "unknown bus 'scale'"),
        (cabinet(plate=[{**CABINET["plate"][1], "neighbours": ["A9"]}]), "unknown plate 'A9'"),
        (cabinet(plate=[{**CABINET["plate"][1], "neighbours": ["A2"]}]), "unknown plate 'A2'"),
        (cabinet(plate=[CABINET["plate"][1], {**CABINET["plate"][1], "id": "A3"}]), "scale channel 'shelf:1' is given twice"),
        (cabinet(reader=[{"id": "qr", "device": "board", "door": "side"}]), "unknown door 'side'"),
        (
            cabinet(bus=[CABINET["bus"][0], {**CABINET["bus"][1], "url": "serial:///dev/locks"}]),
            "bus url 'serial:///dev/locks' is given twice",
        ),
    ],
)
def test_what_does_not_fit_together_is_named(settings: dict[str, Any], words: str) -> None:
    assert words in complaint(settings)


def test_two_protocols_on_one_bus_are_refused() -> None:
    settings = DevicesSettings.model_validate(
        cabinet(device=[CABINET["device"][0], {**CABINET["device"][1], "bus": "locks", "driver": "kerong", "address": 2}])
    )
    with pytest.raises(ValueError, match="board speaks modbus_rtu, shelf speaks kerong"):
        settings.check_wires({"modbus_relay": "modbus_rtu", "kerong": "kerong"})
    settings.check_wires({"modbus_relay": "modbus_rtu", "kerong": "modbus_rtu"})


def test_a_plate_may_say_how_it_rings_and_what_it_leaks() -> None:
    first, second = copy.deepcopy(CABINET["plate"])
    settings = DevicesSettings.model_validate(cabinet(plate=[first | {"ringing_hz": 9.5, "leaks": {"A2": 0.012}}, second]))
    assert settings.plates[0].ringing_hz == 9.5
    assert settings.plates[0].leaks == {"A2": 0.012}
    assert settings.plates[1].ringing_hz is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ringing_hz": 50.0}, "less than or equal to 30"),
        ({"leaks": {"A2": 0.3}}, "less than or equal to 0.2"),
        ({"leaks": {"A7": 0.01}}, "plate 'A1', leaks: unknown plate 'A7'"),
        ({"leaks": {"A1": 0.01}}, "unknown plate 'A1'"),
    ],
)
def test_a_ringing_or_a_leak_that_no_plate_has_is_refused(changes: dict[str, Any], words: str) -> None:
    first, second = copy.deepcopy(CABINET["plate"])
    assert words in complaint(cabinet(plate=[first | changes, second]))

"""Names to drivers, products to profiles, and what a configuration may not ask of a device."""

from __future__ import annotations

import copy
from importlib import metadata
from typing import Any

import pytest

from devices import registry
from devices.bus import Bus
from devices.config import BusSettings, DeviceSettings, DevicesSettings
from devices.drivers.code_reader import LineCodeReader
from devices.drivers.modbus_relay import ModbusRelay, RelayProfile
from devices.errors import Misconfigured
from devices.line import Line
from tests.unit.test_device_config import CABINET

BUS = BusSettings(name="line", url="serial:///dev/line")


def device(**changes: Any) -> DeviceSettings:
    given = {"name": "board", "driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "line", **changes}
    return DeviceSettings.model_validate(given)


def test_a_device_is_made_of_its_driver_and_product() -> None:
    link = registry.connect(BUS, [device()])
    assert isinstance(link, Bus)
    board = registry.make(device(timeout_ms=70.0), link)
    assert isinstance(board, ModbusRelay)
    assert (board.outputs, board.inputs, board.channels, board.address) == (8, 8, 0, 1)
    assert (board.timeout_s, board.settle_s, board.poll_s) == (0.07, 0.25, 0.08)


def test_a_device_that_speaks_unasked_gets_a_line() -> None:
    reader = device(driver="code_reader", product="line-reader")
    link = registry.connect(BUS, [reader])
    assert isinstance(link, Line)
    assert isinstance(registry.make(reader, link), LineCodeReader)
    with pytest.raises(TypeError, match="over a Line"):
        registry.make(reader, Bus(BUS))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"driver": "modbus_realy"}, "did you mean 'modbus_relay'"),
        ({"product": "waveshare-relay-8hc"}, "did you mean 'waveshare-relay-8ch'"),
        ({"product": "transmitter-1ch"}, "unknown product 'transmitter-1ch' of driver modbus_relay"),
        ({"options": {"pulse_unit": 10}}, "did you mean 'pulse_unit_ms'"),
        ({"options": {"pulse_unit_ms": 0}}, "pulse_unit_ms"),
        ({"options": {"pulse": "none"}}, "nothing would switch a lock off again"),
        ({"options": {"pulse": "fixed", "pulse_length_s": 60.0}}, "pulse_length_s"),
        ({"options": {"pulse": "fixed"}}, "set pulse_length_s"),
    ],
)
def test_a_typing_error_is_named_with_the_nearest_word(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        registry.profile(device(**changes))


def test_options_stand_above_the_product() -> None:
    profile = registry.profile(device(options={"outputs": 2}))
    assert isinstance(profile, RelayProfile)
    assert (profile.outputs, profile.inputs) == (2, 8)


def cabinet(**changes: Any) -> DevicesSettings:
    return DevicesSettings.model_validate({**copy.deepcopy(CABINET), **changes})


def test_a_sound_cabinet_passes() -> None:
    registry.check(cabinet())


DOOR, BOARD, SHELF = CABINET["door"][0], CABINET["device"][0], CABINET["device"][1]
KERONG = {"name": "board", "driver": "kerong", "product": "kr-cu16", "bus": "locks"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"door": [{**DOOR, "lock": "board:8"}]}, "'board' has lock outputs 0 to 7, not 8"),
        ({"door": [{**DOOR, "lock": "shelf:0"}]}, "'shelf' has no lock outputs"),
        ({"door": [{**DOOR, "bolt": "board:9"}]}, "'board' has inputs 0 to 7, not 9"),
        ({"door": [{**DOOR, "contact": "shelf:0"}]}, "'shelf' has no inputs"),
        ({"plate": [{"id": "A1", "device": "shelf", "channel": 8, "rated_g": 1000}]}, "has weight channels 0 to 7, not 8"),
        ({"reader": [{"id": "qr", "device": "board"}]}, "'board' reads no codes"),
        ({"device": [BOARD, {**SHELF, "bus": "locks", "address": None}]}, "both have address 1"),
        ({"device": [BOARD, SHELF, {**KERONG, "name": "more", "address": 2}]}, "Give every protocol a bus of its own"),
        (
            {"device": [BOARD, SHELF, *({"name": n, "driver": "mt_sics", "product": "mt-sics", "bus": "till"} for n in ("a", "b"))],
             "bus": [*CABINET["bus"], {"name": "till", "url": "serial:///dev/till"}]},
            "give it a bus of its own",
        ),
        ({"device": [KERONG, SHELF], "door": [{**DOOR, "bolt": "board:1"}]}, 'set bolt = "board:0"'),
    ],
)  # fmt: skip
def test_what_a_device_cannot_do_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises((Misconfigured, ValueError), match=words):
        registry.check(cabinet(**changes))


def test_a_lock_board_with_weak_checksums_works_through_its_own_hook() -> None:
    registry.check(cabinet(device=[KERONG, SHELF], door=[{**DOOR, "contact": None, "bolt": "board:0"}]))


def test_drivers_of_other_packages_come_by_their_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("their_relay", "devices.drivers.modbus_relay:ModbusRelay", registry.ENTRY_POINTS)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry] if group == registry.ENTRY_POINTS else [])
    for cached in (registry._outside, registry.driver_class, registry.products):
        cached.cache_clear()
    try:
        assert "their_relay" in registry.driver_names()
        assert registry.driver_class("their_relay") is ModbusRelay
    finally:
        monkeypatch.undo()
        for cached in (registry._outside, registry.driver_class, registry.products):
            cached.cache_clear()


def test_every_product_file_is_read_by_its_driver_and_says_what_proved_it() -> None:
    for driver in registry.driver_names():
        assert registry.products(driver), f"{driver} has no product"
        for name, product in registry.products(driver).items():
            registry.driver_class(driver).PROFILE.model_validate(product.profile)
            assert product.source, name
            assert product.proven, name

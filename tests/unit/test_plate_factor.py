"""A plate's factor: within bounds, and applied once between the scale and everybody who hears of the weight."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from devices.config import PlateSettings
from devices.ports import Reading
from devices.station.plate_watch import PlateWatch
from devices.weighing.settings import WeighingSettings
from devices.weighing.weighing import PlateGeometry, Weighing


def plate(factor: float) -> PlateSettings:
    return PlateSettings(id="A1", device="scale", channel=2, rated_g=10_000.0, grams_per_shown_gram=factor)


def test_what_the_scale_shows_becomes_grams_on_the_plate_for_the_tap_and_for_the_weighing() -> None:
    heard: list[tuple[str, float]] = []
    weighing = Weighing(WeighingSettings(), (PlateGeometry("A1", (), 10_000.0),))
    watch = PlateWatch([plate(1.1)], weighing, lambda facts: None, lambda name, at_ns, grams: heard.append((name, grams)))
    for number in range(60):
        at_ns = number * 20_000_000
        watch.take([Reading(0, at_ns, 7.0, "ok"), Reading(2, at_ns, 1000.0, "ok")])
    assert watch.plates == {2: "A1"}
    assert {name for name, _ in heard} == {"A1"}
    assert [grams for _, grams in heard] == pytest.approx([1100.0] * 60)
    assert weighing.live()["A1"].grams == pytest.approx(1100.0)


def test_without_a_factor_the_scale_is_believed() -> None:
    assert PlateSettings(id="A1", device="scale", rated_g=1.0).grams_per_shown_gram == 1.0


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.5, 0.79, 1.26, 2.2046, 1000.0, float("nan"), float("inf")])
def test_a_factor_that_is_no_calibration_is_refused(factor: float) -> None:
    with pytest.raises(ValidationError):
        plate(factor)

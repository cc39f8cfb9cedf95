"""What is told when: weights before changes, every long movement, every plate that never rests, and the same bytes in every process."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict

import pytest

from devices.facts import DeviceFact, PlateDisturbed, PlateFaulted, PlateSettled, PlatesMeasured, PlatesQuiet
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from devices.weighing.plate import PlateDetector
from tests.plate_physics import PlatePhysics
from tests.shelf_story import ShelfStory

S = 1_000_000_000
PAIR = tuple(PlateGeometry(name, (), 10_000.0) for name in "ab")


def told(weighing: Weighing, plates: dict[str, list[tuple[int, float]]]) -> list[DeviceFact]:
    samples = sorted((at_ns, plate, grams) for plate, found in plates.items() for at_ns, grams in found)
    return [fact for at_ns, plate, grams in samples for fact in weighing.feed(plate, at_ns, grams, "ok")]


def weights_and_changes(facts: list[DeviceFact]) -> list[tuple[str, int]]:
    """(what, grams to the next ten) in the order of telling, for plate a."""
    found = []
    for fact in facts:
        if isinstance(fact, PlatesMeasured):
            found += [("weighs", round(weight.grams, -1)) for weight in fact.weights if weight.plate == "a"]
        elif isinstance(fact, PlateSettled):
            found += [("changed", round(change.delta_g, -1)) for change in fact.changes if change.plate == "a"]
    return [(what, int(grams)) for what, grams in found]


def test_a_plate_that_is_touched_as_soon_as_it_is_back_tells_its_weight_before_its_change() -> None:
    weighing = Weighing(WeighingSettings(), PAIR)
    told(weighing, {name: PlatePhysics().samples(4.0, 80.0) for name in "ab"})
    for name in "ab":
        weighing.missing(name, 4 * S)
    a = PlatePhysics(steps=[(8.6, -330.0)])
    facts = told(weighing, {"a": a.samples(12.0, 80.0, start_s=8.0), "b": PlatePhysics().samples(14.0, 80.0, start_s=12.0)})
    assert weights_and_changes(facts) == [("weighs", 3000), ("changed", -330)]


def test_a_plate_that_is_touched_before_the_first_weights_are_complete_tells_its_own() -> None:
    facts = told(Weighing(WeighingSettings(), PAIR), {"a": PlatePhysics(steps=[(2.5, -330.0)]).samples(8.0, 80.0)})
    assert weights_and_changes(facts) == [("weighs", 3000), ("changed", -330)]


def test_a_plate_that_never_holds_still_is_faulted_and_the_question_for_quiet_answered() -> None:
    weighing = Weighing(WeighingSettings(unsteady_after_s=20.0), PAIR)
    shaken = PlatePhysics(noise_g=80.0).samples(30.0, 30.0)
    weighing.settle(2 * S)
    facts = told(weighing, {"a": shaken, "b": PlatePhysics().samples(30.0, 30.0)})
    (fault,) = [fact for fact in facts if isinstance(fact, PlateFaulted)]
    (quiet,) = [fact for fact in facts if isinstance(fact, PlatesQuiet)]
    assert (fault.plate, fault.reason) == ("a", "unsteady")
    assert 20.9 * S < fault.at_ns < 21.5 * S  # the samples begin at one second
    assert fault.at_ns <= quiet.at_ns < 22 * S


def test_a_long_movement_is_told_again_after_a_gap_cut_the_one_before() -> None:
    weighing = Weighing(WeighingSettings(), PAIR[:1])

    def leant_on(rest_s: int, from_s: int, end_s: int) -> list[tuple[int, float]]:
        return [
            (n * S // 50, 3000.0 + (0.3 * (n % 2) if n < 50 * from_s else 400.0 * math.sin(0.2 * (n - 50 * from_s))))
            for n in range(50 * rest_s, 50 * end_s)
        ]

    facts = told(weighing, {"a": leant_on(1, 3, 16) + leant_on(20, 24, 38)})
    assert [round(fact.since_ns / S) for fact in facts if isinstance(fact, PlateDisturbed)] == [3, 24]


def test_a_question_for_quiet_costs_no_look_at_every_plate_at_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    plates = tuple(PlateGeometry(f"p{number:03}", (), 10_000.0) for number in range(200))
    still = [(S + number * S // 20, 3000.0 + 0.1 * (number % 3)) for number in range(120)]
    weighing = Weighing(WeighingSettings(), plates)
    told(weighing, {plate.plate: still[:60] for plate in plates})
    looks = 0

    def counted(detector: PlateDetector, after_ns: int, look: Callable[[PlateDetector, int], bool] = PlateDetector.still_after) -> bool:
        nonlocal looks
        looks += 1
        return look(detector, after_ns)

    monkeypatch.setattr(PlateDetector, "still_after", counted)
    weighing.settle(4 * S)
    moving = [(at_ns, 3000.0 + 500.0 * math.sin(0.4 * number)) for number, (at_ns, _) in enumerate(still[60:])]
    facts = told(weighing, {plate.plate: still[60:] for plate in plates[:-1]} | {plates[-1].plate: moving})
    assert not [fact for fact in facts if isinstance(fact, PlatesQuiet)]
    assert looks < 4 * 60 * len(plates)


def facts_json() -> str:
    """A shelf of five plates on a soft frame: every take leaves echoes on all others."""
    story = ShelfStory(plates=("left", "inner", "middle", "outer", "right"), leak=0.03)
    for number, plate in enumerate(story.plates):
        story.take(plate, 3.0 + 2.0 * number, 400.0)
    return json.dumps([[type(fact).__name__, asdict(fact)] for fact in story.told(14.0).facts])


def test_the_same_samples_give_the_same_bytes_in_every_process() -> None:
    def elsewhere(seed: str) -> bytes:
        code = "from tests.unit.test_weighing_order import facts_json; print(facts_json())"
        return subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, stdout=subprocess.PIPE, timeout=60
        ).stdout

    assert b"PlateSettled" in elsewhere("1")
    assert elsewhere("1") == elsewhere("2")

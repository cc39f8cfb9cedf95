from __future__ import annotations

import math
from typing import TypeVar

import pytest

from devices.facts import (
    DeviceFact,
    PlateDisturbed,
    PlateFaulted,
    PlateMoving,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
)
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from tests.plate_physics import PlatePhysics

S = 1_000_000_000
SETTINGS = WeighingSettings()
ONE = (PlateGeometry("a", (), 10_000.0),)
ROW = tuple(PlateGeometry(name, beside, 10_000.0) for name, beside in (("a", ("b",)), ("b", ("c",)), ("c", ())))


def fed(weighing: Weighing, samples: list[tuple[int, float]], *, plate: str = "a", quality: str = "ok") -> list[DeviceFact]:
    return [fact for at_ns, grams in samples for fact in weighing.feed(plate, at_ns, grams, quality)]


def interleaved(weighing: Weighing, plates: dict[str, PlatePhysics], end_s: float, rate_hz: float = 80.0) -> list[DeviceFact]:
    everything = sorted((at_ns, name, grams) for name, physics in plates.items() for at_ns, grams in physics.samples(end_s, rate_hz))
    return [fact for at_ns, name, grams in everything for fact in weighing.feed(name, at_ns, grams, "ok")]


def changes(facts: list[DeviceFact]) -> list[PlateSettled]:
    return [fact for fact in facts if isinstance(fact, PlateSettled) and fact.changes]


Kind = TypeVar("Kind")


def of(facts: list[DeviceFact], kind: type[Kind]) -> list[Kind]:
    return [fact for fact in facts if isinstance(fact, kind)]


def resting(
    seconds: float, start_s: float = 1.0, load_g: float = 3000.0, rate_hz: float = 50.0, noise_g: float = 0.5
) -> list[tuple[int, float]]:
    return PlatePhysics(load_g=load_g, noise_g=noise_g).samples(start_s + seconds, rate_hz, start_s=start_s)


@pytest.mark.parametrize("rate_hz", [4.4, 8.0, 15.7, 25.0, 50.0, 96.0])
@pytest.mark.parametrize("grams", [330.0, 24.0, 12.0, -500.0])
def test_one_taking_is_one_change(rate_hz: float, grams: float) -> None:
    physics = PlatePhysics()
    physics.take(6.0, grams)
    found = changes(fed(Weighing(SETTINGS, ONE), physics.samples(12.0, rate_hz)))
    assert len(found) == 1
    (change,) = found[0].changes
    assert change.delta_g == pytest.approx(-grams, abs=3.0 if rate_hz > 40 else 6.0)
    assert change.after_g == pytest.approx(3000.0 - grams, abs=3.0 if rate_hz > 40 else 6.0)
    assert found[0].start_ns < found[0].end_ns <= found[0].at_ns


def test_a_fast_plate_settles_within_a_second_of_the_hand() -> None:
    physics = PlatePhysics()
    physics.take(6.0, 330.0)
    (fact,) = changes(fed(Weighing(SETTINGS, ONE), physics.samples(12.0, 80.0)))
    assert fact.at_ns < 7.35 * S  # the hand leaves at 6.35 s


def test_a_display_of_whole_grams_repeats_by_right() -> None:
    physics = PlatePhysics(noise_g=0.15)
    physics.take(6.0, 330.0)
    facts = fed(Weighing(SETTINGS, ONE), physics.samples(60.0, 15.0, whole_g=1.0))
    assert [round(fact.changes[0].delta_g) for fact in changes(facts)] == [-330]
    assert not of(facts, PlateFaulted)


def test_first_weights_come_once_all_plates_are_known() -> None:
    facts = interleaved(Weighing(SETTINGS, ROW), {name: PlatePhysics(load_g=1000.0) for name in "abc"}, 3.0)
    (measured,) = of(facts, PlatesMeasured)
    assert [weight.plate for weight in measured.weights] == ["a", "b", "c"]
    assert all(weight.grams == pytest.approx(1000.0, abs=2.0) for weight in measured.weights)


def test_a_silent_plate_does_not_hold_back_the_others() -> None:
    weighing = Weighing(SETTINGS, ROW)
    facts = interleaved(weighing, {name: PlatePhysics() for name in "ab"}, 7.0)
    facts += weighing.tick(7 * S)
    assert [weight.plate for fact in of(facts, PlatesMeasured) for weight in fact.weights] == ["a", "b"]


def test_a_touch_that_takes_nothing_settles_without_a_change() -> None:
    physics = PlatePhysics(hands=[(6.0, 6.4, 200.0)])
    facts = fed(Weighing(SETTINGS, ONE), physics.samples(12.0, 80.0))
    assert len(of(facts, PlateMoving)) == 1
    (fact,) = of(facts, PlateSettled)
    assert fact.changes == ()
    assert fact.plates == ("a",)


def test_two_takings_a_second_and_a_half_apart_are_two_changes() -> None:
    physics = PlatePhysics()
    physics.take(6.0, 330.0)
    physics.take(7.5, 120.0)
    found = changes(fed(Weighing(SETTINGS, ONE), physics.samples(12.0, 80.0)))
    assert [fact.changes[0].delta_g for fact in found] == [pytest.approx(-330.0, abs=4.0), pytest.approx(-120.0, abs=4.0)]


def test_an_item_on_two_plates_is_one_fact_and_its_parts_add_up() -> None:
    a, b, c = PlatePhysics(seed=1), PlatePhysics(seed=2), PlatePhysics(seed=3)
    a.take(6.0, 200.0)
    b.take(6.02, 130.0, press_g=100.0)
    (fact,) = changes(interleaved(Weighing(SETTINGS, ROW), {"a": a, "b": b, "c": c}, 10.0))
    assert [change.plate for change in fact.changes] == ["a", "b", "c"]
    assert sum(change.delta_g for change in fact.changes[:2]) == pytest.approx(-330.0, abs=4.0)
    assert abs(fact.changes[2].delta_g) < 3.0 * fact.changes[2].sd_g  # what the untouched neighbour shows of it: nothing here


def test_a_small_part_on_the_neighbour_is_not_lost() -> None:
    a, b = PlatePhysics(seed=1), PlatePhysics(seed=2)
    a.take(6.0, 323.0)
    b.take(6.0, 7.0, press_g=60.0)
    (fact,) = changes(interleaved(Weighing(SETTINGS, ROW), {"a": a, "b": b, "c": PlatePhysics()}, 10.0))
    assert sum(change.delta_g for change in fact.changes) == pytest.approx(-330.0, abs=4.0)
    assert len(fact.changes) == 2


def test_plates_that_are_no_neighbours_are_two_facts() -> None:
    a, c = PlatePhysics(seed=1), PlatePhysics(seed=2)
    a.take(6.0, 200.0)
    c.take(6.0, 130.0)
    found = changes(interleaved(Weighing(SETTINGS, ROW), {"a": a, "b": PlatePhysics(seed=3), "c": c}, 10.0))
    assert sorted(fact.changes[0].plate for fact in found) == ["a", "c"]


def test_a_long_lean_is_disturbed_and_ends_with_a_change_of_that_quality() -> None:
    physics = PlatePhysics(hands=[(6.0 + 0.3 * n, 6.3 + 0.3 * n, 300.0 + 200.0 * (n % 2)) for n in range(50)])
    physics.take(20.8, 330.0)
    facts = fed(Weighing(SETTINGS, ONE), physics.samples(26.0, 80.0))
    (disturbed,) = of(facts, PlateDisturbed)
    assert disturbed.at_ns - disturbed.since_ns > 10 * S
    (fact,) = changes(facts)
    assert fact.quality == "disturbed"
    assert fact.changes[0].delta_g == pytest.approx(-330.0, abs=4.0)


def test_drift_between_visits_is_followed_and_a_taking_keeps_its_weight() -> None:
    physics = PlatePhysics(drift_g_per_min=3.0)
    physics.take(240.0, 20.0)
    found = changes(fed(Weighing(SETTINGS, ONE), physics.samples(246.0, 20.0)))
    assert [fact.changes[0].delta_g for fact in found] == [pytest.approx(-20.0, abs=3.0)]


def test_tracking_stops_at_its_cap_and_what_goes_on_becomes_a_change() -> None:
    physics = PlatePhysics(drift_g_per_min=5.0)
    weighing = Weighing(WeighingSettings(tracking_cap_g=10.0, drift_allowance_g_per_min=0.0, min_change_g=8.0), ONE)
    found = changes(fed(weighing, physics.samples(300.0, 20.0)))
    assert found
    assert sum(fact.changes[0].delta_g for fact in found) == pytest.approx(25.0 - 10.0, abs=8.0)


def test_a_slow_taking_during_a_visit_is_not_erased() -> None:
    weighing = Weighing(SETTINGS, ONE)
    physics = PlatePhysics(steps=[(6.0 + 0.1 * n, -0.2) for n in range(600)])  # 2 g/s for a minute
    weighing.tracking(False)
    found = changes(fed(weighing, physics.samples(72.0, 50.0)))
    assert sum(fact.changes[0].delta_g for fact in found) == pytest.approx(
        -120.0, abs=40.0
    )  # the allowed drift of a minute and a little per step are lost


def test_quiet_is_answered_after_a_window_that_began_later() -> None:
    weighing = Weighing(SETTINGS, ONE)
    samples = resting(5.0)
    before = [sample for sample in samples if sample[0] <= 3 * S]
    assert not of(fed(weighing, before), PlatesQuiet)
    weighing.settle(3 * S)
    (quiet,) = of(fed(weighing, [sample for sample in samples if sample[0] > 3 * S]), PlatesQuiet)
    assert quiet.after_ns == 3 * S
    assert 3 * S < quiet.at_ns - SETTINGS.window_s * S < 3.1 * S


def test_quiet_waits_for_the_movement_and_its_change_comes_first() -> None:
    weighing = Weighing(SETTINGS, ROW)
    a, b = PlatePhysics(seed=1), PlatePhysics(seed=2)
    a.take(6.0, 330.0)
    weighing.settle(6 * S + 100_000_000)
    facts = interleaved(weighing, {"a": a, "b": b, "c": PlatePhysics(seed=3)}, 10.0)
    kinds = [fact.kind for fact in facts if isinstance(fact, PlateSettled | PlatesQuiet)]
    assert kinds == ["plate_settled", "plates_quiet"]


def test_quiet_does_not_wait_for_a_faulted_plate() -> None:
    weighing = Weighing(SETTINGS, ROW)
    plates = {name: PlatePhysics() for name in "ab"}
    interleaved(weighing, plates, 6.0)
    facts = list(weighing.tick(6 * S))
    weighing.tick(10 * S)
    weighing.settle(10 * S)
    facts = fed(weighing, resting(2.0, 10.1), plate="a") + fed(weighing, resting(2.0, 10.1), plate="b")
    assert of(facts, PlatesQuiet)


def test_without_any_plate_it_is_quiet_at_once() -> None:
    weighing = Weighing(SETTINGS, ())
    weighing.settle(5)
    assert weighing.tick(6) == (PlatesQuiet(at_ns=6, after_ns=5),)


@pytest.mark.parametrize(
    ("grams", "quality", "reason"),
    [
        (20_000.0, "ok", "overload"),
        (500.0, "overload", "overload"),
        (8_388_607.0, "ok", "saturated"),
        (-8_388_608.0, "ok", "saturated"),
        (-25.0, "ok", "below_zero"),
        (0.0, "underload", "below_zero"),
        (math.nan, "ok", "not_a_number"),
        (math.inf, "ok", "not_a_number"),
        (100.0, "fault", "disconnected"),
    ],
)
def test_impossible_values_fault_a_plate_that_recovers_and_is_measured_anew(grams: float, quality: str, reason: str) -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0))
    facts = fed(weighing, [(round((4.0 + 0.02 * n) * S), grams) for n in range(200)], quality=quality)
    assert [fault.reason for fault in of(facts, PlateFaulted)] == [reason]
    assert weighing.live()["a"].state == "fault"
    assert weighing.live()["a"].grams is None
    facts = fed(weighing, resting(4.0, 8.5, 2500.0))
    kinds = [fact.kind for fact in facts]
    assert kinds == ["plate_recovered", "plates_measured"]
    assert of(facts, PlatesMeasured)[0].weights[0].grams == pytest.approx(2500.0, abs=2.0)


def test_a_short_overload_is_a_hand_and_no_fault() -> None:
    physics = PlatePhysics(hands=[(6.0, 6.5, 15_000.0)])
    physics.steps.append((6.4, -330.0))
    facts = fed(Weighing(SETTINGS, ONE), physics.samples(12.0, 80.0))
    assert not of(facts, PlateFaulted)
    assert [round(change.delta_g / 10) for fact in changes(facts) for change in fact.changes] == [-33]


def test_a_stuck_converter_is_found_where_the_cell_dithered() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, PlatePhysics(noise_g=0.5).samples(10.0, 50.0, whole_g=0.01))
    facts = fed(weighing, [(round((10.0 + 0.02 * n) * S), 3000.12) for n in range(700)])
    assert [fault.reason for fault in of(facts, PlateFaulted)] == ["stuck"]
    facts = fed(weighing, PlatePhysics(noise_g=0.5).samples(30.0, 50.0, start_s=24.5, whole_g=0.01))
    assert [recovered.plate for recovered in of(facts, PlateRecovered)] == ["a"]


def test_a_cell_that_never_holds_still_is_faulted() -> None:
    facts = fed(Weighing(WeighingSettings(unsteady_after_s=20.0), ONE), resting(3.0) + resting(30.0, 4.1, noise_g=80.0))
    assert "unsteady" in [fault.reason for fault in of(facts, PlateFaulted)]


def test_a_silent_plate_is_stale_then_faulted() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0))
    assert weighing.tick(round(4.02 * S)) == ()
    assert weighing.live()["a"].state == "stable"
    assert weighing.tick(round(4.5 * S)) == ()
    assert weighing.live()["a"].state == "stale"
    (fault,) = weighing.tick(8 * S)
    assert isinstance(fault, PlateFaulted)
    assert fault.reason == "no_samples"
    assert weighing.tick(9 * S) == ()


def test_a_lost_device_is_measured_anew_without_a_fault() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0))
    assert weighing.missing("a", 4 * S) == ()
    assert weighing.tick(30 * S) == ()
    assert weighing.live()["a"].state == "stale"
    facts = fed(weighing, resting(3.0, 31.0, 2670.0))
    assert [fact.kind for fact in facts] == ["plates_measured"]


def test_samples_out_of_time_order_are_dropped_and_counted() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0))
    assert weighing.feed("a", 2 * S, 9000.0, "ok") == ()
    assert weighing.feed("a", -5, 9000.0, "ok") == ()
    assert weighing.live()["a"].rejected == 2
    assert weighing.live()["a"].grams == pytest.approx(3000.0, abs=2.0)


def test_a_time_base_set_back_for_good_is_followed_and_measured_anew() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0, start_s=1000.0))
    facts = fed(weighing, resting(3.0, start_s=10.0, load_g=2000.0))
    assert [fact.kind for fact in facts] == ["plates_measured"]


def test_a_jump_forward_is_a_gap_and_measured_anew() -> None:
    weighing = Weighing(SETTINGS, ONE)
    fed(weighing, resting(3.0))
    facts = fed(weighing, resting(3.0, start_s=500.0, load_g=2000.0))
    assert [fact.kind for fact in facts] == ["plates_measured"]


def settled_after_s(rate_hz: float) -> float:
    """Seconds from the taking to its report, at a transmitter that calls itself unstable from then on."""
    weighing = Weighing(SETTINGS, ONE)
    physics = PlatePhysics()
    physics.take(6.0, 330.0)
    samples = physics.samples(14.0, rate_hz)
    facts = [fact for at_ns, grams in samples for fact in weighing.feed("a", at_ns, grams, "unstable" if at_ns > 6 * S else "ok")]
    (fact,) = changes(facts)
    return (fact.at_ns - 6 * S) / S


def test_sampled_slowly_a_transmitter_that_calls_itself_unstable_is_waited_for_but_not_for_ever() -> None:
    assert 3.0 < settled_after_s(10.0) < 4.5


def test_sampled_fast_the_plate_is_judged_by_its_own_values() -> None:
    assert settled_after_s(50.0) < 1.0


def test_two_plates_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Weighing(SETTINGS, ONE + ONE)

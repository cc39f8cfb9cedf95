"""The procedures of commissioning on made-up samples and inputs: what they conclude, what they refuse, what they say is likely wrong."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from devices.commissioning.calibration import MISTAKES, Calibration, Load, calibrate, fitted, mistake_of, refuse_absurd, refuse_unsteady
from devices.commissioning.doors import InputSample, MovedInput, told_apart, which_inputs
from devices.commissioning.pressing import Pressed, which_channel
from devices.commissioning.said import SAYINGS, CameToNothing, CannotWeigh, Said, in_words
from devices.commissioning.samples import PlateSample

NS = 1_000_000_000
PERIOD_S = 0.02


class Shelf:
    """Samples of some channels: what each shows at a time, and which quality it has."""

    def __init__(self, shows: Callable[[str, float], float], *names: str, quality: Mapping[str, str] | None = None) -> None:
        self.said: list[Said] = []
        self._shows = shows
        self._quality = quality or {}
        self._times = self._rounds(names)
        self.now_s = 0.0

    def _rounds(self, names: Iterable[str]) -> Iterator[tuple[float, str]]:
        number = 0
        while True:
            number += 1
            for name in names:
                yield number * PERIOD_S, name

    async def next(self, within_s: float = 5.0) -> PlateSample:
        self.now_s, name = next(self._times)
        noise = 0.2 * math.sin(1000.0 * self.now_s)
        return PlateSample(name, round(self.now_s * NS), self._shows(name, self.now_s) + noise, self._quality.get(name, "ok"))

    def skip(self) -> None:
        """Nothing waits."""

    def tell(self, said: Said) -> None:
        self.said.append(said)
        assert in_words(said)

    @property
    def codes(self) -> list[str]:
        return [said.code for said in self.said]


def press(shelf: Shelf, plate: str = "A1", patience_s: float = 6.0) -> Pressed:
    return asyncio.run(which_channel(shelf, plate, patience_s=patience_s, tell=shelf.tell))


def hand(at_s: float, name: str, now_s: float, *, grams: float = 1500.0, channel: str = "scale:1") -> float:
    return grams if name == channel and at_s < now_s < at_s + 0.5 else 0.0


def test_the_channel_that_moved_most_is_the_one_under_the_hand() -> None:
    shelf = Shelf(lambda name, s: hand(3.0, name, s) + hand(3.0, name, s, grams=300.0, channel="scale:0"), "scale:0", "scale:1", "scale:2")
    found = press(shelf)
    assert found.channel == "scale:1"
    assert found.peak_g == pytest.approx(1500.0, abs=1.0)
    assert list(found.others) == ["scale:0"]
    assert shelf.codes == ["leave_plate", "press", "pressed"]


@pytest.mark.parametrize(
    ("shows", "code"),
    [
        (lambda name, s: 0.0, "no_press"),
        (lambda name, s: hand(3.0, name, s, grams=80.0), "no_press"),
        (lambda name, s: hand(3.0, name, s, grams=-900.0), "upside_down"),
        (lambda name, s: hand(3.0, name, s) + hand(3.0, name, s, grams=1200.0, channel="scale:0"), "two_channels"),
        (lambda name, s: 1500.0 if name == "scale:1" and s > 3.0 else 0.0, "still_pressed"),
        (lambda name, s: 400.0 * math.sin(9.0 * s), "no_rest"),
    ],
)
def test_a_press_that_says_nothing_is_refused_with_the_reason(shows: Callable[[str, float], float], code: str) -> None:
    with pytest.raises(CannotWeigh) as refused:
        press(Shelf(shows, "scale:0", "scale:1"))
    assert refused.value.code == code
    assert refused.value.advice


def test_an_open_input_that_wanders_and_a_dead_channel_keep_nobody_from_finding_the_right_one() -> None:
    def shows(name: str, s: float) -> float:
        return 5000.0 * math.sin(3.0 * s) if name == "scale:2" else hand(6.0, name, s)

    assert (
        press(Shelf(shows, "scale:0", "scale:1", "scale:2", "scale:3", quality={"scale:3": "fault"}), patience_s=8.0).channel == "scale:1"
    )


def weighed(shows: Callable[[float], float], *masses: float, repeats: int = 1, patience_s: float = 5.0) -> tuple[Calibration, list[str]]:
    """A plate on which each mass stands whenever it is asked for; ``shows``: what the scale makes of it. Returned with what was said."""
    standing_g = 0.0
    shelf = Shelf(lambda name, s: shows(standing_g), "A1")

    def obey(said: Said) -> None:
        nonlocal standing_g
        shelf.tell(said)
        if said.code == "load":
            standing_g = float(said.figures["mass_g"])
        elif said.code == "unload":
            standing_g = 0.0

    found = asyncio.run(calibrate(shelf, "A1", masses_g=masses, repeats=repeats, zero=None, patience_s=patience_s, tell=obey))
    return found, shelf.codes


def test_masses_give_the_factor_and_what_it_leaves_over() -> None:
    found, codes = weighed(lambda grams: 0.95 * grams + 12.0, 500.0, 1000.0, 2000.0, repeats=2)
    assert found.factor == pytest.approx(1 / 0.95, abs=1e-3)
    assert found.zero_g == pytest.approx(12.0, abs=0.2)
    assert found.linearity_g < 0.5
    assert len(found.loads) == 6
    assert codes.count("loaded") == 6


@pytest.mark.parametrize(
    ("shows", "code"),
    [
        (lambda grams: grams * 0.4536, "factor_pounds"),
        (lambda grams: grams / 1000.0 * 2.0, "factor_uncalibrated"),
        (lambda grams: grams * 0.5, "factor_half_the_load"),
        (lambda grams: grams * 2.0, "factor_twice_the_load"),
        (lambda grams: -grams, "factor_upside_down"),
        (lambda grams: grams * 0.37, "factor_uncalibrated"),
        (lambda grams: 0.0, "no_mass"),
        (lambda grams: grams - grams * grams / 40_000.0, "not_linear"),
    ],
)
def test_a_scale_that_no_factor_can_mend_is_refused_with_what_is_likely_wrong(shows: Callable[[float], float], code: str) -> None:
    with pytest.raises(CannotWeigh) as refused:
        weighed(shows, 1000.0, 4000.0, patience_s=4.0)
    assert refused.value.code == code


def test_a_mass_that_is_taken_from_elsewhere_each_time_is_not_repeatable() -> None:
    with pytest.raises(CannotWeigh) as refused:
        refuse_unsteady("A1", fitted([Load(1000.0, 990.0, 0.1), Load(1000.0, 1010.0, 0.1)]))
    assert refused.value.code == "not_repeatable"
    with pytest.raises(ValueError, match="at least one load"):
        fitted([])
    with pytest.raises(CannotWeigh):
        refuse_absurd("A1", 1000.0, 0.0)
    assert {mistake_of(factor) for factor in (-1.0, 1000.0, 2.2, 28.0, 10.0, 2.0, 0.5, 1.5)} == set(MISTAKES)


class Door:
    """Two boards whose inputs go by what was told."""

    def __init__(self, levels: Callable[[str, float], Mapping[str, tuple[bool, ...]]]) -> None:
        self._levels = levels
        self._now_s = 0.0
        self._turn = 0
        self._told = ("", 0.0)
        self.codes: list[str] = []

    def tell(self, said: Said) -> None:
        assert said.code in SAYINGS
        self.codes.append(said.code)
        self._told = (said.code, self._now_s)

    async def next(self, within_s: float) -> InputSample:
        self._turn += 1
        self._now_s += 0.04
        code, since_s = self._told
        boards = self._levels(code, self._now_s - since_s)
        device = sorted(boards)[self._turn % len(boards)]
        return InputSample(device, round(self._now_s * NS), boards[device])

    def skip(self) -> None:
        """Nothing waits."""


def moved(levels: Callable[[str, float], Mapping[str, tuple[bool, ...]]]) -> tuple[MovedInput, ...]:
    door = Door(levels)
    return asyncio.run(which_inputs(door, "front", patience_s=4.0, tell=door.tell))


def usual(code: str, s: float) -> Mapping[str, tuple[bool, ...]]:
    """The bolt lets go half a second before the leaf opens, and holds half a second after it is shut. On while shut."""
    bolt_off = (code == "open_door" and s > 0.5) or (code == "close_door" and s < 1.5)
    leaf_open = (code == "open_door" and s > 1.0) or (code == "close_door" and s < 1.0)
    return {"locks": (True, not leaf_open, not bolt_off), "other": (False, False)}


def test_the_inputs_that_follow_a_door_are_told_apart_by_who_moves_first() -> None:
    found = moved(usual)
    assert [(one.terminal, one.open_level) for one in found] == [("locks:2", False), ("locks:1", False)]
    sensors = told_apart(found, {})
    assert sensors.contact is not None
    assert sensors.bolt is not None
    assert (sensors.contact.terminal, sensors.bolt.terminal) == ("locks:1", "locks:2")


def test_one_sensor_alone_is_a_contact_unless_it_is_known_as_a_bolt_or_a_hook() -> None:
    only = MovedInput("locks", 3, True, 0.0, 0.0)
    assert told_apart((only,), {}).contact == only
    assert told_apart((only,), {"locks:3": "bolt"}).bolt == only
    assert told_apart((only,), {}, hook_only=True).bolt == only


def test_sensors_that_move_at_once_are_what_they_are_known_as() -> None:
    one, other = MovedInput("locks", 0, False, 0.0, 0.0), MovedInput("locks", 1, False, 0.0, 0.0)
    assert told_apart((one, other), {"locks:0": "contact"}).contact == one
    assert told_apart((one, other), {"locks:1": "contact"}).contact == other
    assert told_apart((one, other), {"locks:1": "bolt"}).contact == one


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        (lambda code, s: {"locks": (True, True)}, "no_input"),
        (lambda code, s: {"locks": (True, code in ("", "leave_door"))}, "not_closed"),
        (lambda code, s: {"locks": (code != "open_door", code != "open_door", code != "open_door")}, "many_inputs"),
        (lambda code, s: {"locks": (int(s * 10) % 2 == 0,)}, "restless_inputs"),
        (lambda code, s: {"locks": (not (code == "open_door" and 0.2 < s < 0.4),)}, "bounced"),
    ],
)
def test_a_door_that_says_nothing_is_refused_with_the_reason(
    levels: Callable[[str, float], Mapping[str, tuple[bool, ...]]], code: str
) -> None:
    with pytest.raises(CameToNothing) as refused:
        moved(levels)
    assert refused.value.code == code
    assert refused.value.advice


def test_a_trouble_without_words_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="no trouble"):
        CameToNothing("why", "what", code="smoke")

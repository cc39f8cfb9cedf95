"""Laws of commissioning: any loads, any order of inputs, any draft."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.commissioning.calibration import LEAST_FACTOR, MISTAKES, MOST_FACTOR, Load, fitted, mistake_of
from devices.commissioning.doors import MovedInput, told_apart
from devices.config import DevicesSettings
from edge.runtime.commissioning.draft import NAMED_BY, Draft

MASSES = st.floats(100.0, 10_000.0)
FACTORS = st.floats(LEAST_FACTOR, MOST_FACTOR)

STORE: dict[str, list[dict[str, Any]]] = {
    "bus": [{"name": "scales", "url": "serial:///dev/ttyS1"}],
    "device": [
        {"name": "scale", "driver": "modbus_scale", "product": "transmitter-multi", "bus": "scales", "options": {"channels": 4}},
        {"name": "locks", "driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "scales", "address": 9},
    ],
    "door": [{"id": "front", "lock": "locks:0", "contact": "locks:0", "person_can_be_inside": False}],
    "plate": [{"id": f"A{number}", "device": "scale", "channel": number, "rated_g": 10_000.0} for number in range(3)],
}


@given(st.lists(MASSES, min_size=1, max_size=6), FACTORS)
def test_loads_that_are_shown_exactly_give_their_factor_and_leave_nothing_over(masses: list[float], factor: float) -> None:
    found = fitted([Load(mass, mass / factor, 0.1) for mass in masses])
    assert found.factor == pytest.approx(factor)
    assert found.linearity_g == pytest.approx(0.0, abs=1e-6 * max(masses))
    assert found.repeat_g == pytest.approx(0.0, abs=1e-6 * max(masses))


@given(st.lists(st.tuples(MASSES, st.floats(-5.0, 5.0)), min_size=1, max_size=6), FACTORS)
def test_the_factor_is_never_further_off_than_the_worst_load(loads: list[tuple[float, float]], factor: float) -> None:
    found = fitted([Load(mass, mass / factor + off, 0.1) for mass, off in loads])
    single = [mass / (mass / factor + off) for mass, off in loads]
    assert min(single) - 1e-9 <= found.factor <= max(single) + 1e-9


@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_every_factor_beyond_the_bounds_is_likely_something(factor: float) -> None:
    assert mistake_of(factor) in MISTAKES


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 3.0), st.booleans()), min_size=2, max_size=2))
def test_two_inputs_are_always_a_contact_and_a_bolt_whichever_comes_first(moves: list[tuple[float, float, bool]]) -> None:
    moved = tuple(MovedInput("locks", number, level, opened, closed) for number, (opened, closed, level) in enumerate(moves))
    sensors, turned = told_apart(moved, {"locks:0": "contact"}), told_apart(moved[::-1], {"locks:0": "contact"})
    assert {sensors.contact, sensors.bolt} == set(moved)
    assert sensors == turned


WANTED = st.lists(
    st.tuples(
        st.sampled_from(["A0", "A1", "A2", "B7"]),
        st.dictionaries(
            st.sampled_from(["channel", "grams_per_shown_gram", "ringing_hz"]),
            st.one_of(st.integers(0, 3), st.floats(0.9, 1.1)),
            max_size=2,
        ),
    ),
    max_size=6,
)


@given(WANTED)
def test_a_draft_changes_what_it_names_and_nothing_else(wanted: list[tuple[str, dict[str, Any]]]) -> None:
    settings = DevicesSettings.model_validate(STORE)
    draft = Draft(settings)
    for name, values in wanted:
        draft.want("plate", name, **values)
    changed = draft.over(STORE)
    named = {(row.name, row.key) for row in draft.rows()}
    before = {(table["id"], key): value for table in STORE["plate"] for key, value in table.items()}
    after = {(table["id"], key): value for table in changed.get("plate", STORE["plate"]) for key, value in table.items()}
    differing = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    assert {place for place in differing if place[1] != NAMED_BY["plate"]} <= named
    assert set(changed) <= {"plate"}
    assert bool(draft) == bool(changed)
    assert all(math.isfinite(plate.rated_g) for plate in draft.settings.plates)
    draft.written()
    assert not draft
    assert draft.over(STORE) == {}
    assert list(draft.rows()) == []


def test_a_draft_that_is_dropped_was_never_there() -> None:
    draft = Draft(DevicesSettings.model_validate(STORE))
    draft.want("plate", "A0", channel=3)
    draft.want("door", "front", bolt="locks:1", contact_open_when=False)
    assert [(row.section, row.key, row.before, row.after) for row in draft.rows()] == [
        ("door", "bolt", "", "locks:1"),
        ("plate", "channel", "0", "3"),
    ]
    assert draft.on_channel["scale", 3].id == "A0"
    assert draft.drop("plate", "A0")
    assert not draft.drop("plate", "A0")
    assert draft.on_channel["scale", 0].id == "A0"
    draft.want("door", "front", bolt=None)
    assert not draft

"""The laws of the visit hold for any facts in any order, and the state survives as JSON at any moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bench.visit_laws import Laws
from bench.visits import simulate
from cloud_bridge.facts import CloudLost, CloudReachable, EntryAnswered
from devices.facts import (
    BoltReleased,
    BoltSecured,
    DeviceFound,
    DeviceLost,
    DoorClosed,
    DoorOpened,
    DoorSensed,
    PlateChange,
    PlateDisturbed,
    PlateDrifting,
    PlateFaulted,
    PlateMoving,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    PlateWeight,
    Unlocked,
    UnlockFailed,
)
from edge.session.commands import Command
from edge.session.facts import (
    BadPass,
    Camera,
    ControllerStarted,
    Credential,
    EntryRequested,
    Fact,
    OpaqueCard,
    PassClaims,
    PiecesCounted,
    ServiceRequested,
    StockCounted,
    StorageLow,
    StoreConfigured,
    TimerElapsed,
)
from edge.session.machine import initial, next_deadline_ns, step
from edge.session.settings import EntrySettings, VisitSettings
from edge.session.state import Authorising, Closed, Settling, StoreState, visit_of
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel
from edge.translate.messages import outgoing
from tests.properties.enrolment_moves import ENROLLING
from vision.facts import CameraFound, CameraLost, EyeLost, EyeOpened, ItemSeen

NS = 1_000_000_000
STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
FACT: TypeAdapter[Any] = TypeAdapter(Fact)
COLA = Product("4006381333931", "Cola", 199, 1900, 350.0, 2.0)
BAR = Product("40063813", "Bar", 99, 700, 52.0, 0.8)


def shop(doors: tuple[Door, ...], version: str) -> StoreModel:
    return StoreModel(
        tenant="t",
        store="s",
        doors=doors,
        plates=(Plate("p1", "scale", 10_000.0, ("p2",)), Plate("p2", "scale", 10_000.0, ("p1",))),
from tests.properties.visit_moves import (EYES, ENTRY_RULES, FACT, NS, SHOPS, STATE, VISIT_RULES, WALKS, Make)

            break
        tell(TimerElapsed(at_ns=max(deadline, state.now_ns)))
    laws.check("one_outcome", visit_of(state.phase) is None, ("time alone ends every visit", state.phase))
    return done


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SHOPS), st.sampled_from(VISIT_RULES), st.sampled_from(ENTRY_RULES), EYES, WALKS)
def test_laws_hold_for_any_facts(
    store: StoreModel, visit: VisitSettings, entry: EntrySettings, cameras: tuple[Camera, ...], moves: list[tuple[int, Make]]
) -> None:
    laws = Laws()
    walk(beginning(store, visit, entry, cameras), moves, laws)
    assert laws.broken == []


@settings(deadline=None, max_examples=100)
@given(WALKS)
def test_laws_hold_before_the_store_is_configured(moves: list[tuple[int, Make]]) -> None:
    laws = Laws()
    walk([], moves, laws)
    assert laws.broken == []


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(SHOPS), st.sampled_from(ENTRY_RULES), EYES, WALKS, st.integers(min_value=0, max_value=70))
def test_snapshot_and_replay_at_any_cut_give_the_same_commands(
    store: StoreModel, entry: EntrySettings, cameras: tuple[Camera, ...], moves: list[tuple[int, Make]], cut: int
) -> None:
    done = walk(beginning(store, VISIT_RULES[0], entry, cameras), moves, Laws())
    state = initial()
    for number, (fact, commands) in enumerate(done):
        if number == cut:
            again = STATE.validate_json(STATE.dump_json(state))
            assert again == state
            state = again
        state, replayed = step(state, FACT.validate_json(FACT.dump_json(fact)))
        assert replayed == commands


@pytest.mark.parametrize("seed", [7, 11, 23])
def test_laws_hold_in_a_cabinet_with_the_faults_of_the_field(seed: int) -> None:
    tally, cabinet = simulate(150, seed)
    assert cabinet.laws.broken == []
    assert tally.free == 0
    assert tally.wrong == 0
    assert {"billed", "nothing_taken", "review", "staff", "not_opened"} <= set(cabinet.laws.outcomes)


def test_the_same_seed_gives_the_same_visits() -> None:
    first, second = simulate(40, 5)[1], simulate(40, 5)[1]
    assert first.laws.outcomes == second.laws.outcomes
    assert first.receipts == second.receipts

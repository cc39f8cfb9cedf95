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
from vision.facts import (
    CameraFound,
    CameraLost,
    EyeLost,
    EyeOpened,
    ItemSeen,
)

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
        planogram=(Facing("p1", COLA.gtin, 10), Facing("p2", BAR.gtin, 8)),
        prices=PriceList(version, "EUR", (COLA, BAR)),
    )


SHOPS = (
    shop((Door("d1", "board", has_bolt_sensor=True),), "one"),
    shop((Door("d1", "board", has_bolt_sensor=True), Door("d2", "board", has_bolt_sensor=False)), "two"),
)
ENTRY_RULES = (
    EntrySettings(),
    EntrySettings(verify="cloud"),
    EntrySettings(verify="cloud_then_offline", offline_visits=1, untrusted_clock="accept", deny=("h2",)),
)
VISIT_RULES = (
    VisitSettings(),
    VisitSettings(unlock_expires_s=10.0, unlock_confirm_s=1.0, open_within_s=3.0, receipt_shown_s=0.0, lost_plate="review"),
    VisitSettings(max_open_s=30.0, held_open_after_s=60.0, relock_within_s=60.0, settle_within_s=1.0),
)
DOORS = st.sampled_from(("d1", "d1", "d1", "d2", "ghost"))
PLATES = st.sampled_from(("p1", "p2", "ghost"))
RATES = st.floats(allow_nan=False, allow_infinity=False)  # JSON has no other numbers
GRAMS = st.sampled_from((-700.0, -350.0, -52.0, 0.0, 3.0, 52.0, 350.0, 913.4))
CREDENTIALS: st.SearchStrategy[Credential] = st.one_of(
    st.builds(
        PassClaims,
        pass_id=st.sampled_from(("a", "b", "c", "d")),
        holder=st.sampled_from(("h1", "h2")),
        role=st.sampled_from(("shopper", "shopper", "restocker", "technician")),
        not_before_s=st.just(0),
        expires_s=st.sampled_from((50, 10_000)),
        limit_minor=st.sampled_from((None, 100, 10_000)),
        currency=st.sampled_from((None, "EUR", "USD")),
    ),
    st.builds(OpaqueCard, digest=st.sampled_from(("0" * 64, "1" * 64))),
    st.builds(BadPass, reason=st.sampled_from(("malformed", "bad_signature"))),
)
Make = Callable[[StoreState, int, int], Fact]
"""state, present time, a running number -> the fact"""


def _token(state: StoreState, true: bool) -> str:
    visit = visit_of(state.phase)
    return visit.visit if visit is not None and true else "nobody"


def _request(credential: Credential, unix_s: int | None, door: str | None) -> Make:
    return lambda state, at, number: EntryRequested(
        at_ns=at, visit=f"v{number}", source="qr", credential=credential, unix_s=unix_s, door=door
    )


def _answer(granted: bool, role: Any) -> Make:
    def make(state: StoreState, at: int, number: int) -> Fact:
        visit = state.phase.request.visit if isinstance(state.phase, Authorising) else "nobody"
        return EntryAnswered(at_ns=at, visit=visit, granted=granted, reason="r", holder="h", role=role, limit_minor=None)

    return make


def _quiet(late: bool) -> Make:
    def make(state: StoreState, at: int, number: int) -> Fact:
        asked = state.phase.asked_ns if isinstance(state.phase, Closed | Settling) else at
        return PlatesQuiet(at_ns=at, after_ns=asked if not late else asked - 1)

    return make


def _timer(early: bool) -> Make:
    return lambda state, at, number: TimerElapsed(at_ns=at if early else max(at, next_deadline_ns(state) or at))


def _settled(plate: str, delta: float, back_s: int, quality: Any) -> Make:
    return lambda state, at, number: PlateSettled(
        at_ns=at,
        plates=(plate,),
        changes=(PlateChange(plate, delta, 0.8, 3000.0 + delta),) if delta else (),
        start_ns=max(0, at - back_s * NS),
        end_ns=at if back_s < 60 else at - 50 * NS,
        quality=quality,
    )


def _service(action: Any) -> Make:
    return lambda state, at, number: ServiceRequested(at_ns=at, action=action, by="op", reason="because")


def _counted(plate: str, gtin: str, units: int) -> Make:
    return lambda state, at, number: PiecesCounted(at_ns=at, plate=plate, gtin=gtin, units=units, by="op")


def _looked(plate: str, gtin: str, units: int) -> Make:
    return lambda state, at, number: StockCounted(at_ns=at, plate=plate, gtin=gtin, units=units, by="op")


def _seen(camera: str, plates: tuple[str, ...], back_s: float, gtin: str, log: float, **more: Any) -> Make:
    return lambda state, at, number: ItemSeen(
        at_ns=at,
        camera=camera,
        reach=number,
        plates=plates,
        start_ns=at - round((back_s + 1.0) * NS),
        end_ns=at - round(back_s * NS),
        direction="taken",
        log_likelihoods=((gtin, log), (BAR.gtin, -2.0)),
        log_other=-4.0,
        **more,
    )


CAMERAS = (Camera("c1", ("p1",)), Camera("c2", ("p1", "p2")))
CAMERA_NAMES = st.sampled_from(("c1", "c2", "ghost"))
EYE_MOVES: st.SearchStrategy[Make] = st.one_of(
    st.builds(
        _seen,
        CAMERA_NAMES,
        st.sampled_from((("p1",), ("p1", "p2"), ("ghost",), ())),
        st.sampled_from((-2.0, 0.0, 0.5, 300.0)),
        st.sampled_from((COLA.gtin, "nonsense", "")),
        st.sampled_from((0.0, -9.0, 1e300)),
        units=st.sampled_from((-1, 0, 2)),
        barcode=st.sampled_from((None, COLA.gtin, "x" * 3000)),
        evidence=st.sampled_from(("", "v/1", "../../x", "x" * 3000)),
    ),
    st.builds(
        lambda camera: lambda state, at, number: CameraLost(at_ns=at, camera=camera, plates=(), reason="black", detail="y" * 3000),
        CAMERA_NAMES,
    ),
    st.builds(lambda camera: lambda state, at, number: CameraFound(at_ns=at, camera=camera, plates=("p1",)), CAMERA_NAMES),
    st.just(lambda state, at, number: EyeOpened(at_ns=at, cameras=("c1", "ghost"), model="m" * 3000, gallery="g", products=-1)),
    st.just(lambda state, at, number: EyeLost(at_ns=at, reason="z" * 3000)),
)
MOVES: st.SearchStrategy[Make] = st.one_of(
    EYE_MOVES,
    ENROLLING,
    st.builds(_looked, PLATES, st.sampled_from((COLA.gtin, BAR.gtin, "96385074")), st.sampled_from((0, 1, 12))),
    st.builds(_counted, PLATES, st.sampled_from((COLA.gtin, BAR.gtin, "96385074")), st.sampled_from((-1, 0, 1, 2))),
    st.builds(_request, CREDENTIALS, st.sampled_from((None, 5, 20_000)), st.sampled_from((None, None, "d1", "d2", "ghost"))),
    st.builds(_answer, st.booleans(), st.sampled_from(("shopper", "technician"))),
    st.builds(_quiet, st.booleans()),
    st.builds(_timer, st.booleans()),
    st.builds(_settled, PLATES, GRAMS, st.sampled_from((0, 1, 100)), st.sampled_from(("ok", "noisy", "disturbed", "reconstructed"))),
    st.builds(_service, st.sampled_from(("take_out_of_service", "return_to_service", "clear_faults"))),
    st.builds(lambda door: lambda state, at, number: DoorOpened(at_ns=at, door=door), DOORS),
    st.builds(lambda door: lambda state, at, number: DoorClosed(at_ns=at, door=door), DOORS),
    st.builds(lambda door: lambda state, at, number: BoltReleased(at_ns=at, door=door), DOORS),
    st.builds(lambda door: lambda state, at, number: BoltSecured(at_ns=at, door=door), DOORS),
    st.builds(
        lambda door, is_open, secured: lambda state, at, number: DoorSensed(at_ns=at, door=door, open=is_open, secured=secured),
        DOORS,
        st.booleans(),
        st.sampled_from((True, True, False, None)),
    ),
    st.builds(lambda door, true: lambda state, at, number: Unlocked(at_ns=at, door=door, token=_token(state, true)), DOORS, st.booleans()),
    st.builds(
        lambda door, reason: (
            lambda state, at, number: UnlockFailed(at_ns=at, door=door, token=_token(state, True), reason=reason, detail="x" * 300)
        ),
        DOORS,
        st.sampled_from(("expired", "no_movement", "unreachable", "refused", "misconfigured")),
    ),
    st.builds(
        lambda doors, plates: lambda state, at, number: DeviceLost(at_ns=at, device="board", doors=doors, plates=plates, reason="r"),
        st.sampled_from(((), ("d1",), ("d1", "d2", "ghost"))),
        st.sampled_from(((), ("p1",), ("p1", "p2", "ghost"))),
    ),
    st.builds(
        lambda doors, plates: lambda state, at, number: DeviceFound(at_ns=at, device="board", doors=doors, plates=plates),
        st.sampled_from(((), ("d1",), ("d1", "d2", "ghost"))),
        st.sampled_from(((), ("p1",), ("p1", "p2", "ghost"))),
    ),
    st.builds(
        lambda one, two: (
            lambda state, at, number: PlatesMeasured(
                at_ns=at,
                weights=(PlateWeight("p1", 3500.0 + one, 0.5), PlateWeight("p2", 416.0 + two, 0.5), PlateWeight("ghost", 1.0, 0.5)),
            )
        ),
        GRAMS,
        GRAMS,
    ),
    st.builds(lambda plate: lambda state, at, number: PlateMoving(at_ns=at, plate=plate), PLATES),
    st.builds(lambda plate: lambda state, at, number: PlateDisturbed(at_ns=at, plate=plate, since_ns=0), PLATES),
    st.builds(lambda plate: lambda state, at, number: PlateFaulted(at_ns=at, plate=plate, reason="stuck"), PLATES),
    st.builds(lambda plate: lambda state, at, number: PlateRecovered(at_ns=at, plate=plate), PLATES),
    st.builds(lambda plate, rate: lambda state, at, number: PlateDrifting(at_ns=at, plate=plate, g_per_h=rate), PLATES, RATES),
    st.builds(lambda low: lambda state, at, number: StorageLow(at_ns=at, low=low), st.booleans()),
    st.builds(lambda lost: lambda state, at, number: CloudLost(at_ns=at) if lost else CloudReachable(at_ns=at), st.booleans()),
    st.builds(
        lambda same: lambda state, at, number: ControllerStarted(at_ns=at, boot_id=f"b{number}", same_boot=same, version="1"), st.booleans()
    ),
    st.just(lambda state, at, number: ControllerStarted(at_ns=NS // 2, boot_id=f"b{number}", same_boot=False, version="1")),
    st.builds(
        lambda which, visit, entry, cameras: (
            lambda state, at, number: StoreConfigured(at_ns=at, store=which, visit=visit, entry=entry, cameras=cameras)
        ),
        st.sampled_from(SHOPS),
        st.sampled_from(VISIT_RULES),
        st.sampled_from(ENTRY_RULES),
        st.sampled_from((CAMERAS, CAMERAS[:1], ())),
    ),
)
# What a visit that goes well consists of, so that random walks come far: each may be followed by anything above.
GOOD_VISIT: tuple[Make, ...] = (
    _request(PassClaims("good", "h1", "shopper", 0, 10_000, None, None), 5, None),
    lambda state, at, number: BoltReleased(at_ns=at, door="d1"),
    lambda state, at, number: Unlocked(at_ns=at, door="d1", token=_token(state, True)),
    lambda state, at, number: DoorOpened(at_ns=at, door="d1"),
    _settled("p1", -350.0, 0, "ok"),
    lambda state, at, number: DoorClosed(at_ns=at, door="d1"),
    lambda state, at, number: BoltSecured(at_ns=at, door="d1"),
    _quiet(late=False),
    _timer(early=False),
)
WAITS = st.sampled_from((0, 1, 1_000_000, NS // 3, NS, 5 * NS, 20 * NS, 700 * NS))
WALKS = st.lists(st.tuples(WAITS, st.one_of(MOVES, MOVES, st.sampled_from(GOOD_VISIT))), max_size=60)
EYES = st.sampled_from(((), CAMERAS))


def beginning(store: StoreModel, visit: VisitSettings, entry: EntrySettings, cameras: tuple[Camera, ...] = ()) -> list[Fact]:
    """A cabinet that is ready."""
    return [
        ControllerStarted(at_ns=NS, boot_id="b", same_boot=False, version="1"),
        StoreConfigured(at_ns=NS, store=store, visit=visit, entry=entry, cameras=cameras),
        *(DoorSensed(at_ns=NS, door=d.door, open=False, secured=True if d.has_bolt_sensor else None) for d in store.doors),
        PlatesMeasured(at_ns=NS, weights=(PlateWeight("p1", 3500.0, 0.5), PlateWeight("p2", 416.0, 0.5))),
        *([EyeOpened(at_ns=NS, cameras=("c1", "c2"), model="m", gallery="g", products=2)] if cameras else []),
        *(CameraFound(at_ns=NS, camera=one.camera, plates=one.plates) for one in cameras),
    ]


def walk(first: list[Fact], moves: list[tuple[int, Make]], laws: Laws) -> list[tuple[Fact, tuple[Command, ...]]]:
    """Run the facts, then let time pass until nothing waits for it any more. Returns every fact with its commands."""
    state, at = initial(), NS
    done: list[tuple[Fact, tuple[Command, ...]]] = []

    def tell(fact: Fact) -> None:
        nonlocal state
        before = state
        state, commands = step(before, fact)
        laws.watch(before, fact, state, commands)
        for command in commands:
            outgoing(command)  # a command that cannot be told would stop the store for ever
        done.append((fact, commands))

    for fact in first:
        tell(fact)
    for number, (wait, make) in enumerate(moves):
        fact = make(state, max(at + wait, state.now_ns), number)
        at = fact.at_ns  # a start in another boot sets the clock back
        tell(fact)
    for _ in range(20):
        deadline = next_deadline_ns(state)
        if deadline is None:
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

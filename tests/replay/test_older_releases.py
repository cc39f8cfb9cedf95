"""What an older release has stored is still read: a state in the middle of a visit, and (beside the other recordings) its facts."""

from __future__ import annotations

from pydantic import TypeAdapter

from devices.facts import BoltSecured, DoorClosed, PlateChange, PlateSettled, PlatesQuiet
from edge.session.commands import IssueReceipt
from edge.session.facts import Fact
from edge.session.machine import step
from edge.session.state import StoreState
from edge.translate.messages import outgoing
from tests.replay.recordings import FOLDER
from tests.unit.visit_story import BAR, COLA

STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
STORED = FOLDER / "older_release.state.json"  # a shopper took two colas and a bar, put a cola back, and leans on the bars' plate


def test_a_visit_that_began_under_an_older_release_is_billed_by_this_one() -> None:
    state = STATE.validate_json(STORED.read_bytes())
    assert state.phase.kind == "open"
    at = state.now_ns + 10**9
    lifted = PlateChange("p2", -140.0, 0.7, 363.7)
    facts: list[Fact] = [
        PlateSettled(at_ns=at, plates=("p2",), changes=(lifted,), start_ns=at, end_ns=at, quality="ok"),
        DoorClosed(at_ns=at, door="d1"),
        BoltSecured(at_ns=at, door="d1"),
        PlatesQuiet(at_ns=at + 10**9, after_ns=at),
    ]
    issued = []
    for fact in facts:
        state, commands = step(state, fact)
        issued += [command.receipt for command in commands if isinstance(command, IssueReceipt)]
        assert all(outgoing(command) is not None or command.kind in ("settle_plates", "end_visit") for command in commands)
    (receipt,) = issued
    assert [(line.gtin, line.quantity) for line in receipt.lines] == [(COLA.gtin, 1), (BAR.gtin, 1)]
    assert receipt.status == "final"
    assert [weight.gtin for weight in state.unit_weights] == sorted([COLA.gtin, BAR.gtin])


def test_its_state_is_stored_and_read_again_as_it_is() -> None:
    state = STATE.validate_json(STORED.read_bytes())
    assert STATE.validate_json(STATE.dump_json(state)) == state

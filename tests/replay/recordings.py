"""Makes the recordings of this folder: facts as JSON lines, and beside them the commands they gave.

``python -m tests.replay.recordings`` writes them anew; look at the difference before committing it: every changed line of a golden
file is a change of what the store does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter

from bench.virtual_cabinet import VirtualCabinet
from bench.visits import simulate
from cloud_bridge.facts import CloudLost, CloudReachable
from devices.facts import PlateDisturbed, PlateDrifting, PlateFaulted, PlateRecovered
from edge.runtime.replay import Step, replay
from edge.session.commands import ReviseReceipt
from edge.session.facts import (
    AccessChanged,
    BadPass,
    Camera,
    EnrolmentAsked,
    Fact,
    OpaqueCard,
    PiecesCounted,
    ProposalDropped,
    ServiceRequested,
    StockCounted,
    StorageLow,
    Tended,
)
from edge.session.settings import EntrySettings
from edge.store.model import Facing
from tests.receipts_decided import reviewed
from tests.unit.visit_story import BAR, COLA, NOW_UNIX, TWO_DOORS, Story, claims, shop
from vision.facts import CameraFound, CodeRead, EnrolmentFailed, EyeLost, GalleryChanged, ProductEnrolled, View, ViewsJudged

FOLDER: Final = Path(__file__).parent
DIGITS: Final = 3  # of every number that is not whole: the last digits of a probability may differ between processors
_FACT: TypeAdapter[Any] = TypeAdapter(Fact)


def readable(step: Step) -> str:
    """One golden line: the fact, and its commands with shortened numbers."""
    return json.dumps(_rounded(json.loads(step.as_json())), ensure_ascii=False)


def golden_lines(recording: Path) -> list[str]:
    """What the recording gives now, facts without commands left out."""
    return [readable(step) for step in replay(recording) if step.commands]


def put_back() -> Iterator[Fact]:
    """Two colas and a bar taken, one cola put back, the code read twice, the next shopper refused meanwhile."""
    story = Recorder().enter().wait(0.3).enter(visit="again").unlock().wait(2).open().wait(1).moving().wait(1).change(-701.3)
    story.wait(2).enter(claims("next"), visit="next").wait(1).change(-52.4, "p2").wait(2).change(350.1).leave().timer()
    yield from story.facts


def power_cut() -> Iterator[Fact]:
    """The power goes while the door is open; a cola leaves meanwhile; the visit is settled in the next boot."""
    story = Recorder().shopping().change(-350.0).wait(3)
    story.at_s = 0.4
    story.start(same_boot=False).wait(0.5).sense(open=False, secured=True).wait(1).measure(p1=2799.0).wait(0.5).quiet().timer()
    yield from story.facts


def forced() -> Iterator[Fact]:
    """The door is broken open while nobody shops; then the cabinet is acknowledged, and a technician looks after it."""
    story = Recorder().wait(5).open().wait(0.1).release().wait(4).change(-1053.0).wait(2).leave().wait(60)
    story.tell(ServiceRequested(at_ns=story.at_ns, action="clear_faults", by="ops", reason="seen on the spot"))
    story.wait(5).enter(claims("tech", role="technician"), visit="tech").unlock().open().wait(9).change(1050.0).leave().timer()
    yield from story.facts


def alone() -> Iterator[Fact]:
    """A store without its cloud: asks first, decides alone, ends its budget, comes back."""
    story = Recorder(entry=EntrySettings(verify="cloud_then_offline", offline_visits=1), doors=TWO_DOORS)
    story.enter().timer().unlock("d1").fail("no_movement", "d2").open().wait(1).change(-52.0, "p2").leave().timer()
    story.tell(CloudLost(at_ns=story.at_ns)).wait(30)
    story.enter(claims("b"), visit="b").unlock("d1").unlock("d2").open("d2").wait(2).close("d2").secure("d2").wait(1).secure("d1").quiet()
    story.timer().wait(30).enter(claims("c"), visit="c").wait(9).enter(OpaqueCard("cd" * 32), visit="card").timer()
    story.wait(9).enter(BadPass("bad_signature"), visit="bad").wait(60).tell(CloudReachable(at_ns=story.at_ns))
    yield from story.facts


def lost_devices() -> Iterator[Fact]:
    """A plate drops out and comes back lighter, another is faulty, something leans, the disk fills, the board goes with the door open."""
    story = Recorder().shopping().lose(plates=("p1",)).wait(3).find(plates=("p1",)).wait(1).measure(p1=3150.0)
    story.tell(PlateDisturbed(at_ns=story.at_ns, plate="p2", since_ns=story.at_ns - 1)).wait(4).change(0.0, "p2")
    story.tell(PlateFaulted(at_ns=story.at_ns, plate="p2", reason="stuck")).tell(StorageLow(at_ns=story.at_ns, low=True))
    story.leave().timer().wait(5).enter(claims("b"), visit="b").tell(PlateRecovered(at_ns=story.at_ns, plate="p2")).measure()
    story.tell(StorageLow(at_ns=story.at_ns, low=False)).wait(10).enter(claims("c"), visit="c").unlock().wait(1).open()
    story.lose(doors=("d1",)).wait(20).find(doors=("d1",)).sense(open=False, secured=True).wait(1).quiet().timer()
    story.wait(7200).tell(PlateDrifting(at_ns=story.at_ns, plate="p2", g_per_h=41.7))
    yield from story.facts


def counted() -> Iterator[Fact]:
    """A technician counts pieces that weigh more than the catalogue says; a shopper buys by that; the catalogue is mended."""
    story = Recorder().enter(claims("tech", role="technician"), visit="tech").unlock().open().wait(2)
    for _ in range(5):
        story.wait(3).change(2 * 367.4)
    for units in (10, 10):
        story.tell(PiecesCounted(at_ns=story.at_ns, plate="p1", gtin=COLA.gtin, units=units, by="tech"))
    story.leave().timer().wait(9).enter(claims("b"), visit="b").unlock().open().wait(2).change(-2 * 366.8).leave().timer()
    prices = story.store.prices
    cola, bar = prices.products
    story.store = replace(story.store, prices=replace(prices, products=(replace(cola, unit_weight_g=367.0), bar)))
    story.wait(60).start(same_boot=True)
    yield from story.facts


def seen() -> Iterator[Fact]:
    """A store with cameras: one is covered at first; sightings come early, late, twice and never; the eye goes and comes back."""
    story = Recorder(cameras=(Camera("c1", ("p1",)), Camera("c2", ("p2",)))).eye("c2").wait(1).shopping()
    story.sees((COLA.gtin, 0.0), (BAR.gtin, -4.0)).change(-350.6).wait(2).change(-349.7).wait(0.4)
    story.sees((COLA.gtin, -0.2), (BAR.gtin, -5.0), reach=2, ago_s=0.4).sees((COLA.gtin, -0.2), reach=2, ago_s=0.4).wait(1)
    story.change(-52.2, "p2").leave().wait(0.1).timer().wait(20)
    story.tell(CameraFound(at_ns=story.at_ns, camera="c2", plates=("p2",)))
    story.enter(claims("b"), visit="b").unlock().open().wait(2).change(-351.0).wait(0.5)
    story.tell(EyeLost(at_ns=story.at_ns, reason="the connection was closed")).wait(2).change(-52.1, "p2").wait(0.5).eye()
    story.wait(1).change(-52.0, "p2").leave().sees((BAR.gtin, 0.0), plate="p2", camera="c2", ago_s=1.7).timer()
    story.wait(20).enter(claims("c"), visit="c").unlock().open().wait(2).change(-350.2).wait(0.1).close().secure().quiet().timer().timer()
    yield from story.facts


def decided() -> Iterator[Fact]:
    """A weight that no product explains: a person corrects the receipt, another one decides on an old page, the shopper objects."""
    story = Recorder().shopping().change(-350.3).wait(2).change(-127.0, "p2").leave().timer().wait(600)
    provisional = story.receipt()
    corrected = reviewed(
        provisional, decision="corrected", wanted={COLA.gtin: 1, BAR.gtin: 3}, as_of=story.state.fact_no, at_ns=story.at_ns
    )
    story.tell(corrected).wait(1)
    story.tell(reviewed(provisional, as_of=corrected.as_of, at_ns=story.at_ns)).wait(3600)
    made = [command.revision for command in story.all(ReviseReceipt)]
    story.tell(reviewed(provisional, made, decision="refunded", as_of=story.state.fact_no, at_ns=story.at_ns))
    yield from story.facts


def changed() -> Iterator[Fact]:
    """A dearer cola on another plate while somebody shops, the restocker who brings it there, a layout that nobody wants, changes lost."""
    dearer = shop(version="v2", cola_minor=249)
    moved = replace(dearer, planogram=(*dearer.planogram, Facing("p2", COLA.gtin, 3)))
    story = Recorder().shopping().configure(moved).change(-350.0).leave().timer().wait(60)
    story.enter(claims("r", role="restocker"), visit="r").unlock().open().wait(1).change(-700.0).wait(2).change(700.0, "p2").leave()
    story.timer().wait(60).enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0).wait(1).change(52.0, "p1").leave().timer()
    story.wait(60).tell(ProposalDropped(at_ns=story.at_ns, by="maria", reason="it goes back")).wait(60)
    story.configure(shop(), by="", trouble="lost").enter(claims("c"), visit="c").wait(60)
    story.configure(moved, number=2).wait(9).enter(claims("d"), visit="d").timer()
    story.tell(ServiceRequested(at_ns=story.at_ns, action="restart", by="tom", reason="another port"))
    yield from story.facts


def taught() -> Iterator[Fact]:
    """A person signs in, teaches the eye a product, has another forgotten, goes back, gives up; a count by hand and a technician's word."""
    cameras = (Camera("front", ("p1", "p2")),)
    story = Recorder(cameras=cameras).eye().wait(5)
    signed_in = AccessChanged(
        at_ns=story.at_ns, book="b1", number=1, unix_s=float(NOW_UNIX), action="signed_in", by="maria", detail="127.0.0.1"
    )
    story.tell(signed_in)
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token="t1", action="begin", gtin=COLA.gtin, by="maria")).wait(3)
    story.tell(CodeRead(at_ns=story.at_ns, token="t1", code=COLA.gtin))
    views = (View(number=1, used=False, flaw="blurred"), View(number=2, used=True, picture="enrol/t1/2.jpg"))
    story.tell(ViewsJudged(at_ns=story.at_ns, token="t1", views=views, rivals=((BAR.gtin, 0.12),))).wait(1)
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token="t1", action="enrol", gtin=COLA.gtin, by="maria")).wait(2)
    story.tell(ProductEnrolled(at_ns=story.at_ns, token="t1", gtin=COLA.gtin, photographs=4, gallery="7")).wait(60)
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token="t2", action="forget", gtin=BAR.gtin, by="maria")).wait(1)
    story.tell(GalleryChanged(at_ns=story.at_ns, token="t2", gtin=BAR.gtin, gallery="8")).wait(60)
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token="t3", action="go_back", gtin="", by="maria")).wait(1)
    story.tell(EnrolmentFailed(at_ns=story.at_ns, token="t3", reason="nothing_before", detail="")).wait(1)
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token="t3", action="end", gtin="", by="maria")).wait(30)
    story.tell(StockCounted(at_ns=story.at_ns, plate="p1", gtin=COLA.gtin, units=7, by="maria"))
    story.tell(Tended(at_ns=story.at_ns, action="recording_started", by="tom", detail="10 min")).wait(1)
    yield from story.facts


def faulty_day() -> Iterator[Fact]:
    """Thirty visits to a cabinet where most things go wrong once."""
    cabinet: VirtualCabinet = simulate(30, 42, fault_rate=1.0)[1]
    yield from (fact for fact, _ in cabinet.log)


RECORDINGS: Final[dict[str, Callable[[], Iterator[Fact]]]] = {
    "put_back": put_back,
    "power_cut": power_cut,
    "forced_door": forced,
    "alone": alone,
    "lost_devices": lost_devices,
    "counted": counted,
    "seen": seen,
    "decided": decided,
    "changed": changed,
    "taught": taught,
    "faulty_day": faulty_day,
}


class Recorder(Story):
    """A story that keeps its facts."""

    def __init__(self, **arguments: Any) -> None:
        self.facts: list[Fact] = []
        super().__init__(**arguments)

    def tell(self, fact: Fact) -> Self:
        self.facts.append(fact)
        return super().tell(fact)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return value


def main() -> None:
    for name, facts in RECORDINGS.items():
        lines = "".join(_FACT.dump_json(fact).decode() + "\n" for fact in facts())
        (FOLDER / f"{name}.facts.jsonl").write_text(lines, encoding="utf-8")
    for recording in FOLDER.glob("*.facts.jsonl"):  # those that an older release wrote are kept as they are
        golden = recording.with_name(recording.name.replace(".facts.", ".golden."))
        golden.write_text("".join(line + "\n" for line in golden_lines(recording)), encoding="utf-8")


if __name__ == "__main__":
    main()

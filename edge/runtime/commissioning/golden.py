"""The last step: one visit as a shopper makes it, by the technician and billed to nobody. The count at its end is compared with what was
asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from devices.commissioning.said import CameToNothing, Said
from devices.facts import DoorClosed
from edge.basket.reading import best_story
from edge.runtime.commissioning.entrance import Entered, Entrance
from edge.runtime.commissioning.feed import FeedDoors
from edge.runtime.commissioning.work import Done, StepKind, Work
from edge.session.state import RecountReport, StoreState
from edge.web.bench import Figure, FoundView
from edge.web.bench_doors import CloudProof, CountedView, GoldenView

TAKE: Final = 2  # units that are asked for
BACK: Final = 1  # of them that are put back
CLOUD_WITHIN_S: Final = 20.0  # s for the cloud to confirm what the visit told it
CLOUD_LOOK_S: Final = 0.5  # s until the first look at that; the bridge has read the outbox by then


async def golden_visit(work: Work) -> Done:
    """Let the technician in, have goods taken and put back, and compare."""
    entrance = work.entrance
    golden = _proposed(entrance)
    work.show(FoundView(golden=golden))
    told = _told(entrance)
    with work.feed.doors() as facts:
        entered = await entrance.let_in(work.by, None)
        golden = await _walked(work, entered, golden)
        work.tell(Said("counting"))
        report = await _counted(work, entered)
        golden = _compared(entrance, golden, report, _closed_ns(facts))
    work.show(FoundView(golden=golden))
    if not golden.right:
        raise CameToNothing(
            f"the count says something else than {TAKE - BACK} of {golden.product} from {golden.plate}",
            "See what was counted. Where the plate is another one, do the step Plates; where the number is wrong, Calibrate.",
            code="miscounted",
            figures={"plate": golden.plate, "product": golden.product, "units": TAKE - BACK},
        )
    work.tell(Said("asking_cloud"))
    golden = replace(golden, cloud=await _confirmed(entrance, told))
    work.show(FoundView(golden=golden))
    if golden.cloud == "silent":
        raise CameToNothing(
            f"the cloud has not confirmed the visit within {CLOUD_WITHIN_S:g} s; it was counted right",
            "Check the network and the broker; see the page of the cloud. Nothing is lost: events wait until it answers.",
            code="cloud_silent",
            figures={"within_s": CLOUD_WITHIN_S},
        )
    return Done(
        words=f"{TAKE} of {golden.product} taken from {golden.plate}, {BACK} put back, counted right",
        figures={"plate": golden.plate, "product": golden.product, "counted_s": golden.counted_s or 0.0, "cloud": golden.cloud},
    )


def _proposed(entrance: Entrance) -> GoldenView:
    """The product to take: of those that stand there in sufficient number, the heaviest, since it is the easiest to be sure of."""
    state, store = entrance.state, entrance.store
    products = {product.gtin: product for product in store.prices.products}
    facings = {(facing.plate, facing.gtin) for facing in store.planogram}
    blind = {plate.plate for plate in state.plates if plate.lost or plate.faulted or not plate.measured}
    there = [
        (products[one.gtin], one.plate)
        for one in state.stock.shelved
        if one.units >= TAKE and (one.plate, one.gtin) in facings and one.gtin in products and one.plate not in blind
    ]
    if not there:
        raise CameToNothing(
            f"no product stands on the shelf {TAKE} times or more, as far as the store knows",
            "Fill the shelf in a restocker's or technician's visit first; what its plates counted is shown under Stock.",
            code="empty_shelf",
            figures={"units": TAKE},
        )
    product, plate = max(there, key=lambda one: (one[0].unit_weight_g, one[1]))
    return GoldenView(plate=plate, gtin=product.gtin, product=product.name, take=TAKE, back=BACK)


async def _walked(work: Work, entered: Entered, golden: GoldenView) -> GoldenView:
    """The visit, turn by turn, until the door is closed again."""
    entrance = work.entrance
    rules = entrance.state.visit_rules

    def look() -> None:
        nonlocal golden
        visit = entrance.visit(entered)
        if visit is not None:
            nets = {(net.plate, net.gtin): net.units for net in best_story(visit.belief).nets}
            live = nets.get((golden.plate, golden.gtin), 0)
            if live != golden.live:
                golden = replace(golden, live=live, most=max(golden.most, -live))
                work.show(FoundView(golden=golden))

    async def turn(said: Said, code: str, within_s: float, done: Callable[[], bool]) -> None:
        """Tell it, and wait until it is done or the visit is over."""

        def over() -> bool:
            look()
            return done() or _shut_again(entrance, entered)

        work.tell(said)
        if not await entrance.until(over, within_s):
            raise _missing(code, golden)

    doors = ", ".join(door.door for door in entrance.state.doors)
    await turn(
        Said("open_unlocked", {"door": doors, "within_s": rules.open_within_s}),
        "not_opened",
        max(rules.open_within_s, rules.unlock_expires_s) + rules.unlock_confirm_s,
        lambda: _opened(entrance, entered),
    )
    if entrance.visit(entered) is None:
        raise _missing("not_opened", golden)
    what = {"product": golden.product, "plate": golden.plate}
    await turn(Said("take_goods", {"units": TAKE, **what}), "not_taken", work.patience_s, lambda: golden.most >= TAKE)
    await turn(Said("give_back", {"units": BACK, **what}), "not_put_back", work.patience_s, lambda: golden.live == BACK - TAKE)
    await turn(Said("close_up"), "held_open", work.patience_s, lambda: False)
    return golden


def _opened(entrance: Entrance, entered: Entered) -> bool:
    visit = entrance.visit(entered)
    return visit is not None and bool(visit.opened)


def _shut_again(entrance: Entrance, entered: Entered) -> bool:
    """The door was closed after it had been opened, or the visit ended without."""
    visit = entrance.visit(entered)
    return visit is None or (visit.closed_ns is not None and all(door.proven_closed for door in entrance.state.doors))


async def _counted(work: Work, entered: Entered) -> RecountReport:
    """What the plates say at the end of the visit."""
    rules = work.entrance.state.visit_rules
    within_s = rules.settle_within_s + rules.pulse_s + rules.relock_within_s + rules.unlock_expires_s
    await work.entrance.until(lambda: work.entrance.result(entered) is not None, within_s)
    report = work.entrance.state.last_recount
    if report is None or report.visit != entered.visit:
        raise CameToNothing(
            f"the visit was not counted within {within_s:g} s",
            "Look whether the door is held and the plates are at rest; see the page of faults.",
            code="not_counted",
            figures={"within_s": within_s},
        )
    return report


def _compared(entrance: Entrance, golden: GoldenView, report: RecountReport, closed_ns: int | None) -> GoldenView:
    state: StoreState = entrance.state
    names = {product.gtin: product.name for product in entrance.store.prices.products}
    changes = tuple(
        CountedView(plate=row.plate, gtin=row.gtin, product=names.get(row.gtin, row.gtin), units=row.counted - row.before)
        for row in report.rows
        if row.counted != row.before
    )
    stray = tuple(load.plate for load in state.stray)
    asked = [(golden.plate, golden.gtin, BACK - TAKE)]
    return replace(
        golden,
        changes=changes,
        stray=stray,
        right=golden.most == TAKE and not stray and [(one.plate, one.gtin, one.units) for one in changes] == asked,
        counted_s=None if closed_ns is None else round((report.at_ns - closed_ns) / 1e9, 2),
    )


def _closed_ns(facts: FeedDoors) -> int | None:
    """When the last door was closed."""
    return max((fact.at_ns for fact in facts.waiting if isinstance(fact, DoorClosed)), default=None)


def _told(entrance: Entrance) -> int:
    """Events that were stored for the cloud before the visit."""
    return 0 if entrance.cloud is None else entrance.cloud().stored


async def _confirmed(entrance: Entrance, told: int) -> CloudProof:
    """Whether the cloud confirms everything that the visit told it."""
    if entrance.cloud is None:
        return "off"
    cloud = entrance.cloud
    await asyncio.sleep(CLOUD_LOOK_S)

    def confirmed() -> bool:
        live = cloud()
        return live.confirmed >= live.stored > told

    return "confirmed" if await entrance.until(confirmed, CLOUD_WITHIN_S) else "silent"


def _missing(code: str, golden: GoldenView) -> CameToNothing:
    words = {
        "not_opened": ("the door was not opened", "Begin again and open it when you are told to. Where it does not let go, test the lock."),
        "not_taken": (f"the plates have not seen {TAKE} of {golden.product} taken", "Close the door. Do the steps Plates and Calibrate."),
        "not_put_back": (f"the plates have not seen {BACK} of {golden.product} put back", "Close the door, and begin again."),
        "held_open": ("the door was not closed again", "Close it until it is held."),
    }
    why, advice = words[code]
    figures: dict[str, Figure] = {"plate": golden.plate, "product": golden.product}
    return CameToNothing(why, advice, code=code, figures=figures)


GOLDEN: Final = StepKind(step="golden", per="store", do=golden_visit)

"""What the demonstration prints: one visit after the other, as they happen, and held against the truth."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TextIO, assert_never

from devices.sim.layout import CabinetLayout
from devices.sim.shopper import (
    Action,
    Close,
    Habits,
    Lean,
    LeaveAjar,
    LetGo,
    Linger,
    Open,
    Present,
    PutBack,
    PutElsewhere,
    Take,
    Touch,
    random_actions,
    shop,
)
from edge.demo.receipts import CloudReceipts
from edge.demo.shop import Shop
from edge.store.counted import counted

RESULT_WITHIN_S: Final = 20.0  # s from the closed door to the result on the screen; settling has its own, shorter limit
CLOUD_WITHIN_S: Final = 10.0  # s from the result to the consumer's database
WORTH_A_WORD: Final = 0.05  # probability from which something else that a line may be is told
RESTOCK_BELOW: Final = 0.5  # share of the planogram; then the restocker comes
_HABITS: Final = Habits(takes_most=3, touches=0.15, puts_back=0.25, takes_nothing=0.1, pause_s=(0.9, 1.8))


@dataclass(slots=True)
class Totals:
    """What the demonstration can be judged by at its end."""

    visits: int = 0
    right: int = 0
    reviewed: int = 0
    wrong: int = 0
    in_cloud: int = 0
    minor: int = 0
    problems: list[str] = field(default_factory=list)


class Story:
    """Runs visits at one shop and tells them to ``out``."""

    def __init__(self, shop_: Shop, cloud: CloudReceipts, *, seed: int, out: TextIO | None = None) -> None:
        self.shop = shop_
        self.totals = Totals()
        self.at_cabinet = asyncio.Lock()  # one shopper at a time: the simulated ones and the person at the page
        self._cloud = cloud
        self._late: list[str] = []  # visits whose results the consumer had not stored in time
        self._rng = random.Random(seed)  # noqa: S311 - people's whims, no secrets
        self._out = out or sys.stdout
        self._has_reader = shop_.cabinet.wiring.reader is not None
        layout = shop_.cabinet.layout
        self._names = {product.gtin: product.name for product in (*layout.products, *layout.unlisted)}

    def say(self, text: str, *, stamp: bool = False) -> None:
        """One line."""
        print(f"{time.strftime('%H:%M:%S') if stamp else '':<8}  {text}", file=self._out, flush=True)

    async def shopper(self) -> None:
        """One random visit, from the code to the receipt in the cloud."""
        self.totals.visits += 1
        number = self.totals.visits
        actions = _opening_scene(self.shop.cabinet.layout) if number == 1 else random_actions(self.shop.cabinet.layout, self._rng, _HABITS)
        door = next((action.door for action in actions if isinstance(action, Open)), None)
        visit: str | None = None
        entered = time.monotonic()

        async def present() -> bool:
            nonlocal visit, entered
            entered = time.monotonic()
            visit, refusal = await self.shop.enter(self.shop.make_pass("shopper", f"shopper-{number}"), door=door)
            if visit is None:
                self.say(f"refused: {refusal}")
            return visit is not None

        def told(action: Action) -> None:
            words = self._words(action)
            if words:
                self.say(words)

        self.say(f"shopper {number} {'holds a code in front of the reader' if self._has_reader else 'shows a code'}", stamp=True)
        trip = await shop(self.shop.cabinet, actions, present=present, told=told)
        closed = time.monotonic()
        if trip.outcome != "shopped" or visit is None:
            self._problem(f"shopper {number} could not shop: {trip.outcome}")
            return
        await self.judge(visit, trip.held, closed)

    async def judge(self, visit: str, held: Mapping[str, int], closed: float) -> None:
        """Wait for the result of a visit, here and in the cloud, and hold it against what was carried away."""
        done = await self.shop.watch.until(
            lambda now: now["visit"] is None and now["cabinet"]["phase"] in ("receipt", "idle"), RESULT_WITHIN_S
        )
        if done is None:
            self._problem(f"no result for visit {visit[-6:]} within {RESULT_WITHIN_S:.0f} s")
            return
        took_s = time.monotonic() - closed
        receipt = next((row for row in done["receipts"] if row["visit"] == visit), None)
        billed = Counter({line["gtin"]: line["quantity"] for line in receipt["lines"]}) if receipt else Counter[str]()
        self._tell_receipt(visit, receipt, took_s)
        stored = await self._cloud.wait_for(visit, CLOUD_WITHIN_S)
        right = billed == Counter(held)
        verdict = "as carried away" if right else f"BUT the shopper carries {self._goods(held)}"
        if stored is None:
            self._late.append(visit)
            self.say(f"not yet in the cloud after {CLOUD_WITHIN_S:.0f} s: it waits in the outbox; {verdict}")
        else:
            self.totals.in_cloud += 1
            self.say(f"in the cloud {max(0.0, time.monotonic() - closed - took_s):.1f} s later: {stored}; {verdict}")
        if receipt is not None and receipt["status"] == "provisional":
            self.totals.reviewed += 1
        elif right:
            self.totals.right += 1
        else:
            self.totals.wrong += 1
            self._problem(f"visit {visit[-6:]} billed {self._goods(billed)}, carried away {self._goods(held)}")
        if receipt is not None and receipt["status"] == "final":
            self.totals.minor += receipt["total_minor"]

    async def look_for_late(self) -> None:
        """Tell which results that were late have reached the consumer since."""
        for visit in tuple(self._late):
            if (stored := await self._cloud.wait_for(visit, 0.0)) is not None:
                self._late.remove(visit)
                self.totals.in_cloud += 1
                self.say(f"in the cloud at last: visit {visit[-6:]}, {stored}")

    async def restocker(self) -> None:
        """Fill the plates up to the planogram; a staff visit never bills."""
        cabinet = self.shop.cabinet
        self.say("a restocker comes", stamp=True)
        visit, refusal = await self.shop.enter(self.shop.make_pass("restocker", "restocker-1"))
        door = cabinet.layout.doors[0].door
        if visit is None or not await cabinet.open_door(door):
            self._problem(f"the restocker could not open the cabinet: {refusal or 'the door stayed locked'}")
            return
        for plate, gtin, missing in self._missing():
            self.say(f"fills {missing} × {self._names[gtin]} on {plate}")
            await cabinet.restock(plate, gtin, missing)
            await cabinet.wait(1.0)
        await cabinet.close_door(door)
        done = await self.shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), RESULT_WITHIN_S)
        recount = None if done is None else done["stock"]["recount"]
        if recount is None or recount["visit"] != visit:
            self._problem(f"no recount for the restocker's visit {visit[-6:]}")
            return
        self.say(f"nothing is billed; {recount['counted']} of {recount['full_units']} units counted by their weight")
        for one in done["stock"]["proposal"] if done is not None else ():
            self._problem(f"{one['name']} on {one['plate']} was laid out as the planogram says, and yet another facing is proposed")

    def needs_restock(self) -> bool:
        """Whether some plate is below ``RESTOCK_BELOW`` of its planogram."""
        full = {plate.plate: plate.count for plate in self.shop.cabinet.layout.plates}
        return any(full[plate] - missing < full[plate] * RESTOCK_BELOW for plate, _, missing in self._missing())

    async def next_visit(self) -> None:
        """A restocker where one is needed, else a shopper; waits until the cabinet is free."""
        await self.look_for_late()
        async with self.at_cabinet:
            if await self.shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), RESULT_WITHIN_S) is None:
                self._problem(f"the cabinet does not become free: {self.shop.watch.snapshot.get('cabinet')}")
            elif self.needs_restock():
                await self.restocker()
            else:
                await self.shopper()

    @property
    def all_well(self) -> bool:
        """Every visit ended right, and its result has reached the consumer."""
        return not self.totals.problems and not self._late

    def summary(self) -> str:
        """The last words."""
        totals = self.totals
        judged = totals.right + totals.wrong + totals.reviewed
        lines = [
            f"{counted(judged, 'visit')}: {totals.right} right at once, {totals.reviewed} handed to a person, {totals.wrong} wrong; "
            f"{totals.in_cloud} of {judged} results in the cloud; takings {self._money(totals.minor)}"
        ]
        learned = [row for row in self.shop.watch.snapshot.get("stock", {}).get("products", ()) if row["learned_g"] is not None]
        if learned:
            lines.append("unit weights learned from charged visits:")
            lines += [f"  {_learned(row)}" for row in learned]
        lines += [f"  {problem}" for problem in totals.problems]
        lines += [f"  visit {visit[-6:]} has not reached the consumer" for visit in self._late]
        return "\n".join(lines)

    def _missing(self) -> list[tuple[str, str, int]]:
        truth = self.shop.cabinet.truth().plates
        found = [
            (plate.plate, plate.gtin, plate.count - truth[plate.plate].get(plate.gtin, 0)) for plate in self.shop.cabinet.layout.plates
        ]
        return [row for row in found if row[2] > 0]

    def _problem(self, words: str) -> None:
        self.totals.problems.append(words)
        self.say(f"PROBLEM: {words}")

    def _tell_receipt(self, visit: str, receipt: Mapping[str, Any] | None, took_s: float) -> None:
        if receipt is None:
            self.say(f"result   {visit[-6:]}: nothing taken, nothing billed; {took_s:.1f} s after closing")
            return
        for line in receipt["lines"]:
            price = self._money(line["total_minor"])
            self.say(f"receipt  {visit[-6:]}: {line['quantity']} × {line['name']:<42} {price:>12}   {_sure(line)}")
        why = f" ({'; '.join(receipt['review_reasons'])})" if receipt["review_reasons"] else ""
        self.say(
            f"receipt  {visit[-6:]}: total {self._money(receipt['total_minor'])}, {receipt['status']}{why}; {took_s:.1f} s after closing"
        )

    def _words(self, action: Action) -> str:
        plates = {plate.plate: self._names[plate.gtin] for plate in self.shop.cabinet.layout.plates}
        match action:
            case Take(plate, count):
                return f"takes {count} × {plates[plate]}"
            case PutBack(plate, count):
                return f"puts {count} × {plates[plate]} back"
            case PutElsewhere(plate):
                return f"puts it down on {plate}, where it does not belong"
            case Touch(plate):
                return f"feels {plates[plate]}, takes nothing"
            case Open(door):
                return f"opens the door {door}"
            case Close(door):
                return f"closes the door {door}"
            case LeaveAjar(door):
                return f"leaves the door {door} ajar"
            case Lean(plate):
                return f"leans on {plate}"
            case Present() | Linger() | LetGo():
                return ""
            case _:
                assert_never(action)

    def _goods(self, goods: Mapping[str, int]) -> str:
        return ", ".join(f"{count} × {self._names.get(gtin, gtin)}" for gtin, count in sorted(goods.items()) if count) or "nothing"

    def _money(self, minor: int) -> str:
        return f"{minor / 100:.2f} {self.shop.cabinet.layout.currency}"


def _sure(line: Mapping[str, Any]) -> str:
    """How sure the store is of a line, never quite; and what else it may be, where that is worth a word."""
    sure = "over 99% sure" if line["probability"] > 0.99 else f"{line['probability']:.0%} sure"
    others = [one for one in line["alternatives"] if one["probability"] >= WORTH_A_WORD]
    return ", or ".join([sure, *(f"{one['quantity']} × {one['name']}" for one in others)])


def _learned(row: Mapping[str, Any]) -> str:
    units = f"{row['weighed_units']} {'unit' if row['weighed_units'] == 1 else 'units'}"
    return f"{row['name']:<42} {row['learned_g']:>7g} g over {units} (catalogue {row['catalogue_g']:g} g)"


def _opening_scene(layout: CabinetLayout) -> tuple[Action, ...]:
    """The first visit shows everything that matters: two of one product, another one, and one of the two put back."""
    door, (first, *_, last) = layout.doors[0].door, layout.plates
    return (
        Present(),
        Open(door),
        Linger(1.0),
        Take(first.plate, 2),
        Linger(1.5),
        Take(last.plate, 1),
        Linger(1.5),
        PutBack(first.plate, 1),
        Linger(1.5),
        Close(door),
    )


async def tell(story: Story, *, visits: int | None, pause_s: float, idle: Callable[[], bool]) -> None:
    """Visits until ``visits`` shoppers have been (None: for ever). ``idle`` true: a person wants the cabinet, so the others wait."""
    while visits is None or story.totals.visits < visits:
        if idle():
            await asyncio.sleep(0.2)
            continue
        await story.next_visit()
        await asyncio.sleep(pause_s)


def layout_words(layout: CabinetLayout) -> str:
    """The cabinet in one line."""
    doors = "one door" if len(layout.doors) == 1 else counted(len(layout.doors), "door")
    return f"{doors}, {counted(len(layout.plates), 'plate')}, {counted(len(layout.products), 'product')}"

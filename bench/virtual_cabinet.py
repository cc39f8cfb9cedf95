"""A cabinet in virtual time: door, bolt, plates, shoppers and a controller that may die at any moment. Feeds ``step`` with facts.

A caricature of the physics (the wire-level simulation lives in the device room), but with the faults of the field: ajar doors, late bolts,
lost devices, noise, codes read twice, silence from the cloud, power cuts. Deterministic for a seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Final

from pydantic import TypeAdapter

from bench.visit_laws import Laws
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
    PlateMoving,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    PlateWeight,
    Quality,
    Unlocked,
    UnlockFailed,
    whole_milligrams,
)
from edge.session.commands import AskCloud, Command, IssueReceipt, PulseLock, SettlePlates
from edge.session.facts import ControllerStarted, EntryRequested, Fact, ServiceRequested, StoreConfigured, TimerElapsed
from edge.session.machine import initial, next_deadline_ns, step
from edge.session.receipt import Receipt
from edge.session.settings import EntrySettings, VisitSettings
from edge.session.state import StoreState
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel

NS: Final = 1_000_000_000
DOOR: Final = "door"
PULSE_S: Final = 0.15  # s from the command to the bolt
PRODUCTS: Final = (
    Product("4006381333931", "Cola 0.33 l", 199, 1900, 355.0, 2.0),
    Product("4012345678901", "Water 0.5 l", 129, 1900, 523.0, 3.0),
    Product("4001234567893", "Nut bar", 99, 700, 52.0, 0.8),
    Product("4009876543217", "Sandwich", 399, 700, 212.0, 3.0),
)
STORE: Final = StoreModel(
    tenant="bench",
    store="cabinet",
    doors=(Door(DOOR, "board", has_bolt_sensor=True),),
    plates=tuple(Plate(f"p{i}", "scales", 15_000.0) for i in range(4)),
    planogram=tuple(Facing(f"p{i}", p.gtin, 12) for i, p in enumerate(PRODUCTS)),
    prices=PriceList("bench-1", "EUR", PRODUCTS),
)

_STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)


class VirtualCabinet:
    """The world and its controller. ``log`` collects (fact, commands); ``receipts`` what was issued."""

    def __init__(
        self, seed: int, *, visit: VisitSettings | None = None, entry: EntrySettings | None = None, store: StoreModel = STORE
    ) -> None:
        self.rng = random.Random(seed)
        self.store = store  # what the controller is told; the goods weigh what PRODUCTS says
        self.visit, self.entry = visit or VisitSettings(), entry or EntrySettings(offline_visits=100_000, offline_minor=2**31)
        self.laws = Laws()
        self.state = initial()
        self.now = 10 * NS  # virtual time since the simulation began
        self.boot_at = 0  # virtual time at which the monotonic clock was zero
        self.alive = True
        self.crash_in: int | None = None  # events until the controller dies; None: it lives
        self.log: list[tuple[Fact, tuple[Command, ...]]] = []
        self.receipts: list[Receipt] = []
        self.faults: dict[str, int] = {}
        self.open, self.secured, self.stuck_until = False, True, 0
        self.units = dict.fromkeys((p.gtin for p in PRODUCTS), 12)
        self.grams = {f"p{i}": 12 * p.unit_weight_g for i, p in enumerate(PRODUCTS)}
        self.cloud_answers = True
        self.lost: set[str] = set()
        self._events: list[tuple[int, int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._run = 0  # which life of the controller: what the last one had queued dies with it
        self._presented = itertools.count(1)
        self.start(same_boot=False)

    # time

    def at(self, delay_s: float, act: Callable[[], None], *, dies: bool = False) -> None:
        """Do ``act`` after ``delay_s``; with ``dies`` only if the controller has not died meanwhile."""
        heapq.heappush(self._events, (self.now + round(delay_s * NS), next(self._order), self._run if dies else -1, act))

    def run(self, seconds: float) -> None:
        """Let virtual time pass: events and deadlines in their order."""
        end = self.now + round(seconds * NS)
        while True:
            deadline = next_deadline_ns(self.state)
            due = end if deadline is None else max(self.now, deadline + self.boot_at)
            if self._events and self._events[0][0] <= min(due, end):
                self.now, _, life, act = heapq.heappop(self._events)
                if life in (-1, self._run):
                    act()
            elif due < end:
                self.now = due
                self.tell(TimerElapsed(at_ns=self.mono))
            else:
                self.now = max(self.now, end)  # a crash may have taken longer
                return
            self._crash_if_due()

    @property
    def mono(self) -> int:
        return self.now - self.boot_at

    # the controller

    def tell(self, fact: Fact) -> None:
        """One fact through the machine, the laws watching, its commands carried out by the world. Unheard while it is down."""
        if not self.alive:
            return
        before = self.state
        after, commands = step(before, fact)
        self.state = after
        self.laws.watch(before, fact, after, commands)
        self.log.append((fact, commands))
        for command in commands:
            self._carry_out(command)

    def _crash_if_due(self) -> None:
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                self.crash()

    def start(self, *, same_boot: bool) -> None:
        """The controller starts: state from the journal, sensors read anew."""
        self._run += 1
        self.state = _STATE.validate_json(_STATE.dump_json(self.state))
        if not same_boot:
            self.boot_at = self.now - NS
        self.tell(ControllerStarted(at_ns=self.mono, boot_id=f"boot{self._run}", same_boot=same_boot, version="0"))
        self.tell(StoreConfigured(at_ns=self.mono, store=self.store, visit=self.visit, entry=self.entry))
        self.at(0.3, self._sense, dies=True)
        self.at(1.5, self._weigh, dies=True)

    def crash(self) -> None:
        """Die between two facts and come back, in the same boot or after a power cut."""
        self.count("restart")
        same_boot = self.rng.random() < 0.5
        self._run += 1
        # The state must survive as JSON, exactly.
        text = _STATE.dump_json(self.state)
        self.laws.check("total", _STATE.validate_json(text) == self.state, "the state as JSON")
        down_s = self.rng.uniform(0.5, 5.0) if same_boot else self.rng.uniform(5.0, 60.0)
        end = self.now + round(down_s * NS)
        self.alive = False
        while self._events and self._events[0][0] <= end:  # the world goes on without a witness
            self.now, _, life, act = heapq.heappop(self._events)
            if life == -1:
                act()
        self.now, self.alive = end, True
        self.start(same_boot=same_boot)

    def _sense(self) -> None:
        if "board" not in self.lost:
            self.tell(DoorSensed(at_ns=self.mono, door=DOOR, open=self.open, secured=self.secured))

    def _weigh(self) -> None:
        if "scales" not in self.lost:
            weights = tuple(PlateWeight(p, self._noisy(g), 0.5) for p, g in self.grams.items())
            self.tell(PlatesMeasured(at_ns=self.mono, weights=weights))

    def _carry_out(self, command: Command) -> None:
        match command:
            case PulseLock(token=token):
                self.at(PULSE_S, lambda: self._pulse(token), dies=True)
            case SettlePlates(after_ns=after):
                self.at(self.rng.uniform(0.4, 1.2), lambda: self._quiet(after), dies=True)
            case AskCloud(visit=visit) if self.cloud_answers and self.rng.random() < 0.95:
                granted = self.rng.random() < 0.9
                self.at(0.2, lambda: self._answer(visit, granted), dies=True)
            case IssueReceipt(receipt=receipt):
                self.receipts.append(receipt)
            case _:
                pass

    def _pulse(self, token: str) -> None:
        chance = self.rng.random()
        if "board" in self.lost or chance < 0.02:
            self.count("unlock unreachable")
            if chance < 0.01:
                self._release()
            self.tell(UnlockFailed(at_ns=self.mono, door=DOOR, token=token, reason="unreachable", detail="no answer"))
        elif chance < 0.04:
            self.count("unlock without movement")
            self.tell(UnlockFailed(at_ns=self.mono, door=DOOR, token=token, reason="no_movement", detail="no sensor moved"))
        else:
            self._release()
            self.tell(Unlocked(at_ns=self.mono, door=DOOR, token=token))

    def _answer(self, visit: str, granted: bool) -> None:
        self.tell(
            EntryAnswered(at_ns=self.mono, visit=visit, granted=granted, reason="", holder="card-holder", role="shopper", limit_minor=5_000)
        )

    def _quiet(self, after: int) -> None:
        if "scales" not in self.lost and self.rng.random() > 0.02:
            self.tell(PlatesQuiet(at_ns=self.mono, after_ns=after))

    # the world

    def _release(self) -> None:
        if self.secured:
            self.secured = False
            self.tell_door(BoltReleased(at_ns=self.mono, door=DOOR))

    def tell_door(self, fact: DoorOpened | DoorClosed | BoltReleased | BoltSecured) -> None:
        """A door's fact reaches the controller only while its board answers."""
        if "board" not in self.lost:
            self.tell(fact)

    def pull(self) -> None:
        """Somebody pulls the door; a held bolt keeps it shut (from outside, with nobody inside)."""
        if not self.open and not self.secured:
            self.open = True
            self.tell_door(DoorOpened(at_ns=self.mono, door=DOOR))

    def force(self) -> None:
        """Somebody breaks it open, past the bolt."""
        if not self.open:
            self.secured, self.open = False, True
            self.tell_door(DoorOpened(at_ns=self.mono, door=DOOR))
            self.tell_door(BoltReleased(at_ns=self.mono, door=DOOR))

    def push(self) -> None:
        """Somebody shuts the door; the bolt falls a moment later."""
        if self.open:
            self.open = False
            self.tell_door(DoorClosed(at_ns=self.mono, door=DOOR))
        self.at(max(0.2, (self.stuck_until - self.now) / NS), self._hold)

    def _hold(self) -> None:
        if not self.open and not self.secured:
            self.secured = True
            self.tell_door(BoltSecured(at_ns=self.mono, door=DOOR))

    def move(self, plate: int, units: int) -> None:
        """``units`` (negative = taken) of the plate's product change place, with a hand above the plate for a while."""
        name, product = f"p{plate}", PRODUCTS[plate]
        units = max(units, -self.units[product.gtin])
        if units == 0 or not self.open:
            return
        self.units[product.gtin] += units
        grams = sum(self.rng.gauss(product.unit_weight_g, product.weight_sd_g) for _ in range(abs(units))) * (1 if units > 0 else -1)
        self.grams[name] += grams
        began = self.mono
        self.tell_plate(PlateMoving(at_ns=self.mono, plate=name))
        self.at(self.rng.uniform(0.8, 1.6), lambda: self._settled(name, began, grams), dies=True)

    def _settled(self, name: str, began: int, grams: float) -> None:
        quality: Quality = "noisy" if self.rng.random() < 0.05 else "ok"
        change = PlateChange(name, self._noisy(grams), 0.7, self._noisy(self.grams[name]))
        self.tell_plate(PlateSettled(at_ns=self.mono, plates=(name,), changes=(change,), start_ns=began, end_ns=self.mono, quality=quality))

    def tell_plate(self, fact: PlateMoving | PlateSettled) -> None:
        """A plate's fact reaches the controller only while the scales answer."""
        if "scales" not in self.lost:
            self.tell(fact)

    def lose(self, device: str, seconds: float) -> None:
        """A device is unplugged for a while."""
        if device in self.lost:
            return
        self.count(f"{device} lost")
        self.lost.add(device)
        doors = (DOOR,) if device == "board" else ()
        plates = tuple(self.grams) if device == "scales" else ()
        self.tell(DeviceLost(at_ns=self.mono, device=device, doors=doors, plates=plates, reason="no answer"))
        self.at(seconds, lambda: self._find(device, doors, plates))

    def _find(self, device: str, doors: tuple[str, ...], plates: tuple[str, ...]) -> None:
        self.lost.discard(device)
        self.tell(DeviceFound(at_ns=self.mono, device=device, doors=doors, plates=plates))
        if device == "board":
            self._sense()
        else:
            self.at(1.0, self._weigh, dies=True)

    def refill(self) -> None:
        """Fill the shelves outside of the story, where they run low, as a correct count would."""
        for plate, product in enumerate(PRODUCTS):
            missing = 12 - self.units[product.gtin]
            if missing:
                self.move(plate, missing)

    def present(self, request: Callable[[str], EntryRequested]) -> str:
        """Present a credential under a fresh visit id."""
        visit = f"00000000-0000-7000-8000-{next(self._presented):012d}"
        self.tell(request(visit))
        return visit

    def cloud(self, reachable: bool) -> None:
        """The far end comes or goes."""
        self.cloud_answers = reachable
        self.tell(CloudReachable(at_ns=self.mono) if reachable else CloudLost(at_ns=self.mono))

    def acknowledge(self) -> None:
        """The operator has looked and acknowledges."""
        self.tell(ServiceRequested(at_ns=self.mono, action="clear_faults", by="operator", reason="looked at it"))

    def _noisy(self, grams: float) -> float:
        return whole_milligrams(grams + self.rng.gauss(0.0, 0.4))

    def count(self, what: str) -> None:
        self.faults[what] = self.faults.get(what, 0) + 1

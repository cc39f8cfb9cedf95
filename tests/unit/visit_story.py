"""Tells a visit fact by fact: a cabinet of two plates, seconds instead of nanoseconds, and what was ordered along the way."""

from __future__ import annotations

from typing import Any, Self, TypeVar

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
)
from edge.session.commands import Command, EndVisit, IssueReceipt, PulseLock, RaiseAlarm
from edge.session.facts import (
    Camera,
    ChangesTrouble,
    ControllerStarted,
    Credential,
    EntryRequested,
    Fact,
    PassClaims,
    StoreConfigured,
    TimerElapsed,
)
from edge.session.machine import initial, next_deadline_ns, step
from edge.session.receipt import Receipt
from edge.session.settings import EntrySettings, VisitSettings
from edge.session.state import Closed, Settling, visit_of
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel
from vision.facts import CameraFound, CameraLost, EyeOpened, ItemSeen

NS = 1_000_000_000
NOW_UNIX = 1_800_000_000
COLA = Product("4006381333931", "Cola", 199, 1900, 350.0, 2.0)
BAR = Product("40063813", "Bar", 99, 700, 52.0, 0.8)
ONE_DOOR = (Door("d1", "board", has_bolt_sensor=True),)
TWO_DOORS = (*ONE_DOOR, Door("d2", "board", has_bolt_sensor=True))
NO_BOLT = (Door("d1", "board", has_bolt_sensor=False),)

C = TypeVar("C", bound=Command)


def shop(doors: tuple[Door, ...] = ONE_DOOR, *, version: str = "v1", cola_minor: int = 199) -> StoreModel:
    cola = Product(COLA.gtin, COLA.name, cola_minor, COLA.tax_bp, COLA.unit_weight_g, COLA.weight_sd_g)
    return StoreModel(
        tenant="t",
        store="s",
        doors=doors,
        plates=(Plate("p1", "scale", 10_000.0), Plate("p2", "scale", 10_000.0)),
        planogram=(Facing("p1", COLA.gtin, 10), Facing("p2", BAR.gtin, 8)),
        prices=PriceList(version, "EUR", (cola, BAR)),
    )


def claims(pass_id: str = "pass-1", **changes: Any) -> PassClaims:
    fields: dict[str, Any] = {
        "pass_id": pass_id,
        "holder": "holder-1",
        "role": "shopper",
        "not_before_s": NOW_UNIX - 10,
        "expires_s": NOW_UNIX + 300,
        "limit_minor": None,
        "currency": "EUR",
    }
    return PassClaims(**{**fields, **changes})


class Story:
    """``commands`` are all so far, ``last`` those of the last fact. Time is in seconds and only goes on."""

    def __init__(
        self,
        *,
        doors: tuple[Door, ...] = ONE_DOOR,
        visit: VisitSettings | None = None,
        entry: EntrySettings | None = None,
        ready: bool = True,
        store: StoreModel | None = None,
        cameras: tuple[Camera, ...] = (),
    ) -> None:
        self.state = initial()
        self.cameras = cameras
        self.at_s = 1.0
        self.commands: list[Command] = []
        self.last: tuple[Command, ...] = ()
        self.weights = {"p1": 3500.0, "p2": 416.0} if store is None else {plate.plate: 8000.0 for plate in store.plates}
        self.store, self.visit_rules, self.entry_rules = store or shop(doors), visit or VisitSettings(), entry or EntrySettings()
        self.start(same_boot=False)
        if ready:
            for door in self.store.doors:
                self.sense(door.door, open=False, secured=True if door.has_bolt_sensor else None)
            self.measure()

    @property
    def at_ns(self) -> int:
        return round(self.at_s * NS)

    @property
    def phase(self) -> str:
        return self.state.phase.kind

    def tell(self, fact: Fact) -> Self:
        self.state, self.last = step(self.state, fact)
        self.commands += self.last
        return self

    def wait(self, seconds: float) -> Self:
        self.at_s += seconds
        return self

    def timer(self) -> Self:
        """Go to the deadline and say so."""
        deadline = next_deadline_ns(self.state)
        assert deadline is not None
        self.at_s = max(self.at_s, deadline / NS)
        return self.tell(TimerElapsed(at_ns=max(self.at_ns, deadline)))

    def start(self, *, same_boot: bool) -> Self:
        self.tell(ControllerStarted(at_ns=self.at_ns, boot_id="boot", same_boot=same_boot, version="1"))
        started = self.last
        self.tell(StoreConfigured(at_ns=self.at_ns, store=self.store, visit=self.visit_rules, entry=self.entry_rules, cameras=self.cameras))
        self.last = (*started, *self.last)
        return self

    def configure(self, store: StoreModel, *, by: str = "maria", number: int = 1, trouble: ChangesTrouble = "") -> Self:
        """What is sold, and where it stands, is changed on a page."""
        self.store = store
        told: dict[str, Any] = {"by": by, "change_no": number, "change": "product: spring prices"} if by else {}
        rules: dict[str, Any] = {"visit": self.visit_rules, "entry": self.entry_rules, "cameras": self.cameras}
        return self.tell(StoreConfigured(at_ns=self.at_ns, store=store, **rules, **told, trouble=trouble))

    def enter(
        self, credential: Credential | None = None, *, visit: str = "v1", unix_s: int | None = NOW_UNIX, door: str | None = None
    ) -> Self:
        return self.tell(
            EntryRequested(at_ns=self.at_ns, visit=visit, source="qr", credential=credential or claims(), unix_s=unix_s, door=door)
        )

    def unlock(self, door: str = "d1") -> Self:
        visit = visit_of(self.state.phase)
        assert visit is not None
        return self.tell(BoltReleased(at_ns=self.at_ns, door=door)).tell(Unlocked(at_ns=self.at_ns, door=door, token=visit.visit))

    def fail(self, reason: Any, door: str = "d1") -> Self:
        visit = visit_of(self.state.phase)
        assert visit is not None
        return self.tell(UnlockFailed(at_ns=self.at_ns, door=door, token=visit.visit, reason=reason, detail=""))

    def open(self, door: str = "d1") -> Self:
        return self.tell(DoorOpened(at_ns=self.at_ns, door=door))

    def close(self, door: str = "d1") -> Self:
        return self.tell(DoorClosed(at_ns=self.at_ns, door=door))

    def secure(self, door: str = "d1") -> Self:
        return self.tell(BoltSecured(at_ns=self.at_ns, door=door))

    def release(self, door: str = "d1") -> Self:
        return self.tell(BoltReleased(at_ns=self.at_ns, door=door))

    def sense(self, door: str = "d1", *, open: bool, secured: bool | None) -> Self:
        return self.tell(DoorSensed(at_ns=self.at_ns, door=door, open=open, secured=secured))

    def measure(self, **grams: float) -> Self:
        self.weights.update(grams)
        return self.tell(PlatesMeasured(at_ns=self.at_ns, weights=tuple(PlateWeight(p, g, 0.5) for p, g in self.weights.items())))

    def moving(self, plate: str = "p1") -> Self:
        return self.tell(PlateMoving(at_ns=self.at_ns, plate=plate))

    def change(self, delta_g: float, plate: str = "p1", *, ago_s: float = 0.0, quality: Quality = "ok") -> Self:
        """A settled change whose movement ended ``ago_s`` seconds ago."""
        self.weights[plate] += delta_g
        end = self.at_ns - round(ago_s * NS)
        changes = (PlateChange(plate, delta_g, 0.7, self.weights[plate]),) if delta_g else ()
        return self.tell(
            PlateSettled(at_ns=self.at_ns, plates=(plate,), changes=changes, start_ns=end - NS // 10, end_ns=end, quality=quality)
        )

    def quiet(self) -> Self:
        phase = self.state.phase
        assert isinstance(phase, Closed | Settling)
        return self.tell(PlatesQuiet(at_ns=self.at_ns, after_ns=phase.asked_ns))

    def lose(self, *, doors: tuple[str, ...] = (), plates: tuple[str, ...] = ()) -> Self:
        return self.tell(DeviceLost(at_ns=self.at_ns, device="dev", doors=doors, plates=plates, reason="silent"))

    def find(self, *, doors: tuple[str, ...] = (), plates: tuple[str, ...] = ()) -> Self:
        return self.tell(DeviceFound(at_ns=self.at_ns, device="dev", doors=doors, plates=plates))

    def eye(self, *lost: str) -> Self:
        """The eye answers; its cameras see, but those that are lost."""
        self.tell(EyeOpened(at_ns=self.at_ns, cameras=tuple(one.camera for one in self.cameras), model="m", gallery="g1", products=2))
        for one in self.cameras:
            if one.camera in lost:
                self.tell(CameraLost(at_ns=self.at_ns, camera=one.camera, plates=one.plates, reason="black", detail="1 % bright"))
            else:
                self.tell(CameraFound(at_ns=self.at_ns, camera=one.camera, plates=one.plates))
        return self

    def sees(self, *logs: tuple[str, float], plate: str = "p1", ago_s: float = 0.0, reach: int = 1, **more: Any) -> Self:
        """A camera tells of a reach that ended ``ago_s`` seconds ago; what it does not name is 6 nats less likely than the best."""
        end = self.at_ns - round(ago_s * NS)
        fields: dict[str, Any] = {
            "at_ns": self.at_ns,
            "camera": "c1",
            "reach": reach,
            "plates": (plate,),
            "start_ns": end - NS // 2,
            "end_ns": end,
            "direction": "taken",
            "log_likelihoods": logs,
            "log_other": -6.0,
            "views": 4,
            "evidence": f"v1/c1-{reach}",
        }
        return self.tell(ItemSeen(**{**fields, **more}))

    def shopping(self) -> Self:
        """Let in, door open."""
        return self.enter().wait(0.2).unlock().wait(2).open().wait(1)

    def leave(self) -> Self:
        """Door closed and held, plates quiet."""
        return self.wait(1).close().wait(0.2).secure().wait(0.5).quiet()

    # what was ordered

    def all(self, kind: type[C]) -> list[C]:
        return [command for command in self.commands if isinstance(command, kind)]

    def pulses(self) -> list[PulseLock]:
        return self.all(PulseLock)

    def receipt(self) -> Receipt:
        (issued,) = self.all(IssueReceipt)
        return issued.receipt

    def receipts(self) -> list[Receipt]:
        return [issued.receipt for issued in self.all(IssueReceipt)]

    def end(self) -> EndVisit:
        (ended,) = self.all(EndVisit)
        return ended

    def alarms(self) -> list[str]:
        return [command.code for command in self.all(RaiseAlarm)]

    def present(self) -> set[str]:
        return {alarm.code for alarm in self.state.alarms}

    def refusal(self) -> str:
        assert self.state.last_refusal is not None
        return self.state.last_refusal.code

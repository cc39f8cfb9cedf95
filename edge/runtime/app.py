"""The composition root: builds every part from the settings, connects them, runs them in one task group, takes them down in order."""

from __future__ import annotations

import asyncio
import logging
import socket
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.bridge import Bridge
from cloud_bridge.facts import CloudFact, EntryOffered
from cloud_bridge.outbox import Outbox, OutboxError, reserve_path
from cloud_bridge.topics import StoreAddress
from devices.errors import DeviceError
from devices.facts import CodeScanned, DeviceFact
from devices.station.station import Station
from edge.access.refusals import AccessError
from edge.runtime.broadcast import Broadcast
from edge.runtime.care.desk import CareDesk
from edge.runtime.changes import Changes
from edge.runtime.changes_file import ChangesFile
from edge.runtime.clock import SystemClock
from edge.runtime.commissioning.record import NAME as COMMISSIONING_RECORD
from edge.runtime.commissioning.record import CommissioningRecord
from edge.runtime.commissioning.wizard import Commissioning
from edge.runtime.disk_watch import DiskWatch
from edge.runtime.enrolment import Enroller
from edge.runtime.entry_codes import EntryCodes
from edge.runtime.executor import Executor
from edge.runtime.eye_handover import hand_over
from edge.runtime.eye_link import EyeLink
from edge.runtime.front import Front
from edge.runtime.goods import Goods
from edge.runtime.health_report import report_health
from edge.runtime.inbox import Inbox
from edge.runtime.journal import JournalError, JournalReader, JournalWriter, StoredReceipt
from edge.runtime.journal_lock import JournalHeld, hold
from edge.runtime.log_ring import LogRing
from edge.runtime.pass_desk import PassDesk
from edge.runtime.pictures import PictureShelf
from edge.runtime.restarting import Restarting
from edge.runtime.run_mark import RunMark
from edge.runtime.sample_ring import SampleRing
from edge.runtime.sample_tap import SampleTap
from edge.runtime.settings import LoadedStore, StoreSettings, is_split
from edge.runtime.snapshots import cabinet_phase, store_snapshot
from edge.runtime.store_loop import StoreLoop, recover
from edge.runtime.tallies import Tallies
from edge.runtime.watchdog import Watchdog, notify
from edge.runtime.way_in import WayIn
from edge.session.commands import Command, IssueReceipt, ReviseReceipt
from edge.session.facts import ControllerStarted, Fact
from edge.session.passes import load_keys
from edge.session.state import Idle, StoreState
from edge.snapshot import ControllerView, StoreSnapshot
from edge.store.settings import zone_of
from edge.translate.messages import outgoing
from edge.web.certificate import CertificateError
from edge.web.server import PortTaken, address, listen, serve
from vision.facts import ItemSeen, VisionFact

log = logging.getLogger(__name__)

VERSION: Final = version("smartstore-edge")
RECENT_RECEIPTS: Final = 5  # on the page; the rest is a listing away
IDLE_LOOK_NS: Final = 30_000_000_000  # ns between two sightings of one camera that are journalled while nobody is inside
LOOP_LIMIT_S: Final = 20.0  # s a loop may be silent before the watchdog starves; the slowest card commits in under one
DEVICE_LIMIT_S: Final = 30.0  # s; a device's loop sleeps between probes of a lost device


class StartRefused(RuntimeError):
    """The controller cannot run as it is configured or installed. The message says what to do."""


class Controller:
    """One store. ``run`` until ``stop`` is called or a part fails. ``ready`` is set, and ``web_url`` known, once everything runs.

    ``again``: it ended because somebody wants it started anew.
    """

    def __init__(self, loaded: LoadedStore, *, clock: SystemClock | None = None) -> None:
        self.settings = settings = loaded.settings
        self.clock = clock or SystemClock()
        self.web_url: str | None = None
        self.again = False
        self._loaded = loaded
        self.ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._started_ns = self.clock.monotonic_ns()
        remembered = settings.recordings.remember_minutes
        self._tap = SampleTap([plate.id for plate in settings.devices.plates], SampleRing(remembered) if remembered else None)
        self._logs = LogRing(settings.log.keep_lines)
        self._recent: deque[StoredReceipt] = deque(maxlen=RECENT_RECEIPTS)
        self._reviews_open = 0
        self._idle_looks: dict[str, int] = {}

    def stop(self) -> None:
        """Ask ``run`` to end cleanly."""
        self._stop.set()

    async def run(self) -> None:
        """Everything, until stopped. Raises StartRefused where it cannot begin; any other error means: start anew from the journal."""
        with self._logs.listening(), ExitStack() as opened:
            await self._run(opened)

    async def _run(self, opened: ExitStack) -> None:
        """``run``, with what is to be closed at its end."""
        settings = self.settings
        path = settings.journal.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened.enter_context(_only_one(path))
            mark = RunMark(path, release=VERSION, boot=self.clock.boot_id, now_unix_s=self.clock.read().wall_ns / 1e9)
            self._mark = opened.enter_context(mark)
            outbox = opened.enter_context(closing(_outbox(path, StoreAddress(settings.store.tenant, settings.store.store))))
            journal = opened.enter_context(closing(JournalWriter(path, snapshot_every=settings.journal.snapshot_every)))
            reader = opened.enter_context(closing(JournalReader(path)))
            keys = load_keys(settings.entry.keys)
            way_in = opened.enter_context(closing(WayIn.open(settings)))
            inbox = Inbox()
            station = Station(settings.devices, sink=self._device_fact, clock_ns=self.clock.monotonic_ns, tap=self._tap.take)
            state = recover(reader)
            listener = opened.enter_context(listen(settings.web)) if settings.web.enabled else None
        except (AccessError, CertificateError, JournalError, OutboxError, DeviceError, PortTaken, OSError, ValueError) as error:
            raise StartRefused(str(error)) from error
        except sqlite3.Error as error:
            raise StartRefused(
                f"{path} cannot be used as the journal ({error}): look for a full or failing disk and for another program that holds the "
                f"file. If the file is damaged, keep it for the support and start with another journal.path."
            ) from error
        self._way_in = way_in
        hand_over(settings, self._loaded.overlay)
        low = any(alarm.code == "storage_low" for alarm in state.alarms)
        self._disk = DiskWatch(settings.journal, journal, reader, inbox, self.clock, low=low)
        self._inbox, self._station, self._reader = inbox, station, reader
        self._watchdog = Watchdog(self.clock.monotonic_ns)
        self._tallies = Tallies()
        self._bridge = Bridge(
            settings.cloud,
            outbox,
            MqttLink(settings.cloud, settings.cloud.client_id or f"{settings.store.tenant}-{settings.store.store}"),
            self._cloud_fact,
            stamp=self.clock.stamp,
            version=VERSION,
            beat=lambda: self._watchdog.beat("bridge"),
        )
        names = [camera.id for camera in settings.cameras]
        self._eye = EyeLink(settings.vision.socket, names, self._vision_fact, self.clock.monotonic_ns) if names else None
        executor = Executor(station, self._bridge, self._eye)
        self._loop = StoreLoop(
            state,
            inbox=inbox,
            journal=journal,
            executor=executor,
            clock=self.clock,
            beat=lambda: self._watchdog.beat("store"),
            tallies=self._tallies,
            listener=self._listen,
        )
        self._broadcast = Broadcast(self.snapshot)
        self._codes = EntryCodes(
            f"{settings.store.tenant}/{settings.store.store}", lambda: self._loop.state.entry_rules, self.clock.monotonic_ns
        )
        self._changes = Changes(
            self._loaded,
            ChangesFile(path.parent, is_split),
            inbox=inbox,
            clock=self.clock,
            state=lambda: self._loop.state,
            took=self._took,
            restarting=lambda: self._restarting.wanted,
        )
        self._restarting = Restarting(inbox, self.clock, lambda: self._loop.state, self._start_anew)
        self._bench = Commissioning(
            settings.devices,
            station=station,
            inbox=inbox,
            state=lambda: self._loop.state,
            changing=self._changes,
            record=CommissioningRecord(path.with_name(COMMISSIONING_RECORD)),
            cloud=self._bridge.live,
            clock=self.clock,
            version=VERSION,
        )
        self._care = CareDesk(
            lambda: self.settings,
            self._loaded.path,
            release=VERSION,
            station=station,
            clock=self.clock,
            inbox=inbox,
            tap=self._tap,
            logs=self._logs,
            mark=mark,
            state=lambda: self._loop.state,
            eye=lambda: self.snapshot().eye,
        )
        self._front = Front(
            tenant=settings.store.tenant,
            store=settings.store.store,
            keys=keys,
            inbox=inbox,
            loop=self._loop,
            reader=reader,
            clock=self.clock,
            zone=zone_of(settings.store.time_zone),
            broadcast=self._broadcast,
            codes=self._codes,
            snapshot=self.snapshot,
            tallies=self._tallies,
            watchdog=self._watchdog,
            tap=self._tap,
            access=way_in.access,
            care=self._care,
            changing=self._changes,
            goods=Goods(self._changes, inbox=inbox, clock=self.clock),
            restarting=self._restarting,
            bench=self._bench,
            enrolment=Enroller(lambda: self._loop.state, inbox, self._eye, self.clock.monotonic_ns),
            pictures=PictureShelf(settings.vision.evidence if names else None, names, self._eye, self.clock.monotonic_ns),
        )
        self._desk = PassDesk(
            self._front.present,
            {reader.id: reader.door for reader in settings.devices.readers},
            self._codes,
            self._bridge.answer_offer,
        )
        self._recent.extend(reader.receipts(limit=RECENT_RECEIPTS))
        self._reviews_open = reader.open_reviews()
        try:
            if await self._begun(state):
                await self._serve(listener)
        finally:
            notify("STOPPING=1")
            await executor.stop()
            opened.close()
            log.info("stopped")

    def snapshot(self) -> StoreSnapshot:
        """The whole store now, for whoever looks."""
        return store_snapshot(
            self._loop.state,
            name=self.settings.store.name or self.settings.store.store,
            contact=self.settings.store.contact,
            reading=self.clock.read(),
            station=self._station.live(),
            bus_urls={bus.name: bus.url for bus in self.settings.devices.buses},
            bridge=self._bridge.live(),
            receipts=tuple(self._recent),
            reviews_open=self._reviews_open,
            controller=ControllerView(
                version=VERSION,
                started_s=self._started_ns / 1e9,
                boot_id=self.clock.boot_id,
                clock_sync=self.clock.read().sync,
                journal_bytes=self._disk.journal_bytes,
                facts=self._loop.state.fact_no,
                disk_free_fraction=self._disk.free_fraction,
            ),
        )

    async def _begun(self, state: StoreState) -> bool:
        """Begin; False where we are told to stop before that succeeds, as on a disk that takes nothing."""
        beginning = asyncio.create_task(self._begin(state), name="beginning")
        stopping = asyncio.create_task(self._stop.wait(), name="stopping")
        await asyncio.wait({beginning, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if beginning.done():
            beginning.result()
            return True
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
        return False

    async def _begin(self, state: StoreState) -> None:
        """The first two facts of every run: who runs, and what the shop is. Handled before anything else can be reported."""
        now_ns = self.clock.monotonic_ns()
        same_boot = state.boot in ("", self.clock.boot_id)
        facts: list[Fact] = [
            ControllerStarted(at_ns=now_ns, boot_id=self.clock.boot_id, same_boot=same_boot, version=VERSION),
            self._changes.first_fact(now_ns),
        ]
        for fact in facts:
            self._inbox.put(fact)
        await self._loop.handle(await self._inbox.take(0.0))
        log.info("journal read", extra={"facts": state.fact_no, "same_boot": same_boot, "resumed_phase": cabinet_phase(state)})

    async def _serve(self, listener: socket.socket | None) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._loop.run(), name="store"),
                tasks.create_task(self._station.run(), name="station"),
                tasks.create_task(self._bridge.run(), name="bridge"),
                tasks.create_task(self._broadcast.run(), name="broadcast"),
                tasks.create_task(self._disk.run(), name="disk"),
                tasks.create_task(self._care.run(), name="care"),
                tasks.create_task(self._bench.run(), name="bench"),
                tasks.create_task(self._health(), name="health"),
                tasks.create_task(self._watchdog.run(), name="watchdog"),
            ]
            if self._eye is not None:
                running.append(tasks.create_task(self._eye.run(), name="eye"))
            self._watch_loops()
            self.web_url = None if listener is None else address(listener)
            way_in = self._way_in.run(self._inbox, self.clock.monotonic_ns, self.web_url)
            running.append(tasks.create_task(way_in, name="way in"))
            if listener is None:
                self._ready("nowhere")
            else:
                web = serve(self._front, self.settings.web, outer=self._way_in.outer, listener=listener, ready=self._ready)
                running.append(tasks.create_task(web, name="web"))
            await self._stop.wait()
            for task in running:
                task.cancel()

    async def _health(self) -> None:
        await report_health(self.settings, self._bridge, self.clock, lambda: self._loop.state, version=VERSION, started_ns=self._started_ns)

    def _ready(self, url: str) -> None:
        took_s = (self.clock.monotonic_ns() - self._started_ns) / 1e9
        log.info("ready", extra={"took_s": round(took_s, 3), "page": url})
        notify("READY=1")
        self._changes.proven()
        self.ready.set()

    def _took(self, settings: StoreSettings) -> None:
        self.settings = settings
        self._front.trust(load_keys(settings.entry.keys))

    def _start_anew(self) -> None:
        self.again = self._mark.restarting = True
        self._stop.set()

    def _watch_loops(self) -> None:
        self._watchdog.watch("store", limit_s=LOOP_LIMIT_S)
        self._watchdog.watch("bridge", limit_s=LOOP_LIMIT_S)
        self._watchdog.watch("devices", limit_s=DEVICE_LIMIT_S, last_beat_ns=self._slowest_device_ns)

    def _slowest_device_ns(self) -> int:
        return min(self._station.last_beat_ns.values(), default=self._started_ns)

    def _vision_fact(self, fact: VisionFact) -> None:
        if isinstance(fact, ItemSeen):
            self._tap.saw(fact)
            if isinstance(self._loop.state.phase, Idle):  # a street before a glass door moves all night: the page needs little of it
                if fact.at_ns - self._idle_looks.get(fact.camera, -IDLE_LOOK_NS) < IDLE_LOOK_NS:
                    return
                self._idle_looks[fact.camera] = fact.at_ns
        self._inbox.put(fact)

    def _device_fact(self, fact: DeviceFact) -> None:
        if isinstance(fact, CodeScanned):
            self._desk.scanned(fact)
        else:
            self._bench.heard(fact)
            self._inbox.put(fact)

    def _cloud_fact(self, fact: CloudFact) -> None:
        if isinstance(fact, EntryOffered):
            self._desk.offered(fact)
        else:
            self._inbox.put(fact)

    def _listen(self, state: StoreState, commands: Sequence[Command]) -> None:
        self._station.tracking(isinstance(state.phase, Idle))
        self._tap.see(state, self.clock.monotonic_ns())
        self._restarting.look(state)
        if any(outgoing(command) is not None for command in commands):
            self._bridge.notify()
        if any(isinstance(command, IssueReceipt | ReviseReceipt) for command in commands):
            self._reviews_open = self._reader.open_reviews()
            self._recent.clear()
            self._recent.extend(self._reader.receipts(limit=RECENT_RECEIPTS))
        self._broadcast.poke()


def _outbox(journal: Path, address: StoreAddress) -> Outbox:
    """Open it; where the disk is too full even for that, give the reserve back first."""
    try:
        return Outbox(journal, address)
    except sqlite3.OperationalError:
        reserve_path(journal).unlink(missing_ok=True)
        return Outbox(journal, address)


def _only_one(journal: Path) -> IO[bytes]:
    """Hold the lock that keeps a second controller off the same journal."""
    try:
        return hold(journal)
    except JournalHeld as error:
        raise StartRefused(
            f"another controller already uses {journal}: stop it first (systemctl stop smartstore), or give this store its own journal.path"
        ) from error

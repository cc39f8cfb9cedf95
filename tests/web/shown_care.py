"""The technician's side of a store in memory: what pages see is set by the test, what they ask for is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from edge.web.care.checkup_views import CheckupView, FindingView
from edge.web.care.log_views import LogLine, LogPage, LogWish
from edge.web.care.machine import (
    ChannelView,
    DeviceDetail,
    InputView,
    LineDetail,
    MachineView,
    MeaningView,
    OutputView,
    WireRowView,
    WireTraceView,
)
from edge.web.care.recording_views import MemoryView, RecordingResult, RecordingsView, RecordingView, RunningView, VisitKept
from edge.web.care.version_views import EndView, ModelResult, ModelVersionView, ModelView, VersionsView

RELAY = DeviceDetail(
    name="relay",
    driver="modbus_relay",
    product="waveshare-relay-8ch",
    title="Waveshare Modbus RTU Relay",
    bus="a",
    address=1,
    condition="up",
    serial=None,
    firmware="2.00",
    seen_s=4999.9,
    failure="relay: no answer on bus a within 100 ms",
    failed_s=4100.0,
    inputs=tuple(
        InputView(
            index=index, high=index == 0, door="main" if index < 2 else None, sensor=("contact", "bolt")[index] if index < 2 else None
        )
        for index in range(8)
    ),
    inputs_s=4999.9,
    channels=(),
    weighed_s=None,
    outputs=(OutputView(index=0, door="main", pulse_s=0.7, pulsed_s=4700.0),),
    counters={"hits": 811, "misses": 1, "times_lost": 0},
)
SCALE = replace(
    RELAY,
    name="scale-1",
    driver="modbus_scale",
    product="modbus-transmitter-4",
    title="Modbus weighing transmitter",
    address=2,
    firmware=None,
    failure=None,
    failed_s=None,
    inputs=(),
    inputs_s=None,
    channels=tuple(ChannelView(index=index, grams=100.0 * index, quality="ok", plate=f"P{index + 1}") for index in range(4)),
    weighed_s=4999.9,
    outputs=(),
    counters={"hits": 3021, "misses": 0, "times_lost": 0},
)
LINE = LineDetail(
    name="a",
    url="serial:///dev/serial/by-id/usb-1",
    connected=True,
    trouble=None,
    protocol="modbus_rtu",
    speed="9600 8N1",
    devices=("relay", "scale-1"),
    busy_fraction=0.41,
    counters={"requests": 3833, "replies": 3832, "timeouts": 1},
)
ROWS = (
    WireRowView(
        number=1,
        at_s=4999.1,
        direction="sent",
        hex="01 02 00 00 00 08 79 cc",
        size=8,
        device="relay",
        meanings=(MeaningView(code="modbus_read_inputs", values={"first": 0, "last": 7}),),
    ),
    WireRowView(
        number=2,
        at_s=4999.11,
        direction="received",
        hex="01 02 01 01 60 48",
        size=6,
        device="relay",
        meanings=(MeaningView(code="modbus_inputs", values={"first": 0, "levels": "10000000"}),),
    ),
    WireRowView(
        number=3,
        at_s=4999.2,
        direction="silent",
        hex=None,
        size=0,
        device="scale-1",
        meanings=(MeaningView(code="modbus_read_registers", values={"first": "0050", "last": "0051"}),),
    ),
    WireRowView(number=4, at_s=4999.3, direction="dropped", hex="00", size=1, device=None, meanings=(MeaningView(code="unasked"),)),
)
RECORDING = RecordingView(
    name="20251123-120000-0a1b2c3d",
    of="visit",
    begun_unix_s=1_763_899_200.0,
    seconds=64.0,
    bytes=412_000,
    samples=31_000,
    visits=1,
    by="tess",
    note="charged twice, says the shopper",
    ended="time",
    visit="0193-visit-0001",
)
FINDINGS = (
    FindingView(
        check="clock", level="ok", text="2025-11-23 12:00 UTC, kept by a time server", advice="", code="clock_ntp", values={"at": "12:00"}
    ),
    FindingView(
        check="disk",
        level="warning",
        text="320 MB free on /var/lib/smartstore",
        advice="Make room soon: below min_free_mb nobody new may enter.",
        code="disk_low",
        values={"free": 320, "folder": "/var/lib/smartstore"},
    ),
    FindingView(check="other", level="failure", text="something that no file has words for", advice="Do this.", code="", values={}),
)
LINES = (
    LogLine(number=1, at_unix_s=1_763_899_900.0, level="info", logger="edge.runtime.app", event="ready", fields={"took_s": "0.4"}),
    LogLine(number=2, at_unix_s=1_763_899_950.0, level="warning", logger="devices.connection", event="bus a: it takes no bytes", fields={}),
    LogLine(
        number=3,
        at_unix_s=1_763_899_960.0,
        level="error",
        logger="edge.web.guard",
        event="request GET / failed",
        fields={},
        trace="Traceback (most recent call last):\n  ...\nValueError: no",
    ),
)
VERSIONS = VersionsView(
    release="0.1.0",
    python="3.11.2",
    sqlite="3.40.1",
    system="Debian GNU/Linux 12 (bookworm)",
    machine="aarch64",
    place="/opt/smartstore/venv",
    installed_by="installer",
    installed_unix_s=1_763_000_000.0,
    earlier_release="0.0.9",
    started_unix_s=1_763_896_000.0,
    machine_started_unix_s=1_763_100_000.0,
    last_end=EndView(code="died", at_unix_s=1_763_895_990.0, release="0.1.0"),
    models=(
        ModelView(
            name="product-embedder",
            purpose="embedder",
            used=True,
            versions=(
                ModelVersionView(version="3", shipped=False, present=True, active=True, previous=False, bytes=8_100_000),
                ModelVersionView(version="2", shipped=True, present=True, active=False, previous=True, bytes=8_000_000),
            ),
        ),
    ),
)


@dataclass
class ShownRecordings:
    """Recordings in memory."""

    kept: list[RecordingView] = field(default_factory=lambda: [RECORDING])
    running: RunningView | None = None
    remembered: set[str] = field(default_factory=set)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def listing(self) -> RecordingsView:
        return RecordingsView(
            recordings=tuple(self.kept),
            running=self.running,
            memory=MemoryView(minutes=10.0, seconds=420.0, bytes=3_400_000),
            used_bytes=sum(one.bytes for one in self.kept),
            most_bytes=300_000_000,
        )

    async def begin(self, seconds: float, by: str, note: str) -> RecordingResult:
        self.asked.append(("begin", seconds, by, note))
        self.running = RunningView(
            name="20251123-130000-0a1b2c3d", begun_s=5000.0, until_s=5000.0 + seconds, bytes=0, samples=0, visits=0, by=by, note=note
        )
        return RecordingResult(accepted=True, code="recording_begun", words="Recording.", name=self.running.name)

    async def keep_last(self, minutes: float, by: str, note: str) -> RecordingResult:
        self.asked.append(("last", minutes, by, note))
        return RecordingResult(accepted=False, code="recording_no_room", words="There is no room.")

    async def keep_visit(self, visit: str, by: str, note: str) -> RecordingResult:
        self.asked.append(("visit", visit, by, note))
        return RecordingResult(accepted=True, code="recording_made", words="Made.", name=RECORDING.name)

    async def visit_kept(self, visit: str) -> VisitKept:
        return VisitKept(visit=visit, kept=visit in self.remembered)

    async def end(self, by: str) -> RecordingResult:
        self.asked.append(("end", by))
        self.running = None
        return RecordingResult(accepted=True, code="recording_ended", words="Ended.")

    async def delete(self, name: str, by: str) -> RecordingResult:
        self.asked.append(("delete", name, by))
        self.kept = [one for one in self.kept if one.name != name]
        return RecordingResult(accepted=True, code="recording_deleted", words="Deleted.", name=name)

    async def content(self, name: str) -> tuple[int, AsyncIterator[bytes]] | None:
        if all(one.name != name for one in self.kept):
            return None

        async def pieces() -> AsyncIterator[bytes]:
            yield b"a recording"

        return 11, pieces()


@dataclass
class ShownCare:
    """The port, kept by a test."""

    recordings: ShownRecordings = field(default_factory=ShownRecordings)
    seen: MachineView = field(default_factory=lambda: MachineView(at_s=5000.0, devices=(RELAY, SCALE), lines=(LINE,)))
    rows: list[WireRowView] = field(default_factory=lambda: list(ROWS))
    lines: list[LogLine] = field(default_factory=lambda: list(LINES))
    found: CheckupView = field(default_factory=CheckupView)
    told: VersionsView = VERSIONS
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def machine(self) -> MachineView:
        return self.seen

    def wire(self, bus: str, after: int) -> WireTraceView | None:
        if all(line.name != bus for line in self.seen.lines):
            return None
        rows = tuple(row for row in self.rows if row.number > after)
        newest = self.rows[-1].number if self.rows else 0
        return WireTraceView(bus=bus, at_s=5000.0, at_unix_s=1_763_900_000.0, rows=rows, newest=newest, missed=0)

    def logged(self, wish: LogWish) -> LogPage:
        ranks = ("debug", "info", "warning", "error")
        lines = tuple(
            line
            for line in self.lines
            if line.number > wish.after and ranks.index(line.level) >= ranks.index(wish.level) and wish.text.lower() in line.event.lower()
        )
        return LogPage(lines=lines, newest=len(self.lines), missed=0, kept=2000, oldest_unix_s=1_763_899_900.0)

    def log_text(self, wish: LogWish) -> Sequence[str]:
        return [line.event for line in self.logged(wish).lines]

    def checkup(self) -> CheckupView:
        return self.found

    async def look_again(self) -> CheckupView:
        self.asked.append(("checkup",))
        self.found = CheckupView(begun_unix_s=1_763_899_990.0, done_unix_s=1_763_899_992.0, findings=FINDINGS, failures=1, warnings=1)
        return replace(self.found, running=True)

    def checkup_text(self) -> str:
        return "what the doctor found\n"

    async def versions(self) -> VersionsView:
        return self.told

    async def use_model(self, name: str, version: str, by: str) -> ModelResult:
        self.asked.append(("use", name, version, by))
        return ModelResult(accepted=True, code="model_used", words="Restart the eye.", version=version)

    async def roll_back_model(self, name: str, by: str) -> ModelResult:
        self.asked.append(("rollback", name, by))
        return ModelResult(accepted=True, code="model_used", words="Restart the eye.", version="2")

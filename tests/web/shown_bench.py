"""A commissioning wizard in memory behind the web room's port: what the page sees is set by the test, what it asks for is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edge.web.bench import (
    BenchResult,
    BenchView,
    ChannelView,
    InputView,
    LineView,
    RecordRow,
    SessionView,
    Step,
    StepOrder,
    StepView,
    SubjectView,
)
from edge.web.changing import ChangeResult

PLATES = ("P1", "P2", "P3", "P4")


def _step(step: Step, *subjects: str) -> StepView:
    per = {"scan": "bus", "plates": "plate", "doors": "door", "lock": "door", "calibrate": "plate", "knock": "plate"}.get(step, "store")
    return StepView(step=step, per=per, subjects=tuple(SubjectView(subject=one) for one in subjects))  # type: ignore[arg-type]


def idle_bench() -> BenchView:
    """Nobody commissions; plate P1 was calibrated once."""
    calibrated = _step("calibrate", *PLATES)
    passed = SubjectView(subject="P1", outcome="passed", at_unix_s=1_763_800_000.0, by="tina")
    return BenchView(
        at_s=5000.0,
        session=None,
        ended=None,
        steps=(
            _step("ports", ""),
            _step("scan", "a"),
            _step("plates", *PLATES),
            _step("doors", "main"),
            _step("lock", "main"),
            replace(calibrated, subjects=(passed, *calibrated.subjects[1:])),
            _step("leaks", ""),
            _step("knock", *PLATES),
            _step("golden", ""),
        ),
        procedure=None,
        draft=(),
        restart_needed=False,
        lines=(
            LineView(bus="a", url="serial:///dev/serial/by-id/usb-1", baud=9600, wire="modbus_rtu", connected=True, devices=("relay",)),
        ),
        channels=tuple(
            ChannelView(device="scale-1", channel=place, plate=plate, grams=100.0 * place, quality="ok")
            for place, plate in enumerate((*PLATES, None))
        ),
        inputs=tuple(
            InputView(device="relay", index=place, on=place % 2 == 0, use="main:contact" if place == 0 else "") for place in range(8)
        ),
        traces=(),
        wires=("kerong", "modbus_rtu"),
    )


def open_bench() -> BenchView:
    """Tina commissions."""
    return replace(idle_bench(), session=SessionView(by="tina", since_s=4900.0, blocked=""))


RECORD = (
    RecordRow(
        number=2,
        at_unix_s=1_763_800_000.0,
        vouched=True,
        by="tina",
        step="calibrate",
        subject="P1",
        outcome="passed",
        words="factor 1.01200",
        code="",
        figures={"factor": 1.012, "linearity_g": 0.4},
        version="0.1.0",
    ),
    RecordRow(
        number=1,
        at_unix_s=1_763_799_000.0,
        vouched=False,
        by="tina",
        step="session",
        subject="",
        outcome="begun",
        words="",
        code="",
        figures={},
        version="0.1.0",
    ),
)


@dataclass
class ShownBench:
    """The port, kept by a test. ``asked`` records every wish."""

    now: BenchView = field(default_factory=idle_bench)
    rows: Sequence[RecordRow] = RECORD
    asked: list[tuple[str, object]] = field(default_factory=list)
    looks: int = 0
    answer: BenchResult = field(default_factory=lambda: BenchResult(accepted=True, code="started", words="It runs."))

    def look(self) -> BenchView:
        self.looks += 1
        return self.now

    async def begin(self, by: str) -> BenchResult:
        self.asked.append(("begin", by))
        self.now = open_bench()
        return self.answer

    async def leave(self, by: str, *, back_in_service: bool) -> BenchResult:
        self.asked.append(("leave", back_in_service))
        self.now = idle_bench()
        return self.answer

    async def start(self, order: StepOrder, by: str) -> BenchResult:
        self.asked.append(("start", order))
        return self.answer

    async def cancel(self, by: str) -> BenchResult:
        self.asked.append(("cancel", by))
        return self.answer

    async def adopt(self, number: int, by: str) -> BenchResult:
        self.asked.append(("adopt", number))
        return self.answer

    async def drop(self, section: str, name: str, by: str) -> BenchResult:
        self.asked.append(("drop", (section, name)))
        return self.answer

    async def write(self, by: str, reason: str, *, check: bool) -> ChangeResult:
        self.asked.append(("write", (reason, check)))
        return ChangeResult(accepted=True, code="changed", words="Kept.", version="0" * 16, restart_needed=True)

    async def record(self, limit: int) -> Sequence[RecordRow]:
        return self.rows[:limit]

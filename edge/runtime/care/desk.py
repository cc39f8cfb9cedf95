"""Keeps :class:`edge.web.care.front.CareFront`: what a technician looks at and does, over the parts of a running store."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devices.station.station import Station
from edge.runtime.care import versions
from edge.runtime.care.machine_rows import MachineRows, trace_view
from edge.runtime.care.recordings import Recordings
from edge.runtime.checkup.everything import of_running_store
from edge.runtime.checkup.finding import Finding, failure
from edge.runtime.checkup.report import counts, report_lines, summary
from edge.runtime.clock import SystemClock
from edge.runtime.inbox import Inbox
from edge.runtime.log_ring import LogRing
from edge.runtime.run_mark import RunMark
from edge.runtime.sample_ring import Excerpt
from edge.runtime.sample_tap import SampleTap, shop_for_recording
from edge.runtime.settings import StoreSettings
from edge.session.facts import Tended
from edge.session.state import StoreState
from edge.snapshot import EyeView
from edge.web.care.checkup_views import CheckupView, FindingView
from edge.web.care.log_views import LogPage, LogWish
from edge.web.care.machine import MachineView, WireTraceView
from edge.web.care.version_views import ModelResult, VersionsView

FOLDER: Final = "recordings"  # beside the journal, where the settings name no other

log = logging.getLogger(__name__)


class CareDesk:
    """``config``: the store file. ``settings``, ``state`` and ``eye`` give the store as it is when they are called."""

    def __init__(
        self,
        settings: Callable[[], StoreSettings],
        config: Path,
        *,
        release: str,
        station: Station,
        clock: SystemClock,
        inbox: Inbox,
        tap: SampleTap,
        logs: LogRing,
        mark: RunMark,
        state: Callable[[], StoreState],
        eye: Callable[[], EyeView],
    ) -> None:
        self._settings = settings
        self._config = config
        at_start = settings()
        self._release = release
        self._station = station
        self._clock = clock
        self._inbox = inbox
        self._tap = tap
        self._logs = logs
        self._mark = mark
        self._state = state
        self._eye = eye
        self._rows = MachineRows(at_start.devices)
        self._findings: tuple[Finding, ...] = ()
        self._begun_unix_s: float | None = None
        self._done_unix_s: float | None = None
        self._looking: asyncio.Task[None] | None = None
        self.recordings = Recordings(
            at_start.recordings,
            at_start.recordings.folder or at_start.journal.path.parent / FOLDER,
            tap=tap,
            head=self._head,
            clock=clock,
            tell=self._tell,
            spare_bytes=at_start.journal.min_free_mb * 1_000_000,
        )

    async def run(self) -> None:
        """Until cancelled; recordings are made and kept meanwhile."""
        await self.recordings.run()

    def machine(self) -> MachineView:
        """Devices and lines now."""
        return self._rows.view(self._station.live(), self._clock.monotonic_ns())

    def wire(self, bus: str, after: int) -> WireTraceView | None:
        """What went over a line."""
        if all(one.name != bus for one in self._settings().devices.buses):
            return None
        return trace_view(bus, self._station.wire(bus, after), self._clock.read())

    def logged(self, wish: LogWish) -> LogPage:
        """Lines of the log."""
        return self._logs.page(wish)

    def log_text(self, wish: LogWish) -> Sequence[str]:
        """The kept log as text."""
        return self._logs.text(wish)

    def checkup(self) -> CheckupView:
        """What the doctor found last."""
        found = counts(self._findings)
        return CheckupView(
            running=self._looking is not None,
            begun_unix_s=self._begun_unix_s,
            done_unix_s=self._done_unix_s,
            findings=tuple(
                FindingView(check=one.check, level=one.level, text=one.text, advice=one.advice, code=one.code, values=one.values)
                for one in self._findings
            ),
            failures=found["failure"],
            warnings=found["warning"],
        )

    async def look_again(self) -> CheckupView:
        """Begin to look at everything, unless that goes on already."""
        if self._looking is None:
            self._begun_unix_s = self._clock.read().wall_ns / 1e9
            self._looking = asyncio.create_task(self._look(), name="checkup")
        return self.checkup()

    def checkup_text(self) -> str:
        """The findings for a file."""
        done = "never" if self._done_unix_s is None else f"{datetime.fromtimestamp(self._done_unix_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
        store = self._settings().store
        head = f"smartstore {self._release}, store {store.tenant}/{store.store}, looked at: {done}"
        return "".join(f"{line}\n" for line in (head, "", *report_lines(self._findings), summary(self._findings)))

    async def versions(self) -> VersionsView:
        """What runs here."""
        return await asyncio.to_thread(versions.versions, self._settings(), self._mark, release=self._release, boot=self._clock.boot_id)

    async def use_model(self, name: str, version: str, by: str) -> ModelResult:
        """From now on this version of a model is the one."""
        return self._chosen("model_used", name, by, await asyncio.to_thread(versions.use_model, self._settings(), name, version))

    async def roll_back_model(self, name: str, by: str) -> ModelResult:
        """Back to the version that was used before."""
        return self._chosen("model_rolled_back", name, by, await asyncio.to_thread(versions.roll_back_model, self._settings(), name))

    def _chosen(self, action: str, name: str, by: str, result: ModelResult) -> ModelResult:
        if result.accepted:
            self._tell(action, by, f"{name} {result.version}")
        return result

    async def _look(self) -> None:
        try:
            self._findings = tuple(await asyncio.to_thread(self._looked))
        except Exception as error:  # a check that fails is itself a finding, and must not end what sells
            log.exception("the doctor failed")
            text, advice = f"the doctor could not look at everything: {error}", "Read the log, and tell the support."
            self._findings = (failure("doctor", "doctor_failed", text, advice, problem=str(error)),)
        finally:
            self._done_unix_s = self._clock.read().wall_ns / 1e9
            self._looking = None

    def _looked(self) -> list[Finding]:
        return list(of_running_store(self._settings(), self._config, os.getpid(), self._station.live, self._eye))

    def _head(self, excerpt: Excerpt | None) -> Mapping[str, Any]:
        """The first line of a recording: the shop as it was where it begins."""
        state = self._state() if excerpt is None else excerpt.shop
        return {"columns": list(self._tap.columns), "release": self._release, **shop_for_recording(state, self._clock.read())}

    def _tell(self, action: str, by: str, detail: str) -> None:
        self._inbox.put(Tended(at_ns=self._clock.monotonic_ns(), action=action, by=by, detail=detail))

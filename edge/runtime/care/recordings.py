"""Keeps :class:`edge.web.care.front.RecordingsFront`: makes recordings of the tap's samples, from now on or out of its ring.

A recording goes on whoever looks; one at a time. Nothing is deleted by itself: where the room is used up, nothing more is recorded until
somebody deletes one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edge.runtime.care import recording_file
from edge.runtime.care.recording_file import NoRoom, Writer
from edge.runtime.clock import SystemClock
from edge.runtime.sample_ring import Excerpt
from edge.runtime.sample_tap import SampleTap
from edge.runtime.sections import RecordingSettings
from edge.web.care.recording_views import (
    MemoryView,
    RecordingCode,
    RecordingEnd,
    RecordingOf,
    RecordingResult,
    RecordingsView,
    RecordingView,
    RunningView,
    VisitKept,
)

WRITTEN_EVERY_S: Final = 1.0  # s; what came is handed to the disk
PIECE_BYTES: Final = 65_536  # sent at once
WORDS: Final[Mapping[RecordingCode, str]] = {
    "recording_begun": "Recording. It goes on by itself until its time is over.",
    "recording_made": "The recording is made.",
    "recording_ended": "The recording has ended and is kept.",
    "recording_deleted": "The recording is deleted.",
    "recording_runs": "A recording is being made already. Wait for it, or end it.",
    "recording_none_runs": "No recording is being made.",
    "recording_no_room": "There is no room for another recording. Delete one that is no longer needed.",
    "recording_nothing_kept": "The store remembers nothing of that time.",
    "recording_visit_gone": "The weights of this visit are no longer remembered.",
    "recording_unknown": "There is no such recording.",
    "recording_failed": "The disk did not take the recording. Look at it with the doctor.",
}

log = logging.getLogger(__name__)

Tell = Callable[[str, str, str], None]
"""Puts into the record what somebody did: action, by whom, detail."""


@dataclass(slots=True)
class _Run:
    """The recording that is made now; its times are of the monotonic clock."""

    writer: Writer
    view: RecordingView
    begun_ns: int
    until_ns: int
    asked: asyncio.Event
    task: asyncio.Task[None] | None = None


class Recordings:
    """``folder`` is made when it is needed. ``head`` gives a recording's first line for a state of the shop. ``spare_bytes``: free space of
    the disk that is left to the journal."""

    def __init__(
        self,
        settings: RecordingSettings,
        folder: Path,
        *,
        tap: SampleTap,
        head: Callable[[Excerpt | None], Mapping[str, Any]],
        clock: SystemClock,
        tell: Tell,
        spare_bytes: int,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._tap = tap
        self._head = head
        self._clock = clock
        self._tell = tell
        self._spare_bytes = spare_bytes
        self._run: _Run | None = None
        self._making = asyncio.Lock()

    async def run(self) -> None:
        """Rescue what was interrupted; when cancelled, end and keep what is being made."""
        try:
            try:
                async with self._making:
                    saved = await asyncio.to_thread(self._rescue)
            except Exception as error:  # an old recording must not end what sells
                log.warning("interrupted recordings cannot be rescued", extra={"error": str(error)}, exc_info=error)
            else:
                for name in saved:
                    log.info("an interrupted recording was rescued", extra={"recording": name})
            await asyncio.get_running_loop().create_future()
        finally:
            if self._run is not None and self._run.task is not None:
                self._run.task.cancel()
                await asyncio.gather(self._run.task, return_exceptions=True)

    async def listing(self) -> RecordingsView:
        """What there is."""
        recordings, used = await asyncio.to_thread(lambda: (recording_file.kept(self._folder), recording_file.used_bytes(self._folder)))
        run, ring = self._run, self._tap.ring
        return RecordingsView(
            recordings=tuple(recordings),
            running=None
            if run is None
            else RunningView(
                name=run.view.name,
                begun_s=run.begun_ns / 1e9,
                until_s=run.until_ns / 1e9,
                bytes=run.writer.counted.bytes,
                samples=run.writer.counted.samples,
                visits=run.writer.counted.visits,
                by=run.view.by,
                note=run.view.note,
            ),
            memory=MemoryView(minutes=0.0, seconds=0.0, bytes=0)
            if ring is None
            else MemoryView(minutes=ring.minutes, seconds=round(ring.seconds(self._clock.monotonic_ns()), 1), bytes=ring.bytes),
            used_bytes=used,
            most_bytes=self._settings.most_mb * 1_000_000,
        )

    async def begin(self, seconds: float, by: str, note: str) -> RecordingResult:
        """Record from now on."""
        async with self._making:
            if self._run is not None:
                return _result("recording_runs")
            opened = await self._opened("now", by, note)
            if isinstance(opened, RecordingResult):
                return opened
            writer, view = opened
            begun_ns = self._clock.monotonic_ns()
            run = self._run = _Run(writer, view, begun_ns, begun_ns + round(seconds * 1e9), asyncio.Event())
            run.task = asyncio.create_task(self._record(run), name="recording")
        self._tell("recording_begun", by, f"{view.name}, {seconds:g} s")
        return _result("recording_begun", view.name)

    async def keep_last(self, minutes: float, by: str, note: str) -> RecordingResult:
        """Make a recording of the time that is over."""
        ring = self._tap.ring
        excerpt = None if ring is None else ring.last(minutes, self._clock.monotonic_ns())
        return await self._keep(excerpt, "last", by, note, none="recording_nothing_kept")

    async def keep_visit(self, visit: str, by: str, note: str) -> RecordingResult:
        """Make a recording of one visit."""
        ring = self._tap.ring
        excerpt = None if ring is None else ring.visit(visit, self._clock.monotonic_ns())
        return await self._keep(excerpt, "visit", by, note, none="recording_visit_gone", visit=visit)

    async def visit_kept(self, visit: str) -> VisitKept:
        """Whether its weights are remembered."""
        return VisitKept(visit=visit, kept=self._tap.ring is not None and self._tap.ring.holds(visit))

    async def end(self, by: str) -> RecordingResult:
        """End the one that is made now."""
        run = self._run
        if run is None or run.task is None:
            return _result("recording_none_runs")
        run.asked.set()
        await asyncio.wait({run.task})
        return _result("recording_ended", run.view.name)

    async def delete(self, name: str, by: str) -> RecordingResult:
        """Returned: it is gone."""
        try:
            gone = await asyncio.to_thread(recording_file.delete, self._folder, name)
        except OSError as error:
            return self._failed(error)
        if not gone:
            return _result("recording_unknown")
        self._tell("recording_deleted", by, name)
        return _result("recording_deleted", name)

    async def content(self, name: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """Size and bytes of one recording."""
        path = await asyncio.to_thread(recording_file.place, self._folder, name)
        if path is None:
            return None
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            return None
        size = os.fstat(file.fileno()).st_size

        async def pieces() -> AsyncIterator[bytes]:
            with file:
                while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                    yield piece

        return size, pieces()

    async def _keep(
        self, excerpt: Excerpt | None, of: RecordingOf, by: str, note: str, *, none: RecordingCode, visit: str | None = None
    ) -> RecordingResult:
        if excerpt is None:
            return _result(none)
        async with self._making:
            if self._run is not None:
                return _result("recording_runs")
            opened = await self._opened(of, by, note)
            if isinstance(opened, RecordingResult):
                return opened
            writer, view = opened
            try:
                made = await asyncio.to_thread(_written, writer, excerpt, self._head(excerpt), replace(view, visit=visit))
            except NoRoom:
                await asyncio.to_thread(writer.drop)
                return _result("recording_no_room")
            except _Empty:
                await asyncio.to_thread(writer.drop)
                return _result(none)
            except OSError as error:
                await asyncio.to_thread(writer.drop)
                return self._failed(error)
        self._tell("recording_kept", by, f"{made.name}{'' if visit is None else f', visit {visit}'}")
        return _result("recording_made", made.name)

    async def _opened(self, of: RecordingOf, by: str, note: str) -> tuple[Writer, RecordingView] | RecordingResult:
        """A file to write, and what is known of it so far."""
        begun_unix_s = self._clock.read().wall_ns / 1e9
        name = recording_file.name_of(begun_unix_s, os.urandom(4))
        try:
            room = await asyncio.to_thread(self._room)
            if room <= 0:
                return _result("recording_no_room")
            writer = await asyncio.to_thread(Writer, self._folder, name, room)
        except OSError as error:
            return self._failed(error)
        view = RecordingView(
            name=name, of=of, begun_unix_s=begun_unix_s, seconds=0.0, bytes=0, samples=0, visits=0, by=by, note=note, ended="time"
        )
        return writer, view

    async def _record(self, run: _Run) -> None:
        """Until its time is over, somebody ends it, there is no more room, or the store stops; what came until then is kept."""
        ended: RecordingEnd = "stopped"
        try:
            ended = await self._heard(run)
        except NoRoom:
            ended = "full"
        except OSError as error:
            ended = "failed"
            log.warning("a recording failed", extra={"recording": run.view.name, "error": str(error)})
        finally:
            try:
                told = replace(
                    run.view,
                    seconds=(self._clock.monotonic_ns() - run.begun_ns) / 1e9,
                    samples=run.writer.counted.samples,
                    visits=run.writer.counted.visits,
                    ended=ended,
                )
                run.writer.finish(told)  # in place: a cancelled task may not wait for a thread, and what is left to write is small
            except OSError as error:
                run.writer.drop()
                log.warning("a recording was lost", extra={"recording": run.view.name, "error": str(error)})
            self._run = None

    async def _heard(self, run: _Run) -> RecordingEnd:
        waiting: list[Mapping[str, Any]] = []
        written_ns = run.begun_ns
        lines = self._tap.listen(lambda: self._head(None))
        try:
            async for line in lines:
                waiting.append(line)
                if {"columns", "samples", "seen", "visit"} & line.keys():
                    continue  # more of the same moment follows
                now_ns = self._clock.monotonic_ns()
                over = line.get("overrun") or run.asked.is_set() or now_ns >= run.until_ns
                if not over and now_ns - written_ns < WRITTEN_EVERY_S * 1e9:
                    continue
                fresh, waiting, written_ns = [one for one in waiting if "overrun" not in one], [], now_ns
                await asyncio.to_thread(run.writer.add, fresh)
                if over:
                    return "overrun" if line.get("overrun") else "asked" if run.asked.is_set() else "time"
                if shutil.disk_usage(self._folder).free < self._spare_bytes:
                    return "full"
        finally:
            await lines.aclose()
        return "stopped"

    def _room(self) -> int:
        """Bytes that another recording may take. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        left = self._settings.most_mb * 1_000_000 - recording_file.used_bytes(self._folder)
        return min(left, shutil.disk_usage(self._folder).free - self._spare_bytes)

    def _rescue(self) -> list[str]:
        return recording_file.rescue(self._folder, max(0, self._room())) if self._folder.is_dir() else []

    def _failed(self, error: OSError) -> RecordingResult:
        log.warning("a recording failed", extra={"error": str(error)})
        return _result("recording_failed")


class _Empty(Exception):
    """No plate gave a sample in that time."""


def _written(writer: Writer, excerpt: Excerpt, head: Mapping[str, Any], view: RecordingView) -> RecordingView:
    """The excerpt as a file."""
    writer.add(excerpt.lines(head))
    counted = writer.counted
    if not counted.samples:
        raise _Empty
    seconds = (excerpt.to_ns - excerpt.from_ns) / 1e9
    begun = view.begun_unix_s - (excerpt.taken_ns - excerpt.from_ns) / 1e9
    return writer.finish(replace(view, begun_unix_s=begun, seconds=seconds, samples=counted.samples, visits=counted.visits))


def _result(code: RecordingCode, name: str | None = None) -> RecordingResult:
    accepted = code in ("recording_begun", "recording_made", "recording_ended", "recording_deleted")
    return RecordingResult(accepted=accepted, code=code, words=WORDS[code], name=name)

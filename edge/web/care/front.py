"""The port behind the technician's routes, kept by the runtime. Types only, no I/O."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from edge.web.care.checkup_views import CheckupView
from edge.web.care.log_views import LogPage, LogWish
from edge.web.care.machine import MachineView, WireTraceView
from edge.web.care.recording_views import RecordingResult, RecordingsView, VisitKept
from edge.web.care.version_views import ModelResult, VersionsView


class RecordingsFront(Protocol):
    """Recordings of the weights."""

    async def listing(self) -> RecordingsView:
        """What there is, what is made now, and how much room is left."""
        ...

    async def begin(self, seconds: float, by: str, note: str) -> RecordingResult:
        """Record from now on, for so long. Goes on whoever looks; one at a time."""
        ...

    async def keep_last(self, minutes: float, by: str, note: str) -> RecordingResult:
        """Make a recording of the time that is over, as far as it is remembered. Returned: it is on the disk."""
        ...

    async def keep_visit(self, visit: str, by: str, note: str) -> RecordingResult:
        """Make a recording of one visit that is over. Returned: it is on the disk."""
        ...

    async def visit_kept(self, visit: str) -> VisitKept:
        """Whether ``keep_visit`` would find it."""
        ...

    async def end(self, by: str) -> RecordingResult:
        """End the one that is made now; it is kept."""
        ...

    async def delete(self, name: str, by: str) -> RecordingResult:
        """Returned: it is gone."""
        ...

    async def content(self, name: str) -> tuple[int, AsyncIterator[bytes]] | None:
        """Size and bytes of one recording, None where there is none of that name. Hostile names have none."""
        ...


class CareFront(Protocol):
    """What a technician looks at and does. ``recordings`` is a part of its own."""

    @property
    def recordings(self) -> RecordingsFront: ...

    def machine(self) -> MachineView:
        """Devices and lines now. Cheap: no I/O."""
        ...

    def wire(self, bus: str, after: int) -> WireTraceView | None:
        """What went over a line after row ``after``; None where there is no such line. Asking makes the store keep more of it, for a few
        seconds."""
        ...

    def logged(self, wish: LogWish) -> LogPage:
        """Lines of the log. Cheap: no I/O."""
        ...

    def log_text(self, wish: LogWish) -> Sequence[str]:
        """The same lines as text for a file, ``after`` and ``limit`` left aside."""
        ...

    def checkup(self) -> CheckupView:
        """What the doctor found last."""
        ...

    async def look_again(self) -> CheckupView:
        """Begin to look at everything, unless that goes on already. Returned at once."""
        ...

    def checkup_text(self) -> str:
        """The findings as ``smartstore doctor`` prints them, with what runs here above them."""
        ...

    async def versions(self) -> VersionsView:
        """What runs here."""
        ...

    async def use_model(self, name: str, version: str, by: str) -> ModelResult:
        """From now on this version of a model is the one. Returned: that is on the disk, or refused."""
        ...

    async def roll_back_model(self, name: str, by: str) -> ModelResult:
        """Back to the version that was used before."""
        ...

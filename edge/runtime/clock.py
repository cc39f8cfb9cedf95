"""The clocks of the machine, read in one place: monotonic for order, wall for people, and how far the wall clock can be trusted."""

from __future__ import annotations

import ctypes
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from cloud_bridge.envelope import ClockStamp

ClockSync: TypeAlias = Literal["ntp", "rtc", "none"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RTC_SET_THE_CLOCK = Path("/sys/class/rtc/rtc0/hctosys")
_TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not synchronised
_TIMEX_BYTES = 512  # struct timex is at most 208 bytes on Linux; the spare room keeps a longer one harmless
_LIBC = ctypes.CDLL(None)
EARLIEST_PLAUSIBLE_S = 1_767_225_600  # Unix seconds, 2026-01-01: this program is newer than any earlier clock reading


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One look at all clocks. ``sync`` none: ``wall_ns`` may be years off and must not judge anything."""

    monotonic_ns: int
    wall_ns: int
    boot_id: str
    sync: ClockSync

    @property
    def trusted_unix_s(self) -> int | None:
        """Unix seconds, or None where the wall clock cannot be trusted."""
        return None if self.sync == "none" else self.wall_ns // 1_000_000_000


class SystemClock:
    """The machine's clocks. The boot id is read once: it cannot change while we run."""

    def __init__(self) -> None:
        self.boot_id = _boot_id()

    def monotonic_ns(self) -> int:
        """CLOCK_MONOTONIC in nanoseconds: goes on across restarts of the program, begins anew with the machine."""
        return time.monotonic_ns()

    def read(self) -> ClockReading:
        """All clocks at once."""
        wall_ns = time.time_ns()
        return ClockReading(time.monotonic_ns(), wall_ns, self.boot_id, clock_sync(wall_ns))

    def stamp(self) -> ClockStamp:
        """The same, in the form that events carry."""
        reading = self.read()
        return ClockStamp(wall_ns=reading.wall_ns, monotonic_ns=reading.monotonic_ns, boot_id=reading.boot_id, clocksync=reading.sync)


def clock_sync(wall_ns: int) -> ClockSync:
    """Who vouches for the wall clock: a time server, a battery-backed clock, or nobody."""
    if wall_ns < EARLIEST_PLAUSIBLE_S * 1_000_000_000:
        return "none"
    if _kernel_says_synchronised():
        return "ntp"
    try:
        if _RTC_SET_THE_CLOCK.read_text().strip() == "1":
            return "rtc"
    except OSError:
        pass
    return "none"


def _kernel_says_synchronised() -> bool:
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: read only
    outcome = int(_LIBC.adjtimex(buffer))
    return 0 <= outcome < _TIME_ERROR


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        # Without the kernel's id every start counts as a new boot: deadlines are then taken anew, which is the safe side.
        return str(uuid.uuid4())

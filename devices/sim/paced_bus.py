"""A multi-drop serial line in real time: one controller port (a pseudo-terminal), any number of simulated stations, one thread.

A pseudo-terminal moves bytes at once whatever its baud rate, so the line's time is kept here: controller bytes reach the stations when
their last bit would have, answers reach the controller in groups of at most ``group_bytes`` (an adapter's receive FIFO), each when its
last bit would have. The thread sleeps between events; device behaviour lives in the stations.
"""

from __future__ import annotations

import heapq
import os
import random
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from devices.sim.line import NS, LineFaults, LineFormat, LineFrame, Station, Transmission
from devices.sim.pseudo_port import PseudoPort

_UNATTACHED_POLL_S = 0.005  # s; a hung-up pty wakes nobody, so look again; concerns only the first request after an opening
_GAP_TOLERANCE = 0.9  # share of the silent gap that a gap-framed station insists on; covers clock rounding
_LAST = 1 << 62  # ns; "never"


@dataclass(slots=True, eq=False)
class _Sending:
    """One answer on its way: the bytes as sent, and whether another sender spoiled it."""

    station: str
    data: bytes
    start_ns: int
    end_ns: int
    collided: bool = False


class PacedBus:
    """A context manager around the line's thread; all public members may be used from any thread while it runs.

    ``link``: path of the stable device name that the controller opens. ``seed`` feeds noise, loss and collisions. With ``check_baud`` a
    controller that set another speed exchanges only garbage.
    """

    def __init__(
        self,
        link: Path,
        line: LineFormat | None = None,
        *,
        stations: Sequence[Station] = (),
        seed: int = 0,
        group_bytes: int = 32,
        check_baud: bool = True,
        log_frames: int = 4096,
    ) -> None:
        self.line = line or LineFormat()
        self.faults = LineFaults()
        self.gap_violations = 0  # controller transmissions that began before the silent gap was over
        self.lost_bytes = 0  # bytes that no controller took
        self._port = PseudoPort(link, self.line.baud)
        self._stations: list[Station] = list(stations)
        self._rng = random.Random(seed)  # noqa: S311 - repeatable noise, no secret
        self._group = group_bytes
        self._check_baud = check_baud
        self._log: deque[LineFrame] = deque(maxlen=log_frames)
        self._agenda: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = 0
        self._calls: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._wake_r, self._wake_w = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._heard = bytearray()  # controller bytes since the last silence
        self._heard_clean = True
        self._heard_end_ns = 0
        self._controller_free_ns = 0
        self._last_reply_end_ns = 0
        self._on_air: list[_Sending] = []

    @property
    def path(self) -> str:
        """Device name for the controller."""
        return str(self._port.link)

    @property
    def log(self) -> tuple[LineFrame, ...]:
        """The most recent transmissions, oldest first."""
        return tuple(self._log)

    def clear_log(self) -> None:
        self._log.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Create the port and begin to serve it. Returned: the device name exists."""
        self._port.plug()
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._wake_r, False)
        os.set_blocking(self._wake_w, False)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name=f"bus {self._port.link.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and remove the port."""
        if self._thread is None:
            return
        self._stopping = True
        self._wake()
        self._thread.join()
        self._thread = None
        self._port.unplug()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def attach(self, station: Station) -> None:
        """Wire another station to the line; one with an address already in use makes the duplicate-address fault."""
        self._in_thread(lambda: self._stations.append(station))

    def detach(self, station: Station) -> None:
        """Take a station off the line."""
        self._in_thread(lambda: self._stations.remove(station))

    def unplug(self) -> None:
        """Pull the adapter: the device name vanishes and the controller's descriptor fails. Returned: it has happened."""
        self._in_thread(self._pull)

    def replug(self) -> None:
        """Put the adapter back: the same link, another terminal behind it."""
        self._in_thread(self._port.plug)

    def say(self, data: bytes, source: str = "intruder", after_s: float = 0.0) -> None:
        """Put unsolicited bytes on the line towards the controller."""
        self._in_thread(lambda: self._answer(source, (Transmission(data, after_s),), time.monotonic_ns()))

    def babble(self, seconds: float, source: str = "babbler") -> None:
        """A station that sends random bytes without pause for ``seconds``."""
        self._in_thread(lambda: self._start_babble(source, time.monotonic_ns() + round(seconds * NS)))

    def poke(self) -> None:
        """Let the thread look at its stations' ``due_ns`` again, after something outside changed it."""
        self._wake()

    # The thread.

    def _serve(self) -> None:
        while not self._stopping:
            now = time.monotonic_ns()
            due = min([self._agenda[0][0] if self._agenda else _LAST, *self._dues()])
            wait_s = None if due == _LAST else max(0.0, (due - now) / NS)
            waiting = [self._wake_r]
            listening = self._port.plugged and not self.faults.deaf
            attached = listening and self._port.attached()
            if attached:
                waiting.append(self._port.fd)
            elif listening:
                wait_s = _UNATTACHED_POLL_S if wait_s is None else min(wait_s, _UNATTACHED_POLL_S)
            readable, _, _ = select.select(waiting, [], [], wait_s)
            if self._wake_r in readable:
                self._drain_calls()
            if listening and (not attached or len(readable) > (self._wake_r in readable)):
                if chunk := self._port.read():
                    seen_ns = time.monotonic_ns()
                    # Without a wake-up the bytes may be as old as the last look: later would shorten the silence before the next ones.
                    self._from_controller(chunk, seen_ns if attached else now, seen_ns)
                elif not attached:
                    self._port.renew()
            self._run_due()
        self._drain_calls()

    def _dues(self) -> list[int]:
        return [due for station in self._stations if (due := station.due_ns()) is not None]

    def _run_due(self) -> None:
        now = time.monotonic_ns()
        while self._agenda and self._agenda[0][0] <= now:
            at_ns, _, action = heapq.heappop(self._agenda)
            action(at_ns)
        for station in self._stations:
            due = station.due_ns()
            if due is not None and due <= now:
                said = station.speak(now)
                if station.name not in self.faults.absent:
                    self._answer(station.name, said, now)

    def _at(self, at_ns: int, action: Callable[[int], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at_ns, self._order, action))

    def _in_thread(self, action: Callable[[], None]) -> None:
        if self._thread is None:
            action()
            return
        done: Future[None] = Future()
        self._calls.append((action, done))
        self._wake()
        done.result(timeout=5.0)

    def _wake(self) -> None:
        if self._thread is not None:
            try:
                os.write(self._wake_w, b"\0")
            except BlockingIOError:
                pass  # the pipe is full: it will wake anyway

    def _drain_calls(self) -> None:
        try:
            os.read(self._wake_r, 4096)
        except BlockingIOError:
            pass
        while self._calls:
            action, done = self._calls.popleft()
            try:
                action()
            except Exception as error:
                done.set_exception(error)
            else:
                done.set_result(None)

    def _pull(self) -> None:
        self._agenda.clear()
        self._on_air.clear()
        self._heard.clear()
        self._heard_clean = True
        self._last_reply_end_ns = 0
        self._port.unplug()

    # Controller to stations.

    def _from_controller(self, chunk: bytes, begun_ns: int, seen_ns: int) -> None:
        start = max(begun_ns, self._controller_free_ns)
        end = start + len(chunk) * self.line.character_ns
        self._controller_free_ns = end
        collided = False
        if self.line.half_duplex:
            if max(start, seen_ns) < self._last_reply_end_ns + self.line.gap_ns * _GAP_TOLERANCE:
                self.gap_violations += 1
                self._heard_clean = False
            for sending in self._on_air:
                if sending.start_ns < end and start < sending.end_ns:
                    sending.collided = collided = True
        heard = self.faults.spoil(chunk, self._rng)
        if collided or (self._check_baud and self._port.controller_baud() not in (self.line.baud, 0)):
            heard = self._rng.randbytes(len(heard))
        self._log.append(LineFrame("controller", start, end, chunk, collided))
        if self.faults.echo:
            for offset in range(0, len(chunk), self._group):
                part = chunk[offset : offset + self._group]
                self._deliver_at(part, start + (offset + len(part)) * self.line.character_ns)
        if any(station.framing == "stream" for station in self._stations):
            self._at(end, partial(self._streamed, heard))
        if self._heard and start - self._heard_end_ns >= self.line.gap_ns:
            self._frame_ended(self._heard_end_ns)
        self._heard += heard
        self._heard_end_ns = end
        self._at(end + self.line.gap_ns, lambda _: self._frame_ended(end))

    def _streamed(self, data: bytes, end_ns: int) -> None:
        for station in tuple(self._stations):
            if station.framing == "stream" and station.name not in self.faults.absent:
                self._answer(station.name, station.hear(data, end_ns), end_ns)

    def _frame_ended(self, end_ns: int) -> None:
        if end_ns != self._heard_end_ns or not self._heard:
            return
        frame, clean = bytes(self._heard), self._heard_clean
        self._heard.clear()
        self._heard_clean = True
        if not clean:
            return
        at_ns = end_ns + self.line.gap_ns
        for station in tuple(self._stations):
            if station.framing == "gap" and station.name not in self.faults.absent:
                self._answer(station.name, station.hear(frame, at_ns), at_ns)

    # Stations to controller.

    def _answer(self, station: str, said: Sequence[Transmission], asked_ns: int) -> None:
        if station in self.faults.silent:
            return
        for transmission in said:
            extra_s, spent = 0.0, False
            if (late := self.faults.late.get(station)) is not None:
                extra_s, spent = late.take()
            if spent and extra_s:
                self.faults.late.pop(station, None)
            data = transmission.data
            if (cut := self.faults.cut_next.pop(station, None)) is not None:
                data = data[:cut]
            if data:
                self._plan(station, data, asked_ns + round((transmission.after_s + extra_s) * NS))

    def _plan(self, station: str, data: bytes, start_ns: int) -> None:
        """Fix when an answer is on the line and whom it meets there; a device finishes one transmission before its next."""
        own = [other.end_ns for other in self._on_air if other.station == station or not self.line.half_duplex]
        start_ns = max([start_ns, *own])
        sending = _Sending(station, data, start_ns, start_ns + len(data) * self.line.character_ns)
        if self.line.half_duplex:
            for other in self._on_air:
                if other.start_ns < sending.end_ns and sending.start_ns < other.end_ns:
                    other.collided = sending.collided = True
            sending.collided = sending.collided or self._controller_free_ns > start_ns
        self._on_air.append(sending)
        for offset in range(0, len(data), self._group):
            end = min(offset + self._group, len(data))
            self._at(start_ns + end * self.line.character_ns, partial(self._group_done, sending, offset, end))

    def _group_done(self, sending: _Sending, first: int, last: int, at_ns: int) -> None:
        part = sending.data[first:last]
        if sending.collided or (self._check_baud and self._port.controller_baud() not in (self.line.baud, 0)):
            part = self._rng.randbytes(len(part))
        part = self.faults.spoil(part, self._rng)
        self._last_reply_end_ns = time.monotonic_ns()  # before the write: the controller counts its gap from when it reads
        self._deliver_at(part, at_ns)
        if last == len(sending.data):
            self._on_air.remove(sending)
            self._log.append(LineFrame(sending.station, sending.start_ns, sending.end_ns, sending.data, sending.collided))

    def _deliver_at(self, data: bytes, at_ns: int) -> None:
        at_ns += round(self.faults.adapter_latency_s * NS)
        if at_ns <= time.monotonic_ns():
            self._deliver(data)
        else:
            self._at(at_ns, lambda _: self._deliver(data))

    def _deliver(self, data: bytes) -> None:
        if data and not self._port.write(data):
            self.lost_bytes += len(data)

    def _start_babble(self, source: str, until_ns: int) -> None:
        def next_burst(at_ns: int) -> None:
            if at_ns < until_ns:
                burst = self._rng.randbytes(self._group)
                self._answer(source, (Transmission(burst),), at_ns)
                self._at(at_ns + len(burst) * self.line.character_ns, next_burst)

        next_burst(time.monotonic_ns())

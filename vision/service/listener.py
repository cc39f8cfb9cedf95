"""The eye's end of the socket: tells facts to whoever is connected and takes wishes, from programs that may be slow, gone or hostile.

Nothing here waits for a reader: who does not keep up is cut off and finds the present state when it comes again. No pictures, no models.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from vision.facts import ItemSeen, VisionFact
from vision.wire import BEAT, MAX_LINE, Wish, fact_line, wish_of

log = logging.getLogger(__name__)

MAX_CLIENTS: Final = 4  # the controller, and somebody who looks at what it hears
MAX_WAITING: Final = 256  # facts for one reader; a busy visit makes one a second
MAX_BAD_LINES: Final = 50  # a reader that sends so many speaks another language
WRITE_WITHIN_S: Final = 5.0  # s for the kernel to take what was written; a stopped reader takes nothing
KEPT_UNHEARD: Final = 64  # sightings for a controller that is restarting; more than a visit has
KEPT_UNHEARD_NS: Final = 120_000_000_000  # ns; after two minutes the visit was settled without them
SOCKET_MODE: Final = 0o660  # the controller runs as another user of the same group
MAX_PATH_BYTES: Final = 107  # sockaddr_un holds 108 with its end


class SocketTaken(RuntimeError):
    """The socket cannot be listened on. The message says why and what to do."""


class Listener:
    """Serves one socket. All verbs belong to the thread of the event loop.

    ``greeting`` gives the facts that somebody who just connected must know; ``wished`` gets every wish.
    """

    def __init__(
        self, greeting: Callable[[], Sequence[VisionFact]], wished: Callable[[Wish], None], monotonic_ns: Callable[[], int]
    ) -> None:
        self._greeting = greeting
        self._wished = wished
        self._now_ns = monotonic_ns
        self._readers: set[_Reader] = set()
        self._unheard: deque[ItemSeen] = deque(maxlen=KEPT_UNHEARD)
        self.bad_lines = 0
        self.cut_off = 0

    @property
    def heard(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._readers)

    def tell(self, fact: VisionFact) -> None:
        """Tell everybody. A sighting that nobody hears is kept for a while for who connects next."""
        if not self._readers and isinstance(fact, ItemSeen):
            self._unheard.append(fact)
        for reader in tuple(self._readers):
            reader.take(fact)

    def beat(self) -> None:
        """Tell everybody that the eye still answers."""
        for reader in tuple(self._readers):
            reader.beat()

    async def serve(self, listening: socket.socket) -> None:
        """Until cancelled. ``listening`` is closed at the end, and every connection with it."""
        server = await asyncio.start_unix_server(self._connected, sock=listening, limit=MAX_LINE)
        try:
            await asyncio.Event().wait()  # serve_forever waits at its end for connections that only end below
        finally:
            server.close()
            for reader in tuple(self._readers):
                reader.cut("the eye is closing")

    async def _connected(self, lines: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._readers) >= MAX_CLIENTS:
            log.warning("one connection too many to the eye's socket", extra={"limit": MAX_CLIENTS})
            writer.transport.abort()
            return
        reader = _Reader(writer)
        for fact in (*self._greeting(), *self._still_of_use()):
            reader.take(fact)
        self._readers.add(reader)
        log.info("connected to the eye", extra={"connections": len(self._readers)})
        telling = asyncio.create_task(reader.write())
        try:
            await self._listen(lines)
            why = "it closed the connection"
        except (ConnectionError, asyncio.IncompleteReadError):
            why = "it went away"
        except _Refused as refused:
            why = str(refused)
        finally:
            self._readers.discard(reader)
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
            writer.transport.abort()
        if reader.cut_off is not None:
            self.cut_off += 1
            why = reader.cut_off
        if not self._readers:
            self._unheard.extend(fact for fact in reader.unsent() if isinstance(fact, ItemSeen))
        log.info("no longer connected to the eye", extra={"why": why, "connections": len(self._readers)})

    async def _listen(self, lines: asyncio.StreamReader) -> None:
        bad = 0
        while True:
            try:
                line = await lines.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                self.bad_lines += 1
                raise _Refused(f"it sent a line of more than {MAX_LINE} bytes") from error
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    self.bad_lines += 1
                return
            wish = wish_of(line)
            if wish is not None:
                self._wished(wish)
                continue
            bad += 1
            self.bad_lines += 1
            if bad >= MAX_BAD_LINES:
                raise _Refused(f"it sent {bad} lines that are no wishes")

    def _still_of_use(self) -> list[ItemSeen]:
        now = self._now_ns()
        kept = [fact for fact in self._unheard if now - fact.at_ns <= KEPT_UNHEARD_NS]
        self._unheard.clear()
        return kept


@contextlib.contextmanager
def listening_socket(path: Path) -> Iterator[socket.socket]:
    """A Unix socket at ``path`` that listens, and the lock that keeps a second eye off it; what a killed eye left there is replaced.

    Raises SocketTaken where another eye runs, the folder cannot be written to, or the path is too long or not a socket.
    """
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise SocketTaken(
            f"[vision] socket = {path} is longer than the {MAX_PATH_BYTES} bytes a socket's path may have; choose a shorter one"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("wb")
    except OSError as error:
        raise SocketTaken(f"[vision] socket = {path}: its folder cannot be used: {error.strerror}") from error
    with lock:
        _only_one(lock, path)
        if path.is_socket():
            path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as listening:
            before = os.umask(0o777 & ~SOCKET_MODE)
            try:
                listening.bind(os.fspath(path))
            except OSError as error:
                raise SocketTaken(f"[vision] socket = {path} cannot be listened on: {error.strerror}; name a path that is free") from error
            finally:
                os.umask(before)
            listening.listen(MAX_CLIENTS)
            try:
                yield listening
            finally:
                path.unlink(missing_ok=True)


def _only_one(lock: IO[bytes], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise SocketTaken(
            f"another eye already serves {path}: stop it first (systemctl stop smartstore-vision), or name another [vision] socket"
        ) from error


class _Refused(Exception):
    """What a reader sent ends its connection."""


class _Reader:
    """One connection's outgoing side."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: asyncio.Queue[VisionFact | None] = asyncio.Queue(MAX_WAITING)  # None: a beat
        self._writing: VisionFact | None = None
        self.cut_off: str | None = None

    def take(self, fact: VisionFact) -> None:
        """Send it when its turn comes; a reader that lets too many wait is cut off."""
        try:
            self._waiting.put_nowait(fact)
        except asyncio.QueueFull:
            self.cut(f"{MAX_WAITING} facts waited for it")

    def beat(self) -> None:
        """A sign of life, where no fact waits that is one."""
        if self._waiting.empty():
            self._waiting.put_nowait(None)

    def cut(self, why: str) -> None:
        """End the connection now, whatever is still to be sent."""
        self.cut_off = self.cut_off or why
        self._writer.transport.abort()

    async def write(self) -> None:
        """Send what comes, until cancelled or cut off."""
        while self.cut_off is None:
            self._writing = await self._waiting.get()
            try:
                line = BEAT if self._writing is None else fact_line(self._writing)
            except ValueError as error:  # too long; what comes after it is to be told all the same
                log.error("a fact is left out", extra={"why": str(error)})
                self._writing = None
                continue
            self._writer.write(line)
            try:
                async with asyncio.timeout(WRITE_WITHIN_S):
                    await self._writer.drain()
                self._writing = None
            except TimeoutError:
                self.cut(f"it took nothing for {WRITE_WITHIN_S:.0f} s")
            except ConnectionError:
                return

    def unsent(self) -> list[VisionFact]:
        """What the kernel has not taken, oldest first."""
        waiting = [self._writing] if self._writing is not None else []
        while not self._waiting.empty():
            if (fact := self._waiting.get_nowait()) is not None:
                waiting.append(fact)
        return waiting

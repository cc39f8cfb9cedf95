"""Child processes of the demonstration: started, watched, ended in order. What they print goes to a file each."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.runtime.restarting import AGAIN

END_WITHIN_S: Final = 10.0  # s from the polite signal to the hard one
TAIL_LINES: Final = 15  # lines of its log that are shown when a child dies
# Asks the kernel to end the child when we die, however we die: an orphan would go on and open whatever stands at its ports' names next.
_SETPRIV: Final = shutil.which("setpriv")
_ENDS_WITH_US: Final = () if _SETPRIV is None else (_SETPRIV, "--pdeathsig", "TERM", "--")


class ChildDied(RuntimeError):
    """A part of the demonstration ended by itself; the message ends with what it said last."""


class Child:
    """One ``python -m …`` process."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id. Raises RuntimeError before ``start``."""
        return self._running().pid

    @property
    def running(self) -> bool:
        """Started and not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the demonstration alone, which then ends its children in order."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *_ENDS_WITH_US,
                sys.executable,
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    async def died(self) -> None:
        """Returns never while it lives; started again where it asks for that; raises ChildDied once it ended by itself otherwise."""
        while (code := await self._running().wait()) == AGAIN:
            await self.start()
        raise ChildDied(f"{self.name} ended by itself (exit code {code}); its last words, from {self.log}:\n{self.tail()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._running().kill()

    async def wait(self) -> int:
        """Wait for its end; returns the exit code."""
        return await self._running().wait()

    async def stop(self) -> None:
        """End it politely; after ``END_WITHIN_S`` by force."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(END_WITHIN_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def tail(self) -> str:
        """The last lines that it printed."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "(nothing)"
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:]) or "(nothing)"

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._process

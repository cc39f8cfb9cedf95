"""Codes presented at a reader: one fact per presentation, however often the reader repeats itself."""

from __future__ import annotations

from collections.abc import Callable

from devices.config import ReaderSettings
from devices.facts import CodeScanned


class ReaderWatch:
    """Drops repetitions of the same code within ``repeat_s``. Time comes in."""

    def __init__(self, settings: ReaderSettings, sink: Callable[[CodeScanned], None]) -> None:
        self.settings = settings
        self._sink = sink
        self._last: tuple[str, int] | None = None

    def take(self, text: str, at_ns: int) -> None:
        """One code was read at ``at_ns``."""
        repeated = self._last is not None and self._last[0] == text and at_ns - self._last[1] < self.settings.repeat_s * 1e9
        self._last = (text, at_ns)
        if text and not repeated:
            self._sink(CodeScanned(at_ns=at_ns, reader=self.settings.id, text=text))

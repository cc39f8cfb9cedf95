"""Cutting a byte stream into terminated lines with a bounded memory. Pure; what a line means belongs to its protocol."""

from __future__ import annotations

_TERMINATORS = (0x0D, 0x0A)


class LineCutter:
    """Lines end with CR, LF or both; empty lines are passed over. A line longer than ``max_bytes`` is dropped as a whole and counted."""

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1, not {max_bytes}")
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._overlong = False
        self.skipped = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; returned: the lines that became complete, without terminators. Never raises."""
        lines: list[bytes] = []
        for byte in chunk:
            if byte in _TERMINATORS:
                if self._buffer and not self._overlong:
                    lines.append(bytes(self._buffer))
                self.reset()
            elif self._overlong:
                self.skipped += 1
            elif len(self._buffer) >= self._max_bytes:
                self.skipped += len(self._buffer) + 1
                self._buffer.clear()
                self._overlong = True
            else:
                self._buffer.append(byte)
        return lines

    @property
    def pending(self) -> int:
        """Bytes of the line that is being received."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget the line that is being received."""
        self._buffer.clear()
        self._overlong = False

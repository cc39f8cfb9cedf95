"""QR, barcode and NFC readers that send each code as one line of text (keyboard-less serial mode). Pure.

The text is handed on as it stands; whether it is a pass is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from devices.protocols.lines import LineCutter
from devices.protocols.meaning import Meaning

MAX_CODE_CHARACTERS: Final = 4096  # a version-40 QR code holds 4296 characters at most; passes are far shorter


def _readable(text: str) -> bool:
    return text.isprintable() and 1 <= len(text) <= MAX_CODE_CHARACTERS


def encode_code(text: str) -> bytes:
    """The bytes that a reader sends for a code."""
    if not text.isascii() or not _readable(text):
        raise ValueError(f"a code is 1..{MAX_CODE_CHARACTERS} printable ASCII characters, not {len(text)} of {text[:20]!r}")
    return text.encode("ascii") + b"\r\n"


class CodeDecoder:
    """Codes out of a byte stream (a :class:`devices.protocols.reply.StreamDecoder`); lines that are not printable ASCII are skipped.

    Spaces around a code, and an STX/ETX pair that some readers send around it, do not belong to it.
    """

    def __init__(self) -> None:
        self._lines = LineCutter(MAX_CODE_CHARACTERS)
        self._unreadable = 0

    @property
    def skipped(self) -> int:
        return self._lines.skipped + self._unreadable

    def feed(self, chunk: bytes) -> list[str]:
        """Take the next bytes; returned: the codes that became complete. Never raises."""
        codes: list[str] = []
        for line in self._lines.feed(chunk):
            text = line.decode("ascii", errors="replace").strip(" \x02\x03")
            if text.isascii() and _readable(text):
                codes.append(text)
            else:
                self._unreadable += len(line)
        return codes

    def reset(self) -> None:
        """Forget a half-received line."""
        self._lines.reset()


class CodeExplainer:
    """A :class:`devices.protocols.meaning.Explainer` that tells how long a code is and no more: who has read it could use it."""

    unanswered: Meaning | None = None

    def __init__(self) -> None:
        self._decoder = CodeDecoder()

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """A reader is told nothing."""
        return ()

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The codes that became complete."""
        return tuple(Meaning("code_read", {"characters": len(code)}) for code in self._decoder.feed(chunk))

"""Simulated QR, barcode or NFC reader: one line of text per code shown to it, unasked, on an RS-232 line."""

from __future__ import annotations

from collections import deque
from typing import Literal

from devices.sim.line import Transmission


class SimulatedReader:
    """``show`` may be called from any thread; wake the line with ``PacedBus.poke`` afterwards. It hears nothing."""

    framing: Literal["gap", "stream"] = "stream"

    def __init__(self, name: str, *, terminator: bytes = b"\r\n", decode_s: float = 0.05) -> None:
        self.name = name
        self._terminator = terminator
        self._decode_s = decode_s
        self._shown: deque[bytes] = deque()

    def show(self, text: str) -> None:
        """Hold a code in front of the reader."""
        self._shown.append(text.encode("utf-8") + self._terminator)

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        return ()

    def due_ns(self) -> int | None:
        return 0 if self._shown else None

    def speak(self, at_ns: int) -> tuple[Transmission, ...]:
        return tuple(Transmission(self._shown.popleft(), self._decode_s) for _ in range(len(self._shown)))

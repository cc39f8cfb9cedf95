"""Reading the far end's watermarks with suspicion: which to apply, which to ignore, when one proves that somebody lost data. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import ValidationError

from cloud_bridge.envelope import BadEnvelope, read_json_object
from cloud_bridge.messages import WatermarkV1
from cloud_bridge.outbox_marks import OutboxMarks

_S = 1_000_000_000

Verdict: TypeAlias = Literal["confirm", "nothing", "rewind", "renew"]
"""Apply it; nothing to do; the far end has lost what it confirmed: send again what is kept; this outbox is an old copy: new epoch."""


def read_watermark(payload: bytes) -> WatermarkV1 | None:
    """A watermark from untrusted bytes, None for anything that is none."""
    try:
        return WatermarkV1.model_validate(read_json_object(payload), extra="ignore")
    except (BadEnvelope, ValidationError):
        return None


@dataclass(slots=True)
class _Claim:
    """Something odd that the far end keeps saying."""

    since_ns: int
    seq: int


@dataclass(slots=True)
class WatermarkReader:
    """Judges one watermark after the other.

    A single odd one is ignored: it may be late, from a second consumer, or hostile. One that is repeated for ``patience_s`` while no
    sound one comes is believed: below the mark, the far end was restored from a backup; above everything stored, this outbox was. The
    second is believed once per run, so that a far end that claims nonsense cannot make the store repeat without end.
    """

    patience_s: float
    counters: dict[str, int] = field(default_factory=lambda: {"other_epoch": 0, "behind": 0, "ahead": 0})
    _behind: _Claim | None = None
    _ahead: _Claim | None = None
    _renewed: bool = False

    def judge(self, watermark: WatermarkV1, marks: OutboxMarks, at_ns: int) -> Verdict:
        """What to do about ``watermark``, given where the outbox stands."""
        if watermark.epoch != marks.epoch:
            self.counters["other_epoch"] += 1
            return "nothing"
        if watermark.seq > marks.last:
            self.counters["ahead"] += 1
            self._behind = None
            if self._ahead is None:
                self._ahead = _Claim(at_ns, watermark.seq)
            elif not self._renewed and at_ns - self._ahead.since_ns >= self.patience_s * _S:
                self._renewed, self._ahead = True, None
                return "renew"
            return "nothing"
        self._ahead = None
        if watermark.seq >= marks.confirmed:
            self._behind = None
            return "confirm" if watermark.seq > marks.confirmed else "nothing"
        self.counters["behind"] += 1
        if self._behind is None:
            self._behind = _Claim(at_ns, watermark.seq)
        elif at_ns - self._behind.since_ns >= self.patience_s * _S:
            self._behind = None
            return "rewind"
        return "nothing"

"""``sightings.jsonl`` of a recording: what an eye said it saw, one fact a line in the order in which it was said, as on the eye's socket.

Times are of the recording's clock. Pictures are not part of a recording; ``evidence`` names them where they are kept.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edge.recordings.fields import MAX_TEXT, RecordingInvalid, shown
from edge.recordings.visits import OUTSIDE_NS
from vision.facts import ItemSeen
from vision.wire import MAX_LINE, fact_line, fact_of

MAX_SIGHTINGS = 1_000_000  # a month of a busy shop
MAX_BYTES = 1_000_000_000  # bytes of the file
LONGEST_NS = 3_600_000_000_000  # ns; a reach of an hour is a wrong clock


def read_sightings(file: Path, first_ns: int, last_ns: int, plates: set[str]) -> tuple[ItemSeen, ...]:
    """All of the file, by the time at which they were said; () where there is no file. Raises RecordingInvalid.

    They must lie between the first and the last sample, give or take a second, and name plates of the shop. Products that the shop does not
    sell are kept: an eye may know more of them.
    """
    if not file.exists():
        return ()
    if not file.is_file():
        raise RecordingInvalid(file, "", "is no file; name a recording's folder")
    if (size := file.stat().st_size) > MAX_BYTES:
        raise RecordingInvalid(file, "", f"has {size} bytes, at most {MAX_BYTES} are read; split the recording")
    found: list[ItemSeen] = []
    with file.open("rb") as stream:
        while line := stream.readline(MAX_LINE + 1):
            place = f"line {len(found) + 1}"
            if len(found) == MAX_SIGHTINGS:
                raise RecordingInvalid(file, place, f"at most {MAX_SIGHTINGS} sightings can be handled; split the recording")
            one = fact_of(line) if len(line) <= MAX_LINE else None
            if not isinstance(one, ItemSeen):
                raise RecordingInvalid(file, place, f"is no sighting; each line is one fact item_seen, got {shown(_words(line))}")
            if complaint := _complaint(one, first_ns, last_ns, plates):
                raise RecordingInvalid(file, place, complaint)
            found.append(one)
    return tuple(sorted(found, key=lambda one: (one.at_ns, one.camera, one.reach)))


def sightings_lines(sightings: Sequence[ItemSeen]) -> bytes:
    """What ``read_sightings`` reads. ValueError for one that is longer than a line may be."""
    return b"".join(fact_line(one) for one in sightings)


class Heard:
    """Sightings in the order in which they were said, each given out once; their times are moved ``by_ns``."""

    def __init__(self, sightings: Sequence[ItemSeen], by_ns: int) -> None:
        self._waiting = deque(sorted((moved(one, by_ns) for one in sightings), key=lambda one: one.at_ns))

    @property
    def due_ns(self) -> float:
        """When the next one was said; infinite where there is none."""
        return self._waiting[0].at_ns if self._waiting else math.inf

    def until(self, at_ns: float) -> list[ItemSeen]:
        """Those said until now."""
        found = []
        while self._waiting and self._waiting[0].at_ns <= at_ns:
            found.append(self._waiting.popleft())
        return found

    def of(self, before_ns: float) -> list[ItemSeen]:
        """Those of what began before ``before_ns``, whenever they were said."""
        found = [one for one in self._waiting if one.start_ns < before_ns]
        self._waiting = deque(one for one in self._waiting if one.start_ns >= before_ns)
        return found


def moved(one: ItemSeen, by_ns: int) -> ItemSeen:
    """The sighting by another clock, whose times are ``by_ns`` greater."""
    return replace(one, at_ns=one.at_ns + by_ns, start_ns=one.start_ns + by_ns, end_ns=one.end_ns + by_ns)


def _complaint(one: ItemSeen, first_ns: int, last_ns: int, plates: set[str]) -> str:
    if not one.start_ns <= one.end_ns <= one.start_ns + LONGEST_NS:
        return f"lasts from {one.start_ns} to {one.end_ns} ns; give nanoseconds, the end after the start"
    if one.start_ns < first_ns - OUTSIDE_NS or one.end_ns > last_ns + OUTSIDE_NS:
        return (
            f"lasts from {one.start_ns} to {one.end_ns}, the samples from {first_ns} to {last_ns}; "
            "record plates and camera together, by the same clock"
        )
    if unknown := sorted(set(one.plates) - plates):
        return f"names {shown(unknown[0])}, which is not among the plates of store.json"
    if len(one.camera) > MAX_TEXT or not one.camera.isprintable():
        return f"names the camera {shown(one.camera)}; give it a name of at most {MAX_TEXT} printable characters"
    if not one.plates:
        return "names no plate; a sighting is of something over a plate"
    logs = [log for _, log in one.log_likelihoods]
    if not all(math.isfinite(log) for log in (*logs, one.log_other)):
        return "holds a log likelihood that is no finite number; write it anew"
    if len({gtin for gtin, _ in one.log_likelihoods}) < len(logs):
        return "names a product twice; give each product one log likelihood"
    return ""


def _words(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line[:200].decode("utf-8", "replace")

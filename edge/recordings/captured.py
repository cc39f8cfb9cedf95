"""A recording as one file, as the page hands it out: gzip of what /api/v1/samples says, one JSON object a line. Read with bounds."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Final

from edge.recordings.fields import RecordingInvalid
from edge.recordings.format import Recording
from edge.recordings.live import LONGEST_LINE, Capture, NoRecording

USUAL_HZ: Final = 60.0  # samples a second of the grid that all plates are brought to
MOST_BYTES: Final = 4_000_000_000  # unpacked; half an hour of forty plates at 80 samples a second is a thirtieth of it
ENDING: Final = ".recording"  # what the file's name ends with before .gz


def read_captured(file: Path, hz: float = USUAL_HZ) -> Recording:
    """Read and check the whole file. Raises RecordingInvalid, and nothing else, whatever it holds."""
    try:
        with gzip.open(file, "rb") as lines:
            return _capture(file, lines, hz).recording(_name(file), hz)
    except NoRecording as error:
        raise RecordingInvalid(file, "", str(error)) from error
    except EOFError as error:
        raise RecordingInvalid(file, "", "is cut off; fetch it again") from error
    except (OSError, ValueError, RecursionError, zlib.error) as error:
        if isinstance(error, RecordingInvalid):
            raise
        raise RecordingInvalid(file, "", f"is no recording that can be read ({error}); fetch it again") from error


def _capture(file: Path, lines: gzip.GzipFile, hz: float) -> Capture:
    capture, number = Capture(), 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        place = f"line {number}"
        if len(line) > LONGEST_LINE or lines.tell() > MOST_BYTES:
            raise RecordingInvalid(file, place, "is more than can be handled; record for a shorter time")
        try:
            told = json.loads(line)
        except ValueError as error:
            raise RecordingInvalid(file, place, f"is no JSON ({error}); fetch it again") from error
        if not isinstance(told, dict):
            raise RecordingInvalid(file, place, "is no object; is it another program's file?")
        if number == 1:
            capture.begin(told, file)
        else:
            capture.hear(told)
        if capture.full(hz):
            raise RecordingInvalid(file, place, "is more than can be handled; record for a shorter time")
    if not number:
        raise RecordingInvalid(file, "", "is empty; fetch it again")
    return capture


def _name(file: Path) -> str:
    return file.name.removesuffix(".gz").removesuffix(ENDING)

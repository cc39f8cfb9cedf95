"""A recording as one file: read with bounds, and whatever is no recording refused with a reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from edge.cli.__main__ import main
from edge.recordings.fields import RecordingInvalid
from edge.recordings.format import read_recording

HEAD = {
    "columns": ["p1"],
    "wall_ns": 1,
    "monotonic_ns": 1,
    "under_way": False,
    "plates": [{"id": "p1", "neighbours": []}],
    "products": [{"sku": "1", "name": "x", "price_minor": 1, "unit_weight_g": 10.0, "weight_sd_g": 0.1}],
    "planogram": [],
    "stock": [],
}


def lines(*told: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in told)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"no gzip at all", "Not a gzipped file"),
        (gzip.compress(lines(HEAD), mtime=0)[:-9], "cut off"),
        (gzip.compress(b"not json\n", mtime=0), "line 1: is no JSON"),
        (gzip.compress(b"[1]\n", mtime=0), "is no object"),
        (gzip.compress(b"[" * 100_000 + b"\n", mtime=0), "cannot be read|is no JSON|no recording"),
        (gzip.compress(lines({"columns": []}), mtime=0), "missing"),
        (gzip.compress(lines(HEAD), mtime=0), "no plate gave a sample"),
        (gzip.compress(lines(HEAD, {"samples": "x"}), mtime=0), "cannot be understood"),
        (gzip.compress(lines(HEAD, {"samples": [[7, 1, 1.0]]}), mtime=0), "cannot be understood"),
        (gzip.compress(lines(HEAD, {"overrun": True}), mtime=0), "samples were lost"),
        (gzip.compress(lines(HEAD) + b" " * 4_000_002, mtime=0), "more than can be handled"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_a_reason(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "x.recording.gz"
    file.write_bytes(content)
    with pytest.raises(RecordingInvalid, match=words):
        read_recording(file)
    assert main(["receipts", str(file)]) == 2


def test_samples_without_end_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.recording.gz"
    far = 10**18
    file.write_bytes(gzip.compress(lines(HEAD, {"samples": [[0, 1, 1.0], [0, far, 1.0]]})))
    with pytest.raises(RecordingInvalid, match="more than can be handled"):
        read_recording(file)

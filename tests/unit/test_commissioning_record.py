"""The commissioning record: kept line by line, read back after a power cut, bounded, and no reason to stop working on a full disk."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from edge.runtime.commissioning import record as module
from edge.runtime.commissioning.record import CommissioningRecord
from edge.web.bench import RecordRow

ROW = RecordRow(
    number=0,
    at_unix_s=1_800_000_000.0,
    vouched=True,
    by="tina",
    step="knock",
    subject="A1",
    outcome="passed",
    words="rings at 9.5 Hz",
    code="",
    figures={"hertz": 9.5, "device": "scale"},
    version="1",
)


def read(path: Path) -> CommissioningRecord:
    record = CommissioningRecord(path)
    record.open()
    return record


async def test_rows_are_numbered_kept_and_read_back_by_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "commissioning.jsonl"
    record = read(path)
    assert list(record.rows) == []
    for _ in range(3):
        await record.add(ROW)
    assert [row.number for row in read(path).rows] == [1, 2, 3]
    assert read(path).rows[2].figures == ROW.figures
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_a_power_cut_or_a_hand_left_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "commissioning.jsonl"
    await read(path).add(ROW)
    with path.open("ab") as file:
        file.write(b'\xff\xfe\n[]\n{"number": 7}\n{"number": 2, "at_unix')
    record = read(path)
    assert [row.number for row in record.rows] == [1]
    await record.add(ROW)
    assert [row.number for row in read(path).rows] == [1, 2]


async def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "commissioning.jsonl"
    record = read(path)
    for _ in range(module.MOST_ROWS):
        record._rows.append(ROW)
    await record.add(ROW)
    kept = path.read_text(encoding="utf-8").splitlines()
    assert len(kept) == module.MOST_ROWS // 2
    assert json.loads(kept[-1])["number"] == 1


async def test_a_disk_that_refuses_is_told_in_the_log_and_the_row_is_shown(tmp_path: Path) -> None:
    record = CommissioningRecord(tmp_path / "nowhere" / "commissioning.jsonl")
    await record.add(ROW)
    assert len(record.rows) == 1

"""Photographs of enrolments on the disk: found again, few and small, and never anything else deleted or followed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from vision.evidence import SittingFolder
from vision.evidence.sittings import MOST_BYTES
from vision.types import Picture
from vision.wire import ENROLMENTS, view_name

ONE, TWO = "1" * 32, "2" * 32


def grey(level: int = 90) -> Picture:
    return np.full((64, 64, 3), level, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> SittingFolder:
    return SittingFolder(tmp_path)


def test_what_is_kept_is_found_again_by_its_number(folder: SittingFolder, tmp_path: Path) -> None:
    assert (folder.tokens(), folder.numbers(ONE), folder.read(ONE, 1)) == ((), (), None)
    for number in (2, 10, 1):
        assert folder.keep(ONE, number, grey(10 * number)) == view_name(ONE, number)
    folder.keep(TWO, 1, grey())
    again = SittingFolder(tmp_path)
    assert again.tokens() == (ONE, TWO)
    assert again.numbers(ONE) == (1, 2, 10)
    found = again.read(ONE, 10)
    assert found is not None
    assert abs(float(found.mean()) - 100.0) < 2.0
    again.drop(ONE, 2)
    again.drop(ONE, 99)
    assert again.numbers(ONE) == (1, 10)
    again.forget(ONE)
    assert again.tokens() == (TWO,)


def test_only_files_of_our_names_are_deleted_and_no_link_is_followed(folder: SittingFolder, tmp_path: Path) -> None:
    folder.keep(ONE, 1, grey())
    own = tmp_path / ENROLMENTS / ONE
    for name in ("notes.txt", "0.jpg", "1.png", "-1.jpg"):
        (own / name).write_text("somebody else's")
    (own / "2.jpg.new").write_text("unfinished")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "1.jpg").write_text("precious")
    os.symlink(precious, tmp_path / ENROLMENTS / TWO)
    os.symlink(precious / "1.jpg", own / "3.jpg")
    assert folder.tokens() == (ONE,)
    assert folder.numbers(ONE) == (1,)
    folder.forget(TWO)
    folder.forget(ONE)
    assert (precious / "1.jpg").read_text() == "precious"
    assert {path.name for path in own.iterdir()} == {"notes.txt", "0.jpg", "1.png", "-1.jpg", "3.jpg"}


def test_what_is_no_picture_or_too_large_is_none(folder: SittingFolder, tmp_path: Path) -> None:
    folder.keep(ONE, 1, grey())
    path = tmp_path / view_name(ONE, 1)
    for content in (b"", b"no picture", path.read_bytes()[:40], b"\xff" * (MOST_BYTES + 1)):
        path.write_bytes(content)
        assert folder.read(ONE, 1) is None
    noise = np.random.default_rng(1).integers(0, 255, (2000, 2000, 3), dtype=np.uint8)
    with pytest.raises(OSError, match="larger than one may be"):
        folder.keep(ONE, 2, noise)
    assert folder.numbers(ONE) == (1,)


def test_others_keep_their_share_of_the_disk(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    greedy = SittingFolder(tmp_path, least_free_mb=disk.f_bavail * disk.f_frsize // 1_000_000 + 1_000)
    with pytest.raises(OSError, match="less of the disk is free"):
        greedy.keep(ONE, 1, grey())
    assert greedy.numbers(ONE) == ()

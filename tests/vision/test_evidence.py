"""Evidence: a minute in bounded memory, files that are whole, old ones gone, nothing of anybody else's touched, and no heads."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.cameras import frames_of, jpeg, number_of, numbered, opened
from vision.evidence import EvidenceFolder, Kept, Ring, mask_heads
from vision.evidence.folder import MOST_CROPS
from vision.evidence.ring import small_jpeg
from vision.pipeline.clip import stamp_of
from vision.pipeline.jpeg_stream import jpeg_size
from vision.types import Box, Detection, Frame, Picture

SECOND = 1_000_000_000
DAY_S = 86_400.0
NOW_S = 1_800_000_000.0
GREY = np.full((24, 32, 3), 99, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
LARGE = np.random.default_rng(1).integers(0, 256, (360, 480, 3), np.uint8)  # some 120 KB as JPEG


def crops(count: int) -> list[Picture]:
    return [numbered(number) for number in range(count)]


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes: a disk that is full in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Clock:
    """The wall clock of a test."""

    def __init__(self, now_s: float = NOW_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def dated(root: Path, at_s: float) -> None:
    """As if everything had been written then."""
    for name in files(root):
        os.utime(root / name, (at_s, at_s))


# The last minute


@settings(max_examples=30, deadline=None)
@given(
    gaps=st.lists(st.integers(10_000_000, 3 * SECOND), min_size=1, max_size=300), max_bytes=st.integers(500, 40_000), size=st.integers(1, 3)
)
def test_the_ring_holds_a_bounded_number_of_bytes_and_nothing_older_than_its_span(gaps: list[int], max_bytes: int, size: int) -> None:
    ring, at_ns = Ring(max_bytes=max_bytes, span_ns=10 * SECOND), 0
    picture = [jpeg(GREY), jpeg(numbered(5)), jpeg(NOISE)][size - 1]
    for number, gap in enumerate(gaps, 1):
        at_ns += gap
        ring.look(Frame("shelf", at_ns, number, GREY, picture))
        held = ring.between(0, at_ns)
        assert ring.held_bytes() == sum(len(one.jpeg) for one in held) <= max_bytes
        assert all(at_ns - 10 * SECOND <= one.at_ns for one in held)
        assert [one.at_ns for one in held] == sorted({one.at_ns for one in held})


def test_large_pictures_cost_pictures_and_not_time() -> None:
    picture = small_jpeg(NOISE)
    ring = Ring(max_bytes=20 * len(picture))
    for number in range(1, 1200):
        ring.look(Frame("shelf", number * SECOND // 10, number, GREY, picture))
    held = ring.between(0, 10**18)
    assert 15 <= len(held) <= 20
    assert held[-1].at_ns - held[0].at_ns > 50 * SECOND


def test_five_pictures_a_second_of_a_faster_camera() -> None:
    ring = Ring()
    taken = sum(ring.look(Frame("shelf", number * SECOND // 30, number, GREY)) for number in range(1, 301))
    assert 45 <= taken <= 51
    assert len(ring.between(2 * SECOND, 4 * SECOND)) == pytest.approx(10, abs=1)


def test_a_small_jpeg_of_the_camera_is_kept_as_it_is_and_a_large_picture_made_smaller() -> None:
    ring = Ring()
    own = jpeg(numbered(3))
    ring.look(Frame("shelf", SECOND, 1, numbered(3), own))
    ring.look(Frame("shelf", 2 * SECOND, 2, np.zeros((720, 1280, 3), np.uint8)))
    first, second = ring.between(0, 10**18)
    assert first.jpeg is own
    assert jpeg_size(second.jpeg) == (640, 360)
    assert not Ring(max_bytes=100).look(Frame("shelf", 1, 1, NOISE))


# On the disk


def test_crops_are_found_under_the_name_that_is_said(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence", 14, 10)
    name = folder.keep_crops("visit-7", "shelf", 12, crops(10))
    assert name == "visit-7/shelf-00012"
    kept = sorted((tmp_path / "evidence" / "visit-7").glob("shelf-00012*.jpg"))
    assert len(kept) == MOST_CROPS
    assert [number_of(np.asarray(cv2.imread(str(path)), np.uint8)) for path in kept] == list(range(8))
    assert folder.keep_crops("visit-7", "shelf", 13, []) == ""


def test_a_reach_that_is_counted_again_after_a_restart_replaces_nothing(tmp_path: Path) -> None:
    names = [EvidenceFolder(tmp_path, 14, 10).keep_crops("v", "shelf", 1, crops(1)) for _ in range(3)]
    assert names == ["v/shelf-00001", "v/shelf-00002", "v/shelf-00003"]
    folder = EvidenceFolder(tmp_path, 14, 10)
    assert [folder.keep_clip("v", "shelf", [Kept(1, jpeg(GREY))]) for _ in range(2)] == ["v/shelf-clip1.mjpeg", "v/shelf-clip2.mjpeg"]


def test_a_clip_is_played_by_the_source_and_by_others(tmp_path: Path) -> None:
    pictures = [Kept(10**12 + number * SECOND // 10, jpeg(numbered(number))) for number in range(12)]
    name = EvidenceFolder(tmp_path, 14, 10).keep_clip("v", "shelf", pictures)
    with opened(f"file://{tmp_path / name}", frames_per_s=30.0) as source:
        frames = frames_of(source, 12)
    assert [number_of(frame.pixels) for frame in frames] == list(range(12))
    assert [stamp_of(frame.jpeg) for frame in frames] == [picture.at_ns for picture in pictures]
    other = cv2.VideoCapture(str(tmp_path / name), cv2.CAP_FFMPEG)
    shown = []
    while (answer := other.read())[0]:
        shown.append(number_of(np.asarray(answer[1], np.uint8)))
    other.release()
    assert shown == list(range(12))


@given(visit=st.text(max_size=80), camera=st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_name_leads_out_of_the_folder_and_each_can_be_forgotten(
    visit: str, camera: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("names")
    folder = EvidenceFolder(top / "evidence", 14, 10)
    name = folder.keep_crops(visit, camera, 1, [GREY])
    assert files(top) == [f"evidence/{name}-1.jpg"]
    assert name.count("/") == 1
    folder.forget(visit)
    assert files(top) == []


@pytest.mark.parametrize("visit", ["../../etc", "/etc", "a/b", ".", "..", "", "a\0b", "-rf", "x" * 300, "ein Besuch", "now/.."])
def test_hostile_visits_get_a_name_of_their_own(visit: str, tmp_path: Path) -> None:
    name = EvidenceFolder(tmp_path, 14, 10).keep_crops(visit, "shelf", 1, [GREY])
    assert name.startswith("x")
    assert (tmp_path / f"{name}-1.jpg").is_file()


def test_what_is_old_goes_and_what_is_younger_stays(tmp_path: Path, clock: Clock) -> None:
    folder = EvidenceFolder(tmp_path, 14, 10, wall_s=clock)
    folder.keep_crops("old", "shelf", 1, crops(2))
    dated(tmp_path, NOW_S - 14.1 * DAY_S)
    folder.keep_crops("young", "shelf", 1, crops(1))
    os.utime(tmp_path / "young" / "shelf-00001-1.jpg", (NOW_S - 13.9 * DAY_S,) * 2)
    assert folder.tidy() == (tmp_path / "young" / "shelf-00001-1.jpg").stat().st_size
    assert files(tmp_path) == ["young/shelf-00001-1.jpg"]
    assert not (tmp_path / "old").exists()


def test_the_oldest_go_first_where_there_is_too_much(tmp_path: Path, clock: Clock) -> None:
    folder = EvidenceFolder(tmp_path, 14, 1, wall_s=clock)
    size = 0
    for number in range(30):
        name = folder.keep_crops(f"v{number:02}", "shelf", 1, [LARGE])
        assert name
        os.utime(tmp_path / f"{name}-1.jpg", (NOW_S - 1000.0 + number,) * 2)
        size = sum((tmp_path / one).stat().st_size for one in files(tmp_path))
        assert size <= 1_000_000
    assert size > 700_000
    assert [int(name[1:3]) for name in files(tmp_path)] == list(range(30 - len(files(tmp_path)), 30))
    assert EvidenceFolder(tmp_path, 14, 1, wall_s=clock).tidy() == size


def test_more_than_may_be_kept_altogether_is_not_kept(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 14, 1)
    folder.keep_crops("v", "shelf", 1, [GREY])
    assert folder.keep_crops("v", "shelf", 2, [np.tile(LARGE, (4, 1, 1))] * MOST_CROPS) == ""
    assert files(tmp_path) == ["v/shelf-00001-1.jpg"]


def test_no_days_keep_nothing(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 0, 1)
    assert folder.keep_crops("v", "shelf", 1, [GREY]) == ""
    assert folder.keep_clip("v", "shelf", [Kept(1, jpeg(GREY))]) == ""
    assert files(tmp_path) == []


def test_a_clock_that_was_never_set_lets_nothing_become_old(tmp_path: Path, clock: Clock) -> None:
    folder = EvidenceFolder(tmp_path, 14, 10, wall_s=clock)
    folder.keep_crops("first", "shelf", 1, crops(1))
    dated(tmp_path, 1000.0)
    clock.now_s = 5000.0
    folder.tidy()
    assert files(tmp_path) == ["first/shelf-00001-1.jpg"]
    clock.now_s = NOW_S  # the network has said what time it is
    folder.tidy()
    assert (tmp_path / "first/shelf-00001-1.jpg").stat().st_mtime == NOW_S
    dated(tmp_path, NOW_S + 400 * DAY_S)  # a clock that was wrong the other way
    folder.tidy()
    assert (tmp_path / "first/shelf-00001-1.jpg").stat().st_mtime == NOW_S
    clock.now_s += 15 * DAY_S
    folder.tidy()
    assert files(tmp_path) == []


def test_what_is_not_evidence_is_never_touched(tmp_path: Path, clock: Clock) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "shelf-00001-1.jpg").write_bytes(bytes(3_000_000))
    root = tmp_path / "evidence"
    folder = EvidenceFolder(root, 1, 1, wall_s=clock)
    folder.keep_crops("v", "shelf", 1, [GREY])
    for name in ("letter.txt", "v/photo.jpg", "v/shelf-00001-1.jpg.bak", "now/shelf.jpg", "v/sub/shelf-00001-1.jpg"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(bytes(500_000))
    (root / "linked").symlink_to(outside)
    (root / "v" / "cam-00001-1.jpg").symlink_to(outside / "shelf-00001-1.jpg")
    before = files(tmp_path)
    dated(root, NOW_S - 900 * DAY_S)
    dated(outside, NOW_S - 900 * DAY_S)
    folder.tidy()
    folder.forget("v")
    folder.forget("linked")
    assert set(before) - set(files(tmp_path)) == {"evidence/v/shelf-00001-1.jpg"}


def test_what_a_power_cut_left_unfinished_goes(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 14, 10)
    folder.keep_crops("v", "shelf", 1, [GREY])
    (tmp_path / "v" / "shelf-00002-1.jpg.new").write_bytes(b"\xff\xd8")
    folder.tidy()
    assert files(tmp_path) == ["v/shelf-00001-1.jpg"]


def test_a_disk_that_is_full_leaves_nothing_half_and_later_writes_succeed(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 14, 10)
    folder.keep_crops("v", "shelf", 1, [GREY])
    with files_at_most(20_000), pytest.raises(OSError, match="File too large"):
        folder.keep_crops("v", "shelf", 2, [GREY, LARGE])
    assert files(tmp_path) == ["v/shelf-00001-1.jpg"]
    assert folder.keep_crops("v", "shelf", 2, [GREY, LARGE]) == "v/shelf-00002"
    assert folder.tidy() == sum((tmp_path / name).stat().st_size for name in files(tmp_path))


def test_a_quota_that_was_full_once_does_not_let_the_folder_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = EvidenceFolder(tmp_path, 14, 1)
    for reach in range(8):
        folder.keep_crops("v", "c", reach, [NOISE])
    whole, failures = os.replace, [OSError(errno.EDQUOT, "Disk quota exceeded")]

    def full_once(one: Path, other: Path) -> None:
        if failures:
            raise failures.pop()
        whole(one, other)

    monkeypatch.setattr(os, "replace", full_once)
    assert folder.keep_crops("v", "c", 8, [NOISE]) == "v/c-00008"
    for reach in range(9, 100):
        assert folder.keep_crops("v", "c", reach, [NOISE])
        assert sum(path.stat().st_size for path in tmp_path.rglob("*.jpg")) <= 1_000_000


def test_threads_share_a_folder(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, 14, 1)
    names: list[str] = []

    def keep(camera: str) -> Callable[[], None]:
        def run() -> None:
            for _ in range(6):
                names.append(folder.keep_crops("v", camera, 1, [GREY, LARGE]))
                folder.tidy()

        return run

    threads = [threading.Thread(target=keep(camera)) for camera in ("left", "left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(names)
    assert sum((tmp_path / name).stat().st_size for name in files(tmp_path)) <= 1_000_000
    assert not [name for name in files(tmp_path) if name.endswith(".new")]


# Heads


def person(label: str, left: float, top: float, right: float, bottom: float) -> Detection:
    return Detection(Box(left, top, right, bottom), label, 0.9)


def test_the_head_of_a_person_is_covered_and_the_hands_are_not() -> None:
    covered = mask_heads(NOISE, [person("person", 0.25, 0.1, 0.5, 0.9)])
    head, hands = covered[14:32, 42:78], covered[50:, :]
    assert len(np.unique(head.reshape(-1, 3), axis=0)) == 1
    assert np.array_equal(hands, NOISE[50:, :])
    assert np.array_equal(covered[:, 100:], NOISE[:, 100:])
    assert not np.array_equal(NOISE, covered)


def test_of_a_person_who_is_cut_off_the_head_is_a_larger_part() -> None:
    covered = mask_heads(NOISE, [person("Person", 0.2, 0.5, 0.8, 1.0)])
    assert len(np.unique(covered[62:94, 34:126].reshape(-1, 3), axis=0)) == 1
    assert np.array_equal(covered[100:], NOISE[100:])


@pytest.mark.parametrize("label", ["head", "face"])
def test_a_head_that_was_found_as_such_is_covered_with_a_margin(label: str) -> None:
    covered = mask_heads(NOISE, [person(label, 0.4, 0.4, 0.6, 0.6)])
    assert len(np.unique(covered[46:74, 60:100].reshape(-1, 3), axis=0)) == 1


def test_goods_are_left_alone_and_nothing_is_copied_for_nothing() -> None:
    assert mask_heads(NOISE, [person("bottle", 0.1, 0.1, 0.5, 0.9)]) is NOISE
    assert mask_heads(NOISE, []) is NOISE


@given(
    left=st.floats(0.0, 0.99),
    top=st.floats(0.0, 0.99),
    width=st.floats(0.005, 1.0),
    height=st.floats(0.005, 1.0),
    label=st.sampled_from(["person", "head"]),
)
def test_any_box_covers_something_of_itself_and_changes_no_argument(
    left: float, top: float, width: float, height: float, label: str
) -> None:
    before = NOISE.copy()
    box = Box(left, top, min(1.0, left + width), min(1.0, top + height))
    covered = mask_heads(NOISE, [Detection(box, label, 0.5)])
    assert np.array_equal(before, NOISE)
    assert covered.shape == NOISE.shape
    upper = Box(box.left, box.top, box.right, box.top + (box.bottom - box.top) * 0.2 + 1e-9)
    assert len(np.unique(upper.cut(covered)[:1].reshape(-1, 3), axis=0)) == 1

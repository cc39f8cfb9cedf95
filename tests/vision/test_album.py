"""Which pictures the eye keeps: of visits, around reaches, under safe names, with heads masked, and no more than may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.shelf_scene import CAMERA, Product, noisy, shelf
from tests.vision.tiny_models import striped
from vision.pipeline.reach import Reach
from vision.ports import Detector
from vision.service.album import MOST_ENDS, MOST_VISITS, Album
from vision.settings import EyeSettings, VisionSettings
from vision.sources import every_picture
from vision.types import Box, Detection, Frame, Picture
from vision.wire import shown_name

S = 1_000_000_000
PICTURES = [noisy(shelf([Product(3, 0.25)], width=320, height=180), number) for number in range(8)]


class Persons:
    """A detector that sees a person at one place, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, pixels: Picture) -> list[Detection]:
        self.asked += 1
        return [Detection(Box(0.6, 0.1, 0.8, 1.0), "person", 0.9)]


class Rig:
    """An album over one camera, with a clock that the test moves."""

    def __init__(self, folder: Path, detector: Detector | None = None, days: int = 1) -> None:
        self.ns = 100 * S
        self.folder = folder
        settings = EyeSettings(vision=VisionSettings(evidence=folder, evidence_days=days), cameras=(CAMERA,))
        self.album = Album(settings, detector, lambda: self.ns)
        self.album.start()
        self._number = 0

    def film(self, seconds: float) -> None:
        """Ten frames a second go by."""
        for _ in range(round(seconds * 10)):
            self._number += 1
            self.ns += S // 10
            self.album.look(Frame("cam", self.ns, self._number, PICTURES[self._number % len(PICTURES)]))

    def reach(self, number: int, crops: Sequence[Picture] = ()) -> Reach:
        """A reach of half a second that ends now."""
        return Reach(
            camera="cam",
            number=number,
            start_ns=self.ns - S // 2,
            end_ns=self.ns,
            plates=("A1",),
            direction="taken",
            units=1,
            crops=tuple(crops) or (striped(number),),
            before=(),
            after=(),
        )

    def files(self) -> list[str]:
        """Everything in the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "evidence")
    yield made
    made.album.close()


def test_outside_of_a_visit_nothing_is_kept(rig: Rig) -> None:
    rig.film(2.0)
    assert rig.album.keep(rig.reach(1)) == ""
    assert rig.files() == []


def test_crops_of_a_visit_lie_under_its_name_and_a_clip_shows_what_was_around_them(rig: Rig) -> None:
    rig.album.begin("visit-1", rig.ns)
    rig.film(4.0)
    reached_ns = rig.ns
    name = rig.album.keep(rig.reach(7, [striped(1), striped(2)]))
    assert name == "visit-1/cam-00007"
    rig.film(6.0)
    rig.album.end("visit-1", keep=True)
    rig.album.close()
    assert rig.files() == ["visit-1/cam-00007-1.jpg", "visit-1/cam-00007-2.jpg", "visit-1/cam-clip1.mjpeg"]
    pictures = list(every_picture(rig.folder / "visit-1" / "cam-clip1.mjpeg"))
    assert 2.0 * 5 <= len(pictures) <= 2.6 * 5 + 1  # two and a half seconds, five pictures each
    assert reached_ns < rig.ns


def test_a_visit_in_which_no_hand_was_seen_leaves_no_clip(rig: Rig) -> None:
    rig.album.begin("visit-1", rig.ns)
    rig.film(3.0)
    rig.album.end("visit-1", keep=True)
    rig.album.close()
    assert rig.files() == []


def test_pictures_that_nobody_will_ask_for_go_even_those_of_an_eye_that_was_killed(rig: Rig) -> None:
    for visit in ("one", "two"):
        rig.album.begin(visit, rig.ns)
        assert rig.album.keep(rig.reach(1)) == f"{visit}/cam-00001"
    left_behind = rig.folder / "three"
    left_behind.mkdir()
    (left_behind / "cam-00001-1.jpg").write_bytes(b"of an earlier run")
    rig.album.end("two", keep=False)
    rig.album.end("three", keep=False)
    rig.album.close()
    assert rig.files() == ["one/cam-00001-1.jpg"]


def test_a_reach_before_the_visit_is_none_of_it(rig: Rig) -> None:
    early = rig.reach(1)
    rig.film(1.0)
    rig.album.begin("visit-1", rig.ns)
    assert rig.album.keep(early) == ""


def test_a_reach_after_the_end_is_none_of_it(rig: Rig) -> None:
    rig.album.begin("visit-1", rig.ns)
    rig.album.end("visit-1", keep=False)
    assert rig.album.keep(rig.reach(1)) == ""


def test_zero_days_keep_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, days=0)
    rig.album.begin("visit-1", rig.ns)
    rig.film(1.0)
    assert rig.album.keep(rig.reach(1)) == ""
    rig.album.end("visit-1", keep=True)
    rig.album.close()
    assert rig.files() == []


@pytest.mark.parametrize("visit", ["../../outside", "/etc/passwd", "a/b", ".", "", "x" * 5000, "now", "\x00", "🦊"])
def test_whatever_a_visit_is_called_its_pictures_stay_in_the_folder(tmp_path: Path, visit: str) -> None:
    rig = Rig(tmp_path / "in" / "evidence")
    rig.album.begin(visit, rig.ns)
    name = rig.album.keep(rig.reach(1))
    path = rig.folder / f"{name}-1.jpg"
    assert path.resolve().is_relative_to(rig.folder.resolve())
    assert path.is_file()
    rig.album.end(visit, keep=False)
    rig.album.close()
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_flood_of_visits_costs_little_and_the_newest_is_kept(rig: Rig) -> None:
    for number in range(50 * MOST_VISITS):
        rig.album.begin(f"visit-{number}", rig.ns)
    assert len(rig.album._visits) == MOST_VISITS
    assert rig.album.keep(rig.reach(1)) == f"visit-{50 * MOST_VISITS - 1}/cam-00001"


def test_ends_wait_for_a_slow_disk_without_holding_up_anybody(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with rig.album._disk:
        began = time.monotonic()
        for number in range(3 * MOST_ENDS):
            rig.album.end(f"visit-{number}", keep=False)
        assert time.monotonic() - began < 5.0
    assert "too many visits end at once" in caplog.text


def test_heads_are_masked_in_whole_pictures_and_looked_for_only_when_one_is_kept(tmp_path: Path) -> None:
    persons = Persons()
    rig = Rig(tmp_path, persons)
    rig.film(2.0)
    assert persons.asked == 0
    rig.album.begin("visit-1", rig.ns)
    rig.film(1.0)
    assert 4 <= persons.asked <= 6  # five of ten frames a second
    rig.album.show("cam", rig.ns + 10 * S)
    rig.film(1.0)
    shown = cv2.imread(str(tmp_path / shown_name("cam")))
    assert shown is not None
    height, width = shown.shape[:2]
    head = shown[round(0.12 * height) : round(0.3 * height), round(0.62 * width) : round(0.78 * width)]
    beside = shown[round(0.12 * height) : round(0.3 * height), round(0.1 * width) : round(0.2 * width)]
    assert float(head.std(axis=(0, 1)).max()) < 3.0 < float(np.asarray(beside).std(axis=(0, 1)).max())
    rig.album.close()
    assert not (tmp_path / shown_name("cam")).exists()


def test_where_heads_cannot_be_looked_for_no_whole_picture_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Fails(Persons):
        def detect(self, pixels: Picture) -> list[Detection]:
            super().detect(pixels)
            raise RuntimeError("the accelerator is gone")

    rig = Rig(tmp_path, Fails())
    rig.album.begin("visit-1", rig.ns)
    rig.album.show("cam", rig.ns + 10 * S)
    rig.film(2.0)
    assert rig.album._cameras["cam"].ring.held_bytes() == 0
    assert rig.files() == []
    assert caplog.text.count("heads cannot be looked for") == 1
    assert rig.album.keep(rig.reach(1)) == "visit-1/cam-00001"  # a close picture of goods shows no head
    rig.album.close()


def test_only_the_pictures_of_running_visits_are_in_memory(rig: Rig) -> None:
    rig.film(2.0)
    camera = rig.album._cameras["cam"]
    assert camera.ring.held_bytes() == 0
    rig.album.begin("one", rig.ns)
    rig.film(2.0)
    held = camera.ring.held_bytes()
    assert held > 0
    rig.album.end("one", keep=False)
    rig.film(2.0)
    assert camera.ring.held_bytes() == held
    rig.album.begin("two", rig.ns)
    assert camera.ring.held_bytes() == 0


def test_cameras_recognition_and_socket_may_come_at_once(rig: Rig) -> None:
    rig.album.begin("visit", rig.ns)
    failures: list[BaseException] = []
    ending = threading.Event()

    def keep() -> None:
        try:
            for number in range(1, 60):
                rig.album.keep(rig.reach(number))
        except BaseException as error:
            failures.append(error)
        ending.set()

    keeping = threading.Thread(target=keep)
    keeping.start()
    visits = 0
    while not ending.is_set():
        visits += 1
        rig.album.begin("visit", rig.ns)
        rig.album.end("visit", keep=bool(visits % 2))
    keeping.join()
    assert failures == []
    rig.album.end("visit", keep=False)
    rig.album.close()
    assert rig.files() == []

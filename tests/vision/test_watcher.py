"""The watch over one camera: reaches, silence, bad pictures and failures, with a camera and a clock that the test moves."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.cameras import until
from tests.vision.shelf_scene import CAMERA, FRAME_NS, Product, frames, shaken, shelf, visit
from vision.facts import CameraFound, CameraLost, CameraTrouble
from vision.pipeline.health import PictureHealth
from vision.pipeline.reach import Reach
from vision.ports import Detector, Source, SourceState
from vision.service.knowledge import Forgiving
from vision.sources import open_source
from vision.types import Detection, Frame, Picture
from vision.watcher import CameraState, CameraWatch

LEFT, RIGHT = Product(3, 0.25), Product(7, 0.75)
SILENT_NS = 3_000_000_000  # ns without a frame after which the judge of these tests misses it


class Clock:
    """Time as the script says."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


class Script:
    """A source that plays frames as fast as they are asked for and lets time pass with them; None is a wait in vain."""

    name = "cam"

    def __init__(self, clock: Clock, events: Sequence[Frame | None]) -> None:
        self._clock = clock
        self._events = iter(events)
        self.closed = False
        self.over = False

    def start(self) -> None: ...

    def newest(self, after: int, timeout_s: float) -> Frame | None:
        event = next(self._events, None)
        self.over = self.over or event is None
        self._clock.ns += round(timeout_s * 1e9) if event is None else FRAME_NS
        return event

    def state(self) -> SourceState:
        return SourceState(False, 0.0, 3, "the cable is out")

    def close(self) -> None:
        self.closed = True


class Judge:
    """Says of each picture what the test wants: by default nothing."""

    def __init__(self, troubles: dict[int, CameraTrouble] | None = None) -> None:
        self._troubles = troubles or {}
        self._last_ns: int | None = None

    def feed(self, frame: Frame) -> CameraTrouble | None:
        self._last_ns = None
        return self._troubles.get(frame.number)

    def overdue(self, now_ns: int) -> CameraTrouble | None:
        self._last_ns = now_ns if self._last_ns is None else self._last_ns
        return "no_frames" if now_ns - self._last_ns >= SILENT_NS else None


class Rig:
    """A watch and what it said, in order."""

    def __init__(
        self,
        source: Source,
        clock: Callable[[], int],
        troubles: dict[int, CameraTrouble] | None = None,
        looked: Callable[[Frame], None] = lambda _: None,
        hand_detector: Detector | None = None,
    ) -> None:
        self.said: queue.Queue[CameraState | Reach] = queue.Queue()
        self.judges = 0
        self.watch = CameraWatch(
            CAMERA,
            source,
            ("A1",),
            health=lambda: self._judge(troubles),
            reached=self.said.put,
            told=self.said.put,
            looked=looked,
            monotonic_ns=clock,
            hand_detector=hand_detector,
        )
        self.watch.start()

    def _judge(self, troubles: dict[int, CameraTrouble] | None) -> Judge:
        self.judges += 1
        return Judge(troubles)

    def next(self) -> CameraState | Reach:
        return self.said.get(timeout=10.0)

    def lost(self) -> CameraLost:
        state = self.next()
        assert isinstance(state, CameraLost)
        return state


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rigs(clock: Clock) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(
        events: Sequence[Frame | None],
        troubles: dict[int, CameraTrouble] | None = None,
        looked: Callable[[Frame], None] = lambda _: None,
    ) -> Rig:
        made.append(Rig(Script(clock, events), clock, troubles, looked))
        return made[-1]

    yield make
    for rig in made:
        rig.watch.close()


def numbered(pictures: Sequence[Picture], first: int = 1) -> list[Frame]:
    return frames(pictures, first)


def still(count: int, first: int = 1) -> list[Frame]:
    """So many frames of one picture, drawn once."""
    pixels = shelf([LEFT])
    return [Frame("cam", number * FRAME_NS, number, pixels) for number in range(first, first + count)]


def test_a_camera_is_found_and_a_reach_is_told(rigs: Callable[..., Rig]) -> None:
    rig = rigs(numbered(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)))
    found = rig.next()
    assert isinstance(found, CameraFound)
    assert (found.camera, found.plates) == ("cam", ("A1",))
    reach = rig.next()
    assert isinstance(reach, Reach)
    assert (reach.number, reach.plates, reach.direction) == (1, ("A1",), "taken")


def test_a_silent_camera_is_lost_once_with_the_source_s_reason_and_found_again(rigs: Callable[..., Rig], clock: Clock) -> None:
    calm = [shelf([LEFT])] * 30
    waits = round(3 * SILENT_NS / 5e8)
    rig = rigs([*numbered(calm), *[None] * waits, *numbered(calm, 31)])
    assert isinstance(rig.next(), CameraFound)
    lost = rig.lost()
    assert (lost.reason, lost.detail) == ("no_frames", "the cable is out")
    assert lost.at_ns >= SILENT_NS
    assert isinstance(rig.next(), CameraFound)


def test_a_camera_that_never_delivered_is_lost_too(rigs: Callable[..., Rig]) -> None:
    assert rigs([]).lost().reason == "no_frames"


def test_a_reach_that_the_silence_cut_off_is_told_as_far_as_it_got_and_numbers_go_on(rigs: Callable[..., Rig]) -> None:
    pictures = visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)
    waits = [None] * round(SILENT_NS / 5e8 + 1)
    rig = rigs([*numbered(pictures[:16]), *waits, *numbered(pictures, 17)])
    said = [rig.next() for _ in range(5)]
    reaches = [one for one in said if isinstance(one, Reach)]
    assert [reach.number for reach in reaches] == [1, 2]
    assert reaches[0].direction == "unclear"
    assert reaches[1].direction == "taken"
    assert rig.judges == 1  # it knows what the camera looked at before, and sees whether it still does


@pytest.mark.parametrize("trouble", ["black", "frozen", "blurred", "moved"])
def test_pictures_of_no_use_lose_the_camera_until_they_are_good_again(rigs: Callable[..., Rig], trouble: CameraTrouble) -> None:
    rig = rigs(numbered([shelf([LEFT])] * 40), dict.fromkeys((13, 14, 15), trouble))
    assert isinstance(rig.next(), CameraFound)
    assert rig.lost().reason == trouble
    assert isinstance(rig.next(), CameraFound)


def test_one_trouble_after_the_other_is_told(rigs: Callable[..., Rig]) -> None:
    rig = rigs(numbered([shelf([LEFT])] * 15), {12: "black", 13: "moved", 14: "moved"})
    assert isinstance(rig.next(), CameraFound)
    assert [rig.lost().reason, rig.lost().reason] == ["black", "moved"]


def test_a_camera_that_points_elsewhere_tells_no_reaches(rigs: Callable[..., Rig]) -> None:
    pictures = visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)
    rig = rigs(numbered(pictures), dict.fromkeys(range(12, 200), "moved"))
    assert isinstance(rig.next(), CameraFound)
    assert rig.lost().reason == "moved"
    assert rig.lost().reason == "no_frames"  # the script's end
    assert rig.watch.reaches == 0


def test_a_frame_that_nobody_can_look_at_ends_nothing(rigs: Callable[..., Rig]) -> None:
    failures = iter([ZeroDivisionError("a picture nobody thought of")])

    def fails_once(frame: Frame) -> None:
        if frame.number == 15 and (error := next(failures, None)) is not None:
            raise error

    rig = rigs(numbered([shelf([LEFT, RIGHT])] * 15 + visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)), None, fails_once)
    assert isinstance(rig.next(), CameraFound)
    lost = rig.lost()
    assert lost.reason == "no_frames"
    assert "ZeroDivisionError" in lost.detail
    assert isinstance(rig.next(), CameraFound)
    assert isinstance(rig.next(), Reach)


def test_whom_nobody_can_be_told_of_is_watched_on(clock: Clock) -> None:
    reaches: queue.Queue[Reach] = queue.Queue()

    def deaf(state: CameraState) -> None:
        raise RuntimeError(f"nobody hears of {state.kind}")

    frames = numbered([shelf([LEFT, RIGHT])] * 15 + visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))
    watch = CameraWatch(
        CAMERA,
        Script(clock, frames),
        ("A1",),
        health=lambda: Judge(None),
        reached=reaches.put,
        told=deaf,
        looked=lambda _: None,
        monotonic_ns=clock,
    )
    watch.start()
    try:
        assert reaches.get(timeout=10.0).plates
    finally:
        watch.close()


def test_a_camera_of_whose_frames_every_one_fails_is_lost_once_tried_ever_later_and_never_found(clock: Clock) -> None:
    failures: list[float] = []

    def fails(frame: Frame) -> None:
        failures.append(time.monotonic())
        raise ValueError("a picture that nothing can look at")

    rig = Rig(Script(clock, still(1000)), clock, looked=fails)
    try:
        lost = rig.lost()
        assert (lost.reason, "ValueError" in lost.detail) == ("no_frames", True)
        until(lambda: len(failures) >= 3)
        first, second, third = failures[:3]
        assert third - second > 1.5 * (second - first)
        beat_ns = rig.watch.beat_ns
        clock.ns += 1
        until(lambda: rig.watch.beat_ns > beat_ns)  # who waits is not who hangs
    finally:
        begun = time.monotonic()
        rig.watch.close()
    assert time.monotonic() - begun < 1.0
    assert rig.said.empty()


def test_a_camera_that_comes_for_a_moment_now_and_then_is_not_found(rigs: Callable[..., Rig], clock: Clock) -> None:
    silence = [None] * round(2 * SILENT_NS / 5e8)
    events = [event for at in range(20) for event in (*still(5, 1 + 5 * at), *silence)]
    rig = rigs([*events, *still(30, 101)])
    assert rig.lost().reason == "no_frames"
    assert isinstance(rig.next(), CameraFound)
    assert clock.ns > 20 * 2 * SILENT_NS


def test_a_camera_that_flickers_is_told_less_and_less(rigs: Callable[..., Rig]) -> None:
    dark = [number for number in range(1, 2001) if number % 40 > 35]  # three and a half good seconds, half a dark one
    rig = rigs(still(2000), dict.fromkeys(dark, "black"))
    said = [rig.next()]
    while not (isinstance(said[-1], CameraLost) and said[-1].reason == "no_frames"):
        said.append(rig.next())
    assert [type(state) for state in said] == [CameraFound, CameraLost] * 2 + [CameraLost]  # the last one at the script's end


class AsFilmed(Script):
    """A script in which the clock shows the time of each frame."""

    def newest(self, after: int, timeout_s: float) -> Frame | None:
        frame = super().newest(after, timeout_s)
        if frame is not None:
            self._clock.ns = frame.at_ns
        return frame


def test_a_camera_that_was_moved_while_it_was_unplugged_is_told_and_its_hands_are_not(clock: Clock) -> None:
    there = [*numbered(10 * [shelf([LEFT, RIGHT])] + visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3) + 40 * [shelf([RIGHT])])]
    moved = [shaken(picture, 40.0, 0.0) for picture in 40 * [shelf([RIGHT])] + visit([RIGHT], [], 0.75, carries_out=7)]
    again = [Frame("cam", frame.at_ns + 10**12, frame.number, frame.pixels) for frame in numbered(moved, 200)]
    said: queue.Queue[CameraState | Reach] = queue.Queue()
    source = AsFilmed(clock, [*there, *[None] * 20, *again])
    watch = CameraWatch(
        CAMERA, source, (), health=PictureHealth, reached=said.put, told=said.put, looked=lambda _: None, monotonic_ns=clock
    )
    watch.start()
    try:
        kinds = [said.get(timeout=10.0) for _ in range(4)]
    finally:
        until(lambda: source.over and clock.ns > 10**12 + 60 * 10**9)
        watch.close()
    assert [type(one) for one in kinds] == [CameraFound, Reach, CameraLost, CameraLost]
    assert [one.reason for one in kinds if isinstance(one, CameraLost)] == ["no_frames", "moved"]
    assert [one.reason for one in said.queue if isinstance(one, CameraLost)] == ["no_frames"]  # the script's end; no reach before it


def test_a_detector_of_hands_is_asked_and_may_fail(clock: Clock) -> None:
    class Fails:
        asked = 0

        def detect(self, pixels: Picture) -> list[Detection]:
            self.asked += 1
            raise RuntimeError("the accelerator is gone")

    detector = Fails()
    rig = Rig(Script(clock, numbered(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))), clock, hand_detector=Forgiving(detector))
    try:
        assert isinstance(rig.next(), CameraFound)
        assert isinstance(rig.next(), Reach)
        assert detector.asked > 0
    finally:
        rig.watch.close()


def test_the_beat_goes_on_without_frames(rigs: Callable[..., Rig], clock: Clock) -> None:
    rig = rigs([])
    rig.lost()
    before = rig.watch.beat_ns
    while rig.watch.beat_ns == before:
        pass
    assert clock.ns - rig.watch.beat_ns < 5e9


def test_a_folder_of_pictures_is_watched_as_it_comes(tmp_path: Path) -> None:
    for number, picture in enumerate(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), np.asarray(picture))
    camera = CAMERA.model_copy(update={"url": f"folder://{tmp_path}", "frames_per_s": 20.0})
    rig = Rig(open_source(camera), time.monotonic_ns)
    try:
        assert isinstance(rig.next(), CameraFound)
        reach = rig.next()
        assert isinstance(reach, Reach)
        assert reach.plates == ("A1",)
        assert abs(time.monotonic_ns() - reach.end_ns) < 5e9
    finally:
        rig.watch.close()
    assert not rig.watch._thread.is_alive()

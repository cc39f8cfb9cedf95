"""A camera that is covered, stuck, fogged or turned is told from one that merely sees goods, hands and light change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest

from vision.facts import CameraTrouble
from vision.pipeline.health import PictureHealth
from vision.types import Frame, Picture

WIDTH, HEIGHT = 640, 360
SECOND = 1_000_000_000


def cabinet(goods: float, seed: int) -> Picture:
    """A shelf with a frame, boards, and labelled boxes on ``goods`` of its places."""
    fixed, rng = np.random.default_rng(7), np.random.default_rng(seed)
    grain = cv2.resize(fixed.integers(60, 120, (36, 160), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    pixels = np.repeat(grain[:, :, None], 3, axis=2)
    for at in (0, 117, 233, 350):
        cv2.rectangle(pixels, (0, at), (WIDTH, at + 10), (140, 160, 170), -1)
    for at in (0, WIDTH - 17):
        cv2.rectangle(pixels, (at, 0), (at + 17, HEIGHT), (180, 170, 160), -1)
    for place in rng.permutation(27)[: round(27 * goods)]:
        left, top = 27 + 67 * (place % 9), 30 + 117 * (place // 9)
        colour = tuple(int(value) for value in rng.integers(40, 230, 3))
        cv2.rectangle(pixels, (left, top), (left + 50, top + 87), colour, -1)
        cv2.putText(pixels, f"No{rng.integers(100)}", (left + 2, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
        cv2.circle(pixels, (left + 25, top + 67), int(rng.integers(5, 15)), (20, 20, 20), 2)
    return np.asarray(pixels, np.uint8)


SHELF = cabinet(0.6, 1)
NOISE = np.random.default_rng(2).normal(0.0, 3.0, (8, HEIGHT, WIDTH, 3)).astype(np.float32)


def noisy(pixels: Picture, number: int, gain: float = 1.0) -> Picture:
    """As a sensor sees it."""
    seen: Picture = np.clip(pixels * np.float32(gain) + NOISE[number % len(NOISE)], 0, 255).astype(np.uint8)
    return seen


def soft(pixels: float) -> Picture:
    """The shelf out of focus."""
    return np.asarray(cv2.GaussianBlur(SHELF, (0, 0), pixels), np.uint8)


class Played:
    """Seconds of a camera, one frame each."""

    def __init__(self) -> None:
        self.health = PictureHealth()
        self.second = 0

    def show(self, picture: Callable[[int], Picture], seconds: int) -> list[CameraTrouble | None]:
        """What is said after each second."""
        return [self.look(picture) for _ in range(seconds)]

    def look(self, picture: Callable[[int], Picture]) -> CameraTrouble | None:
        self.second += 1
        return self.health.feed(Frame("shelf", self.second * SECOND, self.second, picture(self.second)))


@pytest.fixture
def played() -> Played:
    """A camera that has seen its shelf for a while."""
    camera = Played()
    assert camera.show(lambda number: noisy(SHELF, number), 15) == [None] * 15
    return camera


def turned(pixels: Picture, right: float = 0.0, degrees: float = 0.0, closer: float = 1.0) -> Picture:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, closer)
    matrix[0, 2] += right * WIDTH
    return np.asarray(cv2.warpAffine(pixels, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)


@pytest.mark.parametrize(
    ("picture", "trouble", "within"),
    [
        (lambda number: noisy(np.zeros_like(SHELF), number), "black", 4),
        (lambda number: noisy(np.full_like(SHELF, 190), number), "black", 4),
        (lambda number: noisy(SHELF, number, 0.08), "black", 4),
        (lambda number: noisy(soft(3.5), number), "blurred", 12),
        (lambda number: noisy(soft(8.0), number), "blurred", 12),
        (lambda number: noisy(turned(SHELF, right=0.02), number), "moved", 7),
        (lambda number: noisy(turned(SHELF, right=-0.1), number), "moved", 7),
        (lambda number: noisy(turned(cabinet(0.5, 5), right=0.03), number, 0.7), "moved", 7),
        (lambda number: noisy(turned(SHELF, degrees=4.0), number), "moved", 7),
        (lambda number: noisy(turned(SHELF, closer=1.08), number), "moved", 7),
    ],
)
def test_what_is_wrong_is_said_soon_and_is_over_soon(
    picture: Callable[[int], Picture], trouble: CameraTrouble, within: int, played: Played
) -> None:
    said = played.show(picture, 2 * within)
    assert said[within:] == [trouble] * within
    assert set(said) == {None, trouble}
    again = played.show(lambda number: noisy(SHELF, number), 5)
    assert again[-1] is None


def test_a_camera_that_looks_somewhere_else_altogether(played: Played) -> None:
    rng = np.random.default_rng(3)
    wall = np.asarray(cv2.resize(rng.integers(0, 256, (90, 160, 3), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert played.show(lambda number: noisy(wall, number), 70)[-1] == "moved"


def test_a_picture_that_never_changes_is_frozen_and_a_live_one_is_not(played: Played) -> None:
    still = noisy(SHELF, 0)
    said = played.show(lambda _: still, 40)
    assert said[:28] == [None] * 28
    assert said[-8:] == ["frozen"] * 8
    assert played.show(lambda number: noisy(SHELF, number), 5)[-1] is None


@pytest.mark.parametrize("seed", range(2))
def test_goods_light_and_a_restock_are_no_trouble(seed: int, played: Played) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(4):
        shelf, gain = cabinet(float(rng.uniform(0.0, 1.0)), int(rng.integers(1000))), float(rng.uniform(0.5, 1.3))
        assert set(played.show(partial(noisy, shelf, gain=gain), 12)) == {None}


@pytest.mark.parametrize(("before", "after"), [(0.0, 1.0), (1.0, 0.0)])
def test_a_cabinet_that_is_filled_or_emptied_is_no_moved_camera(before: float, after: float) -> None:
    camera = Played()
    assert set(camera.show(lambda number: noisy(cabinet(before, 1), number), 8)) == {None}
    assert set(camera.show(lambda number: noisy(cabinet(after, 2), number), 66)) == {None}


def test_a_shift_that_no_zone_feels_is_no_moved_camera(played: Played) -> None:
    assert set(played.show(lambda number: noisy(turned(SHELF, right=0.006), number), 66)) == {None}


def test_a_person_before_the_camera_is_no_trouble(played: Played) -> None:
    def person(number: int) -> Picture:
        pixels = SHELF.copy()
        left = 60 + 90 * (number % 5)
        cv2.rectangle(pixels, (left, 30), (left + 250, HEIGHT), (90, 70, 60), -1)
        return noisy(np.asarray(cv2.GaussianBlur(pixels, (0, 0), 6.0), np.uint8), number)

    assert set(played.show(person, 90)) == {None}


def test_a_shaking_cabinet_is_no_moved_camera(played: Played) -> None:
    said = played.show(lambda number: noisy(turned(SHELF, right=0.003 * (-1) ** number), number), 20)
    assert set(said) == {None}


def test_a_knock_that_settles_back_is_no_moved_camera(played: Played) -> None:
    assert set(played.show(lambda number: noisy(turned(SHELF, right=0.05), number), 3)) == {None}
    assert set(played.show(lambda number: noisy(SHELF, number), 10)) == {None}


def test_a_camera_that_is_out_of_focus_from_the_start() -> None:
    assert Played().show(lambda number: noisy(soft(8.0), number), 5) == [None, None, None, "blurred", "blurred"]


def test_an_empty_cabinet_in_dim_light_is_sharp_enough() -> None:
    empty = np.full((HEIGHT, WIDTH, 3), 190, np.uint8)
    empty[120:124] = empty[240:244] = 120
    assert set(Played().show(lambda number: noisy(empty, number, 0.4), 12)) == {None}


def test_a_small_picture_is_held_against_itself_only() -> None:
    camera = Played()
    assert set(camera.show(lambda number: noisy(soft(8.0), number)[::4, ::4], 12)) == {None}


def test_one_look_a_second_whatever_the_rate() -> None:
    health = PictureHealth()
    for number in range(1, 40):
        assert health.feed(Frame("shelf", number * SECOND // 20, number, np.zeros((90, 160, 3), np.uint8))) is None  # two looks
    assert health.feed(Frame("shelf", 3 * SECOND, 40, np.zeros((90, 160, 3), np.uint8))) == "black"


def test_frames_that_do_not_come() -> None:
    health = PictureHealth()
    assert health.overdue(10 * SECOND) is None
    assert health.overdue(14 * SECOND) is None
    assert health.overdue(15 * SECOND) == "no_frames"
    assert health.feed(Frame("shelf", 16 * SECOND, 1, SHELF)) is None
    assert health.overdue(20 * SECOND) is None
    assert health.overdue(21 * SECOND) == "no_frames"


def gap(camera: Played, seconds: int) -> None:
    """Unplugged for so long."""
    camera.second += seconds
    assert camera.health.overdue(camera.second * SECOND) == "no_frames"


def test_a_camera_that_was_moved_while_it_was_unplugged_is_never_taken_for_well(played: Played) -> None:
    gap(played, 3600)
    said = played.show(lambda number: noisy(turned(SHELF, right=0.04), number), 8)
    assert said == ["no_frames"] * 3 + ["moved"] * 5
    gap(played, 60)  # and not forgotten by pulling the plug once more
    assert played.show(lambda number: noisy(turned(SHELF, right=0.04), number), 8)[-1] == "moved"
    assert played.show(lambda number: noisy(SHELF, number), 5)[-1] is None


def test_a_camera_that_looks_where_it_did_is_well_two_looks_after_a_gap(played: Played) -> None:
    gap(played, 3600)
    assert played.show(lambda number: noisy(cabinet(0.4, 8), number, 0.8), 5) == ["no_frames"] * 2 + [None] * 3


def test_somebody_who_stands_before_a_camera_that_comes_back_keeps_it_away_for_ten_seconds_at_most(played: Played) -> None:
    def person(number: int) -> Picture:
        pixels = SHELF.copy()
        cv2.rectangle(pixels, (60 + 90 * (number % 5), 30), (310 + 90 * (number % 5), HEIGHT), (90, 70, 60), -1)
        return noisy(pixels, number)

    gap(played, 60)
    said = played.show(person, 14)
    assert said == ["no_frames"] * 10 + [None] * 4


def test_a_gap_of_which_nobody_asked_is_one_all_the_same(played: Played) -> None:
    played.second += 30
    assert played.show(lambda number: noisy(turned(SHELF, right=0.04), number), 5)[-1] == "moved"


def test_lights_that_are_switched_on_and_off_at_night_are_told_as_darkness_and_nothing_else(played: Played) -> None:
    for _ in range(3):
        dark = played.show(lambda number: noisy(SHELF, number, 0.05), 20)
        lit = played.show(lambda number: noisy(SHELF, number, 1.2), 20)
        assert set(dark[4:]) == {"black"}
        assert set(lit[3:]) == {None}
        assert set(dark + lit) == {None, "black"}

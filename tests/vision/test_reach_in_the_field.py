"""What an unstaffed shop does to its cameras: lights, exposure, one frame a second, another resolution. Hands are told, light is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.vision.shelf_scene import CAMERA, FRAME_NS, Arm, Product, shelf, visit
from vision.pipeline.reach import Reach, ReachWatcher
from vision.types import Frame, Picture

LEFT, RIGHT = Product(3, 0.25), Product(7, 0.75)
FULL = shelf([LEFT, RIGHT])
NOISE = np.random.default_rng(4).normal(0.0, 3.0, (8, *FULL.shape)).astype(np.float32)
SECOND = 1_000_000_000


def seen(pictures: Sequence[Picture], gains: Sequence[float] | None = None, step_ns: int = FRAME_NS) -> list[Reach]:
    """The reaches in these pictures, with the sensor's noise and in this light; what runs at the end is told too."""
    watcher, reaches = ReachWatcher(CAMERA), list[Reach]()
    for number, picture in enumerate(pictures, 1):
        noise = NOISE[number % len(NOISE)][: picture.shape[0], : picture.shape[1]]
        lit = picture * np.float32(1.0 if gains is None else gains[number - 1]) + noise
        reaches += watcher.feed(Frame("cam", number * step_ns, number, np.clip(lit, 0, 255).astype(np.uint8)))
    return [*reaches, *watcher.end()]


LIGHTS = {
    "switched on at night": [0.1] * 20 + [0.8] * 40,
    "from black": [0.0] * 20 + [1.0] * 40,
    "switched off": [1.0] * 20 + [0.05] * 40,
    "a flash": [1.0] * 20 + [3.0] + [1.0] * 39,
    "exposure that follows": [0.15] * 20 + [3.0, 2.5, 2.0, 1.6, 1.4, 1.2, 1.1] + [1.0] * 33,
    "too bright for good": [0.6] * 20 + [2.5] * 40,
    "a tube that flickers": [1.0, 1.3] * 30,
}


@pytest.mark.parametrize("light", LIGHTS)
def test_light_that_jumps_is_no_hand_and_hides_none_afterwards(light: str) -> None:
    gains = LIGHTS[light]
    assert seen([FULL] * len(gains), gains) == []
    after = visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)
    last = gains[-1] if 0.3 <= gains[-1] <= 1.3 else 1.0  # where there is nothing to see nothing is seen, until it is lit again
    pictures = [*[FULL] * len(gains), *[FULL] * 20, *after]
    (reach,) = seen(pictures, [*gains, *[last] * (len(pictures) - len(gains))])
    assert (reach.plates, reach.direction) == (("A1",), "taken")


@pytest.mark.parametrize("frames_with_the_hand", [0, 1, 2])
def test_at_one_frame_a_second_what_was_taken_is_told_even_where_no_frame_shows_the_hand(frames_with_the_hand: int) -> None:
    going, coming = shelf([LEFT, RIGHT], [Arm(0.25, 0.5)]), shelf([RIGHT], [Arm(0.25, 0.6, LEFT.seed)])
    hand = [going, coming][2 - frames_with_the_hand :]
    (reach,) = seen([*[FULL] * 6, *hand, *[shelf([RIGHT])] * 6], step_ns=SECOND)
    assert (reach.plates, reach.direction, reach.units) == (("A1",), "taken", 1)
    assert reach.crops


def test_another_resolution_in_mid_stream_is_no_hand_and_the_next_hand_is_told() -> None:
    small = [np.asarray(picture[::2, ::2]) for picture in visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)]
    (reach,) = seen([*[FULL] * 15, *small])
    assert (reach.plates, reach.direction) == (("A1",), "taken")

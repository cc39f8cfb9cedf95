"""Photographs of simulated products as somebody would take them for enrolment: in a hand, before a shelf, each a little different."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from vision.sim.camera import TALL, Conditions, ShelfCamera, widths_of
from vision.sim.hands import draw_hand
from vision.sim.looks import Look, drawn
from vision.sim.scene import Goods, HandMoved, Scene, SceneOpened, rows_of_spots
from vision.types import Picture

SIDE: Final = 360  # pixels; a phone's picture, made smaller
FILLS: Final = (0.5, 0.72)  # share of the picture's height that the product takes
MOMENT_NS: Final = 1_000_000_000


def photographs(gtin: str, looks: Mapping[str, Look], count: int, *, seed: int = 0) -> list[Picture]:
    """``count`` pictures of ``gtin``, ``SIDE`` pixels square; the other ``looks`` stand out of focus behind it."""
    return [_photograph(gtin, looks, np.random.default_rng([seed, number, *gtin.encode()])) for number in range(count)]


def _photograph(gtin: str, looks: Mapping[str, Look], source: np.random.Generator) -> Picture:
    look = looks[gtin]
    high = SIDE * float(source.uniform(*FILLS))
    pixels = _behind(looks, source)
    hand = HandMoved(
        number=int(source.integers(1 << 30)),
        plates=("here",),
        begin_ns=0,
        arrive_ns=0,
        change_ns=0,
        leave_ns=2 * MOMENT_NS,
        end_ns=2 * MOMENT_NS,
    )
    unit = high / TALL[look.shape]
    place = SIDE * (0.5 + float(source.uniform(-0.05, 0.05))), SIDE * (0.5 + float(source.uniform(-0.03, 0.08))) + 0.1 * high
    draw_hand(pixels, hand, MOMENT_NS, place, unit, carried=[(drawn(look), high)], seed=hand.number, blur=False)
    cv2.convertScaleAbs(pixels, dst=pixels, alpha=float(source.uniform(0.75, 1.12)))
    noise = source.normal(0.0, 2.5, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _behind(looks: Mapping[str, Look], source: np.random.Generator) -> Picture:
    names = sorted(looks)
    scene = Scene(rows_of_spots([("a", "b", "c")]), widths_of(looks), shape=1.0)
    goods = [Goods(number, names[int(source.integers(len(names)))], (("abc"[number % 3], 1.0),)) for number in range(9)]
    scene.tell(SceneOpened(at_ns=0, goods=tuple(goods), door_open=True))
    shelf = ShelfCamera(scene, looks, size=(SIDE, SIDE), conditions=Conditions(noise=0.0), seed=int(source.integers(1 << 30)))
    return cv2.GaussianBlur(shelf.picture(MOMENT_NS), (0, 0), float(source.uniform(2.0, 5.0))).astype(np.uint8)

"""An arm that reaches into the picture, and what its hand carries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from vision.sim.looks import Drawn
from vision.sim.paste import paste, sprite
from vision.sim.scene import HandMoved, HeldUp
from vision.types import Picture

SKINS: Final = ((150, 185, 235), (120, 160, 215), (95, 130, 185), (60, 90, 140), (45, 65, 100))  # blue, green, red
ARM: Final = 0.17  # thickness of an arm, in heights of the shelf
SLEEVE: Final = 0.55  # heights of the shelf from the finger tips to the sleeve
FAST: Final = 0.012  # share of a second for which the camera collects light
MOST_BLUR: Final = 15  # pixels
HELD_FILLS: Final = (0.5, 0.66)  # share of the picture's height that a product takes which is held before the camera
HELD_HAND: Final = 1.8  # heights of a shelf, of which a hand is drawn, per height of the product in it
HELD_COMES_NS: Final = 300_000_000  # ns from the edge of the picture to its middle


def draw_hand(
    pixels: Picture,
    hand: HandMoved,
    at_ns: int,
    target: tuple[float, float],
    unit: float,
    *,
    carried: Sequence[tuple[Drawn, float]],
    seed: int,
    blur: bool,
) -> None:
    """Draw one arm at ``at_ns``; ``target``: where it works, in pixels; ``unit``: pixels of a shelf's height; ``carried``: with heights."""
    source = np.random.default_rng([seed, hand.number, 11])
    skin = SKINS[int(source.integers(len(SKINS)))]
    sleeve = tuple(int(part) for part in source.integers(30, 210, 3))
    shoulder = (target[0] + unit * float(source.uniform(-0.7, 0.7)), pixels.shape[0] + unit * 0.5)
    lean_, side, squeeze = float(source.uniform(-14, 14)), 1.0 if source.random() < 0.7 else -1.0, float(source.uniform(0.82, 1.0))
    reach = _reach(hand, at_ns)
    tremble = 0.004 * unit * math.sin(at_ns / 4.1e7)
    tip = (shoulder[0] + (target[0] - shoulder[0]) * reach + tremble, shoulder[1] + (target[1] - shoulder[1]) * reach)
    before = _reach(hand, at_ns - round(FAST * 1e9))
    smear = min(MOST_BLUR, round(abs(reach - before) * abs(target[1] - shoulder[1]))) if blur else 0
    length = max(1.0, math.hypot(shoulder[0] - tip[0], shoulder[1] - tip[1]))
    along = ((shoulder[0] - tip[0]) / length, (shoulder[1] - tip[1]) / length)
    angle = math.degrees(math.atan2(along[0], along[1]))

    def point(back: float, aside: float = 0.0) -> tuple[int, int]:
        """``back`` from the finger tips towards the shoulder, ``aside`` to the right of it, in heights of the shelf."""
        return (
            round(tip[0] + unit * (along[0] * back + along[1] * aside)),
            round(tip[1] + unit * (along[1] * back - along[0] * aside)),
        )

    thick = max(2, round(ARM * unit))
    cv2.line(pixels, point(0.24), point(SLEEVE), skin, round(thick * 0.72), cv2.LINE_AA)
    far = length / unit
    cv2.line(pixels, point(SLEEVE + 0.04), (round(shoulder[0]), round(shoulder[1])), sleeve, round(thick * 1.15), cv2.LINE_AA)
    dark = tuple(part // 2 for part in sleeve)
    if far > SLEEVE:
        cv2.line(pixels, point(SLEEVE - 0.03, 0.08), point(SLEEVE - 0.03, -0.08), dark, max(2, thick // 6), cv2.LINE_AA)
    cv2.ellipse(pixels, (point(0.17), (0.19 * unit, 0.24 * unit), -angle), skin, -1, cv2.LINE_AA)
    if not carried:
        for aside in (-0.07, -0.025, 0.02, 0.065):
            cv2.line(
                pixels, point(0.12, aside), point(0.01 + abs(aside) * 0.5, aside * 1.2), skin, max(2, round(0.042 * unit)), cv2.LINE_AA
            )
        cv2.line(pixels, point(0.17, 0.08 * side), point(0.08, 0.13 * side), skin, max(2, round(0.045 * unit)), cv2.LINE_AA)
        return
    lower = tuple(round(part * 0.82) for part in skin)
    for number, (product, high) in enumerate(carried[:3]):
        turned = sprite(product, high, angle=lean_ - 0.5 * angle + 9 * number, squeeze=squeeze, blur=smear)
        held_x, held_y = point(0.12, (number - (min(3, len(carried)) - 1) / 2) * 0.22)
        paste(pixels, turned, held_x, held_y + turned.colour.shape[0] / 2 - 0.12 * unit)
    for number in range(4):  # the fingers close around one side, the thumb around the other
        start, level = point(0.20 - 0.055 * number, -0.12 * side), 0.18 - 0.055 * number
        cv2.line(pixels, start, point(level, -0.035 * side), lower if number % 2 else skin, max(2, round(0.046 * unit)), cv2.LINE_AA)
    cv2.line(pixels, point(0.2, 0.12 * side), point(0.1, 0.06 * side), skin, max(2, round(0.05 * unit)), cv2.LINE_AA)


def draw_held(pixels: Picture, held: HeldUp, at_ns: int, product: Drawn, *, seed: int) -> None:
    """Draw a product that is held before the camera; each side of it leans and is nearer in another way."""
    side = sum(turn <= at_ns for turn in held.turns_ns)
    begins = (held.begin_ns, *held.turns_ns)
    ends = (*held.turns_ns, held.end_ns)
    hand = HandMoved(
        number=held.number * 100 + side,
        plates=(),
        begin_ns=begins[side],
        arrive_ns=begins[side] + HELD_COMES_NS,
        change_ns=begins[side],
        leave_ns=ends[side] - HELD_COMES_NS,
        end_ns=ends[side],
    )
    source = np.random.default_rng([seed, hand.number, 12])
    height, width = pixels.shape[:2]
    high = height * float(source.uniform(*HELD_FILLS))
    place = (width * (0.5 + float(source.uniform(-0.015, 0.015))), height * (0.5 + float(source.uniform(-0.03, 0.03))) + 0.1 * high)
    draw_hand(pixels, hand, at_ns, place, high * HELD_HAND, carried=[(product, high)], seed=seed, blur=True)


def _reach(hand: HandMoved, at_ns: int) -> float:
    """How far the hand has come: 0 out of the picture, 1 where it works."""
    if at_ns < hand.arrive_ns:
        return _ease((at_ns - hand.begin_ns) / max(1, hand.arrive_ns - hand.begin_ns))
    if at_ns <= hand.leave_ns:
        return 1.0
    return _ease(1.0 - (at_ns - hand.leave_ns) / max(1, hand.end_ns - hand.leave_ns))


def _ease(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3.0 - 2.0 * share)

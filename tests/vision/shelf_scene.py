"""A shelf drawn by numbers: products with labels of our own, an arm that comes from the rim, light and shake. The tests' own pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vision.settings import CameraSettings, ZoneSettings
from vision.types import Box, Frame, Picture

WIDTH, HEIGHT = 640, 360
FRAME_NS = 100_000_000
SKIN = (120, 150, 200)

CAMERA = CameraSettings(
    id="cam",
    url="folder:///shelf",
    zones=(
        ZoneSettings(plates=("A1",), polygon=((0.02, 0.05), (0.49, 0.05), (0.49, 0.85), (0.02, 0.85))),
        ZoneSettings(plates=("A2",), polygon=((0.51, 0.05), (0.98, 0.05), (0.98, 0.85), (0.51, 0.85))),
    ),
)


@dataclass(frozen=True, slots=True)
class Product:
    """A box with stripes and a disc in colours that its ``seed`` chooses; ``x``, ``y``: its foot's middle in fractions of the picture."""

    seed: int
    x: float
    y: float = 0.8
    wide: float = 0.11
    high: float = 0.42

    @property
    def box(self) -> Box:
        return Box(self.x - self.wide / 2, self.y - self.high, self.x + self.wide / 2, self.y)


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm from the lower rim up to (``x``, ``y``); ``holds``: the seed of the product in the hand."""

    x: float
    y: float
    holds: int | None = None
    from_x: float | None = None


def shelf(products: Sequence[Product], arms: Sequence[Arm] = (), *, seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """The picture without noise. The wall's texture is chosen by ``seed``."""
    rng = np.random.default_rng(seed)
    grain = cv2.resize(rng.normal(0, 1, (height // 6, width // 24)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    picture = np.clip(np.array([70, 105, 140], dtype=np.float32) + grain[..., None] * 8, 0, 255)
    picture[round(0.82 * height) :] = np.clip(picture[round(0.82 * height) :] * 1.25, 0, 255)
    pixels: Picture = picture.astype(np.uint8)
    for product in products:
        draw(pixels, product)
    for arm in arms:
        foot = (round((arm.x if arm.from_x is None else arm.from_x) * width), height + 20)
        hand = (round(arm.x * width), round(arm.y * height))
        cv2.line(pixels, foot, hand, (90, 60, 40), round(0.06 * width))
        if arm.holds is not None:
            draw(pixels, Product(arm.holds, arm.x, arm.y + 0.12))
        cv2.circle(pixels, hand, round(0.035 * width), SKIN, -1)
        for finger in range(-2, 3):
            top = (hand[0] + round(finger * 0.014 * width), hand[1] - round(0.03 * width))
            cv2.line(pixels, (top[0], hand[1] + round(0.02 * width)), top, [level * (0.7 + 0.1 * (finger % 3)) for level in SKIN], 3)
    return pixels


def draw(pixels: Picture, product: Product) -> None:
    height, width = pixels.shape[:2]
    rng = np.random.default_rng(product.seed)
    colours = rng.integers(20, 236, (4, 3)).tolist()
    left, right = round((product.x - product.wide / 2) * width), round((product.x + product.wide / 2) * width)
    top, bottom = round((product.y - product.high) * height), round(product.y * height)
    cv2.rectangle(pixels, (left, top), (right, bottom), colours[0], -1)
    for stripe in range(3):
        at = top + round((bottom - top) * (0.15 + 0.3 * stripe))
        cv2.rectangle(pixels, (left, at), (right, at + max(2, (bottom - top) // 12)), colours[1], -1)
    cv2.circle(pixels, ((left + right) // 2, (top + bottom) // 2), max(3, (right - left) // 3), colours[2], -1)
    cv2.rectangle(pixels, (left, top), (right, bottom), colours[3], 2)


def noisy(pixels: Picture, number: int, sigma: float = 3.0, gain: float = 1.0) -> Picture:
    """With the sensor's noise of frame ``number`` and a gain of the light."""
    rng = np.random.default_rng(number + 1000)
    lit: Picture = np.clip(pixels * gain + rng.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8)
    return lit


def shaken(pixels: Picture, right: float, down: float, turn: float = 0.0) -> Picture:
    """As a camera sees it that moved by so many pixels and turned by so many degrees."""
    move = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, 1.0)
    move[:, 2] += np.array([right, down])
    moved: Picture = cv2.warpAffine(pixels, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)
    return moved


def shadowed(pixels: Picture, x: float, depth: float) -> Picture:
    """A soft shadow from ``x`` on, as of somebody who stands beside the lamp."""
    across = 1.0 - depth / (1.0 + np.exp(-(np.arange(WIDTH) / WIDTH - x) * 20))
    dark: Picture = np.clip(pixels * across[None, :, None], 0, 255).astype(np.uint8)
    return dark


def frames(pictures: Sequence[Picture], first: int = 0) -> list[Frame]:
    """One frame every FRAME_NS, the first with number ``first``."""
    return [Frame("cam", (first + at) * FRAME_NS, first + at, noisy(picture, first + at)) for at, picture in enumerate(pictures)]


def visit(
    before: Sequence[Product],
    after: Sequence[Product],
    x: float,
    *,
    carries_in: int | None = None,
    carries_out: int | None = None,
    deep: float = 0.5,
) -> list[Picture]:
    """A calm second, an arm that goes up to (x, deep) and back in twelve frames, a calm second."""
    way = np.linspace(1.1, deep, 6)
    going = [shelf(before, [Arm(x, float(y), carries_in)]) for y in way]
    coming = [shelf(after, [Arm(x, float(y), carries_out)]) for y in way[::-1]]
    return [shelf(before)] * 10 + going + coming + [shelf(after)] * 10

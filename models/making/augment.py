"""How a photograph could have looked as well: another crop, turn, light, something in front of it. Randomness comes in as a generator."""

from __future__ import annotations

import math

import cv2
import numpy as np

from models.making.photographs import Picture

LEAST_AREA = 0.35  # of the picture in a crop
MOST_ASPECT = 0.28  # natural logarithm of a crop's width by its height
MOST_TURN = 25.0  # degrees
TURN_SCALE = 1.1  # a turned crop is cut so much wider


def augmented(pixels: Picture, side: int, rng: np.random.Generator, *, mirror: bool = True) -> Picture:
    """One random look at ``pixels``, (side, side, 3)."""
    height, width = pixels.shape[:2]
    area = height * width * rng.uniform(LEAST_AREA, 1.0)
    aspect = math.exp(rng.uniform(-MOST_ASPECT, MOST_ASPECT))
    wide, tall = min(math.sqrt(area * aspect), width), min(math.sqrt(area / aspect), height)
    left, top = rng.uniform(0, width - wide), rng.uniform(0, height - tall)
    turn, scale = (math.radians(rng.uniform(-MOST_TURN, MOST_TURN)), TURN_SCALE) if rng.random() < 0.5 else (0.0, 1.0)
    flip = -1.0 if mirror and rng.random() < 0.5 else 1.0
    across, down = wide * scale / side, tall * scale / side
    cosine, sine = math.cos(turn), math.sin(turn)
    from_output = np.array([[cosine * across * flip, -sine * down, 0.0], [sine * across * flip, cosine * down, 0.0]])
    from_output[:, 2] = np.array([left + wide / 2, top + tall / 2]) - from_output[:, :2] @ np.array([side / 2, side / 2])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    looked = np.asarray(cv2.warpAffine(pixels, from_output, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT_101))
    gains = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
    lit: Picture = np.clip(looked * gains.astype(np.float32) + np.float32(rng.uniform(-20, 20)), 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _cover(lit, rng)
    return lit


def _cover(pixels: Picture, rng: np.random.Generator) -> None:
    """Put a plain square of a random colour somewhere."""
    side = pixels.shape[0]
    size = int(side * rng.uniform(0.10, 0.35))
    top, left = (int(value) for value in rng.integers(0, side - size, 2))
    pixels[top : top + size, left : left + size] = rng.integers(0, 256, 3)

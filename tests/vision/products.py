"""Drawn products to enrol in tests, and what may go wrong with photographs of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from vision.sim.looks import Look
from vision.sim.photographs import photographs
from vision.types import Picture

EXTRA, PEACH, LIGHT, WATER = "4000000000013", "4000000000020", "4000000000037", "4000000000044"
LOOKS = {EXTRA: Look("carton", 1, 0), PEACH: Look("carton", 1, 3), LIGHT: Look("can", 2, 0), WATER: Look("bottle", 3, 1)}


@lru_cache(maxsize=64)
def pictures(gtin: str, count: int = 6, seed: int = 0) -> tuple[Picture, ...]:
    """Photographs of one of ``LOOKS`` in a hand before a shelf with the others."""
    return tuple(photographs(gtin, LOOKS, count, seed=seed))


def jpeg(pixels: Picture, quality: int = 92) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def write(folder: Path, gtin: str, count: int = 6, seed: int = 0) -> list[Path]:
    """Photographs of a product as files in ``folder / gtin``."""
    place = folder / gtin
    place.mkdir(parents=True, exist_ok=True)
    files = []
    for number, pixels in enumerate(pictures(gtin, count, seed)):
        files.append(place / f"{number}.jpg")
        files[-1].write_bytes(jpeg(pixels))
    return files


def blurred(pixels: Picture, share: float = 0.012) -> Picture:
    """Out of focus by ``share`` of its width."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), share * pixels.shape[1]), np.uint8)


def shaken(pixels: Picture, share: float = 0.06) -> Picture:
    """Moved sideways during the exposure by ``share`` of its width."""
    return np.asarray(cv2.blur(pixels, (max(1, round(share * pixels.shape[1])), 1)), np.uint8)


def lit(pixels: Picture, gain: float) -> Picture:
    """With ``gain`` times the light."""
    return np.asarray(np.clip(pixels.astype(np.float32) * gain, 0, 255), np.uint8)


def noisy(pixels: Picture, spread: float, seed: int = 0) -> Picture:
    """With noise of ``spread`` grey levels."""
    return np.clip(pixels + np.random.default_rng(seed).normal(0.0, spread, pixels.shape), 0, 255).astype(np.uint8)

"""What simulated products look like: invented brands on cartons, cans, bottles, bars and pouches. The same look is the same picture.

Products of one family share brand, layout and picture and differ in one colour and one word, as the kinds of one maker do on a real shelf.
Nothing here knows of shelves, cameras or time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np

from vision.types import Picture

Shape: TypeAlias = Literal["carton", "can", "bottle", "pouch", "bar"]
SHAPES: Final[tuple[Shape, ...]] = ("carton", "can", "bottle", "pouch", "bar")
ASPECT: Final[dict[Shape, float]] = {"carton": 0.56, "can": 0.54, "bottle": 0.34, "pouch": 0.72, "bar": 0.42}  # width by height
HEIGHT: Final = 256  # pixels of a drawn product; no camera of a shelf sees more of one
SYLLABLES: Final = ("ka", "lo", "mi", "ve", "ru", "so", "ta", "ne", "bi", "fo", "gra", "hul", "pe", "zan", "or", "ell", "ust", "qui")
KINDS: Final = (
    "MILD", "EXTRA", "LIGHT", "ORIGINAL", "DARK", "LEMON", "BERRY", "MINT", "VANILLA", "SALTED", "HONEY", "APPLE", "MANGO", "PLAIN",
    "CACAO", "GINGER", "PEACH", "ROAST",
)  # fmt: skip
FONT: Final = cv2.FONT_HERSHEY_DUPLEX
CLEAR: Final = 0.55  # darkest shading at the rim of something round


@dataclass(frozen=True, slots=True)
class Look:
    """``family`` draws brand, colours and layout; ``kind`` the accent and the word in which members of a family differ."""

    shape: Shape
    family: int
    kind: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A product by itself, upright and evenly lit: ``pixels`` (h, w, 3) and ``opaque`` (h, w) uint8, 0 where there is no product."""

    pixels: Picture
    opaque: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


@lru_cache(maxsize=1024)
def drawn(look: Look) -> Drawn:
    """The picture of a look, ``HEIGHT`` pixels high."""
    source = np.random.default_rng([look.family, SHAPES.index(look.shape)])
    width = round(HEIGHT * ASPECT[look.shape])
    hue = int(source.integers(180))
    ground = _colour(hue, int(source.integers(60, 230)), int(source.integers(90, 250)))
    second = _colour((hue + int(source.integers(30, 150))) % 180, int(source.integers(90, 255)), int(source.integers(80, 240)))
    own = np.random.default_rng([look.family, look.kind, 77])
    accent = _colour(int(own.integers(180)), int(own.integers(140, 255)), int(own.integers(110, 250)))
    label = np.full((HEIGHT, width, 3), ground, np.uint8)
    _pattern(label, source, second)
    _panel(label, source, accent)
    _emblem(label, source, second, accent)
    _words(label, source, KINDS[(look.family + 5 * look.kind) % len(KINDS)], accent)
    return _SHAPED[look.shape](label, second)


def _colour(hue: int, saturation: int, value: int) -> tuple[int, int, int]:
    blue, green, red = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return int(blue), int(green), int(red)


def _pattern(label: Picture, source: np.random.Generator, colour: tuple[int, int, int]) -> None:
    height, width = label.shape[:2]
    match int(source.integers(6)):
        case 0:
            for start in range(-height, width, int(source.integers(16, 44))):
                cv2.line(label, (start, height), (start + height, 0), colour, int(source.integers(3, 9)), cv2.LINE_AA)
        case 1:
            step = int(source.integers(18, 38))
            for place in range(step // 2, height, step):
                for across in range(step // 2, width, step):
                    cv2.circle(label, (across, place), step // 4, colour, -1, cv2.LINE_AA)
        case 2:
            cv2.rectangle(label, (0, int(height * source.uniform(0.1, 0.5))), (width, int(height * source.uniform(0.6, 0.95))), colour, -1)
        case 3:
            along = np.arange(width)
            for level in np.linspace(0.1, 1.0, int(source.integers(3, 7))):
                wave = (height * level + 10 * np.sin(along / source.uniform(8, 20))).astype(np.int32)
                cv2.polylines(label, [np.stack([along, wave], 1)], False, colour, int(source.integers(3, 10)), cv2.LINE_AA)
        case 4:
            centre = (int(width * source.uniform(0.2, 0.8)), int(height * source.uniform(0.3, 0.8)))
            for angle in range(0, 360, int(source.integers(14, 32))):
                end = (round(centre[0] + 400 * np.cos(np.radians(angle))), round(centre[1] + 400 * np.sin(np.radians(angle))))
                cv2.line(label, centre, end, colour, 5, cv2.LINE_AA)
        case _:
            fade = np.linspace(0.0, 1.0, height)[:, None, None]
            label[:] = (label * (1 - fade) + np.array(colour) * fade).astype(np.uint8)


def _panel(label: Picture, source: np.random.Generator, accent: tuple[int, int, int]) -> None:
    """The band or corner that tells the kinds of a family apart."""
    height, width = label.shape[:2]
    top = float(source.uniform(0.62, 0.74))
    match int(source.integers(3)):
        case 0:
            cv2.rectangle(label, (0, int(height * top)), (width, int(height * (top + 0.2))), accent, -1)
        case 1:
            corners = np.array([[0, height * top], [width, height * (top - 0.14)], [width, height], [0, height]], np.int32)
            cv2.fillPoly(label, [corners], accent, cv2.LINE_AA)
        case _:
            cv2.ellipse(label, (width // 2, int(height * (top + 0.08))), (int(width * 0.46), int(height * 0.13)), 0, 0, 360, accent, -1)


def _emblem(label: Picture, source: np.random.Generator, colour: tuple[int, int, int], accent: tuple[int, int, int]) -> None:
    height, width = label.shape[:2]
    centre, size = (
        (int(width * source.uniform(0.35, 0.65)), int(height * source.uniform(0.42, 0.55))),
        int(width * source.uniform(0.16, 0.26)),
    )
    match int(source.integers(5)):
        case 0:
            cv2.circle(label, centre, size, (255, 255, 255), -1, cv2.LINE_AA)
            cv2.circle(label, centre, round(size * 0.75), accent, -1, cv2.LINE_AA)
        case 1:
            for turn in range(0, 180, 45):
                cv2.ellipse(label, centre, (size, size // 4), turn, 0, 360, accent, -1, cv2.LINE_AA)
            cv2.circle(label, centre, size // 4, colour, -1, cv2.LINE_AA)
        case 2:
            drop = np.array([[0, -1.4], [0.9, 0.3], [0.55, 0.9], [-0.55, 0.9], [-0.9, 0.3]]) * size + centre
            cv2.fillPoly(label, [drop.astype(np.int32)], accent, cv2.LINE_AA)
            cv2.circle(label, (centre[0] - size // 3, centre[1] + size // 4), max(2, size // 5), (255, 255, 255), -1, cv2.LINE_AA)
        case 3:
            turns = np.arange(10) * np.pi / 5
            reach = np.where(np.arange(10) % 2 == 0, size, size * 0.45)
            star = np.stack([centre[0] + reach * np.sin(turns), centre[1] - reach * np.cos(turns)], 1)
            cv2.fillPoly(label, [star.astype(np.int32)], accent, cv2.LINE_AA)
        case _:
            for aside, up in ((-0.6, 0.2), (0.6, 0.2), (0.0, -0.5)):
                place = (round(centre[0] + aside * size), round(centre[1] + up * size))
                cv2.circle(label, place, round(size * 0.55), accent, -1, cv2.LINE_AA)
                cv2.circle(label, place, round(size * 0.55), colour, 2, cv2.LINE_AA)


def _words(label: Picture, source: np.random.Generator, kind: str, accent: tuple[int, int, int]) -> None:
    height, width = label.shape[:2]
    brand = "".join(SYLLABLES[int(number)] for number in source.integers(len(SYLLABLES), size=int(source.integers(2, 4)))).upper()
    light = float(label[int(height * 0.12) : int(height * 0.34)].mean()) < 120.0
    _word(label, brand, 0.25, (250, 250, 250) if light else (30, 25, 25), 0.9)
    _word(label, kind, 0.8, (255, 255, 255) if sum(accent) < 380 else (20, 20, 20), 0.8)
    for line in range(3):
        row = int(height * (0.88 + 0.025 * line))
        cv2.line(label, (int(width * 0.15), row), (int(width * source.uniform(0.5, 0.85)), row), (60, 60, 60), 1)


def _word(label: Picture, text: str, level: float, colour: tuple[int, int, int], share: float) -> None:
    height, width = label.shape[:2]
    (wide, high), _ = cv2.getTextSize(text, FONT, 1.0, 2)
    scale = min(share * width / wide, 0.12 * height / high)
    place = (round((width - wide * scale) / 2), round(height * level + high * scale / 2))
    cv2.putText(label, text, place, FONT, scale, colour, max(1, round(2 * scale)), cv2.LINE_AA)


def _round(label: Picture) -> Picture:
    """Shaded as something round that is lit from the front and a little from the left."""
    across = np.linspace(-1.0, 1.0, label.shape[1])
    shade = (
        CLEAR
        + (1.0 - CLEAR) * np.sqrt(np.clip(1.0 - (across + 0.15) ** 2 / 1.35, 0.0, 1.0))
        + 0.25 * np.exp(-(((across + 0.45) / 0.12) ** 2))
    )
    return np.clip(label * shade[None, :, None], 0, 255).astype(np.uint8)


def _carton(label: Picture, _: tuple[int, int, int]) -> Drawn:
    height, width = label.shape[:2]
    opaque = np.full((height, width), 255, np.uint8)
    pixels = label.copy()
    side = width // 6
    pixels[:, -side:] = (pixels[:, -side:] * 0.6).astype(np.uint8)
    pixels[: height // 12] = (pixels[: height // 12] * 0.4 + 140).astype(np.uint8)
    opaque[: height // 12, :side] = opaque[: height // 12, -side:] = 0
    return Drawn(pixels, opaque)


def _can(label: Picture, _: tuple[int, int, int]) -> Drawn:
    height, width = label.shape[:2]
    pixels = _round(label)
    rim = height // 16
    metal = _round(np.full((rim, width, 3), 205, np.uint8))
    pixels[:rim], pixels[-rim:] = metal, metal
    opaque = np.zeros((height, width), np.uint8)
    cv2.rectangle(opaque, (0, rim // 2), (width, height - rim), 255, -1)
    for row in (rim // 2, height - rim):
        cv2.ellipse(opaque, (width // 2, row), (width // 2, rim // 2), 0, 0, 360, 255, -1)
    return Drawn(pixels, opaque)


def _bottle(label: Picture, second: tuple[int, int, int]) -> Drawn:
    height, width = label.shape[:2]
    body = np.full_like(label, tuple(min(255, 120 + part // 2) for part in second))
    band = cv2.resize(label, (width, round(height * 0.52)), interpolation=cv2.INTER_AREA)
    start = round(height * 0.36)
    body[start : start + band.shape[0]] = band
    pixels = _round(body)
    cap = height // 11
    pixels[:cap] = _round(np.full((cap, width, 3), second, np.uint8))
    opaque = np.zeros((height, width), np.uint8)
    middle, neck = width // 2, max(3, width // 6)
    outline = [(-neck, 0), (neck, 0), (neck, 0.14), (middle, 0.33), (middle, 1.0), (-middle, 1.0), (-middle, 0.33), (-neck, 0.14)]
    cv2.fillPoly(opaque, [np.array([(middle + across, row * height) for across, row in outline], np.int32)], 255)
    return Drawn(pixels, opaque)


def _pouch(label: Picture, _: tuple[int, int, int]) -> Drawn:
    height, width = label.shape[:2]
    down = np.linspace(0.0, 1.0, height)
    bulge = 0.8 + 0.25 * np.sin(np.pi * down)[:, None] * np.sin(np.pi * np.linspace(0.05, 0.95, width))[None, :]
    pixels = np.clip(label * bulge[:, :, None], 0, 255).astype(np.uint8)
    seam = height // 18
    pixels[:seam] = (pixels[:seam] * 0.5 + 100).astype(np.uint8)
    waist = (width * 0.06 * np.sin(np.pi * down) ** 0.5).astype(int)
    across = np.arange(width)[None, :]
    opaque = np.where((across >= width * 0.06 - waist[:, None]) & (across < width * 0.94 + waist[:, None]), 255, 0).astype(np.uint8)
    return Drawn(pixels, opaque)


def _bar(label: Picture, second: tuple[int, int, int]) -> Drawn:
    height, width = label.shape[:2]
    pixels = np.clip(label * (0.85 + 0.2 * np.cos(np.linspace(-1.2, 1.2, width)))[None, :, None], 0, 255).astype(np.uint8)
    fin = height // 14
    for part in (pixels[:fin], pixels[-fin:]):
        part[:] = second
        part[:, ::4] = (part[:, ::4] * 0.7).astype(np.uint8)
    return Drawn(pixels, np.full((height, width), 255, np.uint8))


_SHAPED = {"carton": _carton, "can": _can, "bottle": _bottle, "pouch": _pouch, "bar": _bar}

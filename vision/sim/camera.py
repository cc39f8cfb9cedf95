"""What a camera sees of a simulated shelf: goods, arms and what they carry, light that changes, shake, noise. Same seed, same pixels.

Pictures are made from a :class:`vision.sim.scene.Scene` and a time; hands are drawn by :mod:`vision.sim.hands`, goods by
:mod:`vision.sim.looks`. Nothing here serves or stores pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from vision.sim.bar_codes import label
from vision.sim.hands import draw_hand, draw_held
from vision.sim.looks import ASPECT, HEIGHT, Drawn, Look, Shape, drawn
from vision.sim.paste import Sprite, paste, sprite
from vision.sim.scene import ROWS, HeldUp, Scene, Standing
from vision.types import Picture

NS: Final = 1_000_000_000
TALL: Final[dict[Shape, float]] = {"carton": 0.46, "can": 0.34, "bottle": 0.62, "pouch": 0.40, "bar": 0.36}  # heights, of their shelf's
ROW_SHRINKS: Final = 0.03  # of the size, for every row further back
ROW_DARKENS: Final = 0.07
SHAKE_HZ: Final = 6.0
SHAKE_S: Final = 0.25  # s; time in which shaking falls to a third
DOOR_SHAKES: Final = 3.0  # times as much as a hand
DOOR_LIGHT: Final = 0.22  # share of light that an open door adds
DOOR_S: Final = 0.5  # s; over which it does
NOISE_BANK: Final = 64  # pixels by which the prepared noise can be moved about


@dataclass(frozen=True, slots=True)
class Conditions:
    """How bad the picture is. ``light``: share by which it wanders; ``shake_px``: of the camera when a
    hand arrives, at 1280 pixels; a door shakes it three times as much."""

    noise: float = 2.5  # standard deviation, in grey levels
    light: float = 0.06
    light_period_s: float = 23.0
    shake_px: float = 0.5
    blur: bool = True  # of what moves fast


def widths_of(looks: Mapping[str, Look]) -> dict[str, float]:
    """Width of every product in heights of its shelf, for :class:`vision.sim.scene.Scene`."""
    return {gtin: TALL[look.shape] * ASPECT[look.shape] for gtin, look in looks.items()}


class ShelfCamera:
    """Films one scene. ``size``: (width, height) of its pictures. Times must not go back from one picture to the next."""

    def __init__(
        self,
        scene: Scene,
        looks: Mapping[str, Look],
        *,
        size: tuple[int, int] = (1280, 720),
        conditions: Conditions | None = None,
        seed: int = 0,
    ) -> None:
        self.scene = scene
        self.size = size
        self._looks = dict(looks)
        self._conditions = conditions or Conditions()
        self._seed = seed
        source = np.random.default_rng([seed, 4])
        self._phase = source.uniform(0.0, 2 * math.pi, 3)
        self._empty = _furniture(scene, size, source)
        self._still = self._empty
        self._version = -1
        self._sprites: dict[tuple[str, int, int], Sprite] = {}
        noisy = self._conditions.noise > 0.0
        shape = (size[1] + NOISE_BANK, size[0] + NOISE_BANK, 3) if noisy else (0, 0, 3)
        spread = source.standard_normal(shape, np.float32) * self._conditions.noise
        self._brighter = np.clip(np.round(spread), 0, 255).astype(np.uint8)
        self._darker = np.clip(np.round(-spread), 0, 255).astype(np.uint8)

    def picture(self, at_ns: int) -> Picture:
        """What it sees at ``at_ns``."""
        self.scene.advance(at_ns)
        if self._version != self.scene.version:
            self._still, self._version = self._with_goods(), self.scene.version
        pixels = self._still.copy()
        for hand in self.scene.hands(at_ns):
            x, y = self.scene.target(hand)
            unit = self._unit_px(hand.plates)
            carried = [self._product(goods.gtin, unit) for goods in (hand.taken if at_ns >= hand.change_ns else hand.put)]
            place = (x * self.size[0], y * self.size[1])
            draw_hand(pixels, hand, at_ns, place, unit, carried=carried, seed=self._seed, blur=self._conditions.blur)
        for one in self.scene.held(at_ns):
            draw_held(pixels, one, at_ns, self._side(one), seed=self._seed)
        pixels = self._shaken(pixels, at_ns)
        cv2.convertScaleAbs(pixels, dst=pixels, alpha=self._gain(at_ns))
        return self._noisy(pixels, at_ns)

    def _with_goods(self) -> Picture:
        pixels = self._empty.copy()
        for one in self.scene.standing():
            paste(pixels, self._standing_sprite(one), one.x * self.size[0], one.foot * self.size[1])
        return pixels

    def _standing_sprite(self, one: Standing) -> Sprite:
        cell_px = round(one.cell * self.size[1])
        key = (one.gtin, one.row, cell_px)
        if key not in self._sprites:
            back = ROWS - 1 - one.row
            found = self._drawn(one.gtin)
            dimmed = Drawn((found.pixels * (1.0 - ROW_DARKENS * back)).astype(np.uint8), found.opaque)
            look = self._looks.get(one.gtin)
            high = (TALL[look.shape] if look else 0.4) * cell_px * (1.0 - ROW_SHRINKS * back)
            self._sprites[key] = sprite(dimmed, high)
        return self._sprites[key]

    def _product(self, gtin: str, unit: float) -> tuple[Drawn, float]:
        """A carried product and its height in pixels: a hand holds it nearer to the camera than it stood."""
        look = self._looks.get(gtin)
        return self._drawn(gtin), 1.12 * unit * (TALL[look.shape] if look else 0.4)

    def _side(self, held: HeldUp) -> Drawn:
        return self._drawn(held.gtin) if held.side == "front" else label(held.gtin)

    def _drawn(self, gtin: str) -> Drawn:
        look = self._looks.get(gtin)
        return (
            drawn(look)
            if look is not None
            else Drawn(np.full((HEIGHT, HEIGHT // 2, 3), 90, np.uint8), np.full((HEIGHT, HEIGHT // 2), 255, np.uint8))
        )

    def _unit_px(self, plates: tuple[str, ...]) -> float:
        spot = next(self.scene.spots[plate] for plate in plates if plate in self.scene.spots)
        return (spot.bottom - spot.top) * self.size[1]

    def _gain(self, at_ns: int) -> float:
        at_s, conditions = at_ns / NS, self._conditions
        wander = (
            sum(math.sin(2 * math.pi * at_s / conditions.light_period_s * (1 + number) + phase) for number, phase in enumerate(self._phase))
            / 3
        )
        opened = min(1.0, max(0.0, (at_ns - self.scene.door_ns) / NS / DOOR_S))
        door = opened if self.scene.door_open else 1.0 - opened
        return 0.86 + conditions.light * wander + DOOR_LIGHT * door

    def _shaken(self, pixels: Picture, at_ns: int) -> Picture:
        across = down = 0.0
        for number, since_ns in enumerate([self.scene.door_ns, *(hand.arrive_ns for hand in self.scene.hands(at_ns))]):
            since_s = (at_ns - since_ns) / NS
            if 0.0 <= since_s < 6 * SHAKE_S:
                height = (
                    self._conditions.shake_px * self.size[0] / 1280 * math.exp(-since_s / SHAKE_S) * (DOOR_SHAKES if number == 0 else 1.0)
                )
                across += height * math.sin(2 * math.pi * SHAKE_HZ * since_s + number)
                down += 0.6 * height * math.sin(2 * math.pi * 1.3 * SHAKE_HZ * since_s)
        if max(abs(across), abs(down)) < 0.05:
            return pixels
        moved = cv2.warpAffine(pixels, np.array([[1.0, 0.0, across], [0.0, 1.0, down]]), self.size, borderMode=cv2.BORDER_REPLICATE)
        return moved.reshape(pixels.shape).astype(np.uint8, copy=False)

    def _noisy(self, pixels: Picture, at_ns: int) -> Picture:
        if not self._brighter.size:
            return pixels
        source = np.random.default_rng([self._seed, at_ns % (1 << 62)])
        left, top, other_left, other_top = source.integers(NOISE_BANK, size=4).tolist()
        high, wide = pixels.shape[:2]
        cv2.add(pixels, self._brighter[top : top + high, left : left + wide], dst=pixels)
        cv2.subtract(pixels, self._darker[other_top : other_top + high, other_left : other_left + wide], dst=pixels)
        return pixels


def _furniture(scene: Scene, size: tuple[int, int], source: np.random.Generator) -> Picture:
    """The empty shelf: back wall, boards, price tags."""
    wide, high = size
    down = np.linspace(0.55, 0.8, high)[:, None, None]
    wall = np.array([196, 202, 208])[None, None, :] * down
    pixels = np.broadcast_to(wall, (high, wide, 3)).astype(np.uint8).copy()
    pixels += np.repeat(source.integers(0, 10, (high, wide, 1), dtype=np.uint8), 3, 2)
    for spot in scene.spots.values():
        cell = (spot.bottom - spot.top) * high
        left, right, edge = round(spot.left * wide), round(spot.right * wide), round(spot.bottom * high)
        cv2.rectangle(pixels, (left, round(edge - 0.17 * cell)), (right, round(edge - 0.05 * cell)), (132, 138, 142), -1)
        cv2.rectangle(pixels, (left, round(edge - 0.05 * cell)), (right, edge), (70, 74, 78), -1)
        cv2.line(pixels, (right, round(edge - 0.17 * cell)), (right, edge), (50, 50, 50), 1)
        tag = round((left + right) / 2)
        cv2.rectangle(
            pixels, (tag - round(0.07 * cell), round(edge - 0.045 * cell)), (tag + round(0.07 * cell), edge - 2), (235, 240, 240), -1
        )
    return pixels

"""Films of a simulated shelf with what really happened in them, for pipelines that are compared: hands, changing light, a shaking camera.

The films are drawn frame by frame as they are asked for, after the camera's JPEG; same seed, same frames. Beside each frame: where the
hands in it are, for a pipeline that is to be spared the errors of its detector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.vision_speed import LOOKS, ROWS, as_sent
from vision.settings import ZoneSettings
from vision.sim.camera import TALL, ShelfCamera, widths_of
from vision.sim.hands import draw_hand
from vision.sim.looks import drawn
from vision.sim.scene import Goods, HandMoved, Scene, SceneOpened, Spot, rows_of_spots
from vision.types import Frame, Picture

SIZE: Final = (1280, 720)
FRAMES_PER_S: Final = 10
CAMERA: Final = "cam"
NS: Final = 1_000_000_000
FIRST_S: Final = 4.0  # s of calm before the first hand
EACH_S: Final = 3.6  # s from one hand to the next
DISTURBED_S: Final = 30.0  # length of a film without hands
EVERY_S: Final = 3.0  # s from one disturbance to the next
BRIGHTER: Final = (1.0, 1.12, 0.9, 1.2, 0.85)  # lamps that go on and off, a cloud, a door
SHAKEN_PX: Final = 3.0  # at 1280 pixels: a door that falls shut
SHAKES_HZ: Final = 6.0
SHAKES_S: Final = 0.3  # s in which shaking falls to a third
HAND_HEIGHT: Final = 0.75  # of the shelf's; what is further from the finger tips is arm

What: TypeAlias = Literal["taken", "put", "touched"]
OFTEN: Final[tuple[What, ...]] = ("taken", "taken", "put", "touched")
Boxes: TypeAlias = NDArray[np.float32]  # (n, 4): left, top, right, bottom in pixels


@dataclass(frozen=True, slots=True)
class Happened:
    """What one hand did: at ``plate`` with ``product``, in sight from ``begin_ns`` to ``end_ns``."""

    what: What
    plate: str
    product: str
    begin_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Film:
    """``frames()``: each frame with the true boxes of the hands in it. ``happened``: in the order of its times."""

    name: str
    zones: tuple[ZoneSettings, ...]
    happened: tuple[Happened, ...]
    frames: Callable[[], Iterator[tuple[Frame, Boxes]]]


def hands_film(hands: int, seed: int) -> Film:
    """Hands that take, put back or only touch, one after the other, anywhere on the shelf."""
    source = np.random.default_rng([seed, 71])
    goods, moves, happened = _standing(), [], []
    shelf = {plate: [one for one in goods if one.shares[0][0] == plate] for plate in _plates()}
    held: list[Goods] = []
    for number in range(hands):
        plate = _plates()[int(source.integers(len(_plates())))]
        what = OFTEN[int(source.integers(len(OFTEN)))]
        if what == "put" and not held:
            what = "taken"
        if what == "taken" and not shelf[plate]:
            what = "touched"
        moved: tuple[Goods, ...] = ()
        if what == "taken":
            moved = (shelf[plate].pop(),)
            held.extend(moved)
        elif what == "put":
            moved = (held.pop(int(source.integers(len(held)))),)
            plate = moved[0].shares[0][0]
            shelf[plate].extend(moved)
        begin_s = FIRST_S + number * EACH_S
        grip, rest = float(source.uniform(0.2, 0.45)), float(source.uniform(0.15, 0.35))
        begin, arrive, change, leave, end = (
            round((begin_s + after) * NS) for after in (0.0, 0.45, 0.45 + grip, 0.45 + grip + rest, 0.95 + grip + rest)
        )
        moves.append(
            HandMoved(
                number=number,
                plates=(plate,),
                begin_ns=begin,
                arrive_ns=arrive,
                change_ns=change,
                leave_ns=leave,
                end_ns=end,
                taken=moved if what == "taken" else (),
                put=moved if what == "put" else (),
            )
        )
        happened.append(Happened(what, plate, moved[0].gtin if moved else "", begin, end))
    seconds = FIRST_S + hands * EACH_S
    return Film("hands", _zones(), tuple(happened), lambda: _played(goods, moves, seconds, seed, lambda pixels, _: pixels))


def light_film(seed: int) -> Film:
    """Nobody; every three seconds the light is another within a fifth of a second."""

    def lit(pixels: Picture, at_s: float) -> Picture:
        step, since_s = divmod(at_s, EVERY_S)
        before, now = (BRIGHTER[int(number) % len(BRIGHTER)] for number in (max(0.0, step - 1), step))
        return np.asarray(cv2.convertScaleAbs(pixels, alpha=before + (now - before) * min(1.0, since_s / 0.2)), dtype=np.uint8)

    return Film("light", _zones(), (), lambda: _played(_standing(), [], DISTURBED_S, seed, lit))


def shake_film(seed: int) -> Film:
    """Nobody; every three seconds the camera shakes for a second."""

    def shaken(pixels: Picture, at_s: float) -> Picture:
        since_s = at_s % EVERY_S
        height = SHAKEN_PX * math.exp(-since_s / SHAKES_S) if at_s >= EVERY_S else 0.0
        across, down = (height * math.sin(2 * math.pi * SHAKES_HZ * share * (since_s + 0.03)) for share in (1.0, 1.3))
        move = np.array([[1.0, 0.0, across], [0.0, 1.0, 0.6 * down]])
        return np.asarray(cv2.warpAffine(pixels, move, SIZE, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)

    return Film("shake", _zones(), (), lambda: _played(_standing(), [], DISTURBED_S, seed, shaken))


def _played(
    goods: list[Goods], moves: list[HandMoved], seconds: float, seed: int, changed: Callable[[Picture, float], Picture]
) -> Iterator[tuple[Frame, Boxes]]:
    spots = rows_of_spots(ROWS)
    scene = Scene(spots, widths_of(LOOKS))
    scene.tell(SceneOpened(at_ns=0, goods=tuple(goods), door_open=True))
    for move in moves:
        scene.tell(move)
    camera = ShelfCamera(scene, LOOKS, size=SIZE, seed=seed)
    for number in range(round(seconds * FRAMES_PER_S)):
        at_ns = round(number * NS / FRAMES_PER_S)
        pixels = as_sent(changed(camera.picture(at_ns), at_ns / NS))
        boxes = [box for hand in scene.hands(at_ns) if (box := _hand_box(scene, hand, at_ns, seed)) is not None]
        yield Frame(CAMERA, at_ns, number + 1, pixels), np.array(boxes, dtype=np.float32).reshape(-1, 4)


def _hand_box(scene: Scene, hand: HandMoved, at_ns: int, seed: int) -> tuple[int, int, int, int] | None:
    """Of the hand and what it holds, without the arm: drawn alone on black."""
    alone = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    spot = scene.spots[hand.plates[0]]
    unit = (spot.bottom - spot.top) * SIZE[1]
    carried = [
        (drawn(LOOKS[one.gtin]), 1.12 * unit * TALL[LOOKS[one.gtin].shape]) for one in (hand.taken if at_ns >= hand.change_ns else hand.put)
    ]
    x, y = scene.target(hand)
    draw_hand(alone, hand, at_ns, (x * SIZE[0], y * SIZE[1]), unit, carried=carried, seed=seed, blur=False)
    rows = np.flatnonzero(alone.any(axis=(1, 2)))
    if rows.size < 12:
        return None
    top = int(rows[0])
    bottom = min(int(rows[-1]) + 1, round(top + HAND_HEIGHT * unit))
    columns = np.flatnonzero(alone[top:bottom].any(axis=(0, 2)))
    return int(columns[0]), top, int(columns[-1]) + 1, bottom


def _plates() -> list[str]:
    return [plate for row in ROWS for plate in row]


def _standing() -> list[Goods]:
    """Three units on every plate: two of one product and, before them, one of another."""
    products = list(LOOKS)
    return [
        Goods(3 * place + unit, products[place if unit < 2 else place + len(_plates())], ((plate, 1.0),))
        for place, plate in enumerate(_plates())
        for unit in range(3)
    ]


def _zones() -> tuple[ZoneSettings, ...]:
    return tuple(ZoneSettings(plates=(spot.plate,), polygon=_corners(spot)) for spot in rows_of_spots(ROWS).values())


def _corners(spot: Spot) -> tuple[tuple[float, float], ...]:
    return ((spot.left, spot.top), (spot.right, spot.top), (spot.right, spot.bottom), (spot.left, spot.bottom))

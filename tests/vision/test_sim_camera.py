"""The simulated camera: in step with its scene, the same for the same seed, and served as real bytes."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from vision.barcode import read_codes
from vision.sim.__main__ import follow
from vision.sim.bar_codes import modules
from vision.sim.broadcast import Broadcast
from vision.sim.camera import Conditions, ShelfCamera, widths_of
from vision.sim.looks import SHAPES, Look, drawn
from vision.sim.photographs import SIDE, photographs
from vision.sim.scene import DoorMoved, Goods, HandMoved, HeldUp, Scene, SceneOpened, rows_of_spots, scene_fact, scene_line
from vision.sim.stage import CameraOnStage, Stage, read_stage, write_stage
from vision.types import Picture

S = 1_000_000_000
SIZE = (640, 360)
LOOKS = {"can": Look("can", 2), "carton": Look("carton", 3), "bar": Look("bar", 4)}
ROWS = (("A1", "A2"), ("B1", "B2"))
CALM = Conditions(noise=0.0, light=0.0, shake_px=0.0)
GOODS = tuple(Goods(number, "can" if number < 8 else "carton", (("A1" if number < 8 else "B2", 1.0),)) for number in range(14))


def scene() -> Scene:
    made = Scene(rows_of_spots(ROWS), widths_of(LOOKS))
    made.tell(SceneOpened(at_ns=0, goods=GOODS))
    return made


def hand(number: int, plate: str, at_s: float, *, taken: tuple[Goods, ...] = (), put: tuple[Goods, ...] = ()) -> HandMoved:
    times = [round((at_s + offset) * S) for offset in (-0.35, 0.0, 0.2, 0.35, 0.8)]
    begin, arrive, change, leave, end = times
    return HandMoved(
        number=number, plates=(plate,), begin_ns=begin, arrive_ns=arrive, change_ns=change, leave_ns=leave, end_ns=end, taken=taken, put=put
    )


def changed_part(before: Picture, after: Picture) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom of what differs, as shares of the picture."""
    rows, columns = np.nonzero(np.abs(before.astype(int) - after.astype(int)).max(axis=2) > 12)
    if not len(rows):
        return None
    high, wide = before.shape[:2]
    return columns.min() / wide, rows.min() / high, columns.max() / wide, rows.max() / high


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others() -> None:
    one, same, other = (ShelfCamera(scene(), LOOKS, size=SIZE, seed=seed) for seed in (5, 5, 6))
    for at_s in (1, 2, 3):
        picture = one.picture(at_s * S)
        assert picture.shape == (360, 640, 3)
        assert picture.dtype == np.uint8
        assert np.array_equal(picture, same.picture(at_s * S))
        assert not np.array_equal(picture, other.picture(at_s * S))


def test_a_hand_that_takes_from_a_plate_is_seen_there_at_that_moment_and_leaves_a_gap() -> None:
    filmed = scene()
    camera = ShelfCamera(filmed, LOOKS, size=SIZE, conditions=CALM)
    still = camera.picture(S)
    filmed.tell(hand(1, "A1", 3.0, taken=(GOODS[7],)))
    assert changed_part(still, camera.picture(2 * S)) is None
    arrived = changed_part(still, camera.picture(round(3.1 * S)))
    assert arrived is not None
    assert arrived[1] < 0.5
    assert arrived[3] > 0.95
    # the can is on the shelf until the moment its weight leaves the plate
    assert len(filmed.standing()) == 14
    camera.picture(round(3.2 * S))
    assert len(filmed.standing()) == 13
    gap = changed_part(still, camera.picture(4 * S))
    assert gap is not None
    assert gap[2] < 0.5
    assert gap[3] < 0.5


def test_what_is_put_back_stands_where_it_was_put() -> None:
    filmed = scene()
    camera = ShelfCamera(filmed, LOOKS, size=SIZE, conditions=CALM)
    still = camera.picture(S)
    filmed.tell(hand(1, "B1", 3.0, put=(Goods(90, "bar", (("B1", 1.0),)),)))
    stands = changed_part(still, camera.picture(5 * S))
    assert stands is not None
    assert stands[0] < 0.5
    assert stands[1] > 0.5
    assert [one.gtin for one in filmed.standing()].count("bar") == 1


def test_a_hand_that_only_touches_changes_nothing() -> None:
    filmed = scene()
    camera = ShelfCamera(filmed, LOOKS, size=SIZE, conditions=CALM)
    still = camera.picture(S)
    filmed.tell(hand(1, "B2", 3.0))
    assert changed_part(still, camera.picture(round(3.2 * S))) is not None
    assert changed_part(still, camera.picture(5 * S)) is None
    assert filmed.hands(5 * S) == ()


def test_a_hand_carries_what_it_brings() -> None:
    """Beside an empty hand, the hand shows something as high as the product."""
    heights = {}
    for gtin in ("carton", "can"):
        pictures = []
        for put in ((Goods(90, gtin, (("A2", 1.0),)),), ()):
            filmed = scene()
            filmed.tell(hand(1, "A2", 3.0, put=put))
            pictures.append(ShelfCamera(filmed, LOOKS, size=SIZE, conditions=CALM, seed=3).picture(round(3.1 * S)))
        carried = changed_part(*pictures)
        assert carried is not None
        heights[gtin] = carried[3] - carried[1]
    assert heights["carton"] > 1.1 * heights["can"]


def test_an_open_door_lets_light_in_and_the_shake_of_it_fades() -> None:
    filmed = scene()
    camera = ShelfCamera(filmed, LOOKS, size=SIZE, conditions=Conditions(noise=0.0, light=0.0))
    dark = float(camera.picture(S).mean())
    filmed.tell(DoorMoved(at_ns=2 * S, open=True))
    assert float(camera.picture(4 * S).mean()) > 1.1 * dark
    at_rest = camera.picture(6 * S)
    assert np.array_equal(at_rest, camera.picture(7 * S))


def test_units_of_one_kind_never_stand_in_one_place_while_there_is_room() -> None:
    places = [(one.row, round(one.x, 4), one.foot) for one in scene().standing()]
    assert len(set(places)) == len(places)


def test_goods_and_hands_of_other_cameras_are_left_out() -> None:
    filmed = scene()
    filmed.tell(hand(1, "Z9", 3.0, put=(Goods(70, "can", (("Z9", 1.0),)),)))
    filmed.advance(9 * S)
    assert len(filmed.standing()) == 14


def test_every_look_is_drawn_and_kinds_of_one_family_differ_in_part() -> None:
    for shape in SHAPES:
        first, second = drawn(Look(shape, 11)), drawn(Look(shape, 11, 1))
        assert first.pixels.shape[:2] == first.opaque.shape
        differs = np.abs(first.pixels.astype(int) - second.pixels.astype(int)).max(axis=2) > 20
        assert 0.01 < differs.mean() < 0.6
        stranger = drawn(Look(shape, 12))
        assert (np.abs(first.pixels.astype(int) - stranger.pixels.astype(int)).max(axis=2) > 20).mean() > differs.mean()


def test_photographs_for_enrolment_are_all_different() -> None:
    made = photographs("can", LOOKS, 3, seed=4)
    assert [one.shape for one in made] == [(SIDE, SIDE, 3)] * 3
    assert np.array_equal(made[1], photographs("can", LOOKS, 2, seed=4)[1])
    assert not np.array_equal(made[0], made[1])


@pytest.mark.parametrize("fact", [SceneOpened(at_ns=1, goods=GOODS), hand(3, "A1", 2.0, taken=GOODS[:2]), DoorMoved(at_ns=4, open=True)])
def test_a_fact_survives_its_line(fact: SceneOpened | HandMoved | DoorMoved) -> None:
    assert scene_fact(scene_line(fact)) == fact


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b"\xff\n", b'{"kind":"door_moved","at_ns":"soon","open":2}'])
def test_a_line_that_is_no_fact_is_none(line: bytes) -> None:
    assert scene_fact(line) is None


def test_a_stage_survives_its_file_and_refuses_doubles(tmp_path: Path) -> None:
    stage = Stage(cameras=(CameraOnStage(id="front", rows=ROWS),), looks=LOOKS, width=640, height=360)
    assert read_stage(write_stage(tmp_path / "stage.json", stage)) == stage
    with pytest.raises(ValidationError, match="same id"):
        Stage(cameras=(CameraOnStage(id="front", rows=ROWS),) * 2, looks=LOOKS)


async def test_viewers_get_real_pictures_and_nobody_is_filmed_without_them() -> None:
    clock = iter(range(S, 10_000 * S, S // 10))
    broadcast = Broadcast({"front": ShelfCamera(scene(), LOOKS, size=SIZE)}, 60.0, clock_ns=lambda: next(clock))
    await broadcast.start()
    try:
        assert broadcast.pictures == 0
        reader, writer = await asyncio.open_connection("127.0.0.1", broadcast.port)
        writer.write(b"GET /front.mjpeg HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"multipart/x-mixed-replace" in await reader.readuntil(b"\r\n\r\n")
        for _ in range(3):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = int(head.rpartition("Content-Length: ")[2])
            picture = cv2.imdecode(np.frombuffer(await reader.readexactly(size), np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape == (360, 640, 3)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", broadcast.port)
        writer.write(b"GET /nobody.mjpeg HTTP/1.1\r\n\r\n")
        assert b"404" in await reader.readline()
        writer.close()
    finally:
        await broadcast.close()


async def test_the_cameras_follow_a_cabinet_that_comes_late_and_comes_back(tmp_path: Path) -> None:
    camera = ShelfCamera(Scene(rows_of_spots(ROWS), widths_of(LOOKS)), LOOKS, size=SIZE)
    following = asyncio.create_task(follow(tmp_path / "scene.sock", {"front": camera}))
    await asyncio.sleep(0)  # its first attempt finds nobody
    seen: list[int] = []
    back_twice = asyncio.Event()

    async def tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(len(camera.scene.standing()))
        if len(seen) == 3:
            back_twice.set()
        writer.write(b"no fact\n" + scene_line(SceneOpened(at_ns=0, goods=GOODS[: 5 * len(seen)])))
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(tell, tmp_path / "scene.sock")
    try:
        async with asyncio.timeout(5.0):
            await back_twice.wait()
        assert seen == [0, 5, 10]  # each time all that stands there, and nothing of before
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        server.close()
        await server.wait_closed()


def test_a_product_is_held_before_the_camera_large_and_in_the_middle_and_turned() -> None:
    held = scene()
    camera = ShelfCamera(held, LOOKS, size=(1280, 720), conditions=CALM)
    empty = camera.picture(1 * S)
    held.tell(HeldUp(number=1, gtin="can", begin_ns=2 * S, end_ns=8 * S, turns_ns=(4 * S, 6 * S)))
    sides = [camera.picture(at_s * S) for at_s in (3, 5, 7)]
    for side in sides:
        part = changed_part(empty, side)
        assert part is not None
        left, top, right, _ = part
        assert left < 0.5 < right
        assert 0.05 < top < 0.4
        assert right - left < 0.5
    assert all(np.abs(one.astype(int) - other).mean() > 3.0 for one, other in pairwise(sides)), "it is turned"
    assert np.array_equal(camera.picture(9 * S), empty)


@pytest.mark.parametrize("gtin", ["9521234500070", "4006381333931", "96385074", "036000291452"])
def test_the_bar_code_of_what_is_held_can_be_read_at_a_shelf(gtin: str) -> None:
    held = scene()
    camera = ShelfCamera(held, LOOKS, size=(1280, 720))
    held.tell(HeldUp(number=1, gtin=gtin, begin_ns=2 * S, end_ns=6 * S, side="code"))
    assert read_codes(camera.picture(4 * S)) == (gtin.zfill(13),)


@pytest.mark.parametrize("gtin", ["12345678901234", "9521234 00070", "٣٣"])
def test_what_is_no_article_number_has_no_bar_code(gtin: str) -> None:
    with pytest.raises(ValueError, match="cannot show"):
        modules(gtin)

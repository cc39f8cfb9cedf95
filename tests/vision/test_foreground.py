"""What is held before a camera is told from what was there: painted over, left as it is where that cannot be told, and worth it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder, open_embedder
from vision.enrolment.enrolling import enrol
from vision.enrolment.first_gallery import first_gallery
from vision.enrolment.photographs import held, held_part, photograph
from vision.pipeline.foreground import standing_out
from vision.pipeline.gallery import Gallery
from vision.pipeline.motion import small_copy
from vision.sim.camera import ShelfCamera, widths_of
from vision.sim.looks import Look
from vision.sim.photographs import photographs
from vision.sim.rehearsal import reach_crops
from vision.sim.scene import Goods, HeldUp, Scene, SceneOpened, rows_of_spots
from vision.types import Box, Picture

TEA, WATER, SODA, BAR = "9521234500070", "9521234500018", "9521234500025", "9521234500049"
LOOKS = {TEA: Look("can", 44), WATER: Look("bottle", 4), SODA: Look("can", 31), BAR: Look("bar", 23)}
NS = 1_000_000_000
WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def shown(seed: int = 0, sides: int = 5) -> tuple[Picture, list[Picture]]:
    """The shelf by itself, and with each side of the tea held before it."""
    scene = Scene(rows_of_spots([("A1", "A2", "A3"), ("B1", "B2", "B3")]), widths_of(LOOKS))
    names = (WATER, SODA, BAR)
    goods = tuple(Goods(number, names[number % 3], ((f"{'AB'[number % 2]}{number % 3 + 1}", 1.0),)) for number in range(30))
    scene.tell(SceneOpened(at_ns=0, goods=goods))
    turns = tuple((3 + 2 * number) * NS for number in range(sides - 1))
    scene.tell(HeldUp(number=seed + 1, gtin=TEA, begin_ns=NS, end_ns=(1 + 2 * sides) * NS, turns_ns=turns))
    camera = ShelfCamera(scene, LOOKS, seed=seed)
    return camera.picture(NS // 2), [camera.picture((2 + 2 * number) * NS) for number in range(sides)]


def test_the_shelf_behind_it_goes_and_the_product_stays() -> None:
    behind, (picture, *_) = shown()
    painted = standing_out(picture, small_copy(behind))
    height, width = picture.shape[:2]
    middle = (slice(2 * height // 5, 3 * height // 5), slice(9 * width // 20, 11 * width // 20))
    assert np.abs(painted[middle].astype(int) - picture[middle]).mean() < 2.0
    assert painted[:, : width // 5].std(axis=(0, 1)).max() < 1.0, "one colour"
    assert picture[:, : width // 5].std(axis=(0, 1)).max() > 20.0


def test_another_light_is_no_product() -> None:
    behind, (picture, *_) = shown()
    brighter = np.asarray(cv2.convertScaleAbs(picture, alpha=1.25), np.uint8)
    painted = standing_out(brighter, small_copy(behind))
    assert painted[:, : picture.shape[1] // 5].std(axis=(0, 1)).max() < 1.0


@pytest.mark.parametrize("what", ["nothing is held", "it was held already", "another camera", "all is different", "something at the rim"])
def test_where_it_cannot_be_told_the_picture_stays(what: str) -> None:
    behind, (picture, other, *_) = shown()
    if what == "nothing is held":
        picture = behind
    elif what == "it was held already":
        behind, picture = other, other
    elif what == "another camera":
        behind = np.asarray(cv2.resize(behind, (480, 640)), np.uint8)
    elif what == "all is different":
        behind = np.asarray(255 - behind[::-1, ::-1], np.uint8)
    else:
        picture = behind.copy()
        picture[:, :300] = 0
    assert standing_out(picture, small_copy(behind)) is picture


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return open_embedder("product-embedder", ModelStore())


def known_to(embedder: OnnxEmbedder) -> Gallery:
    """A gallery of the other products, from photographs and from the shelf."""
    gallery = first_gallery(ModelStore().read("product-embedder"))
    for gtin in (WATER, SODA, BAR):
        drawn = [photograph(f"{number}", pixels, read=False) for number, pixels in enumerate(photographs(gtin, LOOKS, 5))]
        drawn += [photograph(f"r{number}", pixels, WHOLE, read=False) for number, pixels in enumerate(reach_crops(gtin, LOOKS))]
        gallery = enrol(gallery, embedder, gtin, drawn, keep_odd=True).gallery
    return gallery


def test_what_was_held_before_a_shelf_is_told_at_the_shelf_only_where_the_shelf_was_painted_over(embedder: OnnxEmbedder) -> None:
    others = known_to(embedder)
    reaches = [embedder.embed(reach_crops(TEA, LOOKS, seed=seed)) for seed in range(4)]
    right = {"sharp": 0, "painted": 0}
    for seed in range(3):
        behind, sides = shown(seed)
        for kind in right:
            seen = [standing_out(side, small_copy(behind)) if kind == "painted" else side for side in sides]
            views = [held(f"{number}", held_part(side)) for number, side in enumerate(seen)]
            known = enrol(others, embedder, TEA, views, keep_odd=True).gallery
            right[kind] += sum(known.products[int(known.log_likelihoods(reach).logs.argmax())] == TEA for reach in reaches)
    assert right["painted"] >= 10, right
    assert right["sharp"] <= right["painted"] - 4, right

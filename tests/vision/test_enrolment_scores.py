"""Figures over galleries are what they say, and what is told of a new product beside its shelf is what matters there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.store.conflicts import conflicts
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel
from vision.enrolment.photographs import Photograph
from vision.enrolment.scoring import Look, by_chance, looks, score
from vision.pipeline.calibration import Calibration
from vision.pipeline.gallery import Gallery
from vision.pipeline.photo_quality import photo_quality
from vision.pipeline.whitening import Whitening
from vision.types import Floats, Picture

AXES = np.eye(6, dtype=np.float32)
SURE = Calibration(scale=20.0, known_bias=-2.0, known_best=6.0, known_margin=4.0)


class Told:
    """An embedder whose pictures carry their vector in the first pixels: what is tested is the counting."""

    size = 6

    def embed(self, crops: Sequence[Picture]) -> Floats:
        return np.stack([crop[0, :6, 0].astype(np.float32) / 255.0 for crop in crops])


def shown(*weights: int) -> Photograph:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0, : len(weights), 0] = weights
    return Photograph(f"shows {weights}", pixels, photo_quality(pixels), (pixels,))


def gallery() -> Gallery:
    return Gallery(("a", "b", "c"), AXES[:3], (1, 1, 1), Whitening(AXES[5] * 0), SURE)


def test_each_photograph_is_counted_for_what_it_shows() -> None:
    crops = {"a": [shown(255), shown(255, 40), shown(90, 255)], "b": [shown(0, 255)], "x": [shown(0, 0, 0, 255)]}
    found = score(looks(gallery(), Told(), crops, {"a": ["c"]}))
    assert found.best == pytest.approx(3 / 4)
    assert found.among == 1.0  # b is not possible where a was taken
    assert [look.told_among for look in found.looks] == ["a", "a", "a", None, None]
    assert found.confusions == ((("a", "b"), 1),)
    assert found.unknown_auroc == 1.0
    assert [look.right for look in found.looks] == [True, True, False, True, False]
    assert max(look.none_of_these for look in found.looks[:-1]) < found.looks[-1].none_of_these
    assert found.calibration_error is not None
    assert 0.0 <= found.calibration_error <= 1.0


def test_without_candidates_nothing_is_said_about_them() -> None:
    found = score(looks(gallery(), Told(), {"a": [shown(255)]}))
    assert (found.among, found.unknown_auroc, found.best) == (None, None, 1.0)


def test_an_empty_gallery_knows_nothing() -> None:
    empty = Gallery((), np.zeros((0, 6), np.float32), (), Whitening(AXES[5] * 0))
    found = score(looks(empty, Told(), {"a": [shown(255)]}))
    assert found.best is None
    assert (found.looks[0].nearest, found.looks[0].none_of_these) == ("", 1.0)


def test_nothing_looked_at_is_no_figure() -> None:
    assert score([]).calibration_error is None


def test_sureness_is_held_against_being_right() -> None:
    always = [Look(str(n), "a", True, "a", 0.9, 0.1) for n in range(9)] + [Look("9", "b", True, "a", 0.9, 0.1)]
    assert score(always).calibration_error == pytest.approx(0.0, abs=1e-9)
    overconfident = [Look(str(n), "a", True, "b" if n % 2 else "a", 1.0, 0.0) for n in range(10)]
    assert score(overconfident).calibration_error == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("first", "second", "chance"), [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (10, 2, 0.038574), (7, 7, 1.0)]
)
def test_the_sign_test_is_the_published_one(first: int, second: int, chance: float) -> None:
    assert by_chance(first, second) == pytest.approx(chance, abs=1e-6)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_has_two_sides(first: int, second: int) -> None:
    assert by_chance(first, second) == by_chance(second, first)
    assert 0.0 < by_chance(first, second) <= 1.0
    assert math.isfinite(by_chance(first, second))


# ---- beside what is on the shelf


def store(*, apart: bool = False) -> StoreModel:
    products = (
        Product("1", "Cola", 180, 1900, 350.0, 1.5),
        Product("2", "Cola zero", 180, 1900, 351.0, 1.5),
        Product("3", "Water", 120, 1900, 522.0, 2.0),
        Product("4", "Juice", 220, 1900, 350.5, 1.5),
    )
    plates = (Plate("A1", "s", 10_000, ("A2",)), Plate("A2", "s", 10_000, ("A1",)), Plate("B1", "s", 10_000))
    facings = (Facing("A1", "1", 5), Facing("B1" if apart else "A2", "2", 5), Facing("A1", "3", 5), Facing("A2", "4", 5))
    return StoreModel("t", "s", (Door("d", "l", True),), plates, facings, PriceList("v", "EUR", products))


def told(mistaken: dict[str, float], enrolled: str = "1234", gtin: str = "1", *, apart: bool = False) -> list[tuple[str, str, str]]:
    return [(one.severity, one.other, one.words) for one in conflicts(store(apart=apart), gtin, mistaken, enrolled)]


def test_what_neither_weight_nor_sight_tells_is_a_conflict_and_comes_first() -> None:
    first, *rest = told({"2": 0.3, "3": 0.25})
    assert first[:2] == ("conflict", "2")
    assert "looks and weighs like Cola zero (350 g and 351 g), and stands beside it (A1, A2)" in first[2]
    assert [(severity, other) for severity, other, _ in rest] == [("note", "3"), ("note", "4")]
    assert "looks like Water: about 1 view in 4 is taken for it; weight tells (350 g and 522 g)" in rest[0][2]
    assert "weighs like Juice (350 g and 350.5 g), which stands beside it (A1, A2): sight alone tells them apart" in rest[1][2]


def test_the_conflict_stays_when_they_stand_apart_and_says_so() -> None:
    assert "which stands elsewhere now" in told({"2": 0.5}, apart=True)[0][2]


def test_a_neighbour_of_one_weight_that_the_eye_does_not_know_is_named() -> None:
    words = [words for _, other, words in told({}, enrolled="1") if other == "4"]
    assert words == ["weighs like Juice (350 g and 350.5 g), which stands beside it (A1, A2) and is not enrolled: enrol it as well"]


def test_what_differs_in_both_is_not_mentioned() -> None:
    assert told({}, gtin="3") == []


def test_a_product_that_is_not_in_the_catalogue_has_only_its_looks() -> None:
    assert [words for *_, words in told({"2": 0.5}, gtin="9")] == ["looks like Cola zero: every other view is taken for it"]
    assert [words for *_, words in told({"9": 0.1}, apart=True) if "9" in words] == [
        "looks like 9, which is not in the catalogue: about 1 view in 10 is taken for it"
    ]

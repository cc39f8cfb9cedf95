"""Whitening, gallery, calibration, crop and recogniser: laws, published figures on made vectors, and hostile input."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.pipeline.calibration import Calibration, Likelihoods, area_under_roc, expected_calibration_error
from vision.pipeline.crop import LOOK_SHARES, centre_square, looks, square_around
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.whitening import Whitening, fit_whitening, no_whitening, unit_rows
from vision.recogniser import MAX_VIEWS, Recogniser, spread
from vision.types import Box, Floats, Picture

SIZE = 24


def shop(seed: int, products: int, shots: int, nuisance: float = 25.0) -> tuple[Floats, list[str]]:
    """Vectors of products that differ in all directions, photographed under a light that shifts all of them along one direction."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(products, SIZE))
    light = np.random.default_rng(99).normal(size=SIZE)
    rows = [
        middles[p] + 0.6 * rng.normal(size=SIZE) + nuisance * rng.normal() * light / 5.0 + 4.0
        for p in range(products)
        for _ in range(shots)
    ]
    return np.array(rows, dtype=np.float32), [f"{p:02d}" for p in range(products) for _ in range(shots)]


def accuracy(whitening: Whitening, rows: Floats, labels: Sequence[str]) -> float:
    """Share of rows told right by a gallery of the first two photographs of each product."""
    gallery = empty_gallery(SIZE, whitening)
    for product in sorted(set(labels)):
        own = rows[[index for index, label in enumerate(labels) if label == product]]
        gallery = gallery.enrolled(product, own[:2])
    told = [gallery.products[int(np.argmax(gallery.cosines(row[None])))] for row in rows]
    return float(np.mean([a == b for a, b in zip(told, labels, strict=True)]))


def test_whitening_fitted_on_other_products_makes_new_ones_easier_to_tell() -> None:
    base, base_labels = shop(1, 20, 10)
    new, new_labels = shop(2, 20, 10)
    whitening = fit_whitening(base, base_labels)
    assert accuracy(whitening, new, new_labels) > accuracy(Whitening(whitening.mean), new, new_labels) + 0.05


def test_the_residuals_of_what_it_was_fitted_on_are_round_without_shrinkage() -> None:
    rows, labels = shop(3, 12, 40)
    whitening = fit_whitening(rows, labels, shrinkage=1e-6)
    assert whitening.matrix is not None
    unit = unit_rows(rows)
    groups = [unit[[index for index, label in enumerate(labels) if label == name]] for name in sorted(set(labels))]
    residuals = np.concatenate([group - group.mean(axis=0) for group in groups])
    turned = residuals.astype(np.float64) @ whitening.matrix
    assert np.allclose(turned.T @ turned / len(turned), np.eye(SIZE), atol=0.02)


def test_one_product_or_one_photograph_each_is_centred_only() -> None:
    rows, _ = shop(4, 3, 1)
    assert fit_whitening(rows, ["a", "a", "a"]).matrix is None
    assert fit_whitening(rows, ["a", "b", "c"]).matrix is None


@given(st.integers(0, 1000), st.floats(0.1, 100.0))
def test_whitened_rows_have_length_one_and_do_not_hang_on_the_length_that_came_in(seed: int, factor: float) -> None:
    rows, labels = shop(seed, 4, 3)
    whitening = fit_whitening(rows, labels)
    assert np.allclose(np.linalg.norm(whitening(rows), axis=1), 1.0, atol=1e-4)
    assert np.allclose(whitening(rows * np.float32(factor)), whitening(rows), atol=1e-3)


@pytest.mark.parametrize(
    "rows", [np.zeros(3), np.zeros((2, 3)), np.full((1, SIZE), np.nan), np.full((1, SIZE), np.inf), np.zeros((0, SIZE))]
)
def test_a_photograph_that_is_no_vector_is_refused(rows: Floats) -> None:
    with pytest.raises(ValueError, match=r"embeddings|photograph"):
        empty_gallery(SIZE).enrolled("a", rows)


def test_photographs_with_nothing_in_common_are_refused() -> None:
    row = np.ones((1, SIZE), dtype=np.float32)
    with pytest.raises(ValueError, match="nothing in common"):
        empty_gallery(SIZE).enrolled("a", np.concatenate([row, -row]))


def test_a_product_is_enrolled_replaced_and_forgotten_without_touching_the_others_or_the_old_gallery() -> None:
    rows, _ = shop(5, 3, 2)
    first = empty_gallery(SIZE).enrolled("a", rows[:2]).enrolled("b", rows[2:4])
    second = first.enrolled("a", rows[4:5])
    assert (first.products, first.counts) == (("a", "b"), (2, 2))
    assert (second.products, second.counts) == (("b", "a"), (2, 1))
    assert np.array_equal(second.means[0], first.means[1])
    assert second.without("b").products == ("a",)
    assert second.without("zz").products == second.products
    assert second.alike("a")[0][0] == "b"
    with pytest.raises(KeyError):
        second.alike("zz")


@pytest.mark.parametrize(
    ("products", "means", "counts", "message"),
    [
        (("a", "a"), np.eye(2, SIZE, dtype=np.float32), (1, 1), "once"),
        (("a",), np.zeros((1, SIZE), dtype=np.float32), (1,), "length 1"),
        (("a",), np.eye(1, SIZE - 1, dtype=np.float32), (1,), "float32"),
        (("a",), np.eye(1, SIZE, dtype=np.float64), (1,), "float32"),
        (("a",), np.eye(1, SIZE, dtype=np.float32), (0,), "photograph"),
        (("",), np.eye(1, SIZE, dtype=np.float32), (1,), "names"),
    ],
)
def test_a_gallery_that_cannot_be_is_refused(products: tuple[str, ...], means: Floats, counts: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Gallery(products, means, counts, no_whitening(SIZE))


def test_what_is_enrolled_is_told_and_what_is_not_is_called_none_of_these() -> None:
    axes = np.eye(6, SIZE, dtype=np.float32)
    gallery = empty_gallery(SIZE)
    for index, product in enumerate("abc"):
        gallery = gallery.enrolled(product, axes[index : index + 1])
    even = dict.fromkeys("abc", 1.0)
    sure = gallery.log_likelihoods(axes[:1]).probabilities(even)
    assert max(sure, key=sure.__getitem__) == "a"
    assert sure["a"] > 0.9
    strange = gallery.log_likelihoods(axes[4:5]).probabilities(even, other=0.5)
    assert max(strange, key=strange.__getitem__) == ""


def test_more_views_of_the_same_say_more_but_less_than_independent_ones() -> None:
    axes = np.eye(3, SIZE, dtype=np.float32)
    gallery = empty_gallery(SIZE).enrolled("a", axes[:1]).enrolled("b", axes[1:2])
    view = unit_rows(axes[:1] + 0.8 * axes[1:2])
    gap = [float(np.subtract(*gallery.log_likelihoods(np.repeat(view, n, axis=0)).logs)) for n in (1, 2, 8)]
    assert gap[0] < gap[1] < gap[2] < 8 * gap[0]


def test_nothing_seen_and_nothing_enrolled_say_nothing() -> None:
    assert empty_gallery(SIZE).log_likelihoods(np.ones((2, SIZE), dtype=np.float32)).probabilities({}) == {"": 1.0}
    known = empty_gallery(SIZE).enrolled("a", np.ones((1, SIZE), dtype=np.float32))
    said = known.log_likelihoods(np.zeros((0, SIZE), dtype=np.float32))
    assert said.probabilities({"a": 3.0, "b": 1.0}, other=0.0) == pytest.approx({"a": 0.75, "b": 0.25, "": 0.0})


@given(
    st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=6),
    st.floats(-50.0, 50.0),
    st.lists(st.floats(0.001, 10.0), min_size=6, max_size=6),
    st.floats(0.01, 0.99),
)
def test_probabilities_add_up_and_follow_bayes(logs: list[float], log_other: float, weights: list[float], other: float) -> None:
    products = tuple(f"p{index}" for index in range(len(logs)))
    said = Likelihoods(products, np.array(logs), log_other)
    candidates = dict(zip((*products[:2], "not enrolled"), weights, strict=False))
    post = said.probabilities(candidates, other)
    assert sum(post.values()) == pytest.approx(1.0)
    share = sum(candidates.values())
    for product, weight in candidates.items():
        expected = math.log(weight / share * (1.0 - other)) + said.by_product.get(product, log_other)
        assert math.log(max(post[product], 1e-300)) - math.log(max(post[""], 1e-300)) == pytest.approx(
            expected - math.log(other) - log_other, abs=1e-6
        )


@pytest.mark.parametrize("candidates", [{"a": -1.0}, {"a": math.nan}, {"a": 0.0, "": 0.0}])
def test_weights_that_are_none_are_refused(candidates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Likelihoods(("a",), np.zeros(1), 0.0).probabilities(candidates)


@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 10_000))
def test_the_odds_of_an_enrolled_product_are_those_of_the_calibration(products: int, views: int, seed: int) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (views, products)).astype(np.float32)
    calibration = Calibration(pooling=0.0)
    logs, other = calibration.logs(cosines, [3] * products)
    post = Likelihoods(tuple(map(str, range(products))), logs, other).probabilities({str(p): 1.0 for p in range(products)}, 0.5)
    odds = calibration.known_log_odds(cosines.mean(axis=0).astype(np.float64))
    assert 1.0 - post[""] == pytest.approx(1.0 / (1.0 + math.exp(-odds)), abs=1e-6)


def test_a_cosine_to_a_mean_of_few_photographs_is_worth_less() -> None:
    calibration = Calibration(scale=30.0, few=1.0)
    assert [calibration.nats([k, k]) for k in (1, 2, 5)] == pytest.approx([15.0, 20.0, 25.0])
    assert calibration.nats([1, 5]) == pytest.approx(20.0)


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"scale": math.inf}, {"pooling": 1.5}, {"known_bias": math.nan}, {"few": -1.0}])
def test_a_calibration_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration(**wrong)


def test_calibration_error_and_area_under_the_curve_on_cases_worked_by_hand() -> None:
    assert expected_calibration_error([0.95] * 10, [True] * 9 + [False]) == pytest.approx(0.05)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert area_under_roc([2.0, 3.0], [0.0, 1.0]) == 1.0
    assert area_under_roc([1.0, 3.0], [1.0, 2.0]) == pytest.approx((0.5 + 0.0 + 1.0 + 1.0) / 4)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.01, 1.0))
def test_a_centre_square_is_square_and_in_the_middle(height: int, width: int, share: float) -> None:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[height // 2, width // 2] = 255
    cut = centre_square(picture, share)
    assert cut.shape[0] == cut.shape[1] == max(1, int(min(height, width) * share))


def test_looks_are_centre_squares_from_near_to_far() -> None:
    picture = np.zeros((100, 200, 3), dtype=np.uint8)
    assert [look.shape[0] for look in looks(picture)] == [int(100 * share) for share in LOOK_SHARES] == [60, 75, 90]


@given(st.integers(1, 60), st.integers(1, 60), st.tuples(*[st.floats(0.0, 0.5)] * 2), st.tuples(*[st.floats(0.01, 0.5)] * 2))
def test_a_square_around_a_box_stays_in_the_picture(
    height: int, width: int, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    cut = square_around(picture, Box(corner[0], corner[1], corner[0] + size[0], corner[1] + size[1]))
    assert 1 <= cut.shape[0] == cut.shape[1] <= min(height, width)


def test_a_square_around_a_box_holds_the_box() -> None:
    picture = np.zeros((100, 200, 3), dtype=np.uint8)
    picture[40:60, 150:160] = 255
    assert int((square_around(picture, Box(0.75, 0.4, 0.8, 0.6)) == 255).sum()) == 20 * 10 * 3


class MeanColour:
    """An embedder small enough to check by hand: the mean colour of a picture."""

    size = 3

    def embed(self, crops: Sequence[Picture]) -> Floats:
        return unit_rows(np.array([crop.reshape(-1, 3).mean(axis=0) for crop in crops], dtype=np.float32))


def test_a_recogniser_tells_what_it_was_shown() -> None:
    def plain(colour: tuple[int, int, int]) -> Picture:
        return np.full((8, 8, 3), colour, dtype=np.uint8)

    gallery = (
        empty_gallery(3)
        .enrolled("blue", MeanColour().embed([plain((255, 0, 0))]))
        .enrolled("red", MeanColour().embed([plain((0, 0, 255))]))
    )
    recogniser = Recogniser(MeanColour(), gallery)
    said = recogniser.look([plain((20, 10, 200))] * 20).by_product
    assert said["red"] > said["blue"]
    assert recogniser.embed([plain((1, 1, 1))] * 20).shape == (MAX_VIEWS, 3)
    assert set(recogniser.look([]).by_product.values()) == {0.0}
    with pytest.raises(ValueError, match="enrol the products"):
        Recogniser(MeanColour(), empty_gallery(4))


@given(st.integers(2, 9), st.integers(0, 40))
def test_spread_keeps_the_first_and_the_last(limit: int, count: int) -> None:
    pictures: list[Picture] = [np.full((1, 1, 3), index, dtype=np.uint8) for index in range(count)]
    chosen = [int(picture[0, 0, 0]) for picture in spread(pictures, limit)]
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(limit, count)
    assert not count or (chosen[0], chosen[-1]) == (0, count - 1)

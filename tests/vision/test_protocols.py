"""The protocols by which embedders are judged: draws, class splits and tallies on vectors whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from bench.vision_protocols import Shots, Tally, ask, base_products, drawn, gallery_of, known_odds, open_set, percent
from vision.pipeline.calibration import Calibration
from vision.pipeline.whitening import no_whitening


def axes(products: int, shots: int, size: int = 16, noise: float = 0.0) -> Shots:
    """Product p along axis p."""
    rng = np.random.default_rng(7)
    rows = np.repeat(np.eye(products, size, dtype=np.float32), shots, axis=0)
    return Shots(rows + rng.normal(0, noise, rows.shape).astype(np.float32), np.repeat(np.arange(products), shots))


def test_the_class_splits_are_those_published() -> None:
    base, new = base_products(0)
    assert base[:10] == (5, 6, 8, 9, 10, 11, 12, 13, 15, 26)
    assert (len(base), len(new)) == (40, 41)
    assert not set(base) & set(new)
    assert [product for product in range(28, 59) if product in new] == [29, 42, 43, 44, 46, 52, 53, 54, 57, 58]


def test_a_draw_takes_so_many_of_each_and_the_same_again_for_the_same_seed() -> None:
    shots = axes(5, 9, noise=0.1)
    first = drawn(shots, (3, 1), 4, np.random.default_rng(2))
    again = drawn(shots, (1, 3), 4, np.random.default_rng(2))
    assert first.products.tolist() == [1] * 4 + [3] * 4
    assert np.array_equal(first.vectors, again.vectors)
    assert len(drawn(shots, range(5), None, np.random.default_rng(0)).products) == 45


def test_products_apart_are_all_told_and_products_alike_are_not() -> None:
    types = np.array([0, 0, 1, 1, 1])
    good, bad = Tally(), Tally()
    gallery = gallery_of(axes(5, 3), no_whitening(16), Calibration(scale=20.0))
    ask(gallery, axes(5, 2), types, np.random.default_rng(0), good)
    assert good.line().startswith("top-1 100.0, type 100.0, among 5 100.0, among 10 100.0, same type 100.0")
    turned = axes(5, 2)
    ask(gallery, Shots(turned.vectors, (turned.products + 1) % 5), types, np.random.default_rng(0), bad)
    assert percent(bad.right) == "0.0"
    assert bad.calibration_error() > 0.9


def test_an_unknown_product_has_lower_odds_and_left_over_photographs_are_not_asked() -> None:
    everything = axes(8, 3, noise=0.02)
    gallery = gallery_of(everything.only(range(4)), no_whitening(16), Calibration())
    assert open_set(gallery, everything.only(range(4)), everything.only(range(4, 8))) == pytest.approx(1.0)
    assert len(known_odds(gallery, everything, views=2)) == 8

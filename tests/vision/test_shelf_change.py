"""Change of a shelf between two quiet moments: what was taken or put is found; light, shadow, shake and noise are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.shelf_scene import Product, noisy, shadowed, shaken, shelf
from vision.pipeline.change import Change, changes
from vision.types import Box

PLACES = (0.12, 0.3, 0.5, 0.7, 0.88)


def full(seed: int, places: tuple[float, ...] = PLACES) -> list[Product]:
    return [Product(seed * 10 + at, place) for at, place in enumerate(places)]


def overlap(one: Box, other: Box) -> float:
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(0.0, wide) * max(0.0, high)
    return common / (one.area + other.area - common)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500), gain=st.floats(0.5, 1.7), sigma=st.floats(0, 6), right=st.floats(-9, 9), down=st.floats(-9, 9))
def test_light_noise_and_shake_are_no_change(seed: int, gain: float, sigma: float, right: float, down: float) -> None:
    before = shelf(full(seed), seed=seed)
    assert changes(noisy(before, 1, sigma), noisy(shaken(before, right, down), 2, sigma, gain)) == ()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500), x=st.floats(0.0, 1.0), depth=st.floats(0.0, 0.45), turn=st.floats(-0.6, 0.6))
def test_a_soft_shadow_and_a_turn_are_no_change(seed: int, x: float, depth: float, turn: float) -> None:
    before = shelf(full(seed), seed=seed)
    assert changes(noisy(before, 1), noisy(shadowed(shaken(before, 0, 0, turn), x, depth), 2)) == ()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 500),
    which=st.integers(0, 4),
    gain=st.floats(0.6, 1.5),
    right=st.floats(-8, 8),
    down=st.floats(-8, 8),
    put=st.booleans(),
)
def test_one_product_is_found_where_it_stood_or_stands(seed: int, which: int, gain: float, right: float, down: float, put: bool) -> None:
    products = full(seed)
    with_it, without = shelf(products, seed=seed), shelf([one for one in products if one is not products[which]], seed=seed)
    before, after = (without, with_it) if put else (with_it, without)
    found = changes(noisy(before, 1), noisy(shaken(after, right, down), 2, gain=gain))
    assert len(found) == 1
    assert overlap(found[0].box, products[which].box) > 0.5
    assert (found[0].vanished < 0) == put


def test_two_of_a_kind_side_by_side_are_two() -> None:
    products = [Product(3, 0.3), Product(3, 0.43), Product(8, 0.7)]
    found = changes(noisy(shelf(products), 1), noisy(shelf(products[2:]), 2))
    assert len(found) == 2
    assert all(change.vanished > 0.3 for change in found)


def test_only_what_lies_in_the_mask_is_told() -> None:
    products = [Product(3, 0.25), Product(8, 0.75)]
    mask = np.zeros((90, 160), dtype=np.uint8)
    mask[:, :80] = 255
    (found,) = changes(shelf(products), shelf([]), mask)
    assert found.box.right <= 0.51


def test_another_product_in_the_same_place_is_one_change() -> None:
    found = changes(shelf([Product(3, 0.5)]), shelf([Product(4, 0.5)]))
    assert [type(one) for one in found] == [Change]


def test_pictures_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="same camera"):
        changes(shelf([]), np.ascontiguousarray(shelf([])[:100]))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), height=st.integers(1, 60), width=st.integers(1, 60))
def test_any_two_pictures_can_be_compared(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (rng.integers(0, 256, (height, width, 3)).astype(np.uint8) for _ in range(2))
    assert all(0.0 < change.area <= 1.0 for change in changes(one, other))

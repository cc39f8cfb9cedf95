"""Zones: which part of a picture belongs to which plates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vision.pipeline.zones import zones_of
from vision.settings import ZoneSettings

CORNERS = st.tuples(st.floats(0.0, 0.45), st.floats(0.0, 0.45), st.floats(0.55, 1.0), st.floats(0.55, 1.0))


@given(CORNERS, st.integers(20, 700), st.integers(20, 700))
def test_a_zone_covers_its_part_of_a_picture_of_any_size(corners: tuple[float, float, float, float], width: int, height: int) -> None:
    left, top, right, bottom = corners
    (zone,) = zones_of([ZoneSettings(plates=("A1",), polygon=((left, top), (right, top), (right, bottom), (left, bottom)))])
    mask = zone.mask(width, height)
    assert mask.shape == (height, width)
    rows, columns = np.nonzero(mask)
    assert abs(columns.min() - left * width) <= 2
    assert abs(columns.max() - right * width) <= 2
    assert abs(rows.min() - top * height) <= 2
    assert abs(rows.max() - bottom * height) <= 2


def test_a_slanted_zone_leaves_out_the_corners_of_its_box() -> None:
    (zone,) = zones_of([ZoneSettings(plates=("A1",), polygon=((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)))])
    mask = zone.mask(101, 101)
    assert mask[50, 50] == 255
    assert mask[2, 2] == mask[2, 98] == mask[98, 2] == mask[98, 98] == 0


def test_a_camera_without_zones_sees_one_of_no_plate() -> None:
    (zone,) = zones_of(())
    assert zone.plates == ()
    assert zone.mask(16, 9).min() == 255


@pytest.mark.parametrize(
    "polygon",
    [
        ((0.1, 0.1), (0.9, 0.9), (0.5, 0.5)),
        ((0.2, 0.2), (0.2, 0.2), (0.2, 0.2)),
        ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)),
        ((0.5, 0.1), (0.5, 0.9), (0.50001, 0.5)),
    ],
)
def test_a_zone_without_area_is_refused_with_what_to_do(polygon: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValidationError, match="in order around it"):
        ZoneSettings(plates=("A1",), polygon=polygon)

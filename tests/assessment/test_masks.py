"""What is worked out only about what is set is what the whole grid gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, binary_opening, distance_transform_edt, generate_binary_structure

from planner.assessment.masks import beyond_reach, dilated, laid, near, opened
from planner.geometry.crossings import Solid

SHAPE = (14, 12, 13)
ELEMENT = generate_binary_structure(3, 1)
WIDE = np.ones((5, 5, 5), bool)
seeds = st.integers(0, 10_000)


def blob(seed: int) -> np.ndarray:
    """A box of random voxels somewhere in the grid, also at its edge; now and then nothing."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SHAPE, bool)
    low = rng.integers(0, 10, 3)
    high = low + rng.integers(0, 7, 3)
    part = mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    part[...] = rng.random(part.shape) < 0.8
    return mask


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_dilation_and_opening_are_those_of_the_whole_grid(seed):
    mask = blob(seed)
    for element in (ELEMENT, WIDE):
        np.testing.assert_array_equal(dilated(mask, element), binary_dilation(mask, element))
        np.testing.assert_array_equal(opened(mask, element), binary_opening(mask, element))


@given(seeds, st.floats(0.3, 4.0))
@settings(max_examples=60, deadline=None)
def test_near_is_within_reach_of_something_set(seed, reach):
    mask = blob(seed)
    whole = distance_transform_edt(~mask, sampling=0.5) <= reach if mask.any() else np.zeros(SHAPE, bool)
    np.testing.assert_array_equal(near(mask, reach, 0.5), whole)


@given(seeds, seeds, st.floats(0.3, 4.0))
@settings(max_examples=60, deadline=None)
def test_beyond_reach_is_further_than_that_from_the_other(seed, another, reach):
    mask, other = blob(seed), blob(another)
    far = distance_transform_edt(~other, sampling=0.5) > reach if other.any() else np.ones(SHAPE, bool)
    np.testing.assert_array_equal(beyond_reach(mask, other, reach, 0.5), mask & far)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_a_mask_is_laid_as_the_whole_grid_would_be(seed):
    from scipy.spatial.transform import Rotation

    mask, rng = blob(seed), np.random.default_rng(seed)
    grid = Solid(low=np.array([-3.0, -3.0, -3.0]), spacing_mm=0.5, filled=np.zeros(SHAPE, bool))
    turn, shift = Rotation.from_rotvec(rng.normal(0, 0.4, 3)), rng.normal(0, 1.0, 3)

    def to(points):
        return turn.apply(points.reshape(-1, 3)).reshape(points.shape) + shift

    def back(points):
        return turn.inv().apply((points - shift).reshape(-1, 3)).reshape(points.shape)

    nodes = np.stack(np.meshgrid(*(grid.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    whole = Solid(low=grid.low, spacing_mm=grid.spacing_mm, filled=mask).at(back(nodes))
    np.testing.assert_array_equal(laid(grid, mask, to, back), whole)


def test_of_nothing_is_nothing():
    nothing = np.zeros(SHAPE, bool)
    assert not dilated(nothing, WIDE).any()
    assert not opened(nothing, WIDE).any()
    assert not near(nothing, 2.0, 0.5).any()


@pytest.mark.parametrize("corner", [(0, 0, 0), (13, 11, 12)])
def test_what_is_set_in_a_corner_grows_as_far_as_the_grid_goes(corner):
    mask = np.zeros(SHAPE, bool)
    mask[corner] = True
    assert dilated(mask, WIDE).sum() == 27

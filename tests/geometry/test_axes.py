"""Axes, signs and frames: the laws everything else stands on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.errors import FrameError
from planner.geometry.axes import (
    SIGN,
    Frame,
    angles_of,
    direction_from_angles,
    space_to_lps,
)

angle = st.floats(-80, 80)
rotations = st.integers(0, 10_000).map(lambda seed: Rotation.random(random_state=seed).as_matrix())


@pytest.mark.parametrize(
    ("code", "point", "expected"),
    [
        ("LPS", [1, 2, 3], [1, 2, 3]),
        ("RAS", [1, 2, 3], [-1, -2, 3]),
        ("ASR", [1, 2, 3], [-3, -1, 2]),
        ("pir", [1, 2, 3], [-3, 1, -2]),
    ],
)
def test_a_code_says_where_each_axis_grows(code, point, expected):
    assert np.allclose(space_to_lps(code) @ point, expected)


@pytest.mark.parametrize("code", ["", "RA", "RAX", "RLS", "LLS", "LPSA"])
def test_a_code_that_names_no_space_is_refused(code):
    with pytest.raises(FrameError):
        space_to_lps(code)


@given(side=st.sampled_from(["left", "right"]), lateral=angle, cephalad=angle)
def test_angles_and_directions_are_inverse(side, lateral, cephalad):
    assert np.allclose(angles_of(side, direction_from_angles(side, lateral, cephalad)), (lateral, cephalad), atol=1e-6)


@given(side=st.sampled_from(["left", "right"]), lateral=st.floats(1, 60), cephalad=st.floats(1, 60))
def test_positive_angles_point_outwards_and_upwards(side, lateral, cephalad):
    l, p, s = direction_from_angles(side, lateral, cephalad)
    assert SIGN[side] * l > 0
    assert p < 0
    assert s > 0


@given(rotation=rotations, x=st.tuples(*[st.floats(-500, 500)] * 3))
def test_local_and_world_are_inverse_and_keep_handedness(rotation, x):
    frame = Frame(origin=np.array([10.0, -20.0, 300.0]), left=rotation[0], posterior=rotation[1], superior=rotation[2])
    assert np.allclose(frame.to_world(frame.to_local(np.array(x))), x, atol=1e-9)
    assert np.allclose(np.cross(frame.left, frame.posterior), frame.superior)


def test_a_left_handed_frame_cannot_be_made():
    with pytest.raises(ValueError, match="right-handed"):
        Frame(origin=np.zeros(3), left=-np.eye(3)[0], posterior=np.eye(3)[1], superior=np.eye(3)[2])

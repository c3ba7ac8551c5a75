"""The canal's shadow: its axis without template or orientation, also where the canal is wider than deep."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from planner.anatomy.silhouette import canal_shadow
from planner.geometry.axes import angle_deg


def tube(half_width, half_depth, length=14.0, count=9000):
    """Samples of the wall of an elliptic tube along z."""
    rng = np.random.default_rng(0)
    turn = rng.uniform(0, 2 * np.pi, count)
    outwards = rng.uniform(1.0, 1.25, count)
    along = rng.uniform(-length / 2, length / 2, count)
    return np.column_stack([half_width * np.cos(turn) * outwards, half_depth * np.sin(turn) * outwards, along])


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_canal_is_seen_along_its_axis(seed):
    rotation = Rotation.random(random_state=seed).as_matrix()
    shadow = canal_shadow(tube(12.0, 6.5) @ rotation.T)
    off = angle_deg(shadow.axis, rotation[:, 2])
    assert min(off, 180 - off) < 6.0
    assert shadow.radius_mm == pytest.approx(6.5, abs=1.2)


def test_an_open_ring_casts_no_hole():
    points = tube(12.0, 6.5)
    assert canal_shadow(points[points[:, 1] < 2.0]) is None


def test_a_narrow_hole_is_no_canal():
    assert canal_shadow(tube(2.5, 2.5)) is None


def test_the_canals_of_a_column_run_along_it(reference, reference_surfaces):
    for level in ("C3", "C4", "C5", "C6"):
        points, _ = reference_surfaces[level].sampled(12_000, seed=1)
        shadow = canal_shadow(points)
        frame = reference[level].frame
        # What sideways lean is left goes with the mirror plane.
        assert abs(shadow.axis @ frame.left) < np.sin(np.radians(15.0))
        assert reference[level].pose.routes_apart_deg < 5.0

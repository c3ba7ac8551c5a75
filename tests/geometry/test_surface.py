"""One door for signed distance: against analytic solids and under rigid motion."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.geometry.axes import Frame
from planner.geometry.placed import Placed
from planner.geometry.surface import Surface


def surface(mesh):
    return Surface(vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.faces, np.int64))


@pytest.fixture(scope="module")
def torus():
    return surface(trimesh.creation.torus(16.0, 5.0, major_sections=160, minor_sections=80))


def torus_distance(points):
    return 5.0 - np.hypot(np.hypot(points[:, 0], points[:, 1]) - 16.0, points[:, 2])


def test_signed_distance_is_positive_inside_and_right(torus):
    points = np.random.default_rng(0).uniform(-24, 24, (4000, 3))
    points[:, 2] /= 3
    assert np.abs(torus.signed_distance(points) - torus_distance(points)).max() < 0.03


def test_a_holed_surface_keeps_its_inside(torus):
    keep = np.random.default_rng(1).random(len(torus.faces)) > 0.01
    holed = Surface(vertices=torus.vertices, faces=torus.faces[keep])
    assert torus.is_closed
    assert not holed.is_closed
    points = np.random.default_rng(2).uniform(-24, 24, (4000, 3))
    clear = np.abs(torus_distance(points)) > 0.5
    assert (holed.contains(points) == (torus_distance(points) > 0))[clear].mean() > 0.999


def test_volume_area_and_winding(torus):
    assert torus.volume_mm3 == pytest.approx(2 * np.pi**2 * 16 * 25, rel=0.003)
    assert torus.area_mm2 == pytest.approx(4 * np.pi**2 * 16 * 5, rel=0.003)
    mirrored = torus.mapped(np.diag([-1.0, 1.0, 1.0]))
    assert mirrored.volume_mm3 == pytest.approx(torus.volume_mm3)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_distance_does_not_depend_on_where_the_bone_lies(torus, seed):
    rotation = Rotation.random(random_state=seed).as_matrix()
    offset = np.random.default_rng(seed).uniform(-2000, 2000, 3)
    points = np.random.default_rng(seed + 1).uniform(-20, 20, (200, 3))
    moved = torus.mapped(rotation, offset)
    assert np.allclose(moved.signed_distance(points @ rotation.T + offset), torus.signed_distance(points), atol=1e-6)


def test_rays_hit_the_front_and_miss_the_hole(torus):
    hit, face = torus.first_hit(np.array([[0, -30, 0], [0, 0, -30.0]]), np.array([[0, 1, 0], [0, 0, 1.0]]))
    assert hit[0] == pytest.approx([0, -21, 0], abs=0.02)
    assert face[1] == -1
    assert np.isnan(hit[1]).all()


def test_samples_lie_on_the_surface_and_repeat(torus):
    points, normals = torus.sampled(500, seed=3)
    assert torus.closest(points)[0].max() < 1e-6
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    assert np.array_equal(points, torus.sampled(500, seed=3)[0])


def test_a_point_beside_a_rim_sharper_than_a_right_angle_is_outside():
    """A body flared like a bell: its rim of 30 degrees is nearer than its side, and the lid's normal points away."""
    flared = trimesh.creation.revolve([[0, 0], [2, 0], [12, 6], [0, 6]], sections=96)
    frame = Frame.from_axes(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
    placed = Placed(surface=surface(flared), frame=frame)
    below = np.array([[12.5 + 0.4 * k, 0.0, 6.0 - 0.8 * k] for k in range(1, 8)])
    assert (placed.signed_distance(below) < 0).all()
    assert (placed.signed_distance(np.array([[0.5, 0.2, 3.0], [6.0, 0.0, 5.0]])) > 0).all()

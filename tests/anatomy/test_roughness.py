"""Roughness: noise is seen and smoothed away, smooth bone passes untouched."""

import numpy as np
import pytest

from planner.anatomy.roughness import edge_and_angle, smoothed_where_rough
from planner.geometry.surface import Surface


def noisy(surface, sd):
    rng = np.random.default_rng(0)
    return Surface(vertices=surface.vertices + rng.normal(0, sd, surface.vertices.shape), faces=surface.faces)


def test_smooth_bone_is_the_same_object(reference_surfaces):
    for surface in reference_surfaces.values():
        assert smoothed_where_rough(surface) is surface


def test_a_coarse_mesh_is_not_rough():
    import trimesh

    ball = trimesh.creation.icosphere(2, 10.0)
    coarse = Surface(vertices=np.asarray(ball.vertices), faces=np.asarray(ball.faces, np.int64))
    assert smoothed_where_rough(coarse) is coarse


@pytest.mark.parametrize("sd", [0.15, 0.3])
def test_noise_is_smoothed_towards_the_bone_without(reference_surfaces, sd):
    surface = reference_surfaces["C4"]
    rough = noisy(surface, sd)
    copy = smoothed_where_rough(rough)
    assert copy is not rough
    assert np.array_equal(copy.faces, surface.faces)
    before, after = (np.sqrt(np.mean(surface.closest(s.sampled(3000)[0])[0] ** 2)) for s in (rough, copy))
    assert after < 0.7 * before
    assert copy.volume_mm3 == pytest.approx(surface.volume_mm3, rel=0.02)


def test_the_angle_is_that_between_neighbours():
    import trimesh

    box = trimesh.creation.box([1, 1, 1])
    edge, angle = edge_and_angle(Surface(vertices=np.asarray(box.vertices), faces=np.asarray(box.faces, np.int64)))
    assert edge == pytest.approx(1.0)
    assert angle == pytest.approx(90.0)


def test_a_surface_without_shared_edges_is_left_alone():
    loose = Surface(vertices=np.random.default_rng(0).normal(size=(9, 3)), faces=np.arange(9).reshape(3, 3))
    assert smoothed_where_rough(loose) is loose

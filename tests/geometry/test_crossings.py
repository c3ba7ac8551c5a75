"""Grid lines against solids whose answer is known."""

import numpy as np
import trimesh

from planner.geometry.crossings import cross, solid
from planner.geometry.surface import Surface


def surface(mesh):
    return Surface(vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.faces, np.int64))


def test_a_ball_is_filled_with_its_volume():
    ball = surface(trimesh.creation.icosphere(5, 10.0))
    grid = solid(ball.triangles, 0.5, np.full(3, -12.0), np.full(3, 12.0))
    assert abs(grid.filled.sum() * 0.125 / (4 / 3 * np.pi * 1000) - 1) < 0.005


def test_overlapping_shells_count_once():
    a, b = trimesh.creation.icosphere(4, 8.0), trimesh.creation.icosphere(4, 8.0)
    b.apply_translation([3.0, 0, 0])
    both = surface(trimesh.util.concatenate([a, b]))
    union = surface(trimesh.boolean.union([a, b], engine="manifold"))
    low, high = np.full(3, -14.0), np.full(3, 14.0)
    assert (
        solid(both.triangles, 0.5, low, high).filled == solid(union.triangles, 0.5, low, high).filled
    ).mean() > 0.9999


def test_an_inner_void_stays_empty():
    outer, inner = trimesh.creation.icosphere(4, 10.0), trimesh.creation.icosphere(4, 4.0)
    inner.invert()
    hollow = surface(trimesh.util.concatenate([outer, inner]))
    grid = solid(hollow.triangles, 0.5, np.full(3, -12.0), np.full(3, 12.0))
    assert not grid.at(np.zeros(3))
    assert grid.at(np.array([7.0, 0, 0]))


def test_crossings_lie_on_the_surface_and_alternate():
    torus = surface(trimesh.creation.torus(16.0, 5.0))
    for axis in range(3):
        found = cross(torus.triangles, axis, 0.7, np.full(3, -23.0), np.full(3, 23.0))
        assert found.entering.sum() == (~found.entering).sum() > 100
        iu, iv = (k for k in range(3) if k != axis)
        points = np.empty((len(found.line), 3))
        points[:, iu] = found.u[found.line // len(found.v)]
        points[:, iv] = found.v[found.line % len(found.v)]
        points[:, axis] = found.height
        assert torus.closest(points)[0].max() < 0.01
        same = found.line[1:] == found.line[:-1]
        assert (found.entering[1:] != found.entering[:-1])[same].all()
        assert found.entering[np.append(True, ~same)].all()


def test_the_topmost_and_lowest_of_a_box():
    box = surface(trimesh.creation.box([10, 8, 6]))
    found = cross(box.triangles, 2, 0.5, np.full(3, -7.0), np.full(3, 7.0))
    top = found.topmost()
    assert np.nanmax(np.abs(top - 3.0)) < 1e-9
    assert np.nanmax(np.abs(found.lowest() + 3.0)) < 1e-9
    assert np.isfinite(top).sum() in range(18 * 14, 22 * 18)

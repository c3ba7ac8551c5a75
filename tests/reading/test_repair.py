"""Repairs keep the bone and say what was done."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.geometry.surface import Surface
from planner.reading.registry import FileSurface
from planner.reading.repair import joined, open_edges, outward, pieces, repaired


def raw(mesh, **changes):
    return FileSurface(vertices=np.array(mesh.vertices), faces=np.array(mesh.faces), **changes)


def test_a_clean_surface_is_left_alone(ring):
    vertices, faces, done = repaired(raw(ring()), "x")
    assert done == ()
    assert (len(vertices), len(faces)) == (len(ring().vertices), len(ring().faces))


def test_repeated_vertices_and_faces_are_joined_and_named(ring):
    mesh = ring()
    corners = np.array(mesh.triangles).reshape(-1, 3)
    faces = np.arange(len(corners)).reshape(-1, 3)
    faces = np.vstack([faces, np.roll(faces[:7], 1, axis=1), [[0, 0, 1]]])
    vertices, kept, done = repaired(FileSurface(vertices=corners, faces=faces), "x")
    assert (len(vertices), len(kept)) == (len(mesh.vertices), len(mesh.faces))
    assert open_edges(kept) == 0
    joined_, dropped, repeated = done
    assert joined_ == f"joined {len(corners) - len(mesh.vertices)} repeated vertices"
    assert dropped == "dropped 1 faces without three different corners"
    assert repeated == "dropped 7 repeated faces"


def test_an_inside_out_surface_is_turned(ring):
    mesh = ring()
    mesh.invert()
    vertices, faces, done = repaired(raw(mesh), "x")
    assert Surface(vertices=vertices, faces=faces).volume_mm3 == pytest.approx(ring().volume, rel=1e-6)
    assert done == ("turned 768 of 768 faces outwards",)


@settings(max_examples=10, deadline=None)
@given(st.sets(st.integers(0, 319), min_size=1, max_size=150))
def test_any_set_of_turned_faces_is_mended(turned):
    ball = trimesh.creation.icosphere(2, 30.0)
    faces = np.array(ball.faces)
    rows = list(turned)
    faces[rows] = faces[rows, ::-1]
    mended, count = outward(np.array(ball.vertices), faces)
    volume = Surface(vertices=np.array(ball.vertices), faces=mended).volume_mm3
    assert volume == pytest.approx(ball.volume, rel=1e-9)
    assert count == len(turned)


def test_a_cavity_stays_a_cavity_and_a_stray_piece_is_turned():
    outer, inner = trimesh.creation.icosphere(3, 30.0), trimesh.creation.icosphere(2, 10.0)
    stray = trimesh.creation.icosphere(2, 5.0).apply_translation([50, 0, 0])
    inner.invert()
    stray.invert()
    mesh = trimesh.util.concatenate([outer, inner, stray])
    faces, count = outward(np.array(mesh.vertices), np.array(mesh.faces))
    assert count == len(stray.faces)
    expected = outer.volume - abs(inner.volume) + abs(stray.volume)
    assert Surface(vertices=np.array(mesh.vertices), faces=faces).volume_mm3 == pytest.approx(expected, rel=1e-6)


def test_small_pieces_are_kept(ring):
    chip = trimesh.creation.icosphere(1, 1.0).apply_translation([40, 0, 0])
    vertices, faces, done = repaired(raw(trimesh.util.concatenate([ring(), chip])), "x")
    assert done == ()
    assert len(np.unique(pieces(len(vertices), faces))) == 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([-0.0, 0.0, 1.0, 1.0000001, 2.5])] * 3), min_size=3, max_size=60))
def test_joining_is_exact_equality_of_coordinates(points):
    points = np.array(points[: len(points) // 3 * 3])
    faces = np.arange(len(points)).reshape(-1, 3)
    vertices, new = joined(points, faces)
    np.testing.assert_array_equal(vertices[new.ravel()] + 0.0, points + 0.0)
    assert len(vertices) == len(np.unique(points + 0.0, axis=0))

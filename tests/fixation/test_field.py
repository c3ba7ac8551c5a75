import numpy as np
import pytest
from fixation_blocks import box, joined, sphere

from planner.geometry.axes import Frame
from planner.geometry.field import Field, bone_field, grid_points, occupancy
from planner.geometry.placed import Placed
from planner.geometry.surface import Surface

TURNED = Frame.from_axes(np.array([3.0, -2.0, 1.0]), np.array([0.9, 0.3, 0.1]), np.array([0.0, 0.2, 1.0]))


def test_interpolation_is_exact_for_a_linear_field_and_clamps_outside():
    nodes, shape = grid_points(np.zeros(3), np.array([4.0, 5.0, 6.0]), 1.0)
    values = (nodes @ [1.0, -2.0, 0.5]).reshape(*shape, 1)
    field = Field(origin=np.zeros(3), spacing_mm=1.0, values=values.astype(np.float32))
    points = np.random.default_rng(0).uniform(0, 4, (200, 3))
    assert field.at(points)[:, 0] == pytest.approx(points @ [1.0, -2.0, 0.5], abs=1e-4)
    assert field.at(np.array([[-5.0, 0.0, 0.0]]))[0, 0] == pytest.approx(0.0, abs=1e-2)


def test_bone_field_matches_a_sphere_near_its_surface_and_tells_sides_far_from_it():
    center = TURNED.to_world(np.zeros(3))
    placed = Placed(surface=sphere(center, 6.0), frame=TURNED)
    field = bone_field(placed, np.full(3, -8.0), np.full(3, 8.0))
    points = np.random.default_rng(1).uniform(-7.5, 7.5, (4000, 3))
    depth = 6.0 - np.linalg.norm(points, axis=1)
    value = field.at(points)[:, 0]
    near = np.abs(depth) < 0.25
    assert near.sum() > 50
    assert np.abs(value - depth)[near].max() < 0.1
    assert (np.sign(value) == np.sign(depth))[np.abs(depth) > 0.1].all()


def test_bone_inside_a_mass_is_not_bone():
    frame = Frame.from_axes(np.zeros(3), np.eye(3)[0], np.eye(3)[2])
    bone = Placed(surface=box([-5, -5, -5], [5, 5, 5]), frame=frame)
    mass = Placed(surface=box([0, -9, -9], [9, 9, 9]), frame=frame)
    field = bone_field(bone, np.full(3, -6.0), np.full(3, 6.0), masses=(mass,))
    assert field.at(np.array([[-2.0, 0.0, 0.0]]))[0, 0] > 0
    assert field.at(np.array([[2.0, 0.0, 0.0]]))[0, 0] < 0


def test_occupancy_of_overlapping_bodies_and_of_an_open_surface():
    two = joined(box([-4, -4, -4], [2, 4, 4]), box([-2, -4, -4], [4, 4, 4]))
    low, shape = np.full(3, -5.25), (22, 22, 22)
    nodes, _ = grid_points(low, low + 0.5 * 21, 0.5)
    truth = (np.abs(nodes) < 4).all(axis=1).reshape(shape)
    assert (occupancy(two, low, shape, 0.5) == truth).all()
    whole = box([-4, -4, -4], [4, 4, 4])
    holed = Surface(vertices=whole.vertices, faces=whole.faces[3:])
    assert not holed.is_closed
    assert (occupancy(holed, low, shape, 0.5) == truth).mean() > 0.99


def test_placed_signed_distance_beside_a_sharp_edge():
    placed = Placed(surface=box([-1, -5, -5], [1, 5, 5]).mapped(TURNED.axes.T, TURNED.origin), frame=TURNED)
    points = np.array([[0.0, 0.0, 0.0], [0.9, 4.95, 0.0], [1.5, 5.5, 0.0], [0.0, 5.2, 5.2]])
    expected = [1.0, 0.05, -np.hypot(0.5, 0.5), -np.hypot(0.2, 0.2)]
    assert placed.signed_distance(points) == pytest.approx(expected, abs=1e-6)

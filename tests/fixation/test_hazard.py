import numpy as np
import pytest
from fixation_blocks import sphere

from planner.fixation.hazard import FAR_MM, Body, Sheet, Tube, by_name
from planner.fixation.recheck import exact_clearance
from planner.geometry.axes import Frame
from planner.geometry.placed import Placed

HOME = Frame.from_axes(np.zeros(3), np.eye(3)[0], np.eye(3)[2])


def test_tube_distance_beside_within_and_beyond_its_end():
    tube = Tube(name="t", path=np.array([[0.0, 0, 0], [0, 0, 10], [0, 0, 20]]), radius_mm=2.0)
    points = np.array([[5.0, 0, 5], [1.0, 0, 5], [0, 0, 25]])
    assert tube.distance(points) == pytest.approx([3.0, -1.0, 3.0])


def test_body_agrees_with_a_sphere_outside_and_inside():
    body = Body(name="b", placed=Placed(surface=sphere(np.zeros(3), 5.0), frame=HOME))
    points = np.random.default_rng(2).uniform(-9, 9, (3000, 3))
    truth = np.linalg.norm(points, axis=1) - 5.0
    near = np.abs(truth) < FAR_MM - 0.2
    assert np.abs(body.exact(points) - truth).max() < 0.03
    assert np.abs(body.distance(points) - truth)[near].max() < 0.25
    assert np.abs(body.distance(points) - truth)[near].mean() < 0.05


def test_body_part_near_a_box_tells_the_same_distances_there():
    body = Body(name="b", placed=Placed(surface=sphere(np.zeros(3), 10.0), frame=HOME))
    part = body.near(np.array([5.0, -4, -4]), np.array([14.0, 4, 4]))
    points = np.random.default_rng(3).uniform([9.0, -2, -2], [12.0, 2, 2], (500, 3))
    assert np.abs(part.distance(points) - body.distance(points)).max() < 0.05
    off = np.abs(part.distance(points) - body.exact(points))
    assert off.max() < 0.16
    assert off.mean() < 0.01
    assert body.near(np.full(3, 50.0), np.full(3, 60.0)) is None


def test_sheet_is_negative_beyond_the_joint_and_positive_beside_it():
    x, y = np.meshgrid(np.arange(-4, 4.1, 0.5), np.arange(-4, 4.1, 0.5))
    sheet = Sheet(name="s", points=np.c_[x.ravel(), y.ravel(), 0 * x.ravel()], normal=np.array([0.0, 0, 1]))
    points = np.array([[0.0, 0, -2], [0, 0, 2], [9, 0, 1], [0, 0, 30]])
    value = sheet.exact(points)
    assert value[0] == pytest.approx(2.0)
    assert value[1] == pytest.approx(-2.0)
    assert value[2] > 0, "beside the joint is not through it"
    assert value[3] > 0, "far past the joint is no breach of it"


@pytest.mark.parametrize("seed", range(4))
def test_clearance_of_random_shafts_from_a_sphere_is_analytic(seed):
    """Least distance from a segment to a point is known in closed form; so is the shaft's clearance."""
    rng = np.random.default_rng(seed)
    center, size, radius, length = rng.uniform(-3, 3, 3), 2.5, 1.75, 14.0
    body = Body(name="ball", placed=Placed(surface=sphere(center, size), frame=HOME))
    for _ in range(25):
        entry = rng.uniform(-15, 15, 3)
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        along = np.clip((center - entry) @ direction, 2.0, length - radius)
        truth = np.linalg.norm(entry + along * direction - center) - size - radius
        got = exact_clearance(by_name([body]), entry, direction, length, radius)["ball"]
        assert got == pytest.approx(truth, abs=0.03)

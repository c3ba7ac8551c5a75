"""Pose: the same bone in any place, any orientation, damaged, coarse or noisy has the same frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.anatomy import understand
from planner.anatomy.pose import find_pose
from planner.anatomy.registration import rotations, turn_deg
from planner.errors import FrameError, InputError
from planner.geometry.axes import angle_deg
from planner.geometry.surface import Surface


def turned(surface, seed):
    rotation = Rotation.random(random_state=seed).as_matrix()
    return surface.mapped(rotation, np.random.default_rng(seed).uniform(-800, 800, 3)), rotation


def apart(pose, vertebra, rotation=None):
    """(L, S) angles between a pose and a vertebra's frame turned by ``rotation``."""
    rotation = np.eye(3) if rotation is None else rotation
    return (
        angle_deg(pose.frame.left, rotation @ vertebra.frame.left),
        angle_deg(pose.frame.superior, rotation @ vertebra.frame.superior),
    )


def test_rotations_cover_every_orientation():
    spread = rotations(500)
    assert np.allclose(np.linalg.det(spread), 1)
    for seed in range(20):
        assert turn_deg(spread, Rotation.random(random_state=seed).as_matrix()).min() < 40


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_any_orientation_gives_the_same_frame(reference, reference_surfaces, seed):
    for level in ("C2", "C5"):
        moved, rotation = turned(reference_surfaces[level], seed)
        left, up = apart(find_pose(moved, level, None), reference[level], rotation)
        assert left < 0.3
        assert up < 0.6


def test_where_a_bone_lies_does_not_matter(reference, reference_surfaces):
    far = reference_surfaces["C4"].mapped(np.eye(3), np.array([1400.0, -900.0, 2300.0]))
    assert max(apart(find_pose(far, "C4", np.eye(3)), reference["C4"])) < 0.5


@pytest.mark.parametrize("level", ["C3", "C5"])
def test_a_removed_arch_leaves_the_frame(reference, reference_surfaces, level):
    surface, frame = reference_surfaces[level], reference[level].frame
    middle = frame.to_local(surface.triangles.mean(axis=1))
    arch = (np.abs(middle[:, 0]) < 10) & (middle[:, 1] > 14)
    open_bone = Surface(vertices=surface.vertices, faces=surface.faces[~arch])
    assert 200 < arch.sum() < 0.5 * len(arch)
    left, up = apart(find_pose(open_bone, level, np.eye(3)), reference[level])
    assert left < 2.0
    assert up < 4.0


def test_a_lost_lateral_mass_leaves_the_frame(reference, reference_surfaces):
    surface, frame = reference_surfaces["C4"], reference["C4"].frame
    middle = frame.to_local(surface.triangles.mean(axis=1))
    lost = (middle[:, 0] > 10) & (middle[:, 1] > 6)
    left, up = apart(
        find_pose(Surface(vertices=surface.vertices, faces=surface.faces[~lost]), "C4", np.eye(3)), reference["C4"]
    )
    assert left < 3.0
    assert up < 4.0


@pytest.mark.parametrize(
    ("matrix", "question"),
    [
        (np.diag([-1.0, -1.0, 1.0]), "Front and back"),
        (np.diag([1.0, -1.0, 1.0]), "Front and back"),
        (np.diag([1.0, -1.0, -1.0]), "Head and foot"),
        (np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]), "axes contradict"),
    ],
)
def test_declared_axes_that_contradict_the_bones_are_a_question(reference_surfaces, matrix, question):
    wrong = {level: s.mapped(matrix) for level, s in reference_surfaces.items() if level in ("C3", "C4", "C5")}
    with pytest.raises(FrameError, match=question) as caught:
        understand(wrong)
    assert "--space" in caught.value.hint


def test_a_left_right_mirror_cannot_be_seen(reference_surfaces):
    mirrored = {
        level: s.mapped(np.diag([-1.0, 1.0, 1.0])) for level, s in reference_surfaces.items() if level in ("C3", "C4")
    }
    assert set(understand(mirrored)) == {"C3", "C4"}


def test_what_is_no_vertebra_is_refused():
    import trimesh

    box = trimesh.creation.box([40, 50, 20])
    surface = Surface(vertices=np.asarray(box.vertices), faces=np.asarray(box.faces, np.int64))
    with pytest.raises((InputError, FrameError)):
        understand({"C4": surface})

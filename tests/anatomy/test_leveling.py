"""Levelling: wherever a frame begins, it ends in the same place, and the band about the midline is enough."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from planner.anatomy.leveling import level_frame
from planner.anatomy.pose import find_pose
from planner.geometry.axes import Frame, angle_deg
from planner.geometry.surface import Surface


def begun_elsewhere(frame, pitch_deg, shift_mm):
    turn = Rotation.from_rotvec(np.radians(pitch_deg) * frame.left)
    origin = frame.origin + shift_mm * frame.posterior - shift_mm * frame.superior
    return Frame.from_axes(origin, frame.left, turn.apply(frame.superior))


@pytest.mark.parametrize("level", ["C2", "C4", "C6"])
def test_the_end_does_not_know_the_start(reference, reference_surfaces, level):
    frame = reference[level].frame
    ends = [
        level_frame(reference_surfaces[level], level, begun_elsewhere(frame, pitch, shift), to_rest=True).frame
        for pitch, shift in ((-6.0, 1.0), (0.0, 0.0), (5.0, -1.0))
    ]
    for end in ends:
        assert angle_deg(end.superior, frame.superior) < 0.3
        assert np.linalg.norm(end.origin - frame.origin) < 0.2
        assert end.left @ frame.left == pytest.approx(1.0)


def test_a_frame_far_from_the_body_is_kept(reference, reference_surfaces):
    frame = reference["C4"].frame
    away = Frame.from_axes(frame.origin + 80.0 * frame.superior, frame.left, frame.superior)
    leveled = level_frame(reference_surfaces["C4"], "C4", away)
    assert not leveled.found
    assert np.array_equal(leveled.frame.origin, away.origin)


@pytest.mark.parametrize(("level", "plate", "rise"), [("C4", "superior", 2.0), ("C2", "inferior", -2.0)])
def test_a_ball_on_an_endplate_is_seen_and_left_out(reference, reference_surfaces, level, plate, rise):
    import trimesh

    surface, vertebra = reference_surfaces[level], reference[level]
    ball = trimesh.creation.icosphere(3, 5.0)
    frame = vertebra.frame
    ball.apply_translation(
        vertebra.landmarks[f"{plate}_endplate_center"].xyz + 4.0 * frame.left + rise * frame.superior
    )
    joined = trimesh.boolean.union([surface.trimesh(), ball], engine="manifold")
    grown = Surface(vertices=np.asarray(joined.vertices), faces=np.asarray(joined.faces, np.int64))
    found, healthy = find_pose(grown, level, np.eye(3)), find_pose(surface, level, np.eye(3))
    assert angle_deg(found.frame.superior, frame.superior) < 1.5
    assert found.quality.confidence < 0.85 * healthy.quality.confidence
    assert any(f"{plate} endplate" in note for note in found.quality.notes)
    assert healthy.quality.notes == ()

"""What the neighbours settle: a bone read upside down, two readings that differ, and when somebody must look."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.column import neighbours_axes, settle_column
from planner.anatomy.pose import find_pose
from planner.anatomy.registration import turn_deg
from planner.errors import FrameError
from planner.geometry.axes import Frame

LEVELS = ("C3", "C4", "C5", "C6")


@pytest.fixture(scope="module")
def surfaces(reference_surfaces):
    return {level: reference_surfaces[level] for level in LEVELS}


@pytest.fixture(scope="module")
def poses(surfaces):
    return {level: find_pose(surface, level, np.eye(3)) for level, surface in surfaces.items()}


def turned(frame, left, superior):
    return Frame.from_axes(frame.origin, left, superior)


def settled(surfaces, poses):
    with ThreadPoolExecutor(2) as pool:
        return settle_column(surfaces, poses, pool)


def test_a_sound_column_is_left_alone(surfaces, poses):
    found = settled(surfaces, poses)
    assert all(found[level] is poses[level] for level in LEVELS)


def test_a_bone_read_upside_down_is_turned_back(surfaces, poses):
    wrong = turned(poses["C4"].frame, -poses["C4"].frame.left, -poses["C4"].frame.superior)
    found = settled(surfaces, {**poses, "C4": replace(poses["C4"], frame=wrong, second=None)})
    assert turn_deg(found["C4"].frame.axes, poses["C4"].frame.axes) < 1.0


def test_the_usual_axes_are_the_neighbours(poses):
    assert turn_deg(neighbours_axes(poses, "C4"), poses["C4"].frame.axes) < 25.0
    assert neighbours_axes({"C4": poses["C4"], "C5": poses["C5"]}, "C4") is None


def test_two_readings_that_nobody_settles_are_a_question(surfaces, poses, monkeypatch):
    frame = poses["C4"].frame
    other = turned(frame, frame.left + 0.3 * frame.posterior, frame.superior)
    torn = replace(poses["C4"], second=other)
    monkeypatch.setattr("planner.anatomy.column.find_pose", lambda *_, **__: torn)
    with pytest.raises(FrameError, match="C4's pose differ by 17 degrees"):
        settled(surfaces, {**poses, "C4": torn})
    # A second reading far from all neighbours is itself the strange one.
    strange = replace(torn, second=turned(frame, -frame.left, -frame.superior))
    monkeypatch.setattr("planner.anatomy.column.find_pose", lambda *_, **__: strange)
    found = settled(surfaces, {**poses, "C4": strange})
    assert found["C4"].second is None
    assert found["C4"].quality.confidence < poses["C4"].quality.confidence

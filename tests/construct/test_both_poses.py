from dataclasses import replace

import numpy as np
import pytest

from planner.construct import graded_in_both_poses
from planner.construct.plan import Reduction, RigidMotion
from planner.construct.reduction import unmoved
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.trajectory import Trajectory


def moving(column, shift):
    """C3 moved by ``shift`` against C4; a closer C3 is a smaller clearance for C4's screws."""
    motions = {level: RigidMotion.identity() for level in column}
    motions["C3"] = RigidMotion(rotation=np.eye(3), translation=np.asarray(shift, float))
    return Reduction(segment="C3-C4", reason="", motions=motions, before={}, after={})


def anchored(column, level, clearance):
    """The left side of a level with a Magerl screw whose clearance from the neighbours is as told."""
    entry = column[level].landmarks["lateral_mass_center_left"].xyz
    direction = np.array([0.4, -1.0, 0.5])
    path = Trajectory(entry=entry, direction=direction / np.linalg.norm(direction), length_mm=14.0)
    chosen = Candidate(
        anchor="lateral_mass", technique="magerl", status=AnchorStatus.PLANNED, reason="", trajectory=path,
        angles=None, entry_offset=None, screw=Screw(diameter_mm=3.5, length_mm=14.0, family="polyaxial 3.5"),
        purchase_mm=12.0, cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={"neighbours": clearance},
        breach=None, grade="",
        certificate=None,
    )  # fmt: skip
    return Fixation(
        level=level,
        side="left",
        status=AnchorStatus.PLANNED,
        reason="",
        chosen=chosen,
        alternatives=(),
        unseen=(),
    )


@pytest.fixture
def column(blocks):
    return blocks.column(("C3", "C4"))


def exact(column, path, upper_shift):
    depths = np.linspace(2.0, 14.0 - 1.75, 500)
    points = path.entry + depths[:, None] * path.direction
    return -column["C3"].surface.signed_distance(points - upper_shift).max() - 1.75


def test_without_a_reduction_nothing_changes(column):
    given = (anchored(column, "C4", 3.0),)
    assert graded_in_both_poses(column, unmoved(column, "none"), given) == given


def test_the_lesser_of_both_poses_counts(column):
    shift = np.array([0.0, 0.0, -2.0])
    far = anchored(column, "C4", 50.0)
    near = anchored(column, "C4", -9.0)
    graded = graded_in_both_poses(column, moving(column, shift), (far, near))
    truth = exact(column, far.chosen.trajectory, shift)
    assert graded[0].chosen is None or graded[0].chosen.clearance_mm["neighbours"] == pytest.approx(truth, abs=0.05)
    assert graded[1] == near, "the scan pose is the worse one"


def test_an_anchor_the_moved_neighbour_meets_gives_way(column):
    path = anchored(column, "C4", 50.0).chosen.trajectory
    # C3 is put where the screw runs.
    middle = column["C3"].surface.center
    shift = path.entry + 6.0 * path.direction - middle
    for direction in ([0, 0, 0], [0, 8.0, 0], [14.0, 12.0, 0]):
        if exact(column, path, shift + direction) < -0.5:
            break
    given = anchored(column, "C4", 50.0)
    kept = replace(given.chosen, clearance_mm={"neighbours": -30.0}, technique="an")
    alone, beside = graded_in_both_poses(
        column, moving(column, shift + direction), (given, replace(given, alternatives=(kept,)))
    )
    assert alone.chosen is None
    assert alone.status is AnchorStatus.REJECTED
    assert "after the reduction, neighbours clearance" in alone.reason
    assert beside.chosen.technique == "an"
    assert beside.alternatives[-1].status is AnchorStatus.REJECTED

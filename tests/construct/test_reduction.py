from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment import assess
from planner.assessment.finding import Assessment
from planner.assessment.segment import motion_segment
from planner.construct.motion import moved_vertebra, partial
from planner.construct.passage import passage_mm2
from planner.construct.plan import RigidMotion
from planner.construct.reduction import curve_deg, penetration_mm, plan_reduction
from planner.construct.rules import rule

NOTHING = Assessment(measurements=(), findings=(), segments=())

FORWARD_AND_UP = np.array([0.0, -8.0, 8.0])


def slipped(blocks, shift=FORWARD_AND_UP):
    """C2 and C3 slipped together on C4: facets of C3-C4 perched."""
    return blocks.column(("C2", "C3", "C4", "C5"), {"C2": shift, "C3": shift})


def test_an_aligned_column_is_left_alone(blocks):
    column = blocks.column(("C3", "C4", "C5"))
    reduction = plan_reduction(column, assess(column))
    assert (reduction.segment, reduction.reason) == ("", "no instability measured")
    assert all(np.allclose(m.rotation, np.eye(3)) and not m.translation.any() for m in reduction.motions.values())


def test_a_perched_slip_is_brought_back(blocks):
    column = slipped(blocks)
    reduction = plan_reduction(column, assess(column))
    assert reduction.segment == "C3-C4"
    assert reduction.before["listhesis_mm"] == pytest.approx(8.0, abs=0.1)
    assert reduction.before["facet_overlap_left_percent"] == 0.0
    assert abs(reduction.after["listhesis_mm"]) < 0.5
    assert reduction.after["facet_overlap_left_percent"] > 80


def test_everything_above_moves_and_nothing_below(blocks):
    motions = plan_reduction(column := slipped(blocks), assess(column)).motions
    assert np.allclose(motions["C2"].translation, motions["C3"].translation)
    for level in ("C4", "C5"):
        assert not motions[level].translation.any()


def test_the_reduced_bones_do_not_interpenetrate(blocks):
    column = slipped(blocks)
    motion = plan_reduction(column, assess(column)).motions["C3"]
    assert penetration_mm(column["C3"], column["C4"], motion) <= 0.21


def test_a_blocked_reduction_stops_short_and_says_so(blocks):
    """A block of bone behind the slipped body keeps it from coming all the way back."""
    wall = blocks.bone() + blocks.block([-4, 1.5, 5], [4, 5.5, 17])
    column = blocks.column(("C3", "C4", "C5"), {"C3": FORWARD_AND_UP}, C4={"solid": wall})
    reduction = plan_reduction(column, assess(column), "C3-C4")
    assert (
        "blocked by bone contact" in reduction.reason
        or "touch" in reduction.reason
        or abs(reduction.after["listhesis_mm"]) < 0.5
    )
    assert penetration_mm(column["C3"], column["C4"], reduction.motions["C3"]) <= 0.21 + penetration_mm(
        column["C3"], column["C4"], RigidMotion.identity()
    )


def test_none_plans_in_situ(blocks):
    column = slipped(blocks)
    assert plan_reduction(column, assess(column), "none").reason == "in situ, as asked"


def test_a_segment_that_is_not_there_moves_nothing(blocks):
    column = blocks.column(("C3", "C4"))
    assert plan_reduction(column, assess(column), "C5-C6").segment == ""


def test_one_side_absent_still_reduces(blocks):
    column = blocks.column(
        ("C2", "C3", "C4", "C5"),
        {"C2": FORWARD_AND_UP, "C3": FORWARD_AND_UP},
        C3={"missing": ("inferior_left",)},
    )
    reduction = plan_reduction(column, assess(column))
    assert abs(reduction.after["listhesis_mm"]) < 0.5
    assert reduction.after["facet_overlap_right_percent"] > 80
    assert np.isnan(reduction.after["facet_overlap_left_percent"])


def test_a_moved_vertebra_moves_as_one(blocks):
    vertebra = blocks.vertebra("C4")
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    moved = moved_vertebra(vertebra, RigidMotion(rotation=turn, translation=np.array([1.0, 2, 3])))
    for name, mark in vertebra.landmarks.items():
        assert np.allclose(moved.frame.to_local(moved.landmarks[name].xyz), vertebra.frame.to_local(mark.xyz))
    assert moved.surface.volume_mm3 == pytest.approx(vertebra.surface.volume_mm3)


def test_shares_of_a_motion(blocks):
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    motion, about = RigidMotion(rotation=turn, translation=np.array([3.0, 0, 1])), np.array([5.0, 5, 5])
    assert np.allclose(partial(motion, 1.0, about)(about), motion(about))
    assert np.allclose(partial(motion, 0.0, about)(about + 1), about + 1)
    assert np.allclose(partial(motion, 0.5, about)(about), (motion(about) + about) / 2)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75])
def test_a_part_of_the_reduction_goes_that_part_of_the_way(blocks, share):
    column = slipped(blocks)
    assessment = assess(column)
    whole = plan_reduction(column, assessment)
    part = plan_reduction(column, assessment, share=share)
    assert part.share == pytest.approx(share)
    start, end = column["C3"].frame.origin, whole.motions["C3"](column["C3"].frame.origin)
    assert np.allclose(part.motions["C3"](start), start + share / whole.share * (end - start), atol=1e-6)
    assert f"{100 * share:.0f} % of the reduction, as asked" in part.reason
    assert whole.after["passage_mm2"] > whole.before["passage_mm2"]


@settings(max_examples=6, deadline=None)
@given(back=st.floats(-9.0, -4.0), up=st.floats(2.0, 9.0), aside=st.floats(-2.0, 2.0), share=st.floats(0.3, 1.0))
def test_no_reduction_pushes_bones_deeper_into_each_other(blocks, back, up, aside, share):
    """Held against a denser sampling than the planner's own, from the moved meshes."""
    shift = np.array([aside, back, up])
    column = slipped(blocks, shift)
    column_segments = replace(NOTHING, segments=(motion_segment(column["C3"], column["C4"]),))
    reduction = plan_reduction(column, column_segments, "C3-C4", share)
    moved = column["C3"].surface.mapped(reduction.motions["C3"].rotation, reduction.motions["C3"].translation)

    def deep(upper):
        down, back = upper.sampled(6000, seed=3)[0], column["C4"].surface.sampled(6000, seed=4)[0]
        return max(0.0, column["C4"].surface.signed_distance(down).max(), upper.signed_distance(back).max())

    assert deep(moved) <= max(rule("contact_mm"), deep(column["C3"].surface)) + 0.15


def test_the_passage_is_what_both_rings_leave_open(blocks):
    """Two canals of 22 x 14 mm, one 5 mm forward of the other."""
    column = blocks.column(("C3", "C4"), {"C3": np.array([0.0, -5.0, 0.0])})
    assert passage_mm2(column["C3"], column["C4"]) == pytest.approx(22 * 9.0)
    assert passage_mm2(column["C4"], column["C4"]) == pytest.approx(22 * 14.0)


def test_lordosis_follows_the_motion(blocks):
    levels = ("C2", "C3", "C4", "C5", "C6")
    column = blocks.column(levels)
    still = {level: RigidMotion.identity() for level in levels}
    assert curve_deg(column, still) == pytest.approx(0.0, abs=1e-6)
    angle = np.radians(8)
    back = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
    above = RigidMotion(rotation=back, translation=np.zeros(3))
    assert curve_deg(column, still | {"C2": above, "C3": above}) == pytest.approx(8.0, abs=0.01)

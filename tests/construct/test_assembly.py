import numpy as np
import pytest

from planner.assessment import assess
from planner.construct import plan_construct
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.trajectory import Trajectory


def fixation(vertebra, side, skipped=False):
    chosen = None
    if not skipped:
        entry = vertebra.landmarks[f"lateral_mass_center_{side}"].xyz
        direction = np.array([0.4 * SIGN[side], -1.0, 0.5])
        path = Trajectory(entry=entry, direction=direction / np.linalg.norm(direction), length_mm=14.0)
        chosen = Candidate(
            anchor="lateral_mass", technique="magerl", status=AnchorStatus.PLANNED, reason="", trajectory=path,
            angles=None, entry_offset=None, screw=Screw(diameter_mm=3.5, length_mm=14.0, family="polyaxial 3.5"),
            purchase_mm=12.0, cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="",
            certificate=None,
        )  # fmt: skip
    status = AnchorStatus.SKIPPED if skipped else AnchorStatus.PLANNED
    return Fixation(
        level=vertebra.level, side=side, status=status, reason="", chosen=chosen, alternatives=(), unseen=()
    )


def source_case(blocks, shift=(0.0, -8.0, 8.0)):
    shift = np.array(shift)
    column = blocks.column(("C2", "C3", "C4", "C5", "C6"), {"C2": shift, "C3": shift})
    fixations = [
        fixation(vertebra, side, skipped=side == "left" and level in ("C3", "C4"))
        for level, vertebra in column.items()
        for side in SIDES
    ]
    return column, fixations


def test_rods_and_conflict_of_a_side_with_two_skipped_levels(blocks):
    column, fixations = source_case(blocks)
    construct = plan_construct(column, assess(column), fixations)
    assert {rod.side: rod.levels for rod in construct.rods} == {
        "left": ("C2", "C5", "C6"),
        "right": ("C2", "C3", "C4", "C5", "C6"),
    }
    spans = [c for c in construct.conflicts if c.code == "rod.span"]
    assert [(c.side, c.levels) for c in spans] == [("left", ("C3", "C4"))]
    assert construct.reduction.segment == "C3-C4"


def test_heads_are_in_planned_pose(blocks):
    """Reduced, the heads of C2 and C3 come back in line; in situ they stand where they are."""
    column, fixations = source_case(blocks)
    assessment = assess(column)
    reduced = plan_construct(column, assessment, fixations).rods[1].heads
    in_situ = plan_construct(column, assessment, fixations, reduce="none").rods[1].heads
    assert abs(reduced[1].center[1] - reduced[2].center[1]) < 3.5
    assert in_situ[2].center[1] - in_situ[1].center[1] > 4.5


def test_bill_of_materials_counts_every_screw(blocks):
    column, fixations = source_case(blocks)
    bill = plan_construct(column, assess(column), fixations).bill_of_materials
    assert {item.item: item.quantity for item in bill if "screw" in item.item} == {
        "polyaxial 3.5 screw 3.5 x 14 mm": 8,
        "set screw": 8,
    }
    assert sum(item.quantity for item in bill if item.item.startswith("rod")) == 2


def test_no_anchors_no_rods(blocks):
    column = blocks.column()
    fixations = [fixation(v, side, skipped=True) for v in column.values() for side in SIDES]
    construct = plan_construct(column, assess(column), fixations)
    assert construct.rods == ()
    assert construct.bill_of_materials == ()


def test_lordosis_keeps_its_sign(blocks):
    from planner.construct.assembly import lordosis_deg
    from planner.construct.motion import moved_vertebra
    from planner.construct.plan import RigidMotion

    column = blocks.column(("C3", "C4"))
    still = {level: RigidMotion.identity() for level in column}
    assert lordosis_deg(column, still, ("C3", "C4")) == pytest.approx(0.0, abs=1e-6)
    angle = np.radians(10)
    # Tilts the head of the upper vertebra backwards.
    back = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
    tilted = {
        **column,
        "C3": moved_vertebra(column["C3"], RigidMotion(rotation=back, translation=np.zeros(3))),
    }
    assert lordosis_deg(tilted, still, ("C3", "C4")) == pytest.approx(10.0, abs=0.01)


def test_ends_are_told_from_the_table_and_beside_an_unstable_segment(blocks):
    column, fixations = source_case(blocks)
    assessment = assess(column)
    ends = plan_construct(column, assessment, fixations).ends
    assert [(e.end, e.level) for e in ends] == [("lower", "C6")]
    assert all(e.source for e in ends)
    short = [f for f in fixations if f.level in ("C2", "C3")]
    told = plan_construct(column, assessment, short).ends
    assert any(e.level == "C3" and "beside the unstable segment C3-C4" in e.text for e in told)
    assert plan_construct(column, assessment, []).ends == ()


def test_conflicts_and_changes_found_before_are_kept(blocks):
    from planner.construct.plan import Conflict

    column, fixations = source_case(blocks)
    before = Conflict(code="cut.anchor", side="left", levels=("C3",), text="x", options=(), source="proposal")
    construct = plan_construct(column, assess(column), fixations, conflicts=[before], changes=["y"])
    assert construct.conflicts[0] is before
    assert construct.changes == ("y",)

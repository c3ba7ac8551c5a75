"""Screws graded again on the bone that is left; a cut onto an anchor's bone is a conflict."""

from dataclasses import replace

import numpy as np
import pytest

from planner.assessment.finding import Assessment
from planner.decompression import graded_on_bone_left, plan_decompression
from planner.decompression.bone_left import gap_mm
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.trajectory import Trajectory

NOTHING = Assessment(measurements=(), findings=(), segments=())


def screw(vertebra, entry, direction, anchor="lateral_mass", length=14.0, purchase=13.0, technique="magerl"):
    path = Trajectory(
        entry=vertebra.frame.to_world(np.array(entry, float)), direction=np.array(direction, float), length_mm=length
    )
    return Candidate(
        anchor=anchor, technique=technique, status=AnchorStatus.PLANNED, reason="x", trajectory=path, angles=None,
        entry_offset=None, screw=Screw(diameter_mm=2.0, length_mm=length, family="x"), purchase_mm=purchase,
        cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="", certificate=None,
    )  # fmt: skip


def fixed(vertebra, chosen, *others, side="left"):
    return Fixation(
        level=vertebra.level, side=side, status=chosen.status, reason="x", chosen=chosen, alternatives=others, unseen=()
    )


@pytest.fixture
def cut(blocks):
    column = blocks.column()
    return column, plan_decompression(column, NOTHING, (), decompress="C3-C4")


def test_a_screw_away_from_the_cut_keeps_everything(cut):
    column, taken = cut
    far = fixed(column["C3"], screw(column["C3"], [17, 25, 0], [0, -1, 0]))
    other = fixed(column["C5"], screw(column["C5"], [0, 38, 0], [0, -1, 0]))
    after, conflicts = graded_on_bone_left(column, NOTHING, taken, (far, other))
    assert after == (far, other)
    assert conflicts == ()


def test_a_screw_in_the_lamina_that_goes_is_told_and_gives_way(cut):
    column, taken = cut
    lamina = screw(column["C3"], [8, 23.5, 0], [-1, 0, 0], "translaminar", technique="translaminar")
    mass = screw(column["C3"], [17, 25, 0], [0, -1, 0])
    after, conflicts = graded_on_bone_left(column, NOTHING, taken, (fixed(column["C3"], lamina, mass),))
    assert after[0].chosen.technique == "magerl"
    assert after[0].alternatives[-1].purchase_mm < 1.0
    assert after[0].alternatives[-1].status is AnchorStatus.REJECTED
    assert [c.code for c in conflicts] == ["cut.anchor"]
    assert "takes its place" in conflicts[0].text
    alone, told = graded_on_bone_left(column, NOTHING, taken, (fixed(column["C3"], lamina),))
    assert alone[0].chosen is None
    assert alone[0].status is AnchorStatus.REJECTED
    assert "no other anchor holds there" in told[0].text


def test_the_purchase_left_is_the_length_of_shaft_outside_the_trough(cut):
    """Along the lamina from l = 12 inwards: bone goes up to the trough's edge at its half width."""
    column, taken = cut
    along = screw(column["C4"], [12, 23.5, 0], [-1, 0, 0], length=11.0, purchase=11.0)
    after, conflicts = graded_on_bone_left(column, NOTHING, taken, (fixed(column["C4"], along),))
    edge = taken[1].width_mm / 2
    found = after[0].alternatives[0] if after[0].chosen is None else after[0].chosen
    assert found.purchase_mm == pytest.approx(12 - edge, abs=0.3)
    assert "takes" in conflicts[0].text


def test_a_cut_beside_a_screw_is_named_though_nothing_is_lost(cut):
    column, taken = cut
    edge = taken[1].width_mm / 2
    beside = screw(column["C4"], [edge + 1.2, 25, 0], [0, -1, 0], length=3.0, purchase=3.0)
    (after,), conflicts = graded_on_bone_left(column, NOTHING, taken, (fixed(column["C4"], beside),))
    assert after.chosen.purchase_mm == 3.0
    assert 0 < gap_mm(taken[1].removed, beside) < 0.5
    assert "comes within 0.2 mm" in conflicts[0].text
    further = screw(column["C4"], [edge + 1.8, 25, 0], [0, -1, 0], length=3.0, purchase=3.0)
    assert graded_on_bone_left(column, NOTHING, taken, (fixed(column["C4"], further),))[1] == ()


def test_nothing_is_graded_where_the_bone_was_not_cut_exactly(cut):
    column, taken = cut
    lamina = fixed(column["C3"], screw(column["C3"], [8, 23.5, 0], [-1, 0, 0], "translaminar"))
    open_ones = [replace(d, left=None) for d in taken]
    assert graded_on_bone_left(column, NOTHING, open_ones, (lamina,))[0] == (lamina,)

"""A hand's acts on a screw: where it goes, what is graded, what is refused, what undo gives back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fixation_blocks import box
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.editing.hand import (
    another,
    begin,
    construct_of,
    lengthened,
    restored,
    shifted,
    taken,
    thickened,
    tilted,
    undone,
)
from planner.fixation.follow import regrade
from planner.geometry.axes import angle_deg
from planner.reference.techniques import technique_at


def path(editing):
    return editing.here.chosen.trajectory


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("left", "up"), [(0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)])
def test_the_entry_goes_towards_the_patients_directions_and_stays_on_the_bone(bench, side, left, up):
    start = begin(bench, ("C4", side))
    moved = shifted(start, left, up)
    step = path(moved).entry - path(start).entry
    assert step @ [left, 0, up] / np.linalg.norm(step) / 0.5 > 0.9
    assert np.linalg.norm(step) == pytest.approx(0.5, abs=0.05)
    bone = bench.vertebrae["C4"].surface
    assert bone.closest(path(moved).entry[None])[0][0] < 1e-6
    assert angle_deg(path(moved).direction, path(start).direction) < 1e-6


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_tip_goes_towards_the_patients_directions_and_the_entry_stays(bench, side):
    start = begin(bench, ("C4", side))
    assert (path(tilted(start, 3.0, 0.0)).tip - path(start).tip)[0] > 0.3
    assert (path(tilted(start, 0.0, 3.0)).tip - path(start).tip)[2] > 0.3
    assert path(tilted(start, 3.0, 3.0)).entry is path(start).entry


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([shifted, tilted]), st.sampled_from([-0.7, 0.0, 0.7]),
                          st.sampled_from([-0.4, 0.6])), min_size=1, max_size=3))  # fmt: skip
def test_numbers_of_a_moved_screw_are_the_engines(bench, acts):
    held = begin(bench, ("C4", "right"))
    for act, left, up in acts:
        held = act(held, left, up)
    screw = held.here.chosen
    asked = regrade(bench.sides["C4", "right"], technique_at(screw.technique, "C4"), screw.trajectory, 3.5, 1024)
    assert screw.clearance_mm == asked.clearance_mm
    assert screw.breach == asked.breach
    assert screw.purchase_mm == asked.purchase_mm
    assert screw.status == asked.verdict.status or screw.tip_to_far_cortex_mm < 0
    turn = path(held).angles_in(bench.vertebrae["C4"].frame, "right")
    assert (screw.angles.lateral_deg, screw.angles.cephalad_deg) == pytest.approx(turn)


def test_a_thicker_screw_has_a_quarter_of_a_millimetre_less_room(bench):
    start = begin(bench, ("C4", "right"))
    thick = thickened(start, 1).here.chosen
    assert (thick.screw.diameter_mm, thick.screw.family) == (4.0, "polyaxial 4.0")
    lost = start.here.chosen.clearance_mm["canal"] - thick.clearance_mm["canal"]
    # Its axis ends a quarter of a millimetre sooner too, which can only give room back.
    assert 0.0 <= lost <= 0.25 + 2e-3
    assert thickened(thickened(start, 1), 1).word == "the catalogue has no thicker screw"


def test_lengths_are_those_of_the_catalogue(bench):
    held = begin(bench, ("C4", "right"))
    first = path(held).length_mm
    assert path(lengthened(held, 1)).length_mm == first + 2.0
    while not held.word:
        held = lengthened(held, -1)
    assert path(held).length_mm == 8.0
    assert held.here.status == "rejected"
    assert "purchase" in held.here.reason


def test_no_thread_holds_in_bone_that_the_decompression_takes(bench):
    """The rear 4 mm of the right mass of C4 come off: what enters through them loses that much purchase."""
    start = begin(bench, ("C4", "right"))
    taken_off = box([-25.0, 16.0, -8.0], [-11.0, 21.0, 8.0])
    whole = tilted(start, 0.5, 0.0).here.chosen
    left = tilted(begin(replace(bench, removed={"C4": taken_off}), ("C4", "right")), 0.5, 0.0).here.chosen
    along = abs(whole.trajectory.direction[1])
    assert whole.purchase_mm - left.purchase_mm == pytest.approx(4.0 / along, abs=0.6)
    assert "after the decompression" in left.reason
    assert left.status != "planned"
    beside = box([11.0, 16.0, -8.0], [25.0, 21.0, 8.0])
    away = tilted(begin(replace(bench, removed={"C4": beside}), ("C4", "right")), 0.5, 0.0).here.chosen
    assert (away.purchase_mm, away.status, away.reason) == (whole.purchase_mm, whole.status, whole.reason)


def test_a_tip_past_the_far_cortex_is_never_better_than_caution(bench):
    held = begin(bench, ("C4", "right"))
    while held.here.chosen.tip_to_far_cortex_mm >= 0:
        assert held.here.status == "planned"
        assert held.here.chosen.cortex == "unicortical"
        held = lengthened(held, 1)
        assert not held.word
    assert held.here.status in ("caution", "rejected")
    assert held.here.chosen.cortex == "bicortical"
    assert "past the far cortex" in held.here.reason


def test_undo_goes_back_step_by_step_to_the_proposal(bench):
    start = begin(bench, ("C4", "right"))
    held = tilted(taken(shifted(start, 0.5, 0.0), ("C4", "left")), 1.0, 0.0)
    assert held.edited == (("C4", "left"), ("C4", "right"))
    back = undone(held)
    assert back.edited == (("C4", "right"),)
    back = undone(back)
    assert back.at == ("C4", "right")
    assert back.fixations == start.fixations
    assert undone(back).word == "there is nothing to undo"


def test_a_side_goes_back_to_its_proposal_and_that_too_can_be_undone(bench):
    moved = shifted(begin(bench, ("C4", "right")), 0.5, 0.0)
    back = restored(moved)
    assert back.edited == ()
    assert undone(back).edited == (("C4", "right"),)
    assert restored(back).word


def test_what_cannot_be_done_changes_nothing_and_says_why(bench):
    empty = begin(bench, ("C5", "left"))
    for act in (lambda e: shifted(e, 0.5, 0.0), lambda e: tilted(e, 1.0, 0.0), lambda e: lengthened(e, 1)):
        refused = act(empty)
        assert refused.fixations == empty.fixations
        assert refused.word == "there is no screw on this side"
    assert another(empty).word
    graze = tilted(begin(bench, ("C4", "right")), -120.0, 0.0)
    assert "graze" in graze.word
    assert graze.edited == ()


def test_an_entry_does_not_leave_the_face_it_can_be_drilled_from(bench):
    held = begin(bench, ("C4", "right"))
    for _ in range(60):
        held = shifted(held, -1.0, 0.0)
        if held.word:
            break
    assert held.word
    outwards = bench.vertebrae["C4"].surface
    normal = outwards.face_normals[outwards.closest(path(held).entry[None])[2][0]]
    assert normal @ path(held).direction < -0.1 + 1e-9


def test_the_rod_follows_the_screw(bench):
    start = begin(bench, ("C4", "right"))
    before, after = construct_of(start), construct_of(shifted(start, 1.0, 0.0))
    (old,), (new,) = before.rods, after.rods
    assert old.side == new.side == "right"
    assert new.heads[0].center[0] - old.heads[0].center[0] > 0.5


def test_an_alternative_takes_the_place_of_the_proposal(bench):
    start = begin(bench, ("C4", "right"))
    other = another(start)
    assert other.here.chosen.technique != start.here.chosen.technique
    assert other.here.chosen in bench.proposal["C4", "right"].alternatives

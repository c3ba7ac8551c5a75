"""Anchors chosen for the best rod: only where a conflict is solved, never at the price of a status."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.construct.conflicts import bend, heads
from planner.construct.plan import Reduction, RigidMotion
from planner.construct.rod import bend_rod
from planner.construct.seating import seated
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.trajectory import Trajectory

LEVELS = ("C2", "C3", "C4", "C5", "C6")
STILL = Reduction(
    segment="", reason="", motions={level: RigidMotion.identity() for level in LEVELS}, before={}, after={}
)


def candidate(level, aside=0.0, up=0.0, technique="first", status=AnchorStatus.PLANNED, direction=(0, -1.0, 0)):
    entry = np.array([18.0 + aside, 25.0, -14.0 * LEVELS.index(level) + up])
    return Candidate(
        anchor="lateral_mass", technique=technique, status=status, reason=technique,
        trajectory=Trajectory(entry=entry, direction=np.asarray(direction, float), length_mm=14.0), angles=None,
        entry_offset=None, screw=Screw(diameter_mm=3.5, length_mm=14.0, family="x"), purchase_mm=12.0,
        cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="", certificate=None,
    )  # fmt: skip


def side(chosen):
    """The left side with one or more candidates a level, the first of each chosen."""
    return tuple(
        Fixation(
            level=level, side="left", status=own[0].status, reason=own[0].reason, chosen=own[0],
            alternatives=tuple(own[1:]), unseen=(),
        )
        for level, own in chosen.items()
    )  # fmt: skip


def count(fixations):
    rod = bend_rod("left", [f.level for f in fixations], [f.chosen.trajectory for f in fixations])
    return len([*heads(rod), *bend(rod)])


def column(**changed):
    return side({level: changed.get(level, [candidate(level)]) for level in LEVELS})


def test_a_row_without_conflict_stays_as_it_is():
    given_ = column(C4=[candidate("C4"), candidate("C4", aside=0.5, technique="other")])
    assert seated({}, STILL, given_) == (given_, ())


def test_heads_too_close_are_solved_by_another_technique_and_told():
    close = [candidate("C3", up=5.0), candidate("C3", technique="other")]
    given_ = column(C3=close)
    assert count(given_) > 0
    settled, changes = seated({}, STILL, given_)
    assert settled[1].chosen.technique == "other"
    assert settled[1].alternatives[0].technique == "first"
    assert count(settled) == 0
    (change,) = changes
    assert change.startswith("C3 left: lateral mass (other) in place of lateral mass (first), because left heads of C2")


def test_a_head_outside_its_cone_is_solved_too():
    steep = candidate("C4", direction=(0, -0.5, 0.866))
    settled, changes = seated({}, STILL, column(C4=[steep, candidate("C4", technique="other")]))
    assert settled[2].chosen.technique == "other"
    assert "cone" in changes[0]


def test_no_status_gets_worse_for_the_rod():
    worse = candidate("C3", technique="other", status=AnchorStatus.CAUTION)
    given_ = column(C3=[candidate("C3", up=5.0), worse])
    assert seated({}, STILL, given_) == (given_, ())


def test_two_levels_changed_together_where_neither_alone_helps():
    """C3 and C4 both stand 5 mm aside of the row, to opposite sides; each has a choice in the row."""
    given_ = column(
        C3=[candidate("C3", aside=6.0), candidate("C3", technique="other")],
        C4=[candidate("C4", aside=-6.0), candidate("C4", technique="other")],
    )
    settled, changes = seated({}, STILL, given_)
    assert count(given_) > 0
    assert count(settled) == 0
    assert changes


@settings(max_examples=12, deadline=None)
@given(
    ups=st.lists(st.floats(-6, 6), min_size=10, max_size=10),
    asides=st.lists(st.floats(-4, 4), min_size=10, max_size=10),
)
def test_never_more_conflicts_than_before_and_every_change_is_told(ups, asides):
    given_ = side({
        level: [
            candidate(level, a, u, t) for a, u, t in zip(asides[k::5], ups[k::5], ("first", "other"), strict=True)
        ]
        for k, level in enumerate(LEVELS)
    })  # fmt: skip
    settled, changes = seated({}, STILL, given_)
    changed = [a.level for a, b in zip(given_, settled, strict=True) if a.chosen is not b.chosen]
    assert [c.split(" ")[0] for c in changes] == changed
    assert count(settled) < count(given_) if changed else settled == given_


def test_a_side_told_to_hold_one_technique_is_left_alone():
    given_ = column(C3=[candidate("C3", up=5.0)])
    assert seated({}, STILL, given_)[0] == given_


@pytest.mark.parametrize("which", ["left", "right"])
def test_sides_do_not_mix(which):
    close = [candidate("C3", up=5.0), candidate("C3", technique="other")]
    moved = tuple(replace(f, side=which) for f in column(C3=close))
    settled, _ = seated({}, STILL, moved)
    assert {f.side for f in settled} == {which}
    assert settled[1].chosen.technique == "other"

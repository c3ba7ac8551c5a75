"""The bending guide: bent as it says, a straight rod passes every head."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.construct.bending import bending_guide
from planner.construct.rod import bend_rod
from planner.construct.rules import rule
from planner.geometry.axes import SIGN, unit
from planner.geometry.trajectory import Trajectory

LEFT = np.array([1.0, 0.0, 0.0])
LEVELS = ("C2", "C3", "C4", "C5", "C6")
OVERHANG = 4.5


def line(back=(0, 0, 0, 0, 0), aside=(0, 0, 0, 0, 0)):
    return np.array([[18.0 + a, 25.0 + b, -14.0 * k] for k, (a, b) in enumerate(zip(aside, back, strict=True))])


def bent(side, slots, bends):
    """Walk the guide: straight ahead, and at each place turn by the two angles about the axes of the rod as it lies."""
    direction = unit(slots[1] - slots[0])
    at, here, way = OVERHANG, slots[0], [slots[0]]
    for bend in bends:
        here = here + (bend.at_mm - at) * direction
        way.append(here)
        at = bend.at_mm
        aside = unit(LEFT - (LEFT @ direction) * direction)
        back = np.cross(aside, direction)
        turned = (
            direction + np.tan(np.radians(bend.lordosis_deg)) * back
            - SIGN[side] * np.tan(np.radians(bend.inward_deg)) * aside
        )  # fmt: skip
        direction = unit(turned)
    return np.array([*way, here + 100 * direction])


def off(points, slots):
    fine = np.vstack([a + np.linspace(0, 1, 400)[:, None] * (b - a) for a, b in zip(points, points[1:], strict=False)])
    return max(np.linalg.norm(fine - slot, axis=1).min() for slot in slots)


@settings(max_examples=25, deadline=None)
@given(
    back=st.lists(st.floats(-3, 3), min_size=5, max_size=5), aside=st.lists(st.floats(-3, 3), min_size=5, max_size=5),
    side=st.sampled_from(("left", "right")),
)  # fmt: skip
def test_a_straight_rod_bent_by_the_guide_passes_every_slot(back, aside, side):
    slots = line(back, aside)
    bends, miss = bending_guide(side, LEVELS, slots, OVERHANG, LEFT)
    assert off(bent(side, slots, bends), slots) <= 1.0 + miss
    assert all(b.angle_deg >= rule("plain_bend_deg") for b in bends)


def test_a_straight_row_needs_no_bend():
    assert bending_guide("left", LEVELS, line(), OVERHANG, LEFT) == ((), 0.0)


def test_the_hollow_of_a_lordotic_row_lies_behind():
    bends, _ = bending_guide("left", LEVELS, line(back=(3, 0, -1, 0, 3)), OVERHANG, LEFT)
    assert {b.level for b in bends} <= {"C3", "C4", "C5"}
    assert all(b.lordosis_deg > 0 and abs(b.inward_deg) < 1e-6 for b in bends)
    kyphotic, _ = bending_guide("left", LEVELS, line(back=(0, 3, 4, 3, 0)), OVERHANG, LEFT)
    assert all(b.lordosis_deg < 0 for b in kyphotic)


@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_inward_is_towards_the_midline_on_both_sides(side, sign):
    """The lower part turns towards the midline: to the right on the left side."""
    slots = line(aside=(0, 0, 0, -4, -8)) * [sign, 1, 1]
    (bend,), _ = bending_guide(side, LEVELS, slots, OVERHANG, LEFT)
    assert bend.level == "C4"
    assert bend.inward_deg == pytest.approx(np.degrees(np.arctan2(4, 14)), abs=0.01)
    assert bend.at_mm == pytest.approx(OVERHANG + 28.0)


@settings(max_examples=10, deadline=None)
@given(angle=st.floats(-40, 40), axis=st.sampled_from("xyz"))
def test_the_guide_does_not_depend_on_how_the_patient_lies(angle, axis):
    slots = line((1, 0, -2, 0, 3), (0, 2, 0, -1, 0))
    turn = Rotation.from_euler(axis, angle, degrees=True).as_matrix()
    here, _ = bending_guide("left", LEVELS, slots, OVERHANG, LEFT)
    there, _ = bending_guide("left", LEVELS, slots @ turn.T, OVERHANG, turn @ LEFT)
    for a, b in zip(here, there, strict=True):
        assert (a.level, a.angle_deg) == (b.level, pytest.approx(b.angle_deg))
        assert a.lordosis_deg == pytest.approx(b.lordosis_deg, abs=1e-6)


def test_a_rod_carries_its_guide():
    paths = [Trajectory(entry=p, direction=np.array([0, -1.0, 0]), length_mm=14.0) for p in line(back=(9, 0, -4, 0, 9))]
    rod = bend_rod("left", LEVELS, paths)
    assert rod.bends
    assert rod.guide_miss_mm < 1.0

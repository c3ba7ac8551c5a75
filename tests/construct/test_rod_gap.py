"""A rod in bone is a named conflict with its depth; a rod beside bone is none."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.construct.plan import RigidMotion, Rod
from planner.construct.rod_gap import depth_mm, rod_in_bone
from planner.construct.rules import rule

NO_FINDING = SimpleNamespace(finding=lambda *_: None)


def rod_at(p, l=17.0):
    """An upright rod of 3.5 mm at the masses' height; the rear face of a block mass is at p = 25."""
    points = np.array([[l, p, 20.0], [l, p, -20.0]])
    return Rod(
        side="left", levels=("C3", "C5"), points=points, length_mm=40.0, diameter_mm=3.5,
        min_bend_radius_mm=float("inf"), heads=(),
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(p=st.floats(20.0, 35.0))
def test_the_depth_is_that_of_the_rods_surface_under_the_masses(blocks, p):
    """Deepest where the rod's axis is furthest from every face of the box |l| 11..23, p 10..25, |s| < 7."""
    depth = depth_mm(rod_at(p), blocks.vertebra("C4"), RigidMotion.identity())
    axis = min(25.0 - p, 6.0, 7.0)
    assert depth == pytest.approx(axis + 1.75, abs=0.1)


def test_the_level_is_looked_at_where_the_reduction_puts_it(blocks):
    turn = Rotation.from_euler("z", 8, degrees=True).as_matrix()
    motion = RigidMotion(rotation=turn, translation=np.array([3.0, -4.0, 1.0]))
    rod = rod_at(24.0)
    carried = replace(rod, points=motion(rod.points))
    still = depth_mm(rod, blocks.vertebra("C4"), RigidMotion.identity())
    assert depth_mm(carried, blocks.vertebra("C4"), motion) == pytest.approx(still, abs=0.05)


@pytest.mark.parametrize(("p", "told"), [(27.5, False), (25.0 + 1.75 - 0.2, False), (25.0, True)])
def test_only_a_rod_deeper_than_the_rule_is_told_with_options(blocks, p, told):
    column, still = {"C4": blocks.vertebra("C4")}, {"C4": RigidMotion.identity()}
    found = list(rod_in_bone(rod_at(p), column, still, NO_FINDING))
    assert bool(found) == told
    for conflict in found:
        assert conflict.levels == ("C4",)
        assert f"{25.0 + 1.75 - p:.1f} mm" in conflict.text
        assert conflict.options
    assert rule("rod_in_bone_mm") == 0.5

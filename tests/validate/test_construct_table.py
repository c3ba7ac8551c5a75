"""The construct's table: its own counting is right on shapes with known numbers, and it tells what is wrong."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from planner.construct.plan import Construct, Head, Reduction, RigidMotion, Rod
from planner.construct.rod import bend_rod
from planner.fixation.anchor import AnchorStatus, Fixation
from planner.geometry.trajectory import Trajectory
from planner.validation import construct_table as table
from planner.validation.registry import tables

LEVELS = ("C3", "C4", "C5")
STILL = Reduction(
    segment="", reason="no instability measured", motions=dict.fromkeys(LEVELS, RigidMotion.identity()), before={},
    after={},
)  # fmt: skip


def circle(radius, turn_deg=60.0):
    angle = np.radians(np.linspace(0, turn_deg, 200))
    points = radius * np.column_stack([np.zeros_like(angle), 1 - np.cos(angle), -np.sin(angle)])
    heads = tuple(
        Head(level=v, center=points[k], tilt_deg=0.0, offset_mm=0.0)
        for v, k in zip(LEVELS, (5, 100, 195), strict=True)
    )
    return Rod(
        side="left", levels=LEVELS, points=points, length_mm=60.0, diameter_mm=3.5, min_bend_radius_mm=99.0, heads=heads
    )


def planned(rod, direction=(1.0, 0, 0), conflicts=()):
    path = Trajectory(entry=np.zeros(3), direction=np.array(direction, float), length_mm=14.0)
    fixations = tuple(
        Fixation(
            level=v, side="left", status=AnchorStatus.PLANNED, reason="", chosen=SimpleNamespace(trajectory=path),
            alternatives=(), unseen=(),
        )
        for v in LEVELS
    )  # fmt: skip
    construct = Construct(reduction=STILL, rods=(rod,), conflicts=tuple(conflicts), bill_of_materials=())
    return SimpleNamespace(construct=construct, fixations=fixations, decompression=())


def found(rows):
    """The worst of each: the least of what is yes or no, else the last."""
    out = {}
    for what, unit, _, _, value in rows:
        out[what] = min(value, out.get(what, value)) if unit == "share" else value
    return out


@pytest.mark.parametrize("radius", [15.0, 25.0, 60.0])
def test_the_bend_radius_is_counted_from_the_points_alone(radius):
    assert table._least_radius(circle(radius)) == pytest.approx(radius, rel=0.01)


def test_a_sharp_bend_or_a_far_head_without_a_conflict_is_told():
    good = found(table._rods(planned(circle(40.0))))
    assert good["bends too sharp are a conflict"]
    assert good["rod from the worst head"] < 0.1
    sharp = circle(15.0)
    bad = found(table._rods(planned(sharp)))
    assert not bad["bends too sharp are a conflict"]
    told = SimpleNamespace(code="rod.bend", side="left")
    assert found(table._rods(planned(sharp, conflicts=[told])))["bends too sharp are a conflict"]
    away = replace(sharp, heads=tuple(replace(h, center=h.center + [3.0, 0, 0]) for h in sharp.heads))
    assert found(table._rods(planned(away)))["rod from the worst head"] == pytest.approx(3.0, abs=0.05)


def test_a_head_outside_its_cone_without_a_conflict_is_told():
    across = found(table._rods(planned(circle(60.0), (1.0, 0, 0))))
    assert across["heads within their cone, or a conflict"]
    along = found(table._rods(planned(circle(60.0), (0, 0, -1.0))))
    assert not along["heads within their cone, or a conflict"]


def test_the_rods_of_the_planner_pass_the_table():
    entries = [np.array([18.0, 25, -14.0 * k]) for k in range(3)]
    paths = [Trajectory(entry=e, direction=np.array([0, -1.0, 0]), length_mm=14) for e in entries]
    rows = found(table._rods(planned(bend_rod("left", LEVELS, paths), (0, -1.0, 0))))
    assert rows["rod from the worst head"] < 1.0
    assert rows["heads too close are a conflict, no others"]


def test_a_reduction_without_a_number_is_no_restraint():
    still = found(table._restraint(planned(circle(40.0))))
    assert not still["reduced by auto"]
    assert still["reduction names its measurement, or none"]
    moved = replace(STILL, segment="C3-C4", reason="C3-C4: it looked unstable")
    at = planned(circle(40.0))
    at.construct = replace(at.construct, reduction=moved)
    assert not found(table._restraint(at))["reduction names its measurement, or none"]
    at.construct = replace(at.construct, reduction=replace(moved, reason="C3-C4: slip 5.1 mm over 3.5 mm"))
    assert found(table._restraint(at))["reduction names its measurement, or none"]


def test_it_is_made_only_when_named():
    assert "construct" not in [t.name for t in tables()]
    assert [t.name for t in tables(("construct",))] == ["construct"]

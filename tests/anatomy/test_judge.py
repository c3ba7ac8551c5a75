"""Masses cut away, replaced or overgrown on the reference column: told apart, never the other side for the ill one."""

import numpy as np
import pytest
import trimesh

from planner.anatomy.judge import judge_masses
from planner.anatomy.pose import find_pose
from planner.anatomy.readout import read_bone
from planner.anatomy.vertebra import Status
from planner.geometry.surface import Surface


@pytest.fixture(scope="module")
def read(reference_surfaces):
    def of(surface, level):
        return read_bone(surface, find_pose(surface, level, np.eye(3), second=False).frame, level)

    return of


@pytest.fixture(scope="module")
def healthy(reference_surfaces, read):
    return {level: read(reference_surfaces[level], level) for level in ("C3", "C4", "C5")}


def damaged(readout, taken, added=None):
    """The bone with a box (low, high corners in l, p, s) taken away and a ball (centre, radius) added."""
    frame, surface = readout.sounding.frame, readout.sounding.surface
    bone = trimesh.Trimesh(frame.to_local(surface.vertices), surface.faces)
    if taken is not None:
        low, high = np.sort(np.array(taken), axis=0)
        box = trimesh.creation.box(extents=high - low)
        box.apply_translation((low + high) / 2)
        bone = trimesh.boolean.difference([bone, box], engine="manifold")
    if added is not None:
        ball = trimesh.creation.icosphere(subdivisions=3, radius=added[1])
        ball.apply_translation(added[0])
        bone = trimesh.boolean.union([bone, ball], engine="manifold")
    return Surface(vertices=frame.to_world(np.array(bone.vertices)), faces=np.array(bone.faces))


def box_of(mass):
    """The mass whole, from the canal's side wall, into which its inner part runs, to beyond it."""
    out = np.sign(mass.lateral[0])
    return [mass.medial[0] - 2.0 * out, mass.center[1] - 10.0, -60.0], [mass.lateral[0] + 15.0 * out, 60.0, 60.0]


def test_a_healthy_column_is_measured_on_every_side(healthy):
    assert {v.status for v in judge_masses(healthy).values()} == {Status.MEASURED}


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("radius", "possible"),
    # A ball as large as this mass lies much as it does, so it may pass for a hidden one; never for one that is there.
    [(5.0, {Status.ABSENT}), (6.5, {Status.ABSENT, Status.EXTRAPOLATED})],
)
def test_a_ball_in_place_of_the_mass_is_not_a_mass(healthy, read, side, radius, possible):
    mass = healthy["C4"].masses[side]
    surface = damaged(healthy["C4"], box_of(mass), (mass.center - [0, 5.0, 0], radius))
    column = {**healthy, "C4": read(surface, "C4")}
    verdicts = judge_masses(column)
    assert verdicts["C4", side].status in possible
    assert [key for key, v in verdicts.items() if v.status is not Status.MEASURED] == [("C4", side)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mass_that_is_gone_is_absent(healthy, read, side):
    surface = damaged(healthy["C4"], box_of(healthy["C4"].masses[side]))
    verdicts = judge_masses({**healthy, "C4": read(surface, "C4")})
    assert verdicts["C4", side].status is Status.ABSENT
    assert [key for key, v in verdicts.items() if v.status is not Status.MEASURED] == [("C4", side)]


def test_a_ball_on_a_mass_hides_it(healthy, read):
    mass = healthy["C4"].masses["left"]
    surface = damaged(healthy["C4"], None, (mass.center + [0, 3.0, 0], 5.0))
    verdicts = judge_masses({**healthy, "C4": read(surface, "C4")})
    assert verdicts["C4", "left"].status is Status.EXTRAPOLATED
    assert verdicts["C4", "right"].status is Status.MEASURED


def test_two_masses_gone_alike_are_told_by_the_next_levels(healthy, read):
    surface = healthy["C4"].sounding.surface
    readout = healthy["C4"]
    for side in ("left", "right"):
        surface = damaged(readout, box_of(healthy["C4"].masses[side]))
        readout = read(surface, "C4")
    verdicts = judge_masses({**healthy, "C4": readout})
    assert {verdicts["C4", side].status for side in ("left", "right")} == {Status.ABSENT}
    assert {v.status for (level, _), v in verdicts.items() if level != "C4"} == {Status.MEASURED}

"""Cuts are made where they are meant, and a reader that calls everything measured is found out."""

import numpy as np
import pytest

from planner.geometry.surface import Surface
from planner.validation.damage import KINDS, damaged
from planner.validation.damage_table import damage, damage_of_every_level
from planner.validation.records import summarised
from planner.validation.touched import gone, lost, mass_points, touched

from .conftest import block, observed

BY_NAME = {kind.name: kind for kind in KINDS}


def cut(name, side="left"):
    return damaged(block(), observed("C4"), BY_NAME[name], side)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_damage_changes_the_bone_and_leaves_it_closed(name):
    made = cut(name)
    assert made.surface.is_closed
    assert abs(made.surface.volume_mm3 - block().volume_mm3) > 20.0
    assert (made.taken is not None) or (made.added is not None)


def test_a_mass_is_taken_on_its_side_only():
    made = cut("mass gone, cut behind the foramen", "right")
    deep = np.array([[15.0, 17.0, 0.0], [-15.0, 17.0, 0.0], [0.0, 0.0, 0.0]])
    assert made.surface.contains(deep).tolist() == [True, False, True]


def test_halves_leave_the_other_half():
    points = np.array([[15.0, 18.0, 4.0], [15.0, 18.0, -4.0]])
    assert cut("lower half of mass gone").surface.contains(points).tolist() == [True, False]
    assert cut("upper half of mass gone").surface.contains(points).tolist() == [False, True]


def test_a_laminectomy_opens_the_ring_between_the_medial_borders():
    made = cut("laminectomy")
    points = np.array([[0.0, 25.0, -1.0], [0.0, 33.0, -3.0], [15.0, 17.0, 0.0], [0.0, 0.0, 0.0]])
    assert made.surface.contains(points).tolist() == [False, False, True, True]


def test_what_is_gone_lost_and_touched():
    seen = observed("C4")
    kind = BY_NAME["mass gone, cut behind the foramen"]
    made = cut(kind.name)
    assert gone(kind, "left", seen, made) == set(mass_points("left"))
    assert not touched(kind, "left", seen, made) & set(mass_points("right"))
    assert {"canal_center", "lamina_left"} <= touched(kind, "left", seen, made)
    arch = BY_NAME["laminectomy"]
    assert gone(arch, "left", seen, cut(arch.name)) >= {"spinolaminar_point", "spinous_process_tip"}
    ball = BY_NAME["ball on intact mass"]
    assert gone(ball, "left", seen, cut(ball.name)) == set()
    assert "lateral_mass_center_left" in lost(ball, "left", seen, cut(ball.name))
    plate = BY_NAME["ball on an endplate"]
    assert "superior_endplate_center" not in touched(plate, "left", seen, cut(plate.name))


def test_an_open_bone_is_not_cut():
    whole = block()
    with pytest.raises(LookupError, match="closed"):
        damaged(Surface(vertices=whole.vertices, faces=whole.faces[1:]), observed("C4"), BY_NAME["laminectomy"], "left")


def test_a_reader_that_sees_everything_fails_and_an_honest_one_passes(study, exact):
    made = study(exact)
    both = [*damage(made), *damage_of_every_level(made)]
    blind = {r.what: r for r in summarised(both) if r.table.endswith("called absent")}
    assert blind["one bone: all masses gone"].mean == 0.0
    assert blind["one bone: all masses gone"].met is False
    assert len(blind["every level: all masses gone"].worst) == 5

    def honest(surfaces, pose):
        """Absent is what no longer lies on the bone or what a ball has covered."""
        out = {}
        for level, height in (("C4", 0.0), ("C5", -20.0)):
            seen, bone = observed(level, height), surfaces[level]
            names = [n for n in seen.marks if n.startswith(("lateral_mass", "lamina", "spin"))]
            off = bone.closest(np.array([seen.marks[n].xyz for n in names]))[0]
            sides = {n.rpartition("_")[2] for n, d in zip(names, off, strict=True) if d > 0.3 and "mass" in n}
            drop = {n for n, d in zip(names, off, strict=True) if d > 0.3}
            drop |= {n for n in names if n.startswith("lateral_mass") and n.rpartition("_")[2] in sides}
            out[level] = observed(level, height, drop=drop)
        return out

    rows = {(r.table, r.what): r for r in summarised(damage(study(honest)))}
    absent = rows["damage: gone parts called absent", "one bone: all masses gone"]
    assert absent.mean > 0.9
    assert rows["damage: frame movement", "one bone: all kinds"].max == pytest.approx(0.0, abs=1e-5)


def test_one_bone_is_ill_among_intact_neighbours_and_then_every_bone(study):
    given = []

    def answer(surfaces, pose):
        given.append(
            sum(
                not np.array_equal(s.vertices, block(h).vertices)
                for s, h in zip(surfaces.values(), (0, -20), strict=True)
            )
        )
        return {"C4": observed("C4"), "C5": observed("C5", -20.0)}

    made = study(answer)
    damage(made)
    assert given == [0] + [1] * 2 * len(KINDS)
    damage_of_every_level(made)
    assert given[1 + 2 * len(KINDS) :] == [2] * len(KINDS)

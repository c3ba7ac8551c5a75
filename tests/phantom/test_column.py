"""Columns and what the operators log about them."""

import json

import numpy as np
import pytest

from planner.geometry.axes import angle_deg
from planner.phantom import (
    add_mass,
    column,
    destroy_lateral_mass,
    lamina_hole,
    narrow_foramen,
    perch,
    slip,
    thin_lateral_mass,
    truth,
)  # fmt: skip
from planner.phantom.arch_loss import laminectomy
from planner.phantom.displacement import oblique_canal_mm, slip_mm
from planner.phantom.meshing import genus
from planner.phantom.pathology import mass_region, pillar_middle

STEP = 1.1


@pytest.fixture(scope="module")
def healthy():
    return column(seed=2)


@pytest.fixture(scope="module")
def surfaces(healthy):
    return healthy.surfaces(STEP)


@pytest.fixture(scope="module")
def pair():
    return column(("C3", "C4"), seed=2)


def test_neighbours_do_not_touch_and_joints_are_narrow(surfaces):
    names = list(surfaces)
    for upper, lower in zip(names[:-1], names[1:], strict=True):
        gap = -max(
            surfaces[lower].signed_distance(surfaces[upper].vertices).max(),
            surfaces[upper].signed_distance(surfaces[lower].vertices).max(),
        )
        assert 0.6 < gap < 2.0, (upper, lower, gap)


def test_the_column_runs_downwards_with_lordosis(healthy):
    bones = healthy.bones
    heights = [bone.pose.offset[2] for bone in bones.values()]
    assert all(13 < above - below < 22 for above, below in zip(heights[1:-1], heights[2:], strict=True))
    up = {level: bone.pose.rotation[:, 2] for level, bone in bones.items()}
    assert 8 < angle_deg(up["C2"], up["C7"]) < 22
    assert up["C2"][1] > up["C7"][1], "lordosis: the upper levels lean backwards"


def test_left_is_left(pair):
    ill = destroy_lateral_mass(pair, "C3", "left", 2)
    entry = ill.log[-1]
    assert entry["residual_fraction"] < 0.2
    lost = pair.solid("C3")
    there = ill.bones["C3"].pose(pillar_middle(ill.bones["C3"].shape, "left"))
    other = ill.bones["C3"].pose(pillar_middle(ill.bones["C3"].shape, "right"))
    assert there[0] > 0 > other[0]
    inside = np.array([there, other])
    assert (lost(inside) < 0).all()
    assert (ill.solid("C3")(inside) < 0).tolist() == [False, True]


def test_a_destroyed_mass_leaves_one_piece_with_its_foramina(pair):
    ill = destroy_lateral_mass(pair, "C3", "left", 2)
    rest = ill.surface("C3", 0.9)
    assert genus(rest) == 2, "both foramina; the canal's ring is open"
    whole = pair.surface("C3", 0.9)
    entry = ill.log[-1]
    lost = whole.volume_mm3 - rest.volume_mm3
    assert lost == pytest.approx(entry["volume_before_mm3"] - entry["volume_after_mm3"], rel=0.25)


def test_a_thinned_mass_keeps_its_place_and_half_its_height(pair):
    ill = thin_lateral_mass(pair, "C4", "left", 0.45, 2)
    entry = ill.log[-1]
    assert entry["height_ratio"] == pytest.approx(entry["height_after_mm"] / entry["height_before_mm"], abs=0.002)
    assert 0.4 < entry["height_ratio"] < 0.6
    box = mass_region(pair.bones["C4"].shape, "right")
    inside = np.random.default_rng(0).uniform(*box, (4000, 3))
    change = pair.bones["C4"].solid(inside) - ill.bones["C4"].solid(inside)
    assert np.abs(change).max() < 1e-9, "the right side is untouched"


def test_holes_go_through_with_the_logged_area(pair):
    ill = lamina_hole(pair, "C4", "left", 8.4, 0.9, 12.0, 2)
    ill = lamina_hole(ill, "C4", "right", 6.4, 0.4, 9.0, 3)
    assert genus(ill.surface("C4", 0.5)) == 3 + 2
    for entry, wanted in zip(ill.log, (12.0, 9.0), strict=True):
        assert entry["area_mm2"] == pytest.approx(wanted, rel=0.25)
        center, direction = np.array(entry["center_lps"]), np.array(entry["direction_lps"])
        line = center + np.linspace(-4, 4, 60)[:, None] * direction
        assert (pair.solid("C4")(line) < 0).any()
        assert (ill.solid("C4")(line) > 0).all()


def test_a_mass_is_attached_and_has_the_logged_volume(pair):
    shape = pair.bones["C4"].shape
    ill = add_mass(
        pair, "C4", "dorsal", [(shape.mass_center + [0, 2, 0], 4.0), (shape.mass_center + [0, 7, 0], 3.5)], 2
    )
    grown = ill.surface("C4", 0.8)
    bare = ill.surface("C4", 0.8, masses=False)
    assert grown.volume_mm3 - bare.volume_mm3 == pytest.approx(ill.log[-1]["volume_mm3"], rel=0.12)
    assert ill.log[-1]["center_lps"][0] > 0
    lump = ill.mass("C4")
    assert (lump(bare.vertices) > -0.2).all(), "apart, the mass does not run through bone"


def test_a_narrowed_foramen_reads_what_was_asked_and_stays_open(pair):
    ill = narrow_foramen(pair, "C3", "right", 2.3, 2)
    entry = ill.log[-1]
    assert entry["diameter_after_mm"] == pytest.approx(2.3, abs=0.3)
    assert entry["diameter_before_mm"] > 4.5
    known = truth(ill)["levels"]["C3"]["foramina"]
    assert known["right"]["narrowest_diameter_mm"] < 3 < known["left"]["narrowest_diameter_mm"]


def test_a_slip_is_as_far_as_logged(pair):
    moved = slip(pair, "C3", 3.5)
    assert slip_mm(moved, "C3", "C4") == pytest.approx(3.5, abs=1e-6)
    assert moved.bones["C3"].pose.offset[1] < pair.bones["C3"].pose.offset[1], "forwards is -y"
    assert oblique_canal_mm(moved, "C3", "C4") < oblique_canal_mm(pair, "C3", "C4") - 1


def test_a_perched_facet_stands_on_the_one_below_without_touching(pair):
    ill = perch(destroy_lateral_mass(pair, "C3", "left", 2), "C3", "right", 3.8)
    entry = ill.log[-1]
    assert entry["slip_mm"] == pytest.approx(3.8, abs=0.1)
    assert entry["facet_overlap"]["right"] <= 0.05
    # Perching lifts the arch as the body goes forwards: whether the way between them narrows depends on the person.
    assert entry["oblique_canal_after_mm"] == pytest.approx(oblique_canal_mm(ill, "C3", "C4"), abs=0.01)
    upper, lower = (ill.surface(level, 1.0) for level in ("C3", "C4"))
    gap = -lower.signed_distance(upper.vertices).max()
    assert 0.3 < gap < 2.0
    back = np.array(entry["reduction"]["rotation"]).reshape(3, 3)
    home = back @ ill.bones["C3"].pose.offset + entry["reduction"]["offset_mm"]
    assert np.allclose(home, pair.bones["C3"].pose.offset, atol=1e-2)


INSIDE = ("body_center", "canal_center", "transverse_foramen", "endplate_center", "spinous_process_tip")


def test_truth_lies_on_the_bone_and_is_plain_json(healthy, surfaces):
    known = json.loads(json.dumps(truth(healthy, surfaces)))
    for level, bone in known["levels"].items():
        for name, point in bone["points"].items():
            distance = surfaces[level].closest(np.array([point["xyz"]]))[0][0]
            if not any(part in name for part in INSIDE):
                assert distance < 0.01, (level, name, distance)
            elif "endplate" in name or "spinous" in name:
                assert distance < 2.0, (level, name, distance)
            else:
                assert distance > 1.0, (level, name, distance)
        frame = bone["frame"]
        assert np.allclose(np.cross(frame["left"], frame["posterior"]), frame["superior"], atol=1e-4)
    left = known["levels"]["C5"]["points"]["lateral_mass_center_left"]["xyz"]
    assert left[0] > 0


def test_truth_leaves_out_what_is_gone(pair):
    ill = destroy_lateral_mass(laminectomy(pair, "C4", "C4"), "C3", "left", 2)
    known = truth(ill, {level: ill.surface(level, 0.8) for level in ill.bones})["levels"]
    assert "spinolaminar_point" not in known["C4"]["points"]
    assert "lamina_right" not in known["C4"]["points"]
    assert "lateral_mass_center_left" not in known["C3"]["points"]
    assert "superior_left" not in known["C3"]["facets"]
    assert {"spinolaminar_point", "lateral_mass_center_right"} <= set(known["C3"]["points"])

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment.lamina import look_at_lamina
from planner.assessment.lamina_site import Place, place_of
from planner.assessment.parts import lamina_findings


def seen(vertebra):
    """A vertebra with the looks at its two laminae."""
    return vertebra, {side: look_at_lamina(vertebra, side) for side in ("left", "right")}


def with_hole(blocks, center, radius):
    return blocks.vertebra("C4", solid=blocks.bone() - blocks.rod_through(center, radius))


@settings(max_examples=8, deadline=None)
@given(radius=st.floats(1.3, 2.5), l=st.floats(5.5, 8.0), s=st.floats(-1.5, 1.5))
def test_a_planted_hole_is_found_with_its_area_and_place(blocks, radius, l, s):
    look = look_at_lamina(with_hole(blocks, [l, 23.5, s], radius), "left")
    assert len(look.holes) == 1
    assert look.holes[0].area_mm2 == pytest.approx(np.pi * radius**2, rel=0.12)
    assert np.allclose(look.holes[0].center[[0, 2]], [l, s], atol=0.3)


def test_holes_on_both_sides_are_each_told_once(blocks):
    bone = blocks.bone() - blocks.rod_through([7, 23.5, 0], 1.5) - blocks.rod_through([-6, 23.5, 1], 2.0)
    found = [f for f in lamina_findings(*seen(blocks.vertebra("C4", solid=bone))) if f.code == "lamina.defect"]
    assert sorted(f.side for f in found) == ["left", "right"]
    assert {f.severity for f in found} == {"deficient"}


def test_a_hole_under_4_mm2_is_no_finding(blocks):
    assert not list(lamina_findings(*seen(with_hole(blocks, [7, 23.5, 0], 1.0))))


def test_a_whole_lamina_has_no_holes_and_its_own_thickness(blocks):
    look = look_at_lamina(blocks.vertebra("C4"), "right")
    assert look.holes == ()
    assert look.covered_share == 1.0
    assert look.thickness_mm == pytest.approx(3.0, abs=0.05)


def test_a_notch_at_the_edge_is_not_a_hole(blocks):
    notched = blocks.bone() - blocks.block([5, 20, 2], [9, 27, 8])
    assert look_at_lamina(blocks.vertebra("C4", solid=notched), "left").holes == ()


def test_a_hole_that_breaks_out_of_the_border_is_told_up_to_its_mouth(blocks):
    """The border is at 5 mm; of a bore of radius 2 about 3.6 a mouth of 2.9 mm lies open."""
    told = list(lamina_findings(*seen(with_hole(blocks, [7, 23.5, 3.6], 2.0))))
    beyond = 4.0 * np.arccos(0.7) - 1.4 * np.sqrt(4.0 - 1.4**2)
    assert [(f.code, f.side) for f in told] == [("lamina.defect", "left")]
    assert told[0].evidence["area_mm2"] == pytest.approx(4.0 * np.pi - beyond, rel=0.1)
    assert np.allclose(np.array(told[0].evidence["center"])[[0, 2]], [7, 3.6], atol=0.5)
    assert "broken out of its border" in told[0].text


@pytest.mark.parametrize("radius", [1.6, 2.5, 4.0])
def test_a_round_notch_that_is_widest_at_its_mouth_is_no_hole(blocks, radius):
    assert look_at_lamina(with_hole(blocks, [7, 23.5, 5.2], radius), "left").holes == ()


def test_a_thickness_misread_in_a_hole_does_not_move_its_middle(blocks):
    """The landmark's ray ran on in the wall: 16 mm for 3."""
    measures = {("lamina_thickness", side): 16.0 for side in ("left", "right")}
    holed = blocks.vertebra("C4", solid=blocks.bone() - blocks.rod_through([7, 23.5, 0], 1.8), measures=measures)
    assert [hole.center for hole in look_at_lamina(holed, "left").holes] == [pytest.approx([7, 23.5, 0], abs=0.4)]


def test_a_lamina_that_is_gone_is_absent(blocks):
    bone = blocks.bone() - blocks.block([2.5, 20, -8], [10.9, 27, 8])
    vertebra = blocks.vertebra("C4", solid=bone, missing=("lamina_left",))
    found = {(f.code, f.side): f for f in lamina_findings(*seen(vertebra))}
    assert found["lamina.absent", "left"].severity == "critical"
    assert ("lamina.absent", "right") not in found


def test_a_thin_lamina_is_told_against_its_mirror(blocks):
    bone = blocks.bone() - blocks.block([2.2, 23.2, -8], [10.9, 27, 8])
    found = list(lamina_findings(*seen(blocks.vertebra("C4", solid=bone))))
    assert [(f.code, f.side) for f in found] == [("lamina.thin", "left")]


def test_a_hole_under_a_lump_is_seen_from_within_the_canal(blocks):
    """Calcification over the hole, standing off its floor by 2 mm: nothing is seen from behind."""
    hollow = blocks.bone() - blocks.rod_through([7, 23.5, 0], 1.8)
    lump = blocks.block([3.5, 25, -4], [10.5, 31, 4]) - blocks.block([4.5, 24, -3], [9.5, 27, 3])
    told = list(lamina_findings(*seen(blocks.vertebra("C4", solid=hollow + lump))))
    assert [f.code for f in told] == ["lamina.defect"]
    assert told[0].evidence["area_mm2"] == pytest.approx(np.pi * 1.8**2, rel=0.15)
    assert np.allclose(told[0].evidence["center"], [7, 23.5, 0], atol=0.4)


def test_a_hole_whose_wall_holds_the_landmark_is_found(blocks):
    """A slanting bore: its lateral wall faces backwards, too, but towards the midline, which no arch does."""
    bore = blocks.rod_through([0, 0, 0], 2.0).rotate([0, 0, -30]).translate([6.0, 23.5, 0])
    vertebra = blocks.vertebra("C2", solid=blocks.bone() - bore)
    mark = vertebra.landmarks["lamina_left"]
    at_the_wall = replace(mark, xyz=np.array([8.0, 23.5, 0]))
    vertebra = replace(vertebra, landmarks={**vertebra.landmarks, "lamina_left": at_the_wall})
    place = place_of(vertebra, "left")
    assert place is None or place.normal[0] > -0.3
    assert [hole.area_mm2 for hole in look_at_lamina(vertebra, "left").holes] == [pytest.approx(4 * np.pi, rel=0.15)]


def test_a_lump_over_a_lamina_does_not_turn_the_look(blocks):
    """A slope of calcification, 45 degrees, a piece apart behind the lamina: the other levels say where that looks."""
    import manifold3d

    slope = manifold3d.Manifold.cube([16, 1.5, 14], True).rotate([0, 0, 45]).translate([7, 31, 0])
    usual = Place(offset=np.array([7.0, 2.0, 0.0]), normal=np.array([0.0, 1.0, 0.0]), height_mm=10.0)
    vertebra = blocks.vertebra("C4", solid=blocks.bone() + slope)
    free, other = (look_at_lamina(vertebra, "left", u) for u in (None, usual))
    assert np.ptp(other.nodes[..., 1]) < 0.5 < np.ptp(free.nodes[..., 1])

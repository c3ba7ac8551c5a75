"""Slices: the planes hold the screw, contours have the area they must, letters say where the patient's sides are."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from planner.document import plan_document
from planner.geometry.axes import Frame, direction_from_angles
from planner.geometry.surface import Surface
from planner.output.report import Seen, figures_of
from planner.output.rod_diagram import spacings_mm
from planner.output.slices import contours, cuts_of, direction_letters

FRAME = Frame(origin=np.zeros(3), left=np.eye(3)[0], posterior=np.eye(3)[1], superior=np.eye(3)[2])


def fixation(lateral=20.0, cephalad=15.0, length=14.0, side="left", frame=FRAME):
    entry = frame.to_world(np.array([15.0, 20.0, 0.0]))
    direction = frame.direction_to_world(direction_from_angles(side, lateral, cephalad))
    return {"entry": entry, "tip": entry + length * direction, "screw": {"diameter_mm": 3.5}}


def cut(name, **how):
    return next(c for c in cuts_of(fixation(**how), how.get("frame", FRAME)) if c.name == name)


def area(ring):
    x, y = ring.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def surface(mesh):
    return Surface(vertices=np.array(mesh.vertices, float), faces=np.array(mesh.faces))


@given(st.floats(-80, 80), st.floats(-60, 60), st.floats(10, 34))
def test_every_cut_is_a_plane_of_the_screw(lateral, cephalad, length):
    screw = fixation(lateral, cephalad, length)
    ends = np.array([screw["entry"], screw["tip"]])
    along = (ends[1] - ends[0]) / length
    for c in cuts_of(screw, FRAME):
        basis = np.array([c.right, c.up])
        np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-9)
        normal = np.cross(c.right, c.up)
        if c.depth_mm is None:
            np.testing.assert_allclose((ends - c.middle) @ normal, 0, atol=1e-9)
            flat = c.flat(ends)
            assert np.linalg.norm(flat[1] - flat[0]) == pytest.approx(length)
            assert (np.abs(flat) <= c.reach_mm).all()
        else:
            assert abs(normal @ along) == pytest.approx(1)
            np.testing.assert_allclose(c.middle, ends[0] + c.depth_mm * along, atol=1e-9)
    assert [c.depth_mm for c in cuts_of(screw, FRAME)[2:]] == pytest.approx([2, length / 2, length - 1.75])


def test_sides_lie_as_on_a_scan():
    """As axial: front up, the patient's left on the right. As sagittal: front on the left. Across: from the head."""
    for side in ("left", "right"):
        left, right, foot, top = cut("axial", side=side, lateral=0, cephalad=0).letters
        assert (left, right, foot, top) == ("R", "L", "P", "A")
        left, right, foot, top = cut("upright", side=side, lateral=0, cephalad=0).letters
        assert (left, right, foot, top) == ("A", "P", "I", "S")
        left, right, foot, top = cut("middle", side=side, lateral=0, cephalad=0).letters
        assert (left, right, foot, top) == ("L", "R", "I", "S")
    # A translaminar screw runs sideways: the upright cut is then seen from behind.
    assert cut("upright", lateral=-75, cephalad=0).letters == ("L", "R", "I", "S")
    assert cut("axial", lateral=-75, cephalad=0).letters == ("R", "L", "P", "A")


def test_oblique_directions_tell_both_letters():
    assert direction_letters(np.array([0.7, -0.7, 0.1]) / np.linalg.norm([0.7, -0.7, 0.1]), FRAME) in ("LA", "AL")
    assert direction_letters(-FRAME.superior, FRAME) == "I"


def test_contours_have_the_area_of_the_section():
    middle = cut("middle")
    ball = trimesh.creation.icosphere(4, 6.0)
    ball.apply_translation(middle.middle)
    rings, solid = contours(surface(ball), middle)
    assert solid
    assert sum(map(area, rings)) == pytest.approx(np.pi * 36, rel=0.01)


def test_a_hole_is_a_ring_that_turns_the_other_way():
    axial = cut("axial", lateral=0, cephalad=0)
    torus = trimesh.creation.torus(7.0, 2.0, major_sections=96, minor_sections=48)
    torus.apply_translation(axial.middle)
    rings, _ = contours(surface(torus), axial)
    areas = sorted(map(area, rings))
    assert areas == pytest.approx([-np.pi * 25, np.pi * 81], rel=0.01)


def test_what_lies_beyond_the_picture_is_left_out_and_open_surfaces_are_not_filled():
    middle = cut("middle")
    ball = trimesh.creation.icosphere(3, 6.0)
    ball.apply_translation(middle.middle + 40 * middle.right)
    assert contours(surface(ball), middle)[0] == []
    bowl = trimesh.creation.icosphere(3, 6.0)
    bowl.update_faces(bowl.triangles_center[:, 2] < 3)
    bowl.apply_translation(middle.middle)
    rings, solid = contours(surface(bowl), middle)
    assert rings
    assert not solid


def test_sheets_and_rods_are_whole_drawings_that_name_level_side_scale_and_use(sample_plan):
    figures = figures_of(Seen.of(sample_plan, plan_document(sample_plan)))
    assert set(figures.sheets) == {("C4", "right"), ("C5", "left"), ("C5", "right")}
    for (level, side), svg in figures.sheets.items():
        words = " ".join(ElementTree.fromstring(svg).itertext())
        for told in (
            f"{level} {side}:",
            "3.5 × 12 mm",
            "vertebral artery 2.2",
            "10 mm",
            "Not a medical device",
            "not attested",
        ):
            assert told in words
        for told in ("Along, as axial", "Along, as sagittal", "2 mm deep", "6 mm deep", "10 mm deep"):
            assert told in words
    words = " ".join(ElementTree.fromstring(figures.rods["right"]).itertext())
    for told in ("Right rod, C4–C5", "32 mm long", "tilt 11°", "From the right", "20.0 mm"):
        assert told in words


def test_lengths_between_heads_run_along_the_rod():
    turn = np.linspace(0, np.pi / 2, 40)
    points = 30 * np.c_[np.cos(turn), np.sin(turn), 0 * turn]
    heads = [{"center": list(30 * np.array([np.cos(a), np.sin(a), 0]))} for a in np.radians([0, 30, 90])]
    assert spacings_mm({"points": points, "heads": heads}) == pytest.approx([30 * np.pi / 6, 30 * np.pi / 3], abs=0.1)

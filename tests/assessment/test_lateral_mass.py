import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment import assess
from planner.assessment.residual import fitting_height, weighed, with_height
from planner.assessment.sides import side_by_side


def codes(assessment, prefix=""):
    return {(f.code, f.level, f.side) for f in assessment.findings if f.code.startswith(prefix)}


def ratio(assessment, level, side):
    return next(
        m.value
        for m in assessment.measurements
        if (m.level, m.name, m.side) == (level, "lateral_mass_volume_ratio", side)
    )


def cut_to(blocks, top):
    """The left mass of a vertebra cut off above s = ``top``."""
    return blocks.bone() - blocks.side_block("left", [11, 9, top], [24, 26, 8])


def test_a_healthy_aligned_column_has_no_findings(blocks):
    assert assess(blocks.column(("C3", "C4", "C5", "C6"))).findings == ()


@settings(max_examples=6, deadline=None)
@given(share=st.floats(0.1, 0.9))
def test_residual_volume_of_a_cut_mass(blocks, share):
    column = blocks.column(C4={"solid": cut_to(blocks, -7 + 14 * share)})
    assert ratio(assess(column), "C4", "left") == pytest.approx(share, abs=0.06)


def test_a_mass_all_but_gone_is_destroyed(blocks):
    found = assess(blocks.column(C4={"solid": cut_to(blocks, -4.5)})).finding("lateral_mass.destroyed", "C4", "left")
    assert found.severity == "critical"
    assert found.evidence["reference"] == "right side mirrored and the masses of the neighbouring levels"


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (("inferior_left", "lamina_left"), {("lateral_mass.destroyed", "C4", "left")}),
        (("inferior_left",), set()),
        (("lamina_left",), set()),
        (("inferior_left", "inferior_right", "lamina_left"), set()),
    ],
)
def test_a_facet_and_a_bridge_missing_on_one_side_destroy_a_thinned_mass(blocks, missing, told):
    column = blocks.column(C4={"missing": missing, "solid": cut_to(blocks, 2.1)})
    assert codes(assess(column), "lateral_mass") == (told or {("lateral_mass.thinned", "C4", "left")})


@pytest.mark.parametrize(
    ("by_mirror", "by_levels", "fraction", "height"),
    [(0.70, 0.98, 0.94, 0.98), (0.50, 0.60, 0.55, 0.50), (0.60, 0.30, 0.90, 0.60), (0.70, float("nan"), 0.94, 0.70)],
)
def test_a_height_that_contradicts_the_volume_gives_way_to_one_that_fits(by_mirror, by_levels, fraction, height):
    """A lump at the other side's foramen makes that tall: 70 % of its height, 94 % of its volume."""
    assert fitting_height(by_mirror, by_levels, fraction) == height


@pytest.mark.parametrize(
    ("fraction", "height", "told"),
    [(0.6, 0.5, 0.55), (0.82, 0.71, 0.765), (0.6, 1.0, 0.6), (0.6, float("nan"), 0.6), (0.3, 0.5, 0.3)],
)
def test_a_volume_is_told_with_the_height_where_the_two_fit(fraction, height, told):
    assert with_height(fraction, height) == pytest.approx(told)


def test_a_mass_that_is_whole_has_lost_no_facet(blocks):
    """A lump or a lamina that is gone hides facet and bridge; the bone is all there, by both references."""
    assert not codes(assess(blocks.column(C4={"missing": ("inferior_left", "lamina_left")})), "lateral_mass")


def test_a_mass_of_half_height_is_thinned(blocks):
    assessment = assess(blocks.column(C4={"solid": cut_to(blocks, 0.5)}))
    assert codes(assessment, "lateral_mass") == {("lateral_mass.thinned", "C4", "left")}
    found = assessment.finding("lateral_mass.thinned", "C4", "left")
    assert found.evidence["height_fraction"] == pytest.approx(7.5 / 14, abs=0.08)
    assert found.severity == "deficient"


def test_calcification_in_place_of_a_mass_is_not_bone(blocks):
    """One surface, as thresholding gives: a lump fills the room of the destroyed mass and bulges beyond it."""
    lump = blocks.ball([20, 20, 0], 9.5) - blocks.block([-30, -30, -30], [11, 60, 30])
    bone = blocks.bone() - blocks.mass("left") + lump
    missing = ("superior_left", "inferior_left")
    assessment = assess(blocks.column(C4={"solid": bone, "missing": missing}))
    found = assessment.finding("lateral_mass.destroyed", "C4", "left")
    assert found is not None
    assert found.evidence["filled_fraction"] > 0.6
    assert ("excess_bone", "C4", "left") in codes(assessment)
    assert not codes(assessment) & {(c, "C4", "right") for c in ("lateral_mass.destroyed", "lateral_mass.thinned")}


def test_a_little_calcification_where_a_mass_was_is_no_remnant_of_it(blocks):
    """A block of 7 x 6 x 5 mm that shares but its medial face with the mass: too small for excess to be proven."""
    block = blocks.block([11, 17, -4], [18, 23, 1])
    missing = ("superior_left", "inferior_left")
    column = blocks.column(C4={"solid": blocks.bone() - blocks.mass("left") + block, "missing": missing})
    found = assess(column).finding("lateral_mass.destroyed", "C4", "left")
    assert found.evidence["filled_fraction"] > 0.08
    assert found.evidence["residual_fraction"] < 0.06


def test_volume_and_place_of_an_attached_lump(blocks):
    lump = blocks.block([16, 24, -4], [23, 33, 4])
    found = assess(blocks.column(C4={"solid": blocks.bone() + lump})).finding("excess_bone", "C4", "left")
    assert found.evidence["volume_mm3"] == pytest.approx(7 * 8 * 8, rel=0.15)
    assert np.allclose(found.evidence["center"], [19.5, 29, -16], atol=1.0)
    assert not found.evidence["detached"]


def test_a_lump_on_a_healthy_mass_does_not_destroy_it(blocks):
    assessment = assess(blocks.column(C4={"solid": blocks.bone() + blocks.block([16, 24, -4], [23, 33, 4])}))
    assert not codes(assessment, "lateral_mass.destroyed")


def test_a_separate_piece_in_the_canal_is_intraspinal(blocks):
    piece = blocks.block([4, 17, -2], [8, 20, 3])
    assessment = assess(blocks.column(C4={"solid": blocks.bone() + piece}))
    found = assessment.finding("excess_bone.intraspinal", "C4", "left")
    assert found.evidence["volume_mm3"] == pytest.approx(60, rel=0.3)


def test_both_sides_ill_are_compared_with_the_neighbours(blocks):
    bone = cut_to(blocks, -3.5) - blocks.side_block("right", [11, 9, -3.5], [24, 26, 8])
    assessment = assess(blocks.column(("C3", "C4", "C5"), C4={"solid": bone}))
    for side in ("left", "right"):
        found = assessment.finding("lateral_mass.destroyed", "C4", side)
        assert found.evidence["reference"] == "masses of the neighbouring levels"


def test_a_mass_whose_twin_has_no_borders_is_not_compared(blocks):
    look = side_by_side(blocks.vertebra("C4", missing=("lateral_mass_medial_border_right",)))
    assert "left" not in look.masses
    assert "right" in look.masses


def test_an_open_surface_gives_the_same_volume(blocks):
    from dataclasses import replace

    from planner.geometry.surface import Surface

    whole = blocks.column(C4={"solid": cut_to(blocks, 0.5)})
    faces = whole["C4"].surface.faces
    opened = replace(
        whole["C4"], surface=Surface(vertices=whole["C4"].surface.vertices, faces=np.delete(faces, [5, 6], 0))
    )
    assert not opened.surface.is_closed
    assessment = assess({**whole, "C4": opened})
    assert ratio(assessment, "C4", "left") == pytest.approx(ratio(assess(whole), "C4", "left"), abs=0.02)
    assert ("mesh.open", "C4", "midline") in codes(assessment)


def test_the_other_levels_say_which_of_two_unlike_sides_is_ill(blocks):
    """A lump that imitates landmarks and facets: the healthy side must not be called destroyed."""
    lump = blocks.ball([19, 18, 0], 8.0) - blocks.block([-30, -30, -30], [11, 60, 30])
    bone = blocks.bone() - blocks.mass("left") + lump
    assessment = assess(blocks.column(("C3", "C4", "C5", "C6"), C4={"solid": bone}))
    assert assessment.finding("lateral_mass.destroyed", "C4", "right") is None
    assert assessment.finding("lateral_mass.thinned", "C4", "right") is None
    assert {f.side for f in assessment.findings if f.code.startswith("lateral_mass.") and f.level == "C4"} == {"left"}


@pytest.mark.parametrize(
    ("mirror", "levels", "left"),
    [(0.60, 0.70, 0.625), (0.40, 0.45, 0.4125), (0.65, 1.03, 0.84), (float("nan"), 0.7, 0.7)],
)
def test_two_references_are_weighed_unless_they_contradict_each_other(mirror, levels, left):
    """Two sides differ less than two levels; but a twin 0.38 off the neighbours may be the one that was misled."""
    assert weighed(mirror, levels) == pytest.approx(left)


@pytest.mark.parametrize(("in_the_twins_room", "taken"), [(0.06, "mirrored"), (0.95, "neighbours")])
def test_a_neighbours_mass_laid_on_something_else_is_not_believed(in_the_twins_room, taken):
    """Its likeness counts where the twin's shape is hidden; but it cannot show more bone than fills the twin's room."""
    from types import SimpleNamespace

    from planner.assessment.residual import MIRRORED_VOLUME, UNDER_MATCHED, Residual, _agreed

    def told(fraction, judged_by, filled):
        mass = SimpleNamespace(filled_fraction=filled, core_share=0.6)
        return Residual(
            fraction=fraction, height_fraction=fraction, judged_by=judged_by, reference="", absent_facets=0,
            excess_mm3=0.0, mass=mass,
        )  # fmt: skip

    twin, kin = told(0.04, UNDER_MATCHED, in_the_twins_room), told(1.05, MIRRORED_VOLUME, 1.05)
    assert _agreed(twin, kin).fraction == {"mirrored": 0.04, "neighbours": 1.05}[taken]

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment import assess
from planner.assessment.finding import Assessment
from planner.decompression import plan_decompression
from planner.decompression.resection import canal_areas, facet_preserved_percent, resected
from planner.decompression.trough import Width, groove, narrow, trough_line
from planner.errors import LevelError
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.surface import Surface
from planner.geometry.trajectory import Trajectory

NOTHING = Assessment(measurements=(), findings=(), segments=())


def translaminar(vertebra, p=23.0):
    """A screw of the left rod in the right lamina, which is 3 mm thick about p = 23.5."""
    path = Trajectory(
        entry=vertebra.frame.to_world(np.array([3.0, p, 0.0])), direction=np.array([-1.0, 0, 0]), length_mm=14.0
    )
    chosen = Candidate(
        anchor="translaminar", technique="translaminar", status=AnchorStatus.PLANNED, reason="C2 translaminar",
        trajectory=path, angles=None, entry_offset=None, screw=Screw(diameter_mm=2.4, length_mm=14.0, family="x"),
        purchase_mm=13.0, cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="",
        certificate=None,
        lamina_side="right",
    )  # fmt: skip
    return Fixation(
        level=vertebra.level, side="left", status=AnchorStatus.PLANNED, reason="", chosen=chosen, alternatives=(),
        unseen=(),
    )  # fmt: skip


def width(half):
    return Width(left=half, right=-half, reason="")


def plan(column, fixations=(), decompress="auto"):
    return plan_decompression(column, assess(column), fixations, decompress=decompress)


@settings(max_examples=10, deadline=None)
@given(half=st.floats(2.5, 10.0))
def test_removed_volume_is_exact(blocks, half):
    """Lamina 3 mm thick and 10 mm high between the troughs, and the spinous process behind it."""
    cut = resected(blocks.vertebra("C4"), width(half))
    assert cut.volume_mm3 == pytest.approx(2 * half * 3 * 10 + 4 * 13 * 5, rel=1e-6)
    assert cut.removed.is_closed
    assert cut.note == ""


@settings(max_examples=10, deadline=None)
@given(left=st.floats(1.0, 20.0), right=st.floats(1.0, 20.0))
def test_removed_and_remaining_make_the_original(blocks, left, right):
    """By the divergence theorem on both skins, and by the bone that a second, different cut would leave."""
    import manifold3d

    vertebra = blocks.vertebra("C4")
    cut = resected(vertebra, Width(left=left, right=-right, reason=""))
    whole = vertebra.surface.volume_mm3
    assert cut.removed.volume_mm3 + cut.left.volume_mm3 == pytest.approx(whole, rel=0.005)
    assert cut.removed.volume_mm3 == pytest.approx(cut.volume_mm3, rel=1e-6)
    local = vertebra.surface.in_frame(vertebra.frame)
    bone = manifold3d.Manifold(
        manifold3d.Mesh64(local.vertices.astype(np.float64), np.ascontiguousarray(local.faces, np.uint64))
    )
    rest = (bone - blocks.block([-right, 15, -70], [left, 85, 70])).volume()
    assert cut.left.volume_mm3 == pytest.approx(rest, rel=0.005)


def test_an_open_surface_is_counted_in_voxels_and_says_so(blocks):
    vertebra = blocks.vertebra("C4")
    faces = np.delete(vertebra.surface.faces, [3, 4], axis=0)
    opened = replace(vertebra, surface=Surface(vertices=vertebra.surface.vertices, faces=faces))
    cut = resected(opened, width(8.0))
    assert cut.volume_mm3 == pytest.approx(resected(vertebra, width(8.0)).volume_mm3, rel=0.08)
    assert "not closed" in cut.note
    assert len(cut.removed.faces) + len(cut.left.faces) == len(faces)


@settings(max_examples=25, deadline=None)
@given(a=st.floats(3, 24), b=st.floats(3, 24))
def test_a_wider_trough_never_keeps_more_facet(blocks, a, b):
    vertebra = blocks.vertebra("C4")
    narrower, wider = sorted((a, b))
    for side, kept in facet_preserved_percent(vertebra, width(wider)).items():
        assert kept <= facet_preserved_percent(vertebra, width(narrower))[side]


def test_facet_kept_by_a_cut_through_its_middle(blocks):
    kept = facet_preserved_percent(blocks.vertebra("C4", missing=("superior_right", "inferior_right")), width(16.9))
    # Seven of the thirteen columns of points stand lateral of the cut.
    assert kept["left"] == pytest.approx(100 * 7 / 13, abs=2)
    assert np.isnan(kept["right"])


def test_canal_area_before_and_after(blocks):
    before, after, limit = canal_areas(blocks.vertebra("C4"), width(8.0))
    assert before == pytest.approx(22 * 14, rel=0.01)
    assert after - before == pytest.approx(16 * 3, rel=0.04)
    assert "behind the lamina" in limit


def test_troughs_run_on_the_dorsal_lamina_from_above_downwards(blocks):
    vertebra = blocks.vertebra("C4")
    line = trough_line(vertebra, narrow(vertebra).left)
    assert np.allclose(line[:, 1], 25.0)
    assert (np.diff(line[:, 2]) < 0).all()
    assert line[0, 2] - line[-1, 2] == pytest.approx(10, abs=1.1)


def test_narrow_is_cord_plus_and_never_beyond_the_canal(blocks):
    assert narrow(blocks.vertebra("C4")).left == pytest.approx((14.0 + 2.5) / 2)
    assert "assumed" in narrow(blocks.vertebra("C4")).reason
    tight = blocks.vertebra("C4", measures={("canal_width", "midline"): 12.0})
    assert narrow(tight).left == pytest.approx(6.0)
    assert groove(blocks.vertebra("C4"), width(8.0)).left == pytest.approx(11.0)


def test_nothing_is_taken_off_a_healthy_column(blocks):
    assert plan(blocks.column(("C3", "C4", "C5"))) == ()


def test_a_slip_that_pinches_takes_both_laminae_and_offers_the_undercut_above(blocks):
    column = blocks.column(("C2", "C3", "C4", "C5", "C6"), {k: np.array([0, -5.0, 0]) for k in ("C2", "C3")})
    decompression = plan(column)
    assert [d.level for d in decompression] == ["C3", "C4"]
    assert "undercut of the caudal edge of C2" in decompression[0].procedure
    assert "undercut of the cranial edge of C5" in decompression[1].procedure
    assert "slip 5.0 mm" in decompression[0].reason
    assert plan(column, decompress="none") == ()


def test_a_narrow_canal_takes_its_own_lamina(blocks):
    column = blocks.column(C4={"measures": {("canal_ap", "midline"): 9.0}})
    assert [d.level for d in plan(column)] == ["C4"]


def test_levels_asked_for_are_taken(blocks):
    column = blocks.column()
    assert [d.level for d in plan(column, decompress="C3-C4")] == ["C3", "C4"]
    with pytest.raises(LevelError, match="does not hold"):
        plan(column, decompress="C6")


def test_a_defect_is_told_as_unprotected(blocks):
    bone = blocks.bone() - blocks.rod_through([7, 23.5, 0], 2.0)
    c4 = plan(blocks.column(C4={"solid": bone}), decompress="C3-C4")[1]
    assert len(c4.unprotected) == 1
    assert c4.unprotected[0].startswith("no bony protection here: C4 left lamina")


def test_a_translaminar_screw_on_the_lamina_is_a_conflict(blocks):
    column = blocks.column()
    screw = translaminar(column["C3"])
    taken = plan_decompression(column, NOTHING, [screw], decompress="C3")[0]
    assert taken.reason.startswith("conflict: the right lamina of C3 holds the translaminar screw of the left rod")
    assert not taken.laminoplasty.offered
    offered = plan_decompression(column, NOTHING, [screw], decompress="C4")[0]
    assert "translaminar screw of C3" in offered.procedure


def test_excess_in_the_canal_lateral_to_the_trough_moves_it_to_the_groove(blocks):
    bone = blocks.bone() + blocks.block([7.5, 14, -3], [12, 21, 3])
    c4 = plan(blocks.column(C4={"solid": bone}))[0]
    assert c4.level == "C4"
    assert "left at the groove" in c4.reason
    assert c4.trough["left"][0][0] == pytest.approx(11.0, abs=0.1)
    assert c4.trough["right"][0][0] == pytest.approx(-8.25, abs=0.1)


def test_troughs_at_the_groove_are_asked_for_and_the_narrow_ones_told_as_the_option(blocks):
    column = blocks.column()
    narrow_ones = plan_decompression(column, NOTHING, (), decompress="C4-C5")
    wide = plan_decompression(column, NOTHING, (), decompress="C4-C5", trough="groove")
    for a, b in zip(narrow_ones, wide, strict=True):
        assert b.width_mm == pytest.approx(22.0, abs=0.1)
        assert a.width_mm < b.width_mm
        assert a.removed_volume_mm3 < b.removed_volume_mm3
        assert "option: narrow troughs" in b.reason
        assert "option: troughs at the grooves" in a.reason


def test_excess_the_cut_does_not_reach_is_told_as_residual(blocks):
    """On the body's rear wall: in front of what a laminectomy takes."""
    bone = blocks.bone() + blocks.block([-4, 8, -3], [1, 11, 3])
    c4 = plan(blocks.column(C4={"solid": bone}), decompress="C3-C4")[1]
    behind = blocks.bone() + blocks.block([1, 19, -3], [5, 22, 3])
    assert all("in front of the cut" in text for text in c4.residual)
    assert plan(blocks.column(C4={"solid": behind}), decompress="C3-C4")[1].residual == ()


def test_kyphosis_and_bone_across_the_k_line_are_warnings(blocks):
    from planner.assessment.finding import Lordosis
    from planner.decompression.posterior_only import k_line_mm, posterior_only

    levels = ("C2", "C3", "C4", "C5", "C6")
    straight = blocks.column(levels)
    assert k_line_mm(straight)[0] == pytest.approx(15.0 - 8.0, abs=0.01)
    assert posterior_only(straight, NOTHING) == ()
    bowed = blocks.column(levels, {"C4": np.array([0.0, 9.0, 0.0])})
    assert k_line_mm(bowed) == (pytest.approx(-2.0, abs=0.01), "C4")
    kyphotic = replace(NOTHING, lordosis=Lordosis(upper="C2", lower="C6", angle_deg=-12.0))
    told = posterior_only(bowed, kyphotic)
    assert any("12° of kyphosis" in text for text in told)
    assert any("C4 crosses the K-line by 2.0 mm" in text for text in told)

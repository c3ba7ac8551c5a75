"""The open door: a rigid turn about the hinge, its gain known in a square canal, and where it is not offered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment.finding import Assessment, Finding, Severity
from planner.decompression import plan_decompression
from planner.decompression.laminoplasty import laminoplasty
from planner.decompression.trough import cut, groove, narrow
from planner.geometry.axes import SIGN


def told(*places):
    """An assessment of nothing but (code, side) at C4, with a volume where it is excess."""
    findings = tuple(
        Finding(code=code, level="C4", side=side, severity=Severity.DEFICIENT, text="", evidence={"volume_mm3": 40.0})
        for code, side in places
    )
    return Assessment(measurements=(), findings=findings, segments=())


def door(blocks, column=None, level="C4", findings=(), **given):
    column = column or blocks.column()
    return laminoplasty(column[level], told(*findings), **given)


@settings(max_examples=6, deadline=None)
@given(left=st.floats(2.0, 4.0), right=st.floats(2.0, 4.0))
def test_the_area_gained_is_that_of_the_triangle_swept(blocks, left, right):
    """A flat rear wall from hinge to free edge opens a triangle between its two places: d^2 sin(angle) / 2."""
    measures = {("lamina_thickness", "left"): left, ("lamina_thickness", "right"): right}
    found = door(blocks, blocks.column(C4={"measures": measures}))
    vertebra = blocks.vertebra("C4", measures=measures)
    reach = groove(vertebra, narrow(vertebra)).mm
    gained = found.canal_area_after_mm2 - found.canal_area_before_mm2
    assert found.canal_area_before_mm2 == pytest.approx(22 * 14)
    assert gained == pytest.approx(0.5 * reach**2 * np.sin(np.radians(found.opening_deg)), rel=0.01)
    assert found.opening_mm == pytest.approx(2 * reach * np.sin(np.radians(found.opening_deg / 2)), abs=0.02)
    assert found.hinge == ("left" if left >= right else "right")


@pytest.mark.parametrize("hinge", ["left", "right"])
def test_the_lamina_moves_as_one_about_the_hinge_and_backwards(blocks, hinge):
    thick = {("lamina_thickness", side): 3.0 if side == hinge else 2.5 for side in ("left", "right")}
    column = blocks.column(C4={"measures": thick})
    found, vertebra = door(blocks, column), column["C4"]
    l, p, _ = vertebra.frame.to_local(found.lamina.vertices).T
    free = p[SIGN[hinge] * l < -2]
    assert free.max() > 25 + 5, "the free edge stands back"
    assert p.min() > 20, "nothing turns into the canal"
    # Door, gutters and the rest make the whole bone.
    whole = vertebra.surface.volume_mm3
    door_volume = found.lamina.volume_mm3
    assert found.gutters.volume_mm3 == pytest.approx(found.gutter_volume_mm3, rel=1e-6)
    assert door_volume + found.gutter_volume_mm3 < whole
    assert door_volume > 4 * 13 * 5, "the spinous process goes with the lamina"
    assert found.contact_mm3 < 5.0


def test_a_defect_hinges_the_other_side_and_two_defects_none(blocks):
    found = door(blocks, findings=[("lamina.defect", "left")])
    assert (found.offered, found.hinge) == (True, "right")
    assert "defect" in found.reason
    none = door(blocks, findings=[("lamina.defect", "left"), ("lamina.thin", "right")])
    assert not none.offered
    assert none.reason == "no sound hinge: lamina defect left, lamina thin right"
    absent = door(blocks, findings=[("lamina.thin", "left"), ("lamina.absent", "left")])
    assert absent.reason == "no sound hinge: lamina absent left"
    assert not door(blocks, findings=[("lamina.absent", "left")]).offered


def test_excess_in_the_canal_is_opened_not_hinged(blocks):
    assert door(blocks, findings=[("excess_bone.intraspinal", "left")]).hinge == "right"
    assert door(blocks, findings=[("excess_bone.intraspinal", "right")]).hinge == "left"


def test_not_with_instability_nor_at_c2_nor_in_a_lamina_that_holds_a_screw(blocks):
    assert not door(blocks, unstable="C3-C4: slip").offered
    assert not door(blocks, needed="conflict").offered
    assert not door(blocks, blocks.column(("C2", "C3")), "C2").offered
    column = blocks.column()
    cuts = plan_decompression(column, told(), (), decompress="C3-C5", unstable={"C3-C4": "slip 4.0 mm"})
    assert [d.laminoplasty.offered for d in cuts] == [False, False, True]


def test_the_opening_stays_within_what_is_published(blocks):
    """A door of 11 mm would have to open further than the table's most for 12 mm: it does not."""
    found = door(blocks)
    assert found.opening_deg <= cut("door_most_deg") + 1e-9


def test_all_doors_open_to_one_side_where_every_hinge_is_sound(blocks):
    """C3 alone would hinge left, C4 and C5 right: right has more lamina in all."""

    def thick(left, right):
        return {"measures": {("lamina_thickness", "left"): left, ("lamina_thickness", "right"): right}}

    column = blocks.column(C3=thick(3.0, 2.9), C4=thick(2.5, 3.0), C5=thick(2.5, 3.0))
    cuts = plan_decompression(column, told(), (), decompress="C3-C5")
    assert [d.laminoplasty.hinge for d in cuts] == ["right"] * 3
    assert cuts[0].laminoplasty.reason == "hinge right, as at the other levels"
    # A defect on that side at one level turns all of them.
    ill = plan_decompression(column, told(("lamina.thin", "right")), (), decompress="C3-C5")
    assert [d.laminoplasty.hinge for d in ill] == ["left"] * 3

"""The dome: inner bone of one edge only, within its depth, and never near a screw in silence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment.finding import Assessment
from planner.decompression import plan_decompression
from planner.decompression.trough import cut, narrow
from planner.decompression.undercut import undercut
from planner.geometry.surface import Surface

NOTHING = Assessment(measurements=(), findings=(), segments=())


@settings(max_examples=8, deadline=None)
@given(edge=st.sampled_from(("caudal", "cranial")), thick=st.floats(2.0, 3.0))
def test_the_dome_is_the_quarter_ellipse_of_the_table(blocks, edge, thick):
    """In a plane lamina |s| < 5 behind p = 22 its volume is half thickness x depth x pi / 4 x width between troughs."""
    measures = {("lamina_thickness", side): thick for side in ("left", "right")}
    vertebra = blocks.vertebra("C4", measures=measures)
    dome = undercut(vertebra, edge)
    most, depth, wide = cut("undercut_share") * thick, cut("undercut_depth_mm"), narrow(vertebra).mm
    # The height of an edge is read to a quarter of a millimetre, the profile is cut in steps of half a one.
    assert dome.removed_volume_mm3 == pytest.approx(most * depth * np.pi / 4 * wide, rel=0.08)
    l, p, s = vertebra.frame.to_local(dome.removed.vertices).T
    assert np.abs(l).max() <= wide / 2 + 1e-6
    assert p.min() >= 22 - 1e-6
    assert p.max() <= 22 + most + 1e-6
    from_edge = (5 - s) if edge == "cranial" else (s + 5)
    assert from_edge.min() >= -1e-6
    assert from_edge.max() <= depth + 0.3


def test_dome_and_rest_make_the_bone_and_the_canal_gains_what_goes(blocks):
    column = blocks.column()
    found = plan_decompression(column, NOTHING, (), decompress="C4-C5", undercut_edges=True)
    assert [d.level for d in found] == ["C3", "C4", "C5"]
    dome = found[0]
    whole = column["C3"].surface.volume_mm3
    assert dome.removed.volume_mm3 + dome.left.volume_mm3 == pytest.approx(whole, rel=0.005)
    assert dome.removed.is_closed
    gained = dome.canal_area_after_mm2 - dome.canal_area_before_mm2
    assert gained == pytest.approx(1.5 * np.sqrt(1 - 0.1**2) * narrow(column["C3"]).mm, rel=0.05)
    assert "offered" not in found[1].procedure


def test_it_is_offered_and_not_done_unless_asked(blocks):
    column = blocks.column()
    found = plan_decompression(column, NOTHING, (), decompress="C4-C5")
    assert [d.level for d in found] == ["C4", "C5"]
    assert [(u.level, u.edge) for d in found for u in d.undercuts] == [("C3", "caudal")]


def test_an_open_surface_or_an_unknown_thickness_gets_none(blocks):
    vertebra = blocks.vertebra("C4")
    faces = np.delete(vertebra.surface.faces, [3, 4], axis=0)
    opened = replace(vertebra, surface=Surface(vertices=vertebra.surface.vertices, faces=faces))
    assert undercut(opened, "caudal") is None
    unknown = {k: v for k, v in vertebra.measures.items() if k[0] != "lamina_thickness"}
    assert undercut(replace(vertebra, measures=unknown), "caudal") is None

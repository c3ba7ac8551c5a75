"""Heat maps: bone that was cut away from one side is told where it was, how deep, and there alone."""

from __future__ import annotations

import manifold3d
import numpy as np
import pytest

from planner.geometry.axes import Frame
from planner.geometry.surface import Surface
from planner.output.heat import LACKING, THICKNESS, lost_bone
from planner.output.scene import Scene

CENTER = np.array([-20.0, 10.0, 0.0])  # of the sound right mass


def bone(cut_mm):
    """A body with two blocks for lateral masses, 12 mm high, the left one lower by ``cut_mm``; from fine triangles."""
    parts = [((-12, -10, -8), (12, 10, 8)), ((-26, 4, -6), (-14, 16, 6)), ((14, 4, -6), (26, 16, 6 - cut_mm))]
    blocks = [
        manifold3d.Manifold.cube(np.subtract(high, low).tolist()).translate([float(x) for x in low])
        for low, high in (*parts, ((-15, -2, -3), (15, 6, 3)))
    ]
    made = manifold3d.Manifold.batch_boolean(blocks, manifold3d.OpType.Add).refine_to_length(1.5).to_mesh()
    return Surface(vertices=np.asarray(made.vert_properties[:, :3], float), faces=np.asarray(made.tri_verts, int))


def scene(surface, marks):
    frame = Frame.from_axes(np.zeros(3), np.eye(3)[0], np.eye(3)[2])
    return Scene(
        title="", pose="scan", levels=("C4",), frames={"C4": frame}, landmarks={"C4": marks}, items=(), notes=(),
        side_attested=False,
    )  # fmt: skip


def found(code="lateral_mass.destroyed", side="left", reference="right side mirrored", severity="critical"):
    finding = {"code": code, "level": "C4", "side": side, "severity": severity, "evidence": {"reference": reference}}
    return {"findings": [finding]}


@pytest.mark.parametrize("cut_mm", [3.0, 6.0])
def test_what_was_cut_from_a_mass_is_lacking_as_deep_as_it_was_cut(cut_mm):
    made = bone(cut_mm)
    (item,) = lost_bone(found(), scene(made, {"lateral_mass_center_right": CENTER}), {"C4": made})
    assert (item.group, item.level, item.name) == ("lost", "C4", "C4 left bone lacking")
    assert item.values_mm.max() == pytest.approx(cut_mm, abs=0.3)
    lacking = item.surface.vertices[item.values_mm > 0.5]
    assert lacking[:, 0].min() > 13.5
    assert lacking[:, 2].min() > 6 - cut_mm - 0.3
    top = np.abs(item.surface.vertices[:, 2] - 6.0) < 0.2
    inner = (
        top & (np.abs(item.surface.vertices[:, 0] - 20.0) < 2.0) & (np.abs(item.surface.vertices[:, 1] - 10.0) < 2.0)
    )
    np.testing.assert_allclose(item.values_mm[inner], cut_mm, atol=0.3)
    # Its faces look outwards, as the mass that is not there would.
    assert item.surface.face_normals[top[item.surface.faces].all(axis=1)][:, 2].min() > 0.9


def test_nothing_is_told_of_a_sound_mass_or_without_a_mirrored_reference():
    whole, ill = bone(0.0), bone(6.0)
    marks = {"lateral_mass_center_right": CENTER}
    assert lost_bone(found(), scene(whole, marks), {"C4": whole}) == []
    for document in (
        {"findings": []}, found(code="lamina.thin"), found(severity="info"), found(reference="neighbouring levels"),
        found(side="midline"),
    ):  # fmt: skip
        assert lost_bone(document, scene(ill, marks), {"C4": ill}) == []
    assert lost_bone(found(), scene(ill, {}), {"C4": ill}) == []


@pytest.mark.parametrize("heat", [THICKNESS, LACKING])
def test_a_map_runs_in_lightness_all_the_way(heat):
    """So that eyes without one kind of cone and grey prints read it as others do (Rec. 709 luma)."""
    light = heat.rgba(np.linspace(heat.low, heat.high, 32))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > 0).all() or (np.diff(light) < 0).all()
    assert abs(light[0] - light[-1]) > 0.5

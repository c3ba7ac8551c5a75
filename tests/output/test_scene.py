"""The scene shows what the document says, where it says it."""

from __future__ import annotations

import numpy as np
import pytest

from planner.document import json_text, plan_document
from planner.output import palette
from planner.output.pictures import scene_of_plan
from planner.output.scene import scene_of
from planner.output.views import AXIAL, COLUMN_VIEWS, fitted


@pytest.fixture(scope="module")
def scan(sample_plan):
    return scene_of_plan(sample_plan, "scan")


@pytest.fixture(scope="module")
def planned(sample_plan):
    return scene_of_plan(sample_plan)


def item(scene, name):
    return next(i for i in scene.items if i.name == name)


def test_every_chosen_anchor_has_a_screw_in_its_status_colour(sample_plan, scan):
    for f in sample_plan.fixations:
        names = [i.name for i in scan.group("screw")]
        assert (f"screw {f.level} {f.side}" in names) == (f.chosen is not None)
        if f.chosen:
            assert item(scan, f"screw {f.level} {f.side}").color == palette.STATUS[f.status.value]


def test_drawn_screw_starts_at_the_entry_and_ends_at_the_tip(sample_plan, scan):
    for f in sample_plan.fixations:
        if f.chosen is None:
            continue
        path = f.chosen.trajectory
        vertices = item(scan, f"screw {f.level} {f.side}").surface.vertices
        depth = (vertices - path.entry) @ path.direction
        np.testing.assert_allclose(vertices[depth < 1e-3].mean(axis=0), path.entry, atol=0.2)
        np.testing.assert_allclose(vertices[np.argmax(depth)], path.tip, atol=0.2)


def test_reduction_carries_bone_and_screw_and_rods_come_with_it(sample_plan, scan, planned):
    for name in ("C4", "screw C4 right"):
        shift = item(planned, name).surface.vertices - item(scan, name).surface.vertices
        np.testing.assert_allclose(shift, np.tile([0.0, 3.0, 0.0], (len(shift), 1)), atol=1e-9)
    still = item(planned, "C5").surface.vertices - item(scan, "C5").surface.vertices
    assert not still.any()
    assert [i.name for i in planned.group("rod")] == ["rod right"]
    assert not scan.group("rod")


def test_a_written_document_gives_the_same_scene(sample_plan, planned):
    import json

    document = json.loads(json_text(plan_document(sample_plan)))
    again = scene_of(document, {level: v.surface for level, v in sample_plan.vertebrae.items()})
    for name in ("screw C5 left", "rod right", "C4"):
        np.testing.assert_array_equal(item(again, name).surface.vertices, item(planned, name).surface.vertices)


def test_views_put_the_patients_left_where_the_caption_says(scan):
    left, right = np.array([15.0, 20.0, 0.0]), np.array([-15.0, 20.0, 0.0])
    front, back = np.array([0.0, -8.0, 0.0]), np.array([0.0, 40.0, 0.0])
    above, below = np.array([0.0, 0.0, 5.0]), np.array([0.0, 0.0, -25.0])
    points = np.array([left, right, front, back, above, below])
    size, room = (1600, 1200), (200, 200, 1400, 1000)

    def pixels(view):
        return fitted(view, scan.frame, points, size, room).pixels(points)

    behind = pixels(COLUMN_VIEWS["posterior"])
    assert behind[0, 0] < behind[1, 0]
    assert behind[4, 1] > behind[5, 1]
    from_left = pixels(COLUMN_VIEWS["lateral_left"])
    assert from_left[2, 0] < from_left[3, 0]
    from_right = pixels(COLUMN_VIEWS["lateral_right"])
    assert from_right[2, 0] > from_right[3, 0]
    oblique = pixels(COLUMN_VIEWS["oblique"])
    assert oblique[0, 0] < oblique[1, 0]
    assert oblique[4, 1] > oblique[5, 1]
    axial = pixels(AXIAL)
    assert axial[0, 0] > axial[1, 0]
    assert axial[2, 1] > axial[3, 1]
    for view in (behind, from_left, from_right, oblique, axial):
        assert view.min() >= 199.9
        assert (view <= [1400.1, 1000.1]).all()


def test_notes_name_every_side_with_its_status(sample_plan, scan):
    titles = {n.lines[0] for n in scan.notes}
    assert titles == {
        "C4 left: no screw",
        "C4 right: planned, 3.5 × 12 mm",
        "C5 left: planned, 3.5 × 12 mm",
        "C5 right: caution, 3.5 × 12 mm",
    }


def test_neighbours_are_grey_and_not_among_the_levels(sample_plan):
    document = plan_document(sample_plan) | {"levels": ["C5"]}
    scene = scene_of(document, {level: v.surface for level, v in sample_plan.vertebrae.items()})
    assert scene.levels == ("C5",)
    assert item(scene, "C4").color == palette.BONE_CONTEXT
    assert item(scene, "C5").color == palette.BONE

"""Pictures are written, are not blank, and show screws where the plan puts them."""

from __future__ import annotations

import numpy as np
import pytest

from planner.errors import OutputError
from planner.output.pictures import screenshot, write_pictures

pytestmark = pytest.mark.usefixtures("drawing")


@pytest.fixture(scope="module")
def pictures(sample_plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    said = []
    paths = write_pictures(sample_plan, folder, said.append)
    assert len(said) == len(paths)
    return {path.stem: pixels(path) for path in paths}


def pixels(path):
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"), float)


def near(picture, color, within=40):
    """Share of a picture's pixels close in hue to a colour: compared after removing brightness."""
    import pyvista as pv

    target = np.array(pv.Color(color).float_rgb) * 255
    unit = picture / np.maximum(np.linalg.norm(picture, axis=2, keepdims=True), 1)
    return np.linalg.norm(unit - target / np.linalg.norm(target), axis=2) < within / 255


def test_standard_pictures_are_written(pictures):
    assert list(pictures) == [
        "posterior",
        "lateral_left",
        "lateral_right",
        "oblique",
        "posterior_scan",
        "lateral_left_scan",
        "lateral_right_scan",
        "axial_C4",
        "axial_C5",
        "deficits",
    ]


def test_pictures_are_large_and_not_blank(pictures):
    for name, picture in pictures.items():
        middle = picture[200:1000, 450:1150]
        if name != "deficits":  # a row a level
            assert picture.shape == (1200, 1600, 3), name
        assert middle.std() > 15, name


def test_screws_lie_on_the_right_side_of_the_picture(pictures):
    """C5 right alone is at caution: its orange is right from behind, left in an axial picture."""
    from planner.output import palette

    middle = slice(200, 1000), slice(450, 1150)
    columns = np.nonzero(near(pictures["posterior"][middle], palette.STATUS["caution"]))[1]
    assert len(columns) > 200
    assert columns.min() > 350
    columns = np.nonzero(near(pictures["axial_C5"][middle], palette.STATUS["caution"], 25))[1]
    assert len(columns) > 200
    assert np.median(columns) < 350


def test_actor_of_a_screw_starts_at_the_plans_entry(sample_plan):
    from planner.output.drawing import stage
    from planner.output.pictures import fill, scene_of_plan

    plotter = stage((320, 240))
    try:
        actors = fill(plotter, scene_of_plan(sample_plan, "scan"))
        for f in (f for f in sample_plan.fixations if f.chosen):
            path = f.chosen.trajectory
            points = np.asarray(actors[f"screw {f.level} {f.side}"].mapper.dataset.points, float)
            depth = (points - path.entry) @ path.direction
            first = points[depth < depth.min() + 1e-3]
            middle = (first.min(axis=0) + first.max(axis=0)) / 2
            assert np.linalg.norm(middle - path.entry) < 0.2
            assert depth.max() == pytest.approx(path.length_mm, abs=0.01)
    finally:
        plotter.close()


def test_one_view_on_request(sample_plan, tmp_path):
    path = screenshot(sample_plan, tmp_path / "level.png", "axial_C5")
    assert pixels(path)[200:1000, 450:1150].std() > 15


def test_unknown_view_names_the_known_ones(sample_plan, tmp_path):
    with pytest.raises(OutputError, match="no view 'anterior'") as caught:
        screenshot(sample_plan, tmp_path / "x.png", "anterior")
    assert "axial_C" in caught.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "view", "sentence"),
    [
        ("a.gif", "posterior", "does not end in .png"),
        ("none/a.png", "posterior", "folder of .* does not exist"),
        ("folder.png", "posterior", "is a folder"),
        ("a.png", "sideways", "no view 'sideways'"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused_before_any_work(tmp_path, name, view, sentence):
    from planner.output.pictures import check_request

    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match=sentence):
        check_request(tmp_path / name, view)

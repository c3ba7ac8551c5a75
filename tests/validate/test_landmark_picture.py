"""The sheet of landmarks shows what was found, where it was found, and lists what was not."""

import os
from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.vertebra import Facet, Landmark, Status
from planner.output.display import offscreen_problem
from planner.output.landmark_picture import COLORS, REGION_VIEWS, TILE, VIEWS, absent, draw_landmarks, items


@pytest.fixture(scope="module")
def vertebra(sample_plan):
    """C4 of blocks with one extrapolated landmark and one facet."""
    bone = sample_plan.vertebrae["C4"]
    guess = Landmark(
        name="lamina_left", xyz=np.array([6.0, 27.5, 0]), status=Status.EXTRAPOLATED, confidence=0.3, method="made"
    )
    facet = Facet(
        name="superior_right", center=np.array([-15.0, 16, 6.5]), normal=np.array([0, 0, 1.0]), area_mm2=80.0,
        points=np.empty((0, 3)), status=Status.MEASURED, confidence=0.9,
    )  # fmt: skip
    return replace(bone, landmarks={**bone.landmarks, guess.name: guess}, facets={**bone.facets, facet.name: facet})


def test_every_located_landmark_has_a_dot_of_its_status(vertebra):
    drawn = {item.name: item for item in items(vertebra)}
    for status, color in COLORS.items():
        marks = [m.xyz for m in vertebra.landmarks.values() if m.status is status]
        item = drawn[f"{status} landmarks"]
        assert item.color == color
        assert len(item.surface.vertices) == len(marks) * 162
        assert item.surface.closest(np.array(marks))[0] == pytest.approx(0.8, abs=0.05)


def test_facets_stand_out_along_their_normal_and_absent_ones_are_not_drawn(vertebra):
    drawn = {item.name: item for item in items(vertebra)}
    assert drawn["facet superior_right"].surface.bounds[1][2] == pytest.approx(13.5)
    assert "facet superior_left" not in drawn
    assert {"foramen left", "foramen right", "canal", "bone"} <= set(drawn)


def test_what_is_absent_is_named(vertebra):
    assert absent(vertebra) == ["dens tip", "facet superior left"]


def test_the_sheet_has_a_row_a_level_and_shows_the_dots(vertebra, tmp_path):
    problem = offscreen_problem()
    if problem and os.environ.get("CI"):
        pytest.fail(problem)
    if problem:
        pytest.skip(problem)
    from PIL import Image

    file = draw_landmarks({"C4": vertebra, "C5": vertebra}, tmp_path / "sheet.png", "blocks")
    picture = np.asarray(Image.open(file).convert("RGB"), float)
    tiles = len(VIEWS) + len(REGION_VIEWS)
    assert picture.shape == (2 * TILE[1], tiles * TILE[0], 3)
    for row in np.split(picture, 2):
        marks, parts = np.split(row, [len(VIEWS) * TILE[0]], axis=1)
        for tile in np.split(parts, len(REGION_VIEWS), axis=1):
            # Lamina and lateral mass in their own colours, whatever the light.
            bright = tile[60:-60].max(axis=2) > 60
            green = (tile[60:-60, :, 1] > 1.5 * tile[60:-60, :, 0]) & (tile[60:-60, :, 1] > 1.5 * tile[60:-60, :, 2])
            assert (green & bright).sum() > 50
        for tile in np.split(marks, len(VIEWS), axis=1):
            orange = (tile[..., 0] - tile[..., 2] > 90) & (tile[..., 1] - tile[..., 2] > 40)
            assert tile.std() > 5
            assert orange[60:-60].sum() > 10

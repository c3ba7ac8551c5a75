"""One still picture: things stand where the camera's numbers put them, whole, whichever way edges are smoothed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from planner.output import palette
from planner.output.drawing import stage
from planner.output.marks import Overlay
from planner.output.still import still
from planner.output.views import Camera

SIZE = (400, 300)
MIDDLE, RADIUS_MM, MM_PER_PIXEL = np.array([12.0, -7.0, 3.0]), 6.0, 0.2
BACK = np.array(ImageColor.getrgb(palette.BACKGROUND))


@pytest.fixture
def camera():
    return Camera(axes=np.eye(3), focus=np.array([2.0, 1.0, 0.0]), mm_per_pixel=MM_PER_PIXEL, size=SIZE)


@pytest.fixture
def plotter(drawing):
    made = stage(SIZE, samples=0)
    yield made
    made.close()


@pytest.mark.parametrize("solid", [True, False])
def test_a_ball_is_drawn_whole_in_its_place_and_depth(plotter, camera, solid):
    import pyvista as pv

    plotter.add_mesh(pv.Icosphere(radius=RADIUS_MM, center=MIDDLE, nsub=5), color="#303030", show_scalar_bar=False)
    picture, depth = still(plotter, camera, solid)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    inked = (np.abs(picture.astype(int) - BACK).max(axis=2) > 8).sum(axis=0)
    x, y = camera.pixels(MIDDLE)[0]
    columns = np.flatnonzero(inked)
    rows = SIZE[1] - 1 - np.flatnonzero((np.abs(picture.astype(int) - BACK).max(axis=2) > 8).any(axis=1))
    reach = RADIUS_MM / MM_PER_PIXEL
    assert (columns[0], columns[-1] + 1) == (pytest.approx(x - reach, abs=1.5), pytest.approx(x + reach, abs=1.5))
    assert (rows[-1], rows[0] + 1) == (pytest.approx(y - reach, abs=1.5), pytest.approx(y + reach, abs=1.5))
    near = np.unravel_index(np.nanargmin(depth), depth.shape)
    assert near == (pytest.approx(SIZE[1] - 1 - y, abs=1.5), pytest.approx(x, abs=1.5))
    rim = depth[round(SIZE[1] - 1 - y), round(x + 0.8 * reach)]
    assert rim - np.nanmin(depth) == pytest.approx(RADIUS_MM * (1 - 0.6), abs=0.15)


def test_what_is_partly_outside_ends_at_the_edge_and_nothing_at_all_is_background(plotter, camera):
    import pyvista as pv

    picture, depth = still(plotter, camera)
    assert (picture == BACK).all()
    assert np.isnan(depth).all()
    plotter.add_mesh(pv.Icosphere(radius=RADIUS_MM, center=(2 - 40.0, 1.0, 0.0)), color="black", show_scalar_bar=False)
    picture, _ = still(plotter, camera)
    inked = np.abs(picture.astype(int) - BACK).max(axis=2) > 8
    assert inked[SIZE[1] // 2, 0]
    assert not inked[:, 40:].any()


@pytest.mark.parametrize("end", [(350.0, 60.0), (350.0, 240.0), (52.0, 250.0)])
@pytest.mark.parametrize("width", [1.5, 4.0])
def test_a_line_is_as_wide_as_asked_and_smooth(plotter, camera, width, end):
    start = np.array([50.0, 60.0])
    still(plotter, camera)
    overlay = Overlay(plotter)
    overlay.line([start, end], "#000000", width)
    picture = overlay.finished(SIZE).astype(float)
    share = 1 - picture[..., 1] / BACK[1]
    assert share.sum() == pytest.approx(width * np.linalg.norm(end - start), rel=0.04)
    assert min(1.0, width / 2) - 0.02 <= share.max() <= 1.0  # at worst it lies on two rows of pixels

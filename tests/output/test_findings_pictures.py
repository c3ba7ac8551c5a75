"""What the findings' pictures are coloured by, and that they can be drawn."""

import numpy as np
import pytest
import trimesh

from planner.assessment.canal_map import Station
from planner.assessment.finding import Assessment
from planner.geometry.surface import Surface
from planner.output.canal_picture import draw_canal
from planner.output.heat import beyond, thickness


def box(low, high):
    made = trimesh.creation.box(bounds=[low, high]).subdivide().subdivide().subdivide()
    return Surface(vertices=np.array(made.vertices), faces=np.array(made.faces))


def test_what_stands_out_is_measured_and_what_lies_within_is_zero():
    far = beyond(box([0, 0, 0], [10, 10, 14]), box([-1, -1, -1], [11, 11, 11]))
    assert far.max() == pytest.approx(3.0)
    assert far.min() == 0.0


def test_a_plate_is_as_thick_as_it_was_made():
    plate = box([0, 0, 0], [20, 20, 2.5])
    inner = (np.abs(plate.vertices[:, :2] - 10.0) < 6.0).all(axis=1)
    assert thickness(plate, 6.0)[inner] == pytest.approx(2.5, abs=0.01)
    assert thickness(plate, 2.0)[inner] == pytest.approx(2.0)


def test_no_canal_no_picture(tmp_path):
    assert draw_canal(Assessment(measurements=(), findings=(), segments=()), tmp_path / "canal.png") is None


def test_the_canal_is_drawn(drawing, tmp_path):
    from PIL import Image

    stations = tuple(
        Station(
            level="C4", along_mm=float(k), center=np.zeros(3), area_mm2=200.0, ap_mm=12.0 + k, width_mm=24.0,
            circle_mm=11.0,
        )
        for k in range(6)
    )  # fmt: skip
    made = Assessment(measurements=(), findings=(), segments=(), stations=stations)
    picture = np.array(Image.open(draw_canal(made, tmp_path / "canal.png")))
    blue = (np.abs(picture[..., :3].astype(int) - [0, 114, 178]) < 12).all(axis=2)
    assert blue.sum() > 500

import numpy as np
import pytest

from planner.assessment import assess
from planner.assessment.outline import largest_circle, outline_size


def test_sizes_of_a_box_and_the_circle_of_an_ellipse():
    box = np.array([[-11.0, 8.0], [11.0, 8.0], [11.0, 22.0], [-11.0, 22.0]])
    assert outline_size(box) == pytest.approx((22 * 14, 14.0, 22.0))
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    assert largest_circle(np.column_stack([11 * np.cos(turn), 6 * np.sin(turn)])) == pytest.approx(12.0, abs=0.15)


def test_the_canal_runs_from_the_head_down_and_its_room_is_that_of_the_blocks(blocks):
    assessment = assess(blocks.column(("C3", "C4", "C5")))
    along = [s.along_mm for s in assessment.stations]
    assert along == sorted(along) and along[-1] > 32.0
    assert [space.level for space in assessment.spaces] == ["C3", "C4", "C5"]
    for space in assessment.spaces:
        assert space.least_ap_mm == pytest.approx(14.0, abs=0.2)
        assert space.least_circle_mm == pytest.approx(14.0, abs=0.4)
        assert space.torg_ratio == pytest.approx(14 / 16, abs=0.02)

import numpy as np
import pytest
from fixation_blocks import NOTHING, block_vertebra, finding

from planner.anatomy.vertebra import Status
from planner.assessment.finding import Severity
from planner.fixation.artery import artery, foramen_state, other_side_doubtful
from planner.reference.hazards import foramen_norm_mm, setting

NORM = foramen_norm_mm("C4")


def tube(side="left", assessment=NOTHING, **kind):
    return artery({"C4": block_vertebra(**kind)}, "C4", side, assessment)[0]


def test_radius_is_the_largest_of_hole_mirror_and_norm():
    assert tube(foramen_mm=(7.0, 5.0)).radius_mm == 3.5
    assert tube(foramen_mm=(5.0, 7.0)).radius_mm == 3.5
    assert tube(foramen_mm=(3.0, 3.0)).radius_mm == NORM / 2


def test_narrowing_widens_the_tube_and_takes_the_mirrored_axis():
    vertebra = block_vertebra()
    narrowed = finding("transverse_foramen.narrowed", "C4", "left", Severity.DEFICIENT)
    healthy = tube()
    ill = artery({"C4": vertebra}, "C4", "left", narrowed)[0]
    assert ill.radius_mm == healthy.radius_mm + setting("artery_widening_mm")
    mirrored = vertebra.foramina["right"].center * [-1, 1, 1]
    assert np.linalg.norm(ill.path - mirrored, axis=1).min() < 1e-9


def test_an_absent_foramen_takes_the_mirror_and_is_not_normal():
    vertebra = block_vertebra(foramen_mm=(0.0, 6.0))
    assert vertebra.foramina["left"].status is Status.ABSENT
    assert not foramen_state(vertebra, "left", NOTHING).normal
    found = artery({"C4": vertebra}, "C4", "left", NOTHING)[0]
    assert found.path[:, 0] == pytest.approx(14.0)
    assert other_side_doubtful({"C4": vertebra}, "right", NOTHING)
    assert not other_side_doubtful({"C4": vertebra}, "left", NOTHING)


def test_the_tube_joins_neighbours_and_bends_outwards_above_c2():
    column = {"C2": block_vertebra("C2", 32.0), "C3": block_vertebra("C3", 16.0), "C4": block_vertebra("C4")}
    path = artery(column, "C3", "right", NOTHING)[0].path
    assert (np.diff(path[:, 2]) > 0).all()
    assert path[0, 2] < 0
    assert path[-1, 2] > 32
    assert path[-1, 0] < path[-2, 0] < 0, "outwards on the right is towards negative x"


def test_no_foramen_no_tube():
    assert artery({"C4": block_vertebra(foramen_mm=(0.0, 0.0))}, "C4", "left", NOTHING) == ()
    assert artery({"C7": block_vertebra("C7")}, "C7", "left", NOTHING) == ()


def test_at_c7_the_artery_is_drawn_below_the_c6_foramen():
    column = {"C6": block_vertebra("C6", 16.0), "C7": block_vertebra("C7")}
    path = artery(column, "C7", "left", NOTHING)[0].path
    assert path[0, 2] == pytest.approx(16.0 - setting("artery_beyond_end_mm"))

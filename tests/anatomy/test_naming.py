"""A level's name against the bone it is given to."""

import numpy as np

from planner.anatomy.naming import name_doubts
from planner.anatomy.pose import find_pose


def doubts(named):
    poses = {level: find_pose(surface, level, np.eye(3), second=False) for level, surface in named.items()}
    return name_doubts(named, poses)


def test_right_names_raise_no_doubt(reference_surfaces):
    assert doubts({level: reference_surfaces[level] for level in ("C2", "C3", "C4")}) == {}


def test_c2_is_told_by_its_dens(reference_surfaces):
    assert "no dens" in doubts({"C2": reference_surfaces["C3"]})["C2"]
    assert "it has a dens" in doubts({"C4": reference_surfaces["C2"]})["C4"]


def test_names_against_the_order_are_doubted(reference_surfaces):
    found = doubts({"C4": reference_surfaces["C5"], "C5": reference_surfaces["C4"]})
    assert set(found) == {"C4", "C5"}
    assert "above that of C4" in found["C4"]

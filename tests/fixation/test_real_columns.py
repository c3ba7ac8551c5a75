"""A real column, the mean of 38 CTs; whole plans of the others are tested in tests/validation."""

import os
from pathlib import Path

import numpy as np
import pytest
import trimesh
from fixation_blocks import NOTHING

from planner.anatomy import understand
from planner.fixation import plan_fixations
from planner.fixation.anchor import AnchorStatus, Candidate
from planner.geometry.axes import space_to_lps
from planner.geometry.surface import Surface

LEVELS = ("C2", "C3", "C4", "C5", "C6")


@pytest.fixture(scope="module")
def column():
    folder = Path(os.environ.get("PLANNER_REAL_DATA", "")) / "umtri_parametric"
    if "PLANNER_REAL_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("PLANNER_REAL_DATA is not set to a folder that holds umtri_parametric")
    surfaces = {}
    for level in LEVELS:
        mesh = trimesh.load_mesh(folder / f"{level}.stl")
        raw = Surface(vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.faces, np.int64))
        surfaces[level] = raw.mapped(space_to_lps("LPS"))
    vertebrae = understand(surfaces)
    fixations = plan_fixations(vertebrae, NOTHING, LEVELS, technique={}, c2={}, execution="freehand", seed=0)
    return vertebrae, fixations


def test_magerl_is_acceptable_on_nearly_all_masses(column):
    _, fixations = column
    masses = [f for f in fixations if f.level != "C2"]
    tried = [[f.chosen, *f.alternatives] for f in masses]
    good = [
        any(isinstance(c, Candidate) and c.technique == "magerl" and c.status is not AnchorStatus.REJECTED for c in t)
        for t in tried
    ]
    assert sum(good) >= 7


def test_reported_clearance_from_neighbours_is_the_exact_distance(column):
    vertebrae, fixations = column
    for fixation in fixations:
        chosen = fixation.chosen
        if chosen is None:
            continue
        radius = chosen.screw.diameter_mm / 2
        depths = np.arange(2.0, chosen.screw.length_mm - radius + 1e-9, 0.05)
        points = chosen.trajectory.entry + depths[:, None] * chosen.trajectory.direction
        around = [LEVELS.index(fixation.level) + step for step in (-1, 1)]
        others = [vertebrae[LEVELS[i]].surface for i in around if 0 <= i < len(LEVELS)]
        truth = min(other.closest(points)[0].min() for other in others) - radius
        assert chosen.clearance_mm["neighbours"] == pytest.approx(truth, abs=0.02)

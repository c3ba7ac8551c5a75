"""Blocks as bones: an edit's numbers are the engine's, whatever the bones."""

import sys
from pathlib import Path

import pytest

from planner.construct import plan_reduction
from planner.editing import Bench
from planner.fixation import plan_fixations
from planner.fixation.ladder import sides_of

sys.path.insert(0, str(Path(__file__).parents[1] / "fixation"))
from fixation_blocks import NOTHING, block_vertebra

HOW = {"execution": "freehand", "seed": 3}


@pytest.fixture(scope="session")
def bench() -> Bench:
    """C4 and C5 of boxes, 16 mm apart, with the fixations that the ladder proposes."""
    column = {level: block_vertebra(level, height) for level, height in (("C4", 0.0), ("C5", -16.0))}
    found = plan_fixations(column, NOTHING, tuple(column), technique={("C5", "left"): "skip"}, c2={}, **HOW)
    sides = {(p.vertebra.level, p.side): p for level in column for p in sides_of(column, NOTHING, level, **HOW)}
    return Bench(
        vertebrae=column, assessment=NOTHING, sides=sides, proposal={(f.level, f.side): f for f in found},
        reduction=plan_reduction(column, NOTHING, "none"),
    )  # fmt: skip

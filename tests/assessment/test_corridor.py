import numpy as np
import pytest

from planner.assessment.corridor import screw_corridor_mm


def test_a_thinner_mass_has_a_narrower_corridor_and_a_short_one_none(blocks):
    whole = screw_corridor_mm(blocks.vertebra("C4"), "left")
    thin = blocks.bone() - blocks.side_block("left", [11, 9, -0.5], [24, 26, 8])
    thinned = screw_corridor_mm(blocks.vertebra("C4", solid=thin), "left")
    gone = screw_corridor_mm(blocks.vertebra("C4", solid=blocks.bone() - blocks.mass("left")), "left")
    assert whole > thinned > gone
    assert 7.0 < whole <= 12.5
    assert thinned < 6.5
    assert gone < 1.5


def test_both_sides_of_a_symmetric_bone_are_alike(blocks):
    vertebra = blocks.vertebra("C4")
    assert screw_corridor_mm(vertebra, "left") == pytest.approx(screw_corridor_mm(vertebra, "right"), abs=0.5)


def test_what_is_not_bone_bounds_the_corridor(blocks):
    vertebra = blocks.vertebra("C4")
    grid = np.arange(-6.4, 6.5, 0.8)
    slab = np.array([[17.0 + l, 17.0 + p, s] for l in grid for p in (-0.8, 0.0, 0.8) for s in grid])
    assert screw_corridor_mm(vertebra, "left", [slab]) < 0.7 * screw_corridor_mm(vertebra, "left")


def test_no_corridor_is_asked_of_c2(blocks):
    assert np.isnan(screw_corridor_mm(blocks.vertebra("C2"), "left"))

import numpy as np
import pytest
from fixation_blocks import block_vertebra

from planner.fixation.window import window_of
from planner.geometry.axes import SIGN, Frame, angles_of
from planner.geometry.placed import Placed
from planner.reference.implants import catalogue
from planner.reference.techniques import technique_at, techniques, techniques_at

HOME = Frame.from_axes(np.zeros(3), np.eye(3)[0], np.eye(3)[2])


def test_the_table_names_every_technique_of_each_level():
    for level in ("C3", "C4", "C5", "C6"):
        named = {t.id for t in techniques_at(level, "lateral_mass")}
        assert {"roy-camille", "magerl", "an", "anderson"} <= named
        assert technique_at("auto", level).anchor == "lateral_mass"
        assert technique_at("pedicle", level).entry_from == "pedicle_isthmus"
    assert {t.id for t in techniques_at("C7", "lateral_mass")} == {"c7-lateral-mass"}
    assert {technique_at(i, "C2").anchor for i in ("pars", "pedicle", "translaminar")} == {
        "pars", "pedicle", "translaminar"
    }  # fmt: skip
    assert technique_at("magerl", "C2") is None


def test_every_row_has_a_source_a_certainty_and_lengths_in_the_catalogue():
    for technique in techniques().values():
        assert technique.source.strip()
        assert technique.certainty in "ABCD"
        assert technique.sagittal_reference in ("facet", "dorsal_surface", "endplate")
        assert catalogue(technique.anchor).between(technique.length_min_mm, technique.length_max_mm)
    assert technique_at("pars", "C2").length_max_mm <= 16.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_medial_moves_the_entry_to_the_midline_and_lateral_points_away(side):
    vertebra = block_vertebra()
    placed = Placed(surface=vertebra.surface, frame=vertebra.frame)
    origin = vertebra.local(f"lateral_mass_center_{side}")
    window = window_of(technique_at("an", "C4"), side, origin, "centre", placed, 0.0)
    entries, directions = window.axes(np.array([[0.0, 0.0, 30.0, 15.0], [2.0, 1.0, 30.0, 15.0]]))
    assert entries[0] == pytest.approx(origin, abs=1e-3)
    assert SIGN[side] * entries[1, 0] == pytest.approx(SIGN[side] * origin[0] - 2.0, abs=1e-3)
    assert entries[1, 2] == pytest.approx(origin[2] + 1.0, abs=1e-3)
    assert SIGN[side] * directions[0, 0] > 0
    assert directions[0, 1] < 0
    assert directions[0, 2] > 0
    assert angles_of(side, directions[0]) == pytest.approx((30.0, 15.0))


def test_a_facet_reference_turns_the_aim_with_the_facet():
    placed = Placed(surface=block_vertebra().surface, frame=HOME)
    magerl = technique_at("magerl", "C4")
    steep = window_of(magerl, "left", np.zeros(3), "centre", placed, 50.0)
    flat = window_of(magerl, "left", np.zeros(3), "centre", placed, 40.0)
    assert steep.ideal[3] > flat.ideal[3]
    direction = steep.directions(steep.ideal[None])[0]
    assert np.degrees(np.arctan2(direction[2], -direction[1])) == pytest.approx(50.0)


def test_an_axis_through_a_bridge_of_bone_passes_it_and_enters_from_behind():
    vertebra = block_vertebra()
    placed = Placed(surface=vertebra.surface, frame=vertebra.frame)
    middle = np.array([18.0, 14.0, 0.0])
    window = window_of(technique_at("pedicle", "C4"), "left", middle, "middle", placed, 0.0)
    entries, directions = window.axes(np.array([[0.0, 0.0, -42.0, 0.0]]))
    along = (middle - entries[0]) @ directions[0]
    assert along > 0
    assert entries[0] + along * directions[0] == pytest.approx(middle, abs=1e-3)
    assert directions[0, 0] < 0, "a pedicle screw of the left side points towards the midline"

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.construct.conflicts import conflicts_of, skipped_runs
from planner.construct.rod import bend_rod
from planner.construct.rules import rule
from planner.geometry.trajectory import Trajectory

LEVELS = ("C2", "C3", "C4", "C5", "C6")


def paths(levels=LEVELS, sideways=None, direction=(0.0, -1.0, 0.0), pitch=16.0):
    sideways = dict.fromkeys(levels, 0.0) | (sideways or {})
    return [
        Trajectory(
            entry=np.array([18.0 + sideways[v], 25.0, -pitch * LEVELS.index(v)]),
            direction=np.asarray(direction, float), length_mm=14.0,
        )
        for v in levels
    ]  # fmt: skip


def conflicts(rod, unstable=(), levels=LEVELS, lordosis=10.0):
    return {c.code: c for c in conflicts_of([rod], levels, unstable, lordosis)}


def test_heads_in_line_make_a_straight_rod():
    rod = bend_rod("left", LEVELS, paths())
    assert rod.length_mm == pytest.approx(64 + 2 * rule("rod_overhang_mm"), abs=0.1)
    assert rod.min_bend_radius_mm > 1e4
    assert all(head.tilt_deg == pytest.approx(0.0, abs=0.1) for head in rod.heads)
    assert conflicts(rod) == {}


def test_one_anchor_makes_no_rod():
    assert bend_rod("left", ("C4",), paths(("C4",))) is None


def test_two_heads_make_a_straight_rod():
    assert bend_rod("left", ("C2", "C6"), paths(("C2", "C6"))).min_bend_radius_mm == float("inf")


@settings(max_examples=25, deadline=None)
@given(offsets=st.lists(st.floats(-3, 3), min_size=5, max_size=5), pitch=st.floats(8, 16), deep=st.floats(-4, 4))
def test_the_rod_passes_every_head_and_nothing_is_silent(offsets, pitch, deep):
    """Masses stand 9 to 16 mm apart: at the low end heads collide, and steps bend the rod sharply."""
    way = paths(sideways=dict(zip(LEVELS, offsets, strict=True)), pitch=pitch)
    way[2] = Trajectory(entry=way[2].entry + [0, deep, 0], direction=way[2].direction, length_mm=14.0)
    rod = bend_rod("left", LEVELS, way)
    gaps = [np.linalg.norm(rod.points - head.center, axis=1).min() for head in rod.heads]
    assert max(gaps) < 1.0 or "head.offset" in conflicts(rod)
    assert (rod.min_bend_radius_mm < rule("min_bend_radius_mm")) == ("rod.bend" in conflicts(rod))
    seats = np.array([head.center for head in rod.heads])
    close = np.linalg.norm(np.diff(seats, axis=0), axis=1).min() < rule("tulip_diameter_mm") + rule("head_gap_mm")
    assert close == ("heads.close" in conflicts(rod))


def test_proudness_smooths_a_step():
    """An entry 2 mm deeper than its neighbours is met by a prouder head."""
    stepped = paths()
    stepped[2] = Trajectory(entry=stepped[2].entry - [0, 2.0, 0], direction=stepped[2].direction, length_mm=14.0)
    rod = bend_rod("left", LEVELS, stepped)
    assert rod.heads[2].center[1] - stepped[2].entry[1] > rule("head_offset_mm") + 1.0
    assert rod.min_bend_radius_mm > 60


def test_heads_too_close_are_a_conflict_with_numbers():
    found = conflicts(bend_rod("left", LEVELS, paths(pitch=9.0)))["heads.close"]
    assert "9.0 mm" in found.text
    assert found.options
    assert found.source


def test_tilt_is_the_angle_out_of_the_plane_across_the_rod():
    up = np.array([0.0, -np.cos(np.radians(50)), np.sin(np.radians(50))])
    rod = bend_rod("left", LEVELS, paths(direction=up))
    assert rod.heads[2].tilt_deg == pytest.approx(50, abs=0.5)
    assert "head.cone" in conflicts(rod)


def test_the_spanned_rod_of_two_levels_with_one_anchor_above():
    rod = bend_rod("left", ("C2", "C5", "C6"), paths(("C2", "C5", "C6")))
    assert skipped_runs(rod, LEVELS) == [("C3", "C4")]
    found = conflicts(rod, ["C3-C4"])
    assert set(found) == {"rod.span"}
    assert found["rod.span"].text.startswith(
        "left rod spans two levels (C3, C4) with one anchor above and two anchors below"
    )


def test_a_single_skipped_level_between_pairs_is_allowed():
    levels = ("C2", "C3", "C5", "C6")
    assert conflicts(bend_rod("right", levels, paths(levels))) == {}


def test_an_unstable_segment_wants_two_anchors_on_each_side():
    levels = ("C3", "C4", "C5")
    found = conflicts(bend_rod("right", levels, paths(levels)), ["C3-C4"], levels)
    assert "one anchor above" in found["rod.anchors"].text


def test_kyphosis_is_named():
    assert "column.kyphosis" in conflicts(bend_rod("left", LEVELS, paths()), lordosis=-8.0)


def test_heads_that_collide_are_found_by_the_property_above():
    """The property is worth something only if its row can collide, and can bend too sharply."""
    assert "heads.close" in conflicts(bend_rod("left", LEVELS, paths(pitch=8.0)))
    assert "heads.close" not in conflicts(bend_rod("left", LEVELS, paths(pitch=11.0)))
    stepped = paths(sideways={"C4": 6.0}, pitch=8.0)
    assert "rod.bend" in conflicts(bend_rod("left", LEVELS, stepped))

"""Two levels of the reference model: the screw through their joint, both cortices, and the quick answers of a view."""

import numpy as np
import pytest

from planner.anatomy import understand
from planner.assessment import assess
from planner.fixation import plan_fixations
from planner.fixation.anchor import AnchorStatus, Candidate, Refusal
from planner.fixation.corridor import corridor
from planner.fixation.follow import regrade, search_again
from planner.fixation.ladder import sides_of, try_every_technique
from planner.fixation.nerve_root import nerve_root
from planner.geometry.axes import SIDES
from planner.reading import bundled_model, read_case
from planner.reference.techniques import technique_at

HOW = {"execution": "freehand", "seed": 0}


@pytest.fixture(scope="module")
def bones():
    folder = bundled_model("reference")
    case = read_case([folder / f"{level}.ply" for level in ("C4", "C5")])
    vertebrae = understand({level: bone.surface for level, bone in case.bones.items()})
    return vertebrae, assess(vertebrae)


@pytest.fixture(scope="module")
def left(bones):
    return sides_of(*bones, "C4", **HOW)[0]


@pytest.fixture(scope="module")
def across(left):
    found = corridor(left, technique_at("transfacet", "C4"))
    assert isinstance(found, Candidate)
    return found


def test_a_transfacet_screw_starts_on_one_bone_and_ends_in_the_next(bones, across):
    upper, lower = (bones[0][level].surface for level in ("C4", "C5"))
    path = across.trajectory
    assert upper.closest(path.entry[None])[0][0] < 0.1
    assert across.angles.cephalad_deg < -20
    assert lower.contains((path.tip - 0.5 * path.direction)[None]).all()
    assert not upper.contains(path.tip[None]).any()
    depths, points = path.stations(0.25)
    neither = ~(upper.contains(points) | lower.contains(points))
    gap = 0.25 * neither[depths > 2].sum()
    assert across.purchase_mm <= across.screw.length_mm - gap + 0.5, "the joint between gives no purchase"


def test_a_transfacet_screw_is_never_better_than_caution(across):
    assert across.status is AnchorStatus.CAUTION
    assert "salvage" in across.reason


def test_what_a_transfacet_screw_crosses_on_purpose_is_no_hazard_and_the_joint_further_down_is(left):
    ours = left.hazards_for("transfacet")
    assert "neighbours" not in ours, "there is no bone above, and the one below is its goal"
    crossed, spared = (h["inferior_facet"][0].points[:, 2] for h in (left.hazards["left"], ours))
    assert spared.mean() < crossed.min()
    assert len(ours["canal"]) == 2


def test_without_the_bone_below_there_is_no_transfacet_screw(bones):
    vertebrae, assessment = bones
    tried = try_every_technique({"C5": vertebrae["C5"]}, assessment, ("C5",), **HOW)
    for side in SIDES:
        found = next(t for t in tried["C5", side] if t.technique == "transfacet")
        assert isinstance(found, Refusal)
        assert "not in the case" in found.reason


def test_a_transfacet_screw_heeds_the_screw_of_the_level_below(bones):
    wish = {("C4", "left"): "transfacet"}
    fixations = plan_fixations(*bones, ("C4", "C5"), technique=wish, c2={}, **HOW)
    first = next(f for f in fixations if (f.level, f.side) == ("C4", "left"))
    tried = first.chosen or first.alternatives[0]
    below = next(f for f in fixations if (f.level, f.side) == ("C5", "left")).chosen
    a, b = (np.linspace(c.trajectory.entry, c.trajectory.tip, 400) for c in (tried, below))
    between = np.linalg.norm(a[:, None] - b[None], axis=2).min() - below.screw.diameter_mm / 2
    room = between - tried.screw.diameter_mm / 2
    assert tried.clearance_mm["other_screw"] == pytest.approx(room, abs=1.8), "a tip is round here, and flat there"
    assert (first.status is AnchorStatus.REJECTED) == (tried.clearance_mm["other_screw"] < 0.5)


@pytest.mark.parametrize(("cortex", "least", "most"), [("unicortical", 0.9, 7.0), ("bicortical", -1.1, 0.1)])
def test_the_tip_stays_short_of_the_far_cortex_or_passes_it_by_a_millimetre(bones, cortex, least, most):
    for place in sides_of(*bones, "C5", cortex=cortex, **HOW):
        for name in ("magerl", "an", "auto"):
            found = corridor(place, technique_at(name, "C5"))
            assert found.cortex == cortex
            assert least <= found.tip_to_far_cortex_mm <= most
            assert found.clearance_mm["nerve_root"] > 0, "what lies past the cortex is still graded"


def test_only_lateral_mass_screws_pass_the_far_cortex(bones):
    place = sides_of(*bones, "C4", cortex="bicortical", **HOW)[0]
    found = corridor(place, technique_at("paravertebral", "C4"))
    assert found.cortex == "unicortical"
    assert found.tip_to_far_cortex_mm >= 0.9


def test_a_plan_s_own_trajectory_is_regraded_to_the_same_figures(left):
    row = technique_at("magerl", "C4")
    found = search_again(left, row)
    again = regrade(left, row, found.trajectory)
    assert again.verdict.status is found.status
    assert again.purchase_mm == pytest.approx(found.purchase_mm)
    assert again.clearance_mm == pytest.approx(found.clearance_mm, abs=1e-6)
    for name, chance in found.breach.hazards.items():
        assert again.breach.hazards[name].any == pytest.approx(chance.any, abs=1e-3), name


def test_searching_again_with_less_effort_finds_as_good_a_screw(left):
    row = technique_at("magerl", "C4")
    assert search_again(left, row).status is corridor(left, row).status


@pytest.mark.parametrize("level", ["C4", "C5"])
@pytest.mark.parametrize("side", SIDES)
def test_the_nerve_root_lies_on_the_transverse_process(bones, level, side):
    bone = bones[0][level]
    (tube,) = nerve_root(bone, side)
    gutter = tube.path[1:]
    down = np.tile(-bone.frame.superior, (len(gutter), 1))
    floor, _ = bone.surface.first_hit(gutter, down)
    gap = (gutter - floor) @ bone.frame.superior - tube.radius_mm
    assert np.isfinite(gap).any()
    assert np.nanmin(np.abs(gap)) < 0.05, "it touches the bone beneath"
    assert np.nanmax(gap) < 1.5, "and floats nowhere over it"
    assert bone.frame.to_local(gutter)[-1, 2] < bone.frame.to_local(tube.path)[0, 2], "it leaves downwards"

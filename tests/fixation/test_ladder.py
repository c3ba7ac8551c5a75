from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fixation_blocks import NOTHING, block_vertebra, finding, sphere

from planner.anatomy.vertebra import Status
from planner.assessment.finding import Severity
from planner.fixation import plan_fixations
from planner.fixation.anchor import AnchorStatus, Candidate
from planner.fixation.ladder import sides_of
from planner.fixation.transfacet import barred_joint


def plan(vertebra, assessment=NOTHING, technique=None, **more):
    return plan_fixations(
        {vertebra.level: vertebra}, assessment, (vertebra.level,),
        technique=technique or {}, c2={}, execution="freehand", seed=1, **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def healthy():
    return plan(block_vertebra())


def test_one_fixation_per_side_with_numbers_and_alternatives(healthy):
    assert [(f.level, f.side) for f in healthy] == [("C4", "left"), ("C4", "right")]
    for fixation in healthy:
        chosen = fixation.chosen
        assert fixation.status is chosen.status is AnchorStatus.PLANNED
        assert chosen.anchor == "lateral_mass"
        assert chosen.purchase_mm >= 10
        assert chosen.angles.lateral_deg > 0
        assert fixation.alternatives
        assert fixation.unseen
        assert set(chosen.clearance_mm) <= set(chosen.breach.hazards)
        assert np.linalg.norm(chosen.trajectory.direction) == pytest.approx(1.0)


def test_sides_of_a_symmetric_bone_mirror(healthy):
    left, right = (f.chosen for f in healthy)
    assert left.purchase_mm == pytest.approx(right.purchase_mm, abs=1.0)
    assert left.trajectory.entry[0] > 0 > right.trajectory.entry[0]
    assert left.trajectory.direction[0] > 0 > right.trajectory.direction[0]


def test_the_same_seed_gives_the_same_plan(healthy):
    again = plan(block_vertebra())
    for one, two in zip(healthy, again, strict=True):
        assert one.reason == two.reason
        assert (one.chosen.trajectory.entry == two.chosen.trajectory.entry).all()


def test_a_destroyed_mass_is_refused_with_the_findings_words():
    vertebra = block_vertebra(pedicle_width=3.0)
    left, right = plan(vertebra, finding("lateral_mass.destroyed", "C4", "left"))
    assert left.status is AnchorStatus.SKIPPED
    assert left.chosen is None
    assert "16 % left" in left.reason
    assert "pedicle" in left.reason
    assert right.status is AnchorStatus.PLANNED


def test_no_screw_starts_on_an_extrapolated_mass():
    for fixation in plan(block_vertebra(mass_status=Status.EXTRAPOLATED, pedicle_width=3.0)):
        assert fixation.status is AnchorStatus.SKIPPED
        assert "extrapolated" in fixation.reason
        assert all(not isinstance(a, Candidate) or a.anchor == "pedicle" for a in fixation.alternatives)


def test_a_thinned_mass_is_at_most_caution():
    left, right = plan(block_vertebra(), finding("lateral_mass.thinned", "C4", "left", Severity.CAUTION))
    assert left.status is not AnchorStatus.PLANNED
    assert right.status is AnchorStatus.PLANNED


def test_skip_is_skipped_and_a_named_failure_is_rejected():
    told = {("C4", "left"): "skip", ("C4", "right"): "magerl"}
    left, right = plan(block_vertebra(), finding("lateral_mass.destroyed", "C4", "right"), told)
    assert left.status is AnchorStatus.SKIPPED
    assert left.reason == "skipped as asked"
    assert right.status is AnchorStatus.REJECTED
    assert right.chosen is None


def test_a_named_technique_is_the_one_that_is_planned():
    for fixation in plan(block_vertebra(), technique={("C4", "left"): "an", ("C4", "right"): "an"}):
        assert fixation.chosen.technique == "an"
        assert fixation.chosen.angles.lateral_deg == pytest.approx(30.0, abs=5.01)


def test_a_keep_out_in_the_mass_is_kept_out_of():
    ball = sphere(np.array([18.0, 12.0, 3.0]), 3.0)
    left, _ = plan(block_vertebra(), avoid={"cyst": ball})
    for candidate in (left.chosen, *left.alternatives):
        if isinstance(candidate, Candidate) and candidate.status is not AnchorStatus.REJECTED:
            assert candidate.clearance_mm["cyst"] >= 0.5
    if left.chosen is None:
        assert "cyst" in left.reason


def test_a_mass_gives_no_purchase():
    mass = sphere(np.array([18.0, 14.0, 0.0]), 9.5)
    left, right = plan(block_vertebra(), masses={"calcification": mass})
    assert left.chosen is None or left.chosen.anchor != "lateral_mass"
    assert right.status is AnchorStatus.PLANNED


def test_excess_that_was_found_gives_no_purchase_at_its_level():
    excess = sphere(np.array([18.0, 14.0, 0.0]), 9.5)
    left, right = plan(block_vertebra(), replace(NOTHING, excess={"C4": excess}))
    assert left.chosen is None or left.chosen.anchor != "lateral_mass"
    assert right.status is AnchorStatus.PLANNED
    left, _ = plan(block_vertebra(), replace(NOTHING, excess={"C5": excess}))
    assert left.status is AnchorStatus.PLANNED


def test_reasons_of_a_skip_name_each_rung_once():
    vertebra = block_vertebra(pedicle_width=3.0)
    left, _ = plan(vertebra, finding("lateral_mass.destroyed", "C4", "left"))
    assert left.reason.count("16 % left") == 1
    assert "Lateral mass: " in left.reason
    assert "Pedicle: " in left.reason
    assert len(left.reason) < 250, "the long evidence stands in the alternatives"


def test_a_high_riding_artery_counts_until_the_artery_itself_is_given():
    vertebra, told = block_vertebra(), finding("c2.high_riding_artery", "C4", "left")
    left, right = sides_of({"C4": vertebra}, told, "C4", execution="freehand", seed=0)
    assert "artery_rides_high" in left.conditions
    assert "artery_rides_high" not in right.conditions


@pytest.mark.parametrize(
    ("code", "level", "words"),
    [
        ("facet.perched", "C4-C5", "joint is perched"),
        ("alignment.listhesis", "C4-C5", "has slipped"),
        ("lateral_mass.destroyed", "C5", "is ill"),
        ("facet.perched", "C5-C6", ""),
    ],
)
def test_a_joint_out_of_place_or_an_ill_mass_below_bars_a_screw_across(code, level, words):
    joint = SimpleNamespace(level_below="C5")
    barred = barred_joint(joint, "C4", "left", finding(code, level, "left"))
    assert words in barred
    assert bool(barred) == bool(words)

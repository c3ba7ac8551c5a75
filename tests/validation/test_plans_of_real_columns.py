"""Whole plans of real columns, held against exact geometry and against what a surgeon would accept."""

import numpy as np

from planner.assessment.finding import Severity
from planner.fixation.anchor import AnchorStatus
from planner.geometry.axes import SIGN

ACCEPTED = (AnchorStatus.PLANNED, AnchorStatus.CAUTION)
# Coarse label maps with spikes, and a stylised neck: their bone really is odd, so nothing is asserted of its health.
ROUGH = ("spl_head_neck", "myosim_neck")


def accepted(plan):
    return [f for f in plan.fixations if f.status in ACCEPTED]


def test_every_side_has_one_answer(planned):
    _, plan = planned
    places = [(f.level, f.side) for f in plan.fixations]
    assert places == [(level, side) for level in plan.options.levels for side in ("left", "right")]
    assert all(f.reason for f in plan.fixations)


def test_healthy_columns_get_at_least_eight_anchors(measured):
    _, plan, _ = measured
    assert len(accepted(plan)) >= 8


def test_screws_start_on_bone_on_their_side_and_stay_in_it(planned):
    _, plan = planned
    for fixation in accepted(plan):
        path = fixation.chosen.trajectory
        bone = plan.vertebrae[fixation.level]
        assert bone.surface.closest(path.entry[None])[0][0] <= 1.0
        if fixation.chosen.anchor != "translaminar":
            assert SIGN[fixation.side] * bone.frame.to_local(path.entry)[0] > 0
        depths, points = path.stations(0.25)
        inside = bone.surface.contains(points)
        assert 0.25 * inside.sum() >= 8.0
        assert depths[-1] - depths[np.flatnonzero(inside)[-1]] <= 2.0
        for level, other in plan.vertebrae.items():
            if level != fixation.level:
                assert not other.surface.contains(points).any(), (fixation.level, fixation.side, level)


def test_screws_stay_out_of_the_true_foramen_and_canal(measured):
    _, plan, truth = measured
    for fixation in accepted(plan):
        block = truth[fixation.level]
        path = fixation.chosen.trajectory
        _, points = path.stations(0.25)
        radius = fixation.chosen.screw.diameter_mm / 2
        up = block["frame"]["superior"]
        foramen, certainty = block["points"].get(f"transverse_foramen_{fixation.side}", (None, "poor"))
        if certainty in ("good", "fair") and fixation.chosen.anchor != "translaminar":
            hole = block["measures"].get(f"transverse_foramen_diameter_{fixation.side}") or 5.0
            span = np.linspace(-4, 4, 17) if fixation.level != "C2" else np.zeros(1)
            tube = foramen + up * span[:, None]
            gap = np.linalg.norm(tube[:, None] - points[None], axis=2).min() - radius - hole / 2
            assert gap >= -0.3, (fixation.level, fixation.side, gap)
        rel = points - block["points"]["canal_center"][0]
        width, depth = block["measures"].get("canal_width") or 22.0, block["measures"].get("canal_ap") or 13.0
        ellipse = np.hypot(rel @ block["frame"]["left"] / (width / 2), rel @ block["frame"]["posterior"] / (depth / 2))
        near = np.abs(rel @ up) < 5
        assert not near.any() or ellipse[near].min() >= 0.85, (fixation.level, fixation.side)


def test_no_false_deficiency_of_masses_and_laminae(planned):
    name, plan = planned
    if name in ROUGH:
        return
    grave = [
        (f.code, f.level, f.side)
        for f in plan.assessment.findings
        if f.code.startswith(("lateral_mass.", "lamina.")) and f.severity in (Severity.DEFICIENT, Severity.CRITICAL)
    ]
    assert grave == []


def test_restraint_without_instability_or_stenosis(planned):
    name, plan = planned
    reasons = [plan.construct.reduction.reason, *(d.reason for d in plan.decompression)]
    assert all(reasons)
    if name in ("verse_gl003", "umtri_parametric", "artisynth_dynjaw"):
        assert plan.construct.reduction.segment == ""
        assert plan.decompression == ()


def test_sides_are_not_attested_unless_somebody_does(planned):
    _, plan = planned
    assert not plan.case.side_attested
    assert any("--attest-sides" in warning for warning in plan.warnings)

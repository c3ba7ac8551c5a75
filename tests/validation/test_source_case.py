"""The source case: what its plan must find and must not do, against the truth it was built with."""

import json
from html import unescape

import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.assessment.finding import Severity
from planner.document import plan_document
from planner.fixation.anchor import AnchorStatus
from planner.output.report import Seen, write_report
from planner.planning import PlanOptions, make_plan
from planner.reading import SOURCE_CASE, bundled_model, read_case
from planner.reference.hazards import setting

LEVELS = ("C2", "C3", "C4", "C5", "C6")
ACCEPTED = (AnchorStatus.PLANNED, AnchorStatus.CAUTION)


@pytest.fixture(scope="module")
def plan():
    return make_plan(read_case([bundled_model(SOURCE_CASE)]), PlanOptions(levels=LEVELS))


@pytest.fixture(scope="module")
def operators():
    """{operator: [what it did]} in the order applied."""
    out = {}
    for row in json.loads((bundled_model(SOURCE_CASE) / "truth.json").read_text())["operators"]:
        out.setdefault(row["operator"], []).append(row)
    return out


@pytest.fixture(scope="module")
def sides(plan):
    return {(f.level, f.side): f for f in plan.fixations}


def codes(plan, *grave):
    return {(f.code, f.level, f.side) for f in plan.assessment.findings if not grave or f.severity in grave}


def test_the_destroyed_and_the_thinned_mass_are_told_apart(plan, operators):
    assert ("lateral_mass.destroyed", "C3", "left") in codes(plan, Severity.CRITICAL)
    assert ("lateral_mass.thinned", "C4", "left") in codes(plan, Severity.DEFICIENT, Severity.CRITICAL)
    assert operators["destroy_lateral_mass"][0]["residual_fraction"] < 0.2


def test_no_screw_starts_in_calcification_or_holds_by_it(plan):
    """No screw's axis passes through what was found to be excess; a pedicle screw of left C4 once lay in it."""
    assert set(plan.assessment.excess) == {"C2", "C3", "C4"}
    for fixation in plan.fixations:
        if fixation.chosen is not None and fixation.level in plan.assessment.excess:
            entry, tip = fixation.chosen.trajectory.entry, fixation.chosen.trajectory.tip
            axis = entry + np.linspace(0.0, 1.0, 41)[:, None] * (tip - entry)
            assert not plan.assessment.excess[fixation.level].contains(axis).any(), (fixation.level, fixation.side)


def test_the_mass_behind_the_thinned_one_is_found_where_it_was_put(plan, operators):
    (mass,) = [m for m in operators["add_mass"] if m["name"] == "dorsal"]
    assert plan.assessment.excess["C4"].contains(np.array([mass["center_lps"]])).all()


def test_no_other_mass_or_lamina_is_called_deficient(plan):
    grave = {
        (level, side)
        for code, level, side in codes(plan, Severity.DEFICIENT, Severity.CRITICAL)
        if code.startswith("lateral_mass")
    }
    assert grave == {("C3", "left"), ("C4", "left")}
    lamina = {
        level for code, level, _ in codes(plan, Severity.DEFICIENT, Severity.CRITICAL) if code.startswith("lamina")
    }
    assert lamina == {"C4"}


def test_lamina_defects_are_found_where_they_were_made(plan, operators):
    made = np.array([hole["center_lps"] for hole in operators["lamina_hole"]])
    found = [f for f in plan.assessment.findings if f.code == "lamina.defect"]
    places = np.array([f.evidence["center"] for f in found])
    assert len(found) >= 2
    assert np.linalg.norm(places[:, None] - made[None], axis=2).min(axis=1).max() < 3.0


def test_the_narrowed_foramen_is_measured(plan, operators):
    truth = operators["narrow_foramen"][0]
    read = plan.vertebrae["C2"].measures["transverse_foramen_diameter", "left"]
    assert read == pytest.approx(truth["diameter_after_mm"], abs=0.5)
    assert ("transverse_foramen.narrowed", "C2", "left") in codes(plan)
    assert not any(code == "transverse_foramen.narrowed" and side == "right" for code, _, side in codes(plan))


def test_the_slip_and_the_perched_facet(plan):
    assert ("alignment.listhesis", "C3-C4", "midline") in codes(plan, Severity.CRITICAL, Severity.DEFICIENT)
    assert ("facet.perched", "C3-C4", "right") in codes(plan)
    segment = next(s for s in plan.assessment.segments if s.name == "C3-C4")
    assert segment.facets["right"].overlap_percent <= 10
    others = [s.pincer_mm for s in plan.assessment.segments if s.name != "C3-C4"]
    assert segment.pincer_mm < min(others)


def test_calcification_is_excess_and_not_bone(plan):
    assert any(code.startswith("excess_bone") and level == "C4" for code, level, _ in codes(plan))
    for level in ("C3", "C4"):
        assert not plan.vertebrae[level].landmarks["lateral_mass_center_left"].measured


def test_no_screw_goes_into_the_ill_masses(sides):
    for level in ("C3", "C4"):
        chosen = sides[level, "left"].chosen
        assert chosen is None or (chosen.anchor == "pedicle" and chosen.status is AnchorStatus.CAUTION)
        assert sides[level, "left"].reason
    assert sides["C3", "left"].chosen is None


def test_every_healthy_side_has_an_anchor(sides):
    healthy = [(level, "right") for level in LEVELS] + [("C5", "left"), ("C6", "left"), ("C2", "left")]
    assert {place: sides[place].status for place in healthy if sides[place].status not in ACCEPTED} == {}


def test_no_pedicle_of_c2_is_planned_as_if_the_artery_were_safe(sides):
    for side in ("left", "right"):
        fixation = sides["C2", side]
        for candidate in [fixation.chosen, *fixation.alternatives]:
            if candidate is not None and candidate.anchor == "pedicle":
                assert getattr(candidate, "status", AnchorStatus.REJECTED) is not AnchorStatus.PLANNED
    assert sides["C2", "left"].status is not AnchorStatus.PLANNED or sides["C2", "left"].chosen.anchor == "translaminar"


def test_the_reduction_brings_the_slip_back_with_all_above(plan):
    reduction = plan.construct.reduction
    assert reduction.segment == "C3-C4"
    assert abs(reduction.after["listhesis_mm"]) < abs(reduction.before["listhesis_mm"])
    assert np.allclose(reduction.motions["C2"].rotation, reduction.motions["C3"].rotation)
    assert np.allclose(reduction.motions["C2"].translation, reduction.motions["C3"].translation)
    assert np.allclose(reduction.motions["C4"].rotation, np.eye(3))


def test_rods_and_the_conflict_of_the_left_one(plan):
    rods = {rod.side: rod for rod in plan.construct.rods}
    assert rods["right"].levels == LEVELS
    assert rods["left"].levels == ("C2", "C5", "C6")
    assert any(c.side == "left" and "spans two levels" in c.text and c.options for c in plan.construct.conflicts)


def test_the_laminectomy_is_c3_and_c4_and_says_where_nothing_protects(plan):
    assert [d.level for d in plan.decompression] == ["C3", "C4"]
    for cut in plan.decompression:
        assert cut.canal_area_after_mm2 > cut.canal_area_before_mm2
        assert cut.removed_volume_mm3 > 300
    assert any("no bony protection" in text.lower() or "defect" in text for text in plan.decompression[1].unprotected)
    assert any("undercut" in d.procedure for d in plan.decompression)


def test_every_screw_says_what_a_surface_cannot_show(plan):
    for fixation in plan.fixations:
        assert "vertebral artery lumen" in fixation.unseen


def test_drawn_hazards_are_those_that_clearances_were_measured_to(plan):
    """From the document alone: shaft's axis to the tubes of artery and root, less both radii."""
    document = plan_document(plan)
    checked = 0
    for f in (f for f in document["fixations"] if f["entry"] is not None):
        entry, tip, radius = np.array(f["entry"]), np.array(f["tip"]), f["screw"]["diameter_mm"] / 2
        length = np.linalg.norm(tip - entry)
        # The graded shaft starts under the entry cortex and ends in a round tip (acceptance of clearances).
        depths = np.linspace(setting("entry_cortex_mm"), length - radius, 200)
        axis = entry + depths[:, None] * (tip - entry) / length
        for name in ("vertebral_artery", "nerve_root"):
            # A translaminar screw lies in the other side's lamina, and may be nearest to what is on that side.
            sides = {f["side"], f.get("lamina_side") or f["side"]}
            drawn = [h for h in document["hazards"] if (h["level"], h["name"]) == (f["level"], name)]
            tubes = [h for h in drawn if h["side"] in sides]
            gaps = [
                np.linalg.norm(axis - nearest_on(np.array(h["path"]), axis), axis=1).min() - h["radius_mm"] - radius
                for h in tubes
            ]
            assert min(gaps) == pytest.approx(f["clearance_mm"][name], abs=0.02)
            checked += 1
    assert checked >= 16


def nearest_on(path, points):
    """Closest points of a polyline, by brute force over a fine sampling."""
    fine = np.concatenate([np.linspace(a, b, 2000) for a, b in zip(path[:-1], path[1:], strict=True)])
    return fine[cKDTree(fine).query(points)[1]]


def test_its_report_is_small_and_tells_every_finding_and_side(plan, tmp_path):
    file = write_report(Seen.of(plan, plan_document(plan)), tmp_path / "report.html")
    assert file.stat().st_size < 5e6
    page = unescape(file.read_text())
    for finding in plan.assessment.findings:
        assert finding.text in page
    for f in plan.fixations:
        assert f"{f.level} {f.side}" in page
    screws = sum(f.chosen is not None for f in plan.fixations)
    assert page.count("data:image/svg+xml") == screws + len(plan.construct.rods) + 1


@pytest.fixture(scope="module")
def built():
    from planner.validation import construct_truth

    return construct_truth.built()


def test_slip_before_and_after_the_reduction_against_the_solids(plan, built):
    from planner.validation.construct_truth import slip_mm

    reduction = plan.construct.reduction
    motion = reduction.motions["C3"]
    assert reduction.before["listhesis_mm"] == pytest.approx(slip_mm(built, "C3-C4"), abs=0.5)
    after = slip_mm(built, "C3-C4", motion.rotation, motion.translation)
    assert reduction.after["listhesis_mm"] == pytest.approx(after, abs=0.5)
    assert abs(after) < 2.0


def test_removed_volume_against_counting_in_the_solids(plan, built):
    from planner.validation.construct_truth import removed_mm3

    for cut in plan.decompression:
        assert cut.removed_volume_mm3 == pytest.approx(removed_mm3(built, cut.level, cut.width_mm), rel=0.05)


def test_rods_bend_gently_and_heads_stay_in_their_cones_or_are_named(plan):
    told = {(c.code, c.side) for c in plan.construct.conflicts}
    for rod in plan.construct.rods:
        assert rod.min_bend_radius_mm >= 20 or ("rod.bend", rod.side) in told
        assert max(h.tilt_deg for h in rod.heads) <= 45.5 or ("head.cone", rod.side) in told
        gaps = [np.linalg.norm(rod.points - h.center, axis=1).min() for h in rod.heads]
        assert max(gaps) < 1.0 or ("head.offset", rod.side) in told


def test_options_are_compared_and_the_plans_own_are_marked(plan):
    reduction = [o for o in plan.options_compared if o.choice == "reduction"]
    assert [o.chosen for o in reduction] == [False, False, True]
    assert reduction[0].numbers["passage_mm2"] < reduction[2].numbers["passage_mm2"]
    door = next(o for o in plan.options_compared if o.choice == "laminoplasty")
    assert not door.offered
    left = {o.name for o in plan.options_compared if o.choice == "C3 left"}
    assert left == {"C3 left: no screw", "C3 left: pedicle"}
    trough = [o for o in plan.options_compared if o.choice == "trough"]
    assert [o.chosen for o in trough] == [True, False]


def test_the_undercut_of_c2_is_offered_and_clear_of_its_screws(plan):
    (dome,) = plan.decompression[0].undercuts
    assert (dome.level, dome.edge, dome.conflict) == ("C2", "caudal", "")
    assert dome.lamina_left_mm > 2.0


def test_no_screw_is_longer_at_the_price_of_its_status(plan):
    """Every candidate with a caution, asked again at each shorter catalogue length of the same axis."""
    from dataclasses import replace

    from planner.fixation.anchor import AnchorStatus, Candidate
    from planner.fixation.follow import regrade
    from planner.fixation.ladder import sides_of
    from planner.reference.implants import catalogue
    from planner.reference.techniques import technique_at

    asked = 0
    for level in ("C2", "C4", "C5"):
        sides = {s.side: s for s in sides_of(plan.vertebrae, plan.assessment, level, execution="freehand", seed=0)}
        for f in (f for f in plan.fixations if f.level == level):
            for c in (c for c in (f.chosen, *f.alternatives) if isinstance(c, Candidate)):
                if c.status is not AnchorStatus.CAUTION:
                    continue
                technique = technique_at(c.technique, level)
                for length in catalogue(c.anchor).between(technique.length_min_mm, c.trajectory.length_mm - 1.0):
                    shorter = regrade(sides[f.side], technique, replace(c.trajectory, length_mm=length))
                    asked += 1
                    assert shorter.verdict.status is not AnchorStatus.PLANNED, (level, f.side, c.technique, length)
    assert asked >= 3

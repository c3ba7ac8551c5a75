"""One note a level and side: its screw or why there is none, and its findings, the worst first."""

from __future__ import annotations

import numpy as np
import pytest

from planner.document import plan_document
from planner.output.notes import notes_of
from planner.output.wording import first_clause


@pytest.fixture
def document(sample_plan):
    return plan_document(sample_plan)


def finding(code, severity, level="C5", side="right", **evidence):
    return {
        "code": code, "level": level, "side": side, "severity": severity, "text": "A sentence.",
        "evidence": evidence,
    }  # fmt: skip


def note(document, level, side):
    (found,) = [n for n in notes_of(document, {}) if (n.level, n.side) == (level, side)]
    return found


def test_findings_stand_in_the_note_of_their_side_the_worst_first_without_info(document):
    document["findings"] = [
        finding("lateral_mass.small", "info"),
        finding("pedicle.narrow", "caution"),
        finding("lamina.defect", "deficient", center=[1.0, 2.0, 3.0]),
        finding("lamina.defect", "deficient", center=[1.0, 2.0, 9.0]),
    ]
    mine = note(document, "C5", "right")
    assert mine.findings == "Lamina defect, pedicle narrow"
    assert [list(place) for place in mine.found_at] == [[1.0, 2.0, 3.0], [1.0, 2.0, 9.0]]
    assert note(document, "C5", "left").findings == ""


def test_a_lost_mass_is_the_reason_for_no_screw_and_is_not_said_twice(document):
    document["findings"] = [finding("lateral_mass.destroyed", "critical", "C4", "left")]
    mine = note(document, "C4", "left")
    assert mine.lines == ("C4 left: no screw", "Lateral mass destroyed")
    assert mine.findings == ""


def test_the_note_of_a_lost_mass_points_where_the_other_side_has_it(document):
    marks = document["anatomy"]["C4"]["landmarks"]
    right = np.array(marks["lateral_mass_center_right"]["xyz"])
    marks["lateral_mass_center_left"]["xyz"] = None
    document["fixations"] = [f for f in document["fixations"] if (f["level"], f["side"]) != ("C4", "left")]
    document["findings"] = [finding("lateral_mass.destroyed", "critical", "C4", "left")]
    frame = document["anatomy"]["C4"]["frame"]
    across = np.array(frame["left"])
    mirrored = right - 2 * ((right - frame["origin"]) @ across) * across
    np.testing.assert_allclose(note(document, "C4", "left").at, mirrored, atol=1e-6)


def test_neighbours_have_no_notes(document):
    document["findings"] = [finding("lamina.defect", "deficient", "C6", "left", center=[0.0, 0.0, 0.0])]
    assert {n.level for n in notes_of(document, {})} == {"C4", "C5"}


def test_a_long_reason_is_cut_to_its_first_clause():
    long = "no acceptable anchor. Lateral mass (auto, an): canal clearance 0.2 mm, 1 wanted; x. Pedicle (p): y."
    assert first_clause(long) == "Lateral mass: canal clearance 0.2 mm, 1 wanted"

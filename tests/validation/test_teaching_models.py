"""What each bundled model was made to teach is found in it, and nothing else that is grave."""

import pytest

from planner.planning import inspect_case
from planner.reading import bundled_model, read_case

PILLARS = ("C3", "C4", "C5", "C6")
SIDES = ("left", "right")
TAUGHT = {
    "reference": set(),
    "high-riding-artery": {("c2.high_riding_artery", "C2", "right")},
    "congenital-stenosis": {("canal.stenosis", level, "midline") for level in PILLARS},
    "unilateral-dislocation": {
        ("facet.locked", "C5-C6", "left"), ("alignment.listhesis", "C5-C6", "midline"),
        ("canal.stenosis", "C5-C6", "midline"),
    },
    "post-laminectomy": {("lamina.absent", level, side) for level in PILLARS for side in SIDES},
}  # fmt: skip


@pytest.mark.parametrize("name", TAUGHT)
def test_a_model_shows_what_it_teaches_and_nothing_else(name):
    found = inspect_case(read_case([bundled_model(name)])).assessment.findings
    assert {(f.code, f.level, f.side) for f in found if f.severity != "info"} == TAUGHT[name]

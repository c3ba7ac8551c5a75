"""Our own plan of the source case, as it was when last looked at: a change here is to be looked at, not copied.

Not validation: the golden file says what this version does, not what is right. Make it again with
``python tests/regression/test_source_case.py`` after looking at the pictures.
"""

import json
import re
from pathlib import Path

from planner.planning import PlanOptions, make_plan
from planner.reading import SOURCE_CASE, bundled_model, read_case

GOLDEN = Path(__file__).with_name("source_case.json")


def option_words(option):
    """An option's name without its share, which may differ by a percent elsewhere."""
    name = re.sub(r", \d+ %", "", option.name)
    return f"{'> ' if option.chosen else ''}{name}{'' if option.offered else ', not offered'}"


def summary():
    plan = make_plan(read_case([bundled_model(SOURCE_CASE)]), PlanOptions(levels=("C2", "C3", "C4", "C5", "C6")))
    return {
        "findings": sorted(
            f"{f.code} {f.level} {f.side} {f.severity}" for f in plan.assessment.findings if f.severity != "info"
        ),
        "fixations": [
            f"{f.level} {f.side} {f.status}"
            + (f" {f.chosen.anchor} {f.chosen.technique} {f.chosen.screw.length_mm:g} mm" if f.chosen else "")
            for f in plan.fixations
        ],
        "reduction": plan.construct.reduction.segment,
        "rods": {rod.side: list(rod.levels) for rod in plan.construct.rods},
        "conflicts": sorted(f"{c.code} {c.side}" for c in plan.construct.conflicts),
        "decompression": [d.level for d in plan.decompression],
        "undercuts offered": [f"{u.level} {u.edge}" for d in plan.decompression for u in d.undercuts],
        "options": [option_words(o) for o in plan.options_compared],
        "changes for the rods": list(plan.construct.changes),
        "bends": {rod.side: [b.level for b in rod.bends] for rod in plan.construct.rods},
    }


def test_the_plan_of_the_source_case_is_the_one_last_looked_at():
    assert summary() == json.loads(GOLDEN.read_text())


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(summary(), indent=1) + "\n")

"""The plan document: the one form in which a plan leaves the program.

Its shape is versioned by ``schema``. Lengths are LPS millimetres, angles degrees; nan becomes null. The same
plan gives the same text: nothing in it depends on the clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planner.document.anatomy import case_block, understood
from planner.document.fixations import alternative, fixation_block
from planner.document.hazards import hazards_block
from planner.document.operation import construct_block, decompression_block, option_block
from planner.document.provenance import provenance_block
from planner.document.whole import write_whole
from planner.fixation.anchor import Candidate, Refusal
from planner.planning import Inspection, Plan

PLAN_SCHEMA = "cervical-planner/plan/1"
INSPECTION_SCHEMA = "cervical-planner/inspection/1"
COMPARISON_SCHEMA = "cervical-planner/comparison/1"
_NUMBERS = re.compile(r"\[\s*((?:-?[\d.eE+-]+,?\s*)+)\]")
INTENDED_USE = "research, teaching and preview; not a medical device"


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain dicts, lists, numbers and text, ready for JSON."""
    return {
        **_head(PLAN_SCHEMA, plan),
        "levels": list(plan.options.levels),
        **understood(plan.vertebrae, plan.assessment),
        "fixations": [fixation_block(f) for f in plan.fixations],
        "construct": construct_block(plan.construct),
        "decompression": [decompression_block(d) for d in plan.decompression],
        "hazards": hazards_block(plan),
        "options_compared": [option_block(o) for o in plan.options_compared],
        "warnings": list(plan.warnings),
        "provenance": provenance_block(plan.case, plan.options),
    }


def inspection_document(inspection: Inspection) -> dict[str, Any]:
    """Return an inspection in the blocks that it shares with the plan document."""
    return {
        **_head(INSPECTION_SCHEMA, inspection),
        "levels": list(inspection.levels),
        **understood(inspection.vertebrae, inspection.assessment),
        "warnings": list(inspection.warnings),
        "provenance": provenance_block(inspection.case, None),
    }


def comparison_document(
    inspection: Inspection, tried: Mapping[tuple[str, str], Sequence[Candidate | Refusal]], execution: str, seed: int
) -> dict[str, Any]:
    """Return every technique on every side, each in the fields of a plan's alternatives."""
    return {
        **_head(COMPARISON_SCHEMA, inspection),
        "levels": list(inspection.levels),
        "execution": execution,
        "seed": seed,
        "sides": [
            {"level": level, "side": side, "techniques": [alternative(one) for one in of_side]}
            for (level, side), of_side in tried.items()
        ],
        "warnings": list(inspection.warnings),
        "provenance": provenance_block(inspection.case, None),
    }


def json_text(document: dict[str, Any]) -> str:
    """The document as JSON text, a point on one line. A nan in it is our fault and raises ValueError."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: "[" + ", ".join(found[1].split()).replace(",,", ",") + "]", text) + "\n"


def write_json(document: dict[str, Any], path: Path | str) -> Path:
    """Write a document as UTF-8 JSON, whole or not at all."""
    return write_whole(path, json_text(document), "Name another folder with --out.")


def _head(schema: str, result: Plan | Inspection) -> dict[str, Any]:
    return {
        "schema": schema,
        "space": "LPS",
        "units": {"length": "mm", "angle": "deg"},
        "intended_use": INTENDED_USE,
        "case": case_block(result.case),
    }

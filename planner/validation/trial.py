"""Are the pathologies of synthetic columns found, with their sizes? A resumable trial on bones nobody has looked at.

Each column is made, understood and assessed, and what is true and what was found is written as one line of a file.
These are the project's own phantoms: the figures say how well the assessment reads such bones, not patients.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from planner.validation.trial_case import Known, foramina_of, ill_column, known

FIRST_SEED = 100
STEP_MM = 0.6
NEAR_MM = 4.5
"""A hole is found where a defect is told this near to its middle."""


def run(
    count: int, file: Path, *, first_seed: int = FIRST_SEED, say: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Try columns `first_seed` and on, those in `file` already left out; return the lines of all."""
    done = {}
    if file.is_file():
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            done[entry["seed"]] = entry
    seeds = range(first_seed, first_seed + count)
    for number, seed in enumerate(seeds, 1):
        if seed not in done:
            say(f"Column {number} of {count}")
            done[seed] = one_column(seed)
            with file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(done[seed]) + "\n")
    return [done[seed] for seed in seeds]


def one_column(seed: int) -> dict[str, Any]:
    """Make, understand and assess one column; truth beside finding as plain data."""
    from planner.anatomy import understand
    from planner.assessment import assess

    made = ill_column(seed)
    truth = known(made, foramina_of(made))
    surfaces = made.surfaces(STEP_MM)
    found = assess(understand(surfaces))
    return {"seed": seed, "operators": [_words(entry) for entry in made.log], **compared(truth, found)}


def _words(entry: dict[str, Any]) -> str:
    place = entry.get("level") or f"{entry.get('upper')}-{entry.get('lower')}"
    extra = [
        str(entry[key]) for key in ("side", "where", "residual_fraction", "volume_mm3", "area_mm2") if key in entry
    ]
    return " ".join([entry["operator"], place, *extra])


def compared(truth: Known, found: Any) -> dict[str, Any]:
    """Truth and finding side by side: masses, holes, excess, slips, facets and foramina."""
    measured = {(m.name, m.level, m.side): m.value for m in found.measurements}
    masses = []
    for (level, side), fraction in truth.residual.items():
        told = [f for f in found.findings if (f.level, f.side) == (level, side) and f.code.startswith("lateral_mass.")]
        masses.append({
            "level": level, "side": side, "state": truth.state[level, side], "true": fraction,
            "read": _plain(measured.get(("lateral_mass_volume_ratio", level, side))),
            "told": told[0].code.split(".")[1] if told else "normal",
            "severity": str(told[0].severity) if told else "", "text": told[0].text if told else "",
        })  # fmt: skip
    return {
        "masses": masses, **_holes(truth, found), "excess": _excess(truth, found), "slips": _slips(truth, found),
        "facets": _facets(truth, found),
        "foramina": [
            {"level": level, "side": side, "true": _plain(value),
             "read": _plain(measured.get(("transverse_foramen_diameter", level, side)))}
            for (level, side), value in truth.foramen_mm.items()
        ],
    }  # fmt: skip


def _holes(truth: Known, found: Any) -> dict[str, Any]:
    told = [f for f in found.findings if f.code == "lamina.defect"]
    left = list(told)
    holes = []
    for hole in truth.holes:
        near = [
            f for f in left
            if f.level == hole.level and np.linalg.norm(np.array(f.evidence["center"]) - hole.center) < NEAR_MM
        ]  # fmt: skip
        match = min(near, key=lambda f: np.linalg.norm(np.array(f.evidence["center"]) - hole.center), default=None)
        if match is not None:
            left.remove(match)
        holes.append({
            "level": hole.level, "side": hole.side, "true": hole.area_mm2,
            "read": None if match is None else _plain(match.evidence["area_mm2"]),
        })  # fmt: skip
    return {"holes": holes, "false_holes": [f.text for f in left]}


def _excess(truth: Known, found: Any) -> list[dict[str, Any]]:
    rows = []
    for level, volume in truth.excess_mm3.items():
        told = [f for f in found.findings if f.level == level and f.code.startswith("excess_bone")]
        read = sum(float(f.evidence.get("whole_volume_mm3", f.evidence.get("volume_mm3", 0.0))) for f in told)
        if volume or told:
            rows.append({"level": level, "true": volume, "read": _plain(read), "texts": [f.text for f in told]})
    return rows


def _slips(truth: Known, found: Any) -> list[dict[str, Any]]:
    read = {segment.upper: segment.listhesis_mm for segment in found.segments}
    return [
        {"upper": upper, "true": _plain(true), "read": _plain(read.get(upper))} for upper, true in truth.slip_mm.items()
    ]


def _facets(truth: Known, found: Any) -> list[dict[str, Any]]:
    read = {(segment.upper, side): facet.state for segment in found.segments for side, facet in segment.facets.items()}
    overlap = {
        (segment.upper, side): facet.overlap_percent
        for segment in found.segments
        for side, facet in segment.facets.items()
    }
    return [
        {"upper": upper, "side": side, "true": state, "read": read.get((upper, side)),
         "overlap": _plain(overlap.get((upper, side)))}
        for (upper, side), state in truth.facet.items() if state is not None
    ]  # fmt: skip


def _plain(value: Any) -> float | None:
    """A number for JSON; None where it is none."""
    return None if value is None or not np.isfinite(value) else round(float(value), 3)

"""What the assessment says of random synthetic columns, beside what was done to them: one line of JSON a column.

The lines are kept in a file; a run that was broken off goes on where it stopped. A line holds for the code that made
it: after a change of the planner it is made again, the meshes are not.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.geometry.axes import SIDES
from planner.validation.made_column import made_column
from planner.validation.random_columns import random_column

FILE = "findings.jsonl"
ROOMS = ("anatomy", "assessment", "geometry", "phantom", "reference", "validation")


def entries(seeds: range, folder: Path | None, say: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """Return the lines of these seeds, making those that ``folder`` does not hold for the present code."""
    file = folder / FILE if folder else None
    done: dict[int, dict[str, Any]] = {}
    if file is not None and file.is_file():
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        done = {line["seed"]: line for line in lines if line["code"] == _code()}
    for seed in seeds:
        if seed not in done:
            say(f"Random column {seed - seeds.start + 1} of {len(seeds)}")
            done[seed] = one_column(seed)
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(done[seed]) + "\n")
    return [done[seed] for seed in seeds]


def one_column(seed: int) -> dict[str, Any]:
    """Make the column of a seed, understand and assess it, and put truth and answer side by side as plain data."""
    from planner.anatomy import understand
    from planner.assessment import assess

    request = random_column(seed)
    surfaces, truth = made_column(request)
    start = time.perf_counter()
    vertebrae = understand(surfaces)
    understood = time.perf_counter()
    assessment = assess(vertebrae)
    seconds = {"understand": understood - start, "assess": time.perf_counter() - understood}
    return {
        "seed": seed,
        "code": _code(),
        "command": request.command,
        "truth": {
            "operators": truth["operators"],
            "segments": truth["segments"],
            "foramina": {level: one["foramina"] for level, one in truth["levels"].items()},
        },
        "found": answer(vertebrae, assessment),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


def answer(vertebrae: Mapping[str, Vertebra], assessment: Assessment) -> dict[str, Any]:
    """What is scored of an assessment, as plain data."""
    measured = {(m.level, m.name, m.side): m.value for m in assessment.measurements}
    return {
        "findings": [
            {
                "code": f.code, "level": f.level, "side": f.side, "severity": f.severity.value, "text": f.text,
                "evidence": f.evidence,
            }
            for f in assessment.findings
        ],
        "residuals": _sided(measured, vertebrae, "lateral_mass_volume_ratio"),
        "foramina": _sided(measured, vertebrae, "transverse_foramen_diameter"),
        "segments": {
            s.name: {"slip_mm": _known(s.listhesis_mm), "state": {side: f.state for side, f in s.facets.items()}}
            for s in assessment.segments
        },
    }  # fmt: skip


def _sided(measured: Mapping, vertebrae: Mapping[str, Vertebra], name: str) -> dict[str, dict[str, float | None]]:
    return {level: {side: _known(measured.get((level, name, side))) for side in SIDES} for level in vertebrae}


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else round(float(value), 3)


@cache
def _code() -> str:
    """Digest of everything a line depends on."""
    import planner

    root = Path(planner.__file__).parent
    text = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            if file.suffix in (".py", ".toml", ".npz"):
                text.update(file.read_bytes())
    return text.hexdigest()[:16]

"""Every technique on every side of one case, by one search and one grader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from planner.fixation.anchor import Candidate, Refusal
from planner.planning import Inspection, inspect_case
from planner.reading.case import Case

Tried = Mapping[tuple[str, str], tuple[Candidate | Refusal, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """What was understood of a case, and for each (level, side) the best trajectory of every technique."""

    inspection: Inspection
    execution: str
    seed: int
    tried: Tried


def compare_techniques(
    case: Case, levels: tuple[str, ...] | None = None, *, execution: str = "freehand", seed: int = 0,
    pose: str = "patient", sex: str | None = None, cortex: str = "unicortical",
    progress: Callable[[str], None] | None = None,
) -> Comparison:  # fmt: skip
    """Try every technique on every side of a case; errors as in `planner.planning.inspect_case`."""
    from planner.fixation import try_every_technique

    seen = inspect_case(case, levels, pose=pose, sex=sex, progress=progress)
    tried = try_every_technique(
        seen.vertebrae, seen.assessment, seen.levels, execution=execution, seed=seed, avoid=case.avoid,
        masses=case.masses, cortex=cortex, progress=progress,
    )  # fmt: skip
    return Comparison(inspection=seen, execution=execution, seed=seed, tried=tried)

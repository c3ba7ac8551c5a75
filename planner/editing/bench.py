"""What stays while a hand moves screws: the bones, what surrounds each side, the proposal and the reduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Reduction
from planner.fixation.anchor import Candidate, Fixation
from planner.fixation.ladder import sides_of
from planner.fixation.site import Side, beside
from planner.fixation.transfacet import ANCHOR as TRANSFACET
from planner.geometry.axes import OPPOSITE
from planner.planning import Inspection
from planner.reference.levels import order

Key = tuple[str, str]
"""A level and a side, such as ``("C4", "right")``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """Everything an edit is graded against; it never changes, but for fields that are made at the first question.

    ``proposal`` holds the plan's fixation of every level and side, ``sides`` where their screws are sought.
    """

    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    proposal: Mapping[Key, Fixation]
    reduction: Reduction
    sides: Mapping[Key, Side]
    _beside: dict[Key, tuple[Candidate, Side]] = field(default_factory=dict)

    def side(self, key: Key, candidate: Candidate, fixations: Mapping[Key, Fixation]) -> Side:
        """The place of a screw with the screw that shares its bone, if one does: the crossing or the lower one."""
        level, side = key
        other = (level, OPPOSITE[side]) if candidate.anchor == "translaminar" else None
        if candidate.anchor == TRANSFACET:
            other = next((k for k in fixations if k[1] == side and order(k[0]) == order(level) + 1), None)
        screw = fixations[other].chosen if other in fixations else None
        if screw is None or (candidate.anchor == "translaminar" and screw.anchor != "translaminar"):
            return self.sides[key]
        kept = self._beside.get(key)
        if kept is None or kept[0] is not screw:
            kept = self._beside[key] = (screw, beside(self.sides[key], screw, other[1]))
        return kept[1]


def bench_of(
    seen: Inspection, fixations: Sequence[Fixation], reduction: Reduction, *, execution: str, seed: int, cortex: str
) -> Bench:
    """Return the bench of a plan: a case understood again, and the plan's fixations and reduction.

    ``execution``, ``seed`` and ``cortex`` are those of the plan's options; with them a screw that is not moved is
    graded as the plan grades it. Levels without a place for screws (a doubtful pose) have no sides to edit.
    """
    levels = [level for level in dict.fromkeys(f.level for f in fixations) if level in seen.vertebrae]
    sides = {
        (level, place.side): place
        for level in levels
        for place in sides_of(
            seen.vertebrae, seen.assessment, level, execution=execution, seed=seed, avoid=seen.case.avoid,
            masses=seen.case.masses, cortex=cortex,
        )
    }  # fmt: skip
    return Bench(
        vertebrae=seen.vertebrae, assessment=seen.assessment, reduction=reduction, sides=sides,
        proposal={(f.level, f.side): f for f in fixations if (f.level, f.side) in sides},
    )  # fmt: skip

"""What stays while a hand moves screws: the bones, what surrounds each side, the proposal and the reduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Reduction
from planner.decompression.bone_left import with_purchase_left
from planner.fixation.anchor import Candidate, Fixation
from planner.fixation.ladder import sides_of
from planner.fixation.recheck import exact_purchase
from planner.fixation.site import Side, beside
from planner.fixation.transfacet import ANCHOR as TRANSFACET
from planner.geometry.axes import OPPOSITE
from planner.geometry.placed import Placed
from planner.geometry.surface import Surface
from planner.planning import Inspection
from planner.reference.levels import order

Key = tuple[str, str]
"""A level and a side, such as ``("C4", "right")``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """Everything an edit is graded against; it never changes, but for fields that are made at the first question.

    ``proposal`` holds the plan's fixation of every level and side, ``sides`` where their screws are sought, ``removed``
    the bone that the decompression takes, by level: no thread holds in it.
    """

    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    proposal: Mapping[Key, Fixation]
    reduction: Reduction
    sides: Mapping[Key, Side]
    removed: Mapping[str, Surface] = field(default_factory=dict)
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

    def on_bone_left(self, key: Key, screw: Candidate) -> Candidate:
        """The screw with the purchase that is left when the bone of the decompression is gone, and graded by it."""
        removed, bone = self.removed.get(key[0]), self.sides[key].bone
        if removed is None or not len(removed.faces):
            return screw
        radius, path, frame = screw.screw.diameter_mm / 2, screw.trajectory, bone.vertebra.frame
        if removed.signed_distance(path.stations()[1]).max() < -radius:
            return screw
        cut = replace(bone, masses=(*bone.masses, Placed(surface=removed, frame=frame)))
        left = exact_purchase(
            cut, frame.to_local(path.entry), frame.direction_to_local(path.direction), path.length_mm, radius
        )
        if left >= screw.purchase_mm:
            return screw
        return with_purchase_left(screw, left, "decompression")


def bench_of(
    seen: Inspection, fixations: Sequence[Fixation], reduction: Reduction, *, execution: str, seed: int, cortex: str,
    removed: Mapping[str, Surface] | None = None,
) -> Bench:  # fmt: skip
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
        proposal={(f.level, f.side): f for f in fixations if (f.level, f.side) in sides}, removed=removed or {},
    )  # fmt: skip

"""One side of one vertebra, with all that surrounds it, as the place where a screw is sought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.fixation.aim import NotPossible, aim
from planner.fixation.anchor import Candidate
from planner.fixation.hazard import Hazard, Tube
from planner.fixation.shaft import Ground
from planner.fixation.surroundings import Bone, hazard_field
from planner.fixation.transfacet import ANCHOR, Joint
from planner.fixation.window import Window
from planner.geometry.axes import OPPOSITE
from planner.reference.execution import Execution
from planner.reference.hazards import setting
from planner.reference.techniques import AUTO, Technique, technique_at, techniques_at

# Anchors that lie in the same bone and meet the same hazards.
_REGIONS = (("lateral_mass",), ("pars", "pedicle"), ("translaminar",), ("paravertebral_foramen",), (ANCHOR,))
_REACH_MM = 3.0
UNICORTICAL, BICORTICAL = "unicortical", "bicortical"


@dataclass(frozen=True, eq=False, kw_only=True)
class Side:
    """One side of one vertebra with all that surrounds it.

    ``side`` is that of the screw's head. ``hazards`` holds both sides' hazards: a translaminar screw meets
    those of the lamina it lies in. ``conditions`` are names of the acceptance table, ``words`` fill its
    texts. ``joint`` is what a screw through the joint below meets, None where there is none; with ``cortex``
    "bicortical" lateral mass screws pass the far cortex.
    """

    bone: Bone
    side: str
    hazards: Mapping[str, Mapping[str, tuple[Hazard, ...]]]
    conditions: frozenset[str]
    words: Mapping[str, str]
    execution: Execution
    seed: int
    grounds: dict[tuple[str, ...], Ground]
    joint: Joint | None = None
    cortex: str = UNICORTICAL

    @property
    def vertebra(self) -> Vertebra:
        return self.bone.vertebra

    def window(self, technique: Technique) -> Window:
        """A technique's window here; `NotPossible` where it has no footing."""
        return aim(self.vertebra, self.bone.surface, self.side, technique)

    def hazards_for(self, anchor: str) -> Mapping[str, tuple[Hazard, ...]]:
        """The hazards of the side that an anchor lies in."""
        if anchor == ANCHOR:
            return self.joint.hazards
        return self.hazards[OPPOSITE[self.side] if anchor == "translaminar" else self.side]

    def bone_for(self, anchor: str) -> Bone:
        """The bone that an anchor lies in: with the next one, for a screw through the joint below."""
        return self.joint.bone if anchor == ANCHOR else self.bone

    def cortex_of(self, anchor: str) -> str:
        """Whether an anchor stops short of the far cortex here or passes it; only lateral mass screws may."""
        return self.cortex if anchor == "lateral_mass" else UNICORTICAL

    def tip_mm(self, anchor: str) -> tuple[float, float]:
        """The least and the most bone ahead of an anchor's tip, mm; negative past the far cortex."""
        if self.cortex_of(anchor) == UNICORTICAL:
            return setting("tip_short_mm"), np.inf
        return -setting("tip_past_mm"), 0.0

    def ground(self, anchor: str) -> Ground:
        """The fields over all that the anchor's region can reach here, made once."""
        region = next(region for region in _REGIONS if anchor in region)
        if region not in self.grounds:
            low, high = _reach(self, region)
            hazards = self.hazards_for(anchor)
            field = hazard_field(hazards, low, high)
            bone = self.bone_for(anchor)
            self.grounds[region] = Ground(
                bone=bone.field(low, high), hazards=field, names=tuple(hazards), grip=bone.grip_field(low, high)
            )
        return self.grounds[region]


def as_hazard(screw: Candidate, vertebra: Vertebra) -> Tube:
    """A screw as what another one must stay clear of, in a vertebra's own frame."""
    path = vertebra.frame.to_local(np.array([screw.trajectory.entry, screw.trajectory.tip]))
    return Tube(name="other_screw", path=path, radius_mm=screw.screw.diameter_mm / 2)


def beside(place: Side, screw: Candidate, side: str) -> Side:
    """A place with another screw in the way, whose head is on ``side``: the level's own crossing one, which lies in
    the lamina that this one meets, and for a screw through the joint below that of the next level."""
    tube = as_hazard(screw, place.vertebra)
    joint = place.joint.beside(tube) if place.joint is not None and side == place.side else place.joint
    hazards = place.hazards
    if side != place.side:
        hazards = {**hazards, side: {**hazards[side], tube.name: (tube,)}}
    return replace(place, hazards=hazards, joint=joint, grounds={})


def _reach(side: Side, anchors: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A box round everything that the anchors' techniques can reach on a side, with room for a stray hand."""
    level = side.vertebra.level
    rows = [row for anchor in anchors for row in techniques_at(level, anchor)]
    free = technique_at(AUTO, level)
    if free is not None and free.anchor in anchors:
        rows.append(free)
    ends = []
    for technique in rows:
        try:
            window = side.window(technique)
        except NotPossible:
            continue
        corners = np.stack(np.meshgrid(*zip(window.low, window.ideal, window.high, strict=True)), -1).reshape(-1, 4)
        entries, directions = window.axes(corners)
        known = np.isfinite(entries).all(axis=1)
        ends += [window.origin[None], entries[known], (entries + technique.length_max_mm * directions)[known]]
    points = np.vstack(ends)
    low, high = side.bone_for(anchors[0]).bounds
    return (
        np.maximum(points.min(axis=0), low - 2.0) - _REACH_MM,
        np.minimum(points.max(axis=0), high + 2.0) + _REACH_MM,
    )

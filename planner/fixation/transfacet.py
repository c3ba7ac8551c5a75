"""A screw through the joint below: two bones and the joint space between them as one path, and what it meets.

It starts on one lateral mass, crosses the joint on purpose and ends in the mass below, so the facets of that joint and
the bone below are no hazards to it; the lower joint of the bone below is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.finding import Assessment, Severity
from planner.fixation.artery import artery
from planner.fixation.hazard import Body, Hazard, Sheet, by_name
from planner.fixation.surroundings import Bone, in_frame
from planner.geometry.field import Field, bone_field
from planner.geometry.placed import Placed
from planner.geometry.surface import Surface
from planner.reference.hazards import setting
from planner.reference.levels import order

ANCHOR = "transfacet"
_GRID_MM = 0.6


@dataclass(frozen=True, eq=False, kw_only=True)
class JoinedBone(Bone):
    """A bone and the one below it, in the upper one's frame."""

    below: Placed

    @property
    def bounds(self) -> np.ndarray:
        upper, lower = self.surface.bounds, self.below.bounds
        return np.array([np.minimum(upper[0], lower[0]), np.maximum(upper[1], lower[1])])

    def exact(self, points: np.ndarray) -> np.ndarray:
        value = np.maximum(self.surface.signed_distance(points), self.below.signed_distance(points))
        for mass in self.masses:
            value = np.minimum(value, -mass.signed_distance(points))
        return value

    def passage(self, points: np.ndarray) -> np.ndarray:
        upper, lower = self.surface.signed_distance(points), self.below.signed_distance(points)
        value = np.maximum(np.maximum(upper, lower), np.minimum(upper, lower) + setting("joint_gap_mm"))
        for mass in self.masses:
            value = np.minimum(value, -mass.signed_distance(points))
        return value

    def field(self, low: np.ndarray, high: np.ndarray) -> Field:
        """Where the shaft may run: bone, and the joint space between."""
        from scipy.ndimage import distance_transform_edt

        bone = self.grip_field(low, high)
        shape = bone.values.shape[:3]
        steps = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(-1, 3)
        nodes = bone.origin + _GRID_MM * steps
        gap, near = setting("joint_gap_mm"), bone.values[..., 0] <= 0
        for part in (self.surface, self.below):
            own = bone_field(part, bone.origin, nodes[-1] - _GRID_MM / 2, _GRID_MM).values[..., 0] > 0
            near &= distance_transform_edt(~own, sampling=_GRID_MM) < gap + 2 * _GRID_MM
        values = bone.values[..., 0].copy()
        values[near] = np.clip(self.passage(nodes[near.ravel()]), -_GRID_MM, _GRID_MM)
        return Field(origin=bone.origin, spacing_mm=_GRID_MM, values=values[..., None])

    def grip_field(self, low: np.ndarray, high: np.ndarray) -> Field:
        """Where the thread holds: bone alone."""
        first, last = self.bounds
        low, high = np.maximum(low, first - 1.5), np.minimum(high, last + 1.5)
        upper, lower = (bone_field(p, low, high, _GRID_MM, masses=self.masses) for p in (self.surface, self.below))
        return Field(origin=upper.origin, spacing_mm=_GRID_MM, values=np.maximum(upper.values, lower.values))


@dataclass(frozen=True, eq=False, kw_only=True)
class Joint:
    """The joint below one side of a level: the two bones, and the hazards of a screw through it."""

    level_below: str
    bone: JoinedBone
    hazards: Mapping[str, tuple[Hazard, ...]]

    def beside(self, hazard: Hazard) -> Joint:
        """The same with one more hazard, such as the screw of the level below."""
        return replace(self, hazards={**self.hazards, hazard.name: (hazard,)})


def joint_below(
    vertebrae: Mapping[str, Vertebra], bone: Bone, side: str, assessment: Assessment,
    hazards: Mapping[str, tuple[Hazard, ...]], canal_below: Body | None, masses: Mapping[str, Surface],
) -> Joint | None:  # fmt: skip
    """Return the joint below a side, or None where the next bone is not in the case.

    ``hazards`` are the side's own, in its bone's frame; ``canal_below`` the canal of the next level in that frame;
    ``masses`` those declared, by name.
    """
    upper = bone.vertebra
    name = next((n for n in vertebrae if order(n) == order(upper.level) + 1), None)
    if name is None:
        return None
    lower, frame = vertebrae[name], upper.frame
    found = [h for key, group in hazards.items() if key not in ("inferior_facet", "neighbours") for h in group]
    found += [in_frame(tube, frame) for tube in artery(vertebrae, name, side, assessment)] if _modelled(hazards) else []
    if canal_below is not None:
        found.append(canal_below)
    facet = lower.facets.get(f"inferior_{side}")
    if facet is not None and facet.status is not Status.ABSENT and len(facet.points):
        found.append(in_frame(Sheet(name="inferior_facet", points=facet.points, normal=facet.normal), frame))
    found += [h for h in hazards.get("neighbours", ()) if isinstance(h, Body) and h.placed.surface is not lower.surface]
    not_bone = assessment.not_bone(upper.level, masses) | assessment.not_bone(name, masses)
    joined = JoinedBone(
        vertebra=upper, surface=bone.surface, below=Placed(surface=lower.surface, frame=frame),
        masses=tuple(Placed(surface=mass, frame=frame) for mass in not_bone.values()),
    )  # fmt: skip
    return Joint(level_below=name, bone=joined, hazards=by_name(found))


def _modelled(hazards: Mapping[str, tuple[Hazard, ...]]) -> bool:
    """True if the artery is the tube read from the foramina, not one that was given."""
    return not any(isinstance(h, Body) for h in hazards.get("vertebral_artery", ()))


def barred_joint(joint: Joint | None, level: str, side: str, assessment: Assessment) -> str:
    """Why no screw may cross the joint below a side; "" if one may."""
    if joint is None:
        return "the bone below is not in the case"
    segment = f"{level}-{joint.level_below}"
    for state in ("locked", "perched", "subluxed"):
        if assessment.finding(f"facet.{state}", segment, side) is not None:
            return f"the {segment} joint is {state}"
    slips = [f for f in assessment.findings if (f.code, f.level) == ("alignment.listhesis", segment)]
    if any(slip.severity is not Severity.INFO for slip in slips):
        return f"{segment} has slipped, and a screw across the joint would hold it there"
    for code in ("lateral_mass.destroyed", "lateral_mass.thinned"):
        finding = assessment.finding(code, joint.level_below, side)
        if finding is not None and finding.severity in (Severity.CRITICAL, Severity.DEFICIENT):
            return f"the {joint.level_below} mass it would end in is ill"
    return ""

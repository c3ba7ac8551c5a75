"""Neighbours graded as they lie in the scan and as they will lie after the reduction; the worse counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.construct.motion import moved_trajectory
from planner.construct.plan import Reduction
from planner.construct.regrade import graded_again
from planner.fixation.acceptance import clearance_status, rank
from planner.fixation.anchor import Candidate, Fixation
from planner.reference.hazards import setting
from planner.reference.levels import order

_HAZARD = "neighbours"


def graded_in_both_poses(
    vertebrae: Mapping[str, Vertebra], reduction: Reduction, fixations: Sequence[Fixation]
) -> tuple[Fixation, ...]:
    """Return the fixations with ``neighbours`` as the lesser clearance of scan pose and planned pose.

    Only levels beside a joint that moves can change. An anchor that the acceptance table no longer allows
    gives way to the first alternative that both poses allow; where there is none, the side is skipped, or
    rejected if the user named the technique (it then has no alternatives).
    """
    return tuple(_graded(vertebrae, reduction, f) if f.chosen is not None else f for f in fixations)


def clearance_in_planned_pose(
    vertebrae: Mapping[str, Vertebra], reduction: Reduction, level: str, candidate: Candidate
) -> float:
    """Return a screw's exact clearance (mm) from the neighbours that move against it; inf if none does."""
    own = reduction.motions[level]
    radius = candidate.screw.diameter_mm / 2
    end = candidate.screw.length_mm - radius
    depths = np.linspace(setting("entry_cortex_mm"), end, max(2, round(10 * candidate.screw.length_mm)))
    path = moved_trajectory(candidate.trajectory, own)
    points = path.entry + depths[:, None] * path.direction
    least = np.inf
    for name, vertebra in vertebrae.items():
        motion = reduction.motions.get(name)
        if abs(order(name) - order(level)) != 1 or motion is None:
            continue
        if np.allclose(motion.rotation, own.rotation) and np.allclose(motion.translation, own.translation):
            continue
        home = (points - motion.translation) @ motion.rotation
        least = min(least, float((-vertebra.surface.signed_distance(home)).min() - radius))
    return least


def _graded(vertebrae: Mapping[str, Vertebra], reduction: Reduction, fixation: Fixation) -> Fixation:
    if not reduction.segment or fixation.level not in reduction.segment.split("-"):
        return fixation
    return graded_again(fixation, lambda c: held_in_both_poses(vertebrae, reduction, fixation.level, c))


def held_in_both_poses(
    vertebrae: Mapping[str, Vertebra], reduction: Reduction, level: str, candidate: Candidate
) -> Candidate:
    """Return one candidate with ``neighbours`` as the lesser clearance of both poses, and graded by it."""
    if not reduction.segment or level not in reduction.segment.split("-"):
        return candidate
    planned = clearance_in_planned_pose(vertebrae, reduction, level, candidate)
    if planned >= candidate.clearance_mm.get(_HAZARD, np.inf):
        return candidate
    status, words = clearance_status(candidate.anchor, _HAZARD, planned)
    reason = candidate.reason
    if words:
        reason = f"{reason}; after the reduction, {words}"
    return replace(
        candidate,
        clearance_mm={**candidate.clearance_mm, _HAZARD: planned},
        status=max(candidate.status, status, key=rank),
        reason=reason,
    )

"""Where a rod would lie in bone, or in what grows on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Conflict, RigidMotion, Rod
from planner.construct.rules import rule, source

_STEP_MM = 0.5


def rod_in_bone(
    rod: Rod, vertebrae: Mapping[str, Vertebra], motions: Mapping[str, RigidMotion], assessment: Assessment
) -> Iterator[Conflict]:
    """Yield a conflict for each level whose bone the rod enters, in planned pose, deeper than the rule allows."""
    for level, vertebra in vertebrae.items():
        deep = depth_mm(rod, vertebra, motions[level]) if level in motions else -np.inf
        if deep <= rule("rod_in_bone_mm"):
            continue
        excess = assessment.finding("excess_bone", level, rod.side) is not None
        what = "bone or the excess bone that grows there" if excess else "bone"
        trim = "take away the excess where the rod passes" if excess else "take away bone where the rod passes"
        yield Conflict(
            code="rod.bone", side=rod.side, levels=(level,),
            text=f"{rod.side} rod lies up to {deep:.1f} mm deep in {what} at {level}",
            options=(trim, "bend the rod further back or aside", "an offset connector beside that level"),
            source=source("rod_in_bone_mm"),
        )  # fmt: skip


def depth_mm(rod: Rod, vertebra: Vertebra, motion: RigidMotion) -> float:
    """How deep the rod's surface lies in a vertebra, which `motion` carries into the pose of the rod; < 0: the gap."""
    points = _along(rod.points)
    # Back into the pose of the scan, where the vertebra's surface stands.
    points = (points - motion.translation) @ motion.rotation
    low, high = vertebra.surface.bounds
    near = points[((points > low - rod.diameter_mm) & (points < high + rod.diameter_mm)).all(axis=1)]
    if not len(near):
        return -np.inf
    return float(vertebra.surface.signed_distance(near).max() + rod.diameter_mm / 2)


def _along(points: np.ndarray) -> np.ndarray:
    """Points (n, 3) about every half millimetre of a polyline."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0.0, length[-1], max(2, int(np.ceil(length[-1] / _STEP_MM)) + 1))
    return np.column_stack([np.interp(at, length, points[:, k]) for k in range(3)])

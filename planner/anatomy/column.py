"""The poses of a column's bones together: what one bone leaves open, its neighbours settle.

A bone left with its body and one lateral mass can be read upside down or turned by 30 degrees about its own
axis; its neighbours cannot all be wrong in the same way. Bones read well are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.anatomy.pose import DOUBT_MIRROR_MM, ROUTES_AGREE_DEG, Pose, find_pose
from planner.anatomy.registration import turn_deg
from planner.errors import FrameError
from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface

STRANGE_DEG = 40.0  # against its neighbours; one segment bends and turns by less
WEAK_SCORE = 4.0
WEAK_MIRROR_MM = 0.5
NEAR_LEVELS = 2
ROUNDS = 2
SAME_DEG = 10.0  # neighbours that moved by less say nothing new


def settle_column(surfaces: Mapping[str, Surface], poses: Mapping[str, Pose], pool) -> dict[str, Pose]:
    """Read weak or strange bones again with their neighbours' axes.

    ``pool`` maps over levels. Raises `FrameError` where two routes of one bone differ by more than 10 degrees
    and the neighbours do not tell which is right.
    """
    settled = dict(poses)
    tried: dict[str, np.ndarray] = {}
    for _ in range(ROUNDS):
        again: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for level, pose in settled.items():
            usual = neighbours_axes(settled, level)
            if usual is None or (level in tried and turn_deg(tried[level], usual) < SAME_DEG):
                continue
            strange = turn_deg(pose.frame.axes, usual) > STRANGE_DEG
            if strange or _weak(pose) or pose.apart_deg > ROUTES_AGREE_DEG:
                again[level] = (usual if strange else pose.frame.axes, usual)
        if not again:
            break
        found = pool.map(_read_again, [(surfaces[level], level, *again[level]) for level in again])
        settled.update(zip(again, found, strict=True))
        tried.update({level: usual for level, (_, usual) in again.items()})
    for level, pose in settled.items():
        usual = neighbours_axes(settled, level)
        if not pose.apart_deg > ROUTES_AGREE_DEG:
            continue
        second_strange = usual is not None and turn_deg(pose.second.axes, usual) > STRANGE_DEG
        if second_strange and turn_deg(pose.frame.axes, usual) <= STRANGE_DEG:
            settled[level] = pose.without_second()
            continue
        raise FrameError(
            f"Two independent readings of {level}'s pose differ by {pose.apart_deg:.0f} degrees.",
            f"Is {level} one whole vertebra, alone in its file? Look at it with planner view, "
            f"or leave it out with --levels.",
        )
    return settled


def _read_again(case: tuple[Surface, str, np.ndarray, np.ndarray]) -> Pose:
    surface, level, axes, usual = case
    return find_pose(surface, level, axes, left_hint=usual[0])


def neighbours_axes(poses: Mapping[str, Pose], level: str) -> np.ndarray | None:
    """Mean axes (rows L, P, S) of the two levels above and below; None with fewer than two of them."""
    order = list(poses)
    at = order.index(level)
    near = [order[k] for k in range(at - NEAR_LEVELS, at + NEAR_LEVELS + 1) if 0 <= k < len(order) and k != at]
    if len(near) < 2:
        return None
    weights = np.array([poses[name].quality.confidence for name in near])
    # A median leaves out one neighbour that is itself misread.
    left = np.median([poses[name].frame.left for name in near], axis=0)
    superior = np.average([poses[name].frame.superior for name in near], axis=0, weights=weights)
    if np.linalg.norm(left) < 0.5 or np.linalg.norm(superior) < 0.5:
        return None
    return Frame.from_axes(np.zeros(3), unit(left), superior).axes


def _weak(pose: Pose) -> bool:
    return pose.second is None and (
        pose.fit.score > WEAK_SCORE or pose.quality.mirror_residual_mm > min(WEAK_MIRROR_MM, DOUBT_MIRROR_MM)
    )

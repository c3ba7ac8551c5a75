"""What is true of a synthetic column by the definitions the assessment uses, and its meshes, kept between runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from planner.geometry.axes import SIDES, unit
from planner.phantom.built import truth
from planner.phantom.cache import Made, kept
from planner.phantom.column import Bone, Column
from planner.phantom.displacement import facet_overlap, rear_corners
from planner.phantom.making import Detail, meshes
from planner.phantom.request import Request

PERCHED, SUBLUXED = 0.10, 0.50


def made_column(request: Request, detail: Detail = Detail()) -> Made:
    """Return the meshes by level and the truth, with a block ``segments`` beside what a phantom's truth holds."""

    def make() -> Made:
        column = request.column()
        return meshes(column, detail), {**truth(column), "segments": _segments(column)}

    return kept(f"{request.key}-{detail.key}-segments".replace(" ", ""), make)


def _segments(column: Column) -> dict[str, Any]:
    levels = list(column.bones)
    return {f"{a}-{b}": _segment(column, a, b) for a, b in zip(levels, levels[1:], strict=False)}


def _segment(column: Column, upper: str, lower: str) -> dict[str, Any]:
    """Slip of the rear corners across the mean direction of the two rear walls, and the state of each joint."""
    above, below = rear_corners(column, upper, lower)
    base = column.bones[lower].pose.rotation
    walls = [_wall(column.bones[level], base[:, 0]) for level in (upper, lower)]
    forward = -np.cross(unit(walls[0] + walls[1]), base[:, 0])
    locked = {entry["side"] for entry in column.log if entry["operator"] == "lock" and entry["upper"] == upper}
    overlaps = {side: facet_overlap(column, upper, lower, side) for side in SIDES}
    return {
        "slip_mm": round(float((above - below) @ forward), 3),
        "overlap": {side: round(value, 3) for side, value in overlaps.items()},
        "state": {side: "locked" if side in locked else _state(value) for side, value in overlaps.items()},
    }


def _wall(bone: Bone, left: np.ndarray) -> np.ndarray:
    """Direction of a rear wall within the lower level's sagittal plane; C2 has no upper endplate, so its own axis."""
    shape, pose = bone.shape, bone.pose
    up = pose.rotation[:, 2]
    if bone.level != "C2":
        up = pose(shape.upper_rear_corner) - pose(shape.lower_rear_corner)
    return unit(up - (up @ left) * left)


def _state(overlap: float) -> str:
    return "perched" if overlap <= PERCHED else "subluxed" if overlap < SUBLUXED else "normal"

"""What is true of a synthetic column by the definitions the assessment uses, and its meshes, kept between runs.

The slip is read on the solids themselves, in the frames they were built in: from where the line of each rear wall
meets its endplate, across the mean direction of the two walls. Nothing is shared with the code that is held
against it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from planner.geometry.axes import SIDES, unit
from planner.geometry.surface import Surface
from planner.phantom.built import truth
from planner.phantom.cache import Made, kept
from planner.phantom.column import Bone, Column
from planner.phantom.displacement import facet_overlap
from planner.phantom.making import Detail, meshes
from planner.phantom.request import Request

PERCHED, SUBLUXED = 0.10, 0.50
_RIM_MM, _STRAY_MM = 2.0, 1.0
_PLANES_MM = (-3.0, -1.5, 0.0, 1.5, 3.0)
_USUAL_HEIGHT_MM = 13.0
"""Of a body without an upper endplate, C2's."""
_LIGHT_MM, _BEFORE_MM, _THROUGH_MM, _ROUND_MM = 0.2, 12.0, 18.0, 0.6
"""Rays through a hole of a lamina: their spacing, where they start before it, how far they must run freely, and how far
beyond the radius of its area they are looked for."""


def made_column(request: Request, detail: Detail = Detail()) -> Made:
    """Return the meshes by level and the truth, with a block ``segments`` beside what a phantom's truth holds."""

    def make() -> Made:
        column = request.column()
        surfaces = meshes(column, detail)
        known = truth(column, surfaces)
        for hole in (one for one in known["operators"] if one["operator"] == "lamina_hole"):
            hole["open_mm2"] = round(open_mm2(surfaces[hole["level"]], hole), 2)
        return surfaces, {**known, "segments": segments(column, known["levels"])}

    return kept(f"{request.key}-{detail.key}-{_version()}".replace(" ", ""), make)


def open_mm2(surface: Surface, hole: Mapping[str, Any]) -> float:
    """Return how much of a hole bored through a lamina lets light through along its bore: a lump may close it again."""
    out = unit(np.asarray(hole["direction_lps"], float))
    across = unit(np.cross(out, [0.0, 0.0, 1.0]))
    reach = float(np.sqrt(hole["area_mm2"] / np.pi)) + _ROUND_MM
    steps = np.arange(-reach, reach + _LIGHT_MM, _LIGHT_MM)
    u, v = (grid.ravel() for grid in np.meshgrid(steps, steps))
    u, v = u[np.hypot(u, v) <= reach], v[np.hypot(u, v) <= reach]
    start = hole["center_lps"] + _BEFORE_MM * out + np.outer(u, across) + np.outer(v, np.cross(out, across))
    hit, _ = surface.first_hit(start, np.tile(-out, (len(start), 1)))
    free = ~(np.linalg.norm(hit - start, axis=1) < _THROUGH_MM)  # nothing hit is nan: free
    return float(free.sum()) * _LIGHT_MM**2


@cache
def _version() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]


def segments(column: Column, levels: Mapping[str, Any]) -> dict[str, Any]:
    """Return slip, overlap and state of each joint by segment; ``levels`` is that block of a phantom's truth."""
    names = list(column.bones)
    walls = {name: _wall(column.bones[name], levels[name]["points"]) for name in names}
    return {f"{a}-{b}": _segment(column, a, b, walls) for a, b in zip(names, names[1:], strict=False)}


def _segment(column: Column, upper: str, lower: str, walls: Mapping[str, tuple]) -> dict[str, Any]:
    """Slip of the rear corners across the mean direction of the two rear walls, and the state of each joint."""
    left = column.bones[lower].pose.rotation[:, 0]
    (_, above, up_a), (below, _, up_b) = walls[upper], walls[lower]
    mean = unit(sum(unit(up - (up @ left) * left) for up in (up_a, up_b)))
    locked = {entry["side"] for entry in column.log if entry["operator"] == "lock" and entry["upper"] == upper}
    overlaps = {side: facet_overlap(column, upper, lower, side) for side in SIDES}
    return {
        "slip_mm": round(float((above - below) @ -np.cross(mean, left)), 3),
        "overlap": {side: round(value, 3) for side, value in overlaps.items()},
        "state": {side: "locked" if side in locked else _state(value) for side, value in overlaps.items()},
    }


def _wall(bone: Bone, points: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(upper rear corner, lower rear corner, direction upwards) of a body in the world: a line through its rear wall.

    Of the points where rays from the canal meet the wall, 2 mm inside the endplates, the median of five planes;
    what lies over 1 mm off the line is left out.
    """

    def height(name: str) -> float | None:
        return None if name not in points else float(bone.pose.inverse(np.array(points[name]["xyz"]))[2])

    low = height("inferior_endplate_center")
    high = height("superior_endplate_center")
    high = low + _USUAL_HEIGHT_MM if high is None else high
    s, start = np.arange(low + _RIM_MM, high - _RIM_MM, 0.5), bone.shape.posterior_wall + 6.0
    t = np.arange(0.0, 12.0, 0.05)
    p = np.median([_met(bone, l, s, start - t) for l in _PLANES_MM], axis=0)
    slope, at = np.polyfit(s, p, 1)
    near = np.abs(p - slope * s - at) < _STRAY_MM
    slope, at = np.polyfit(s[near], p[near], 1)
    corners = [bone.pose(np.array([0.0, slope * z + at, z])) for z in (high, low)]
    return corners[0], corners[1], unit(corners[0] - corners[1])


def _met(bone: Bone, l: float, s: np.ndarray, p: np.ndarray) -> np.ndarray:
    """For each height the first p, in the order given, that lies in bone."""
    grid = np.stack(np.meshgrid(s, p, indexing="ij"), axis=-1).reshape(-1, 2)
    inside = bone.solid(np.column_stack([np.full(len(grid), l), grid[:, 1], grid[:, 0]])) < 0
    return p[inside.reshape(len(s), len(p)).argmax(axis=1)]


def _state(overlap: float) -> str:
    return "perched" if overlap <= PERCHED else "subluxed" if overlap < SUBLUXED else "normal"

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
_OFF_PLATE_MM = 0.6
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
    what lies over 1 mm off the line is left out. The corners are where that line meets the planes of the endplates,
    which slope against the axes that the bone was built in, by 8 degrees in some.
    """
    back = bone.shape.posterior_wall
    plates = {
        out: _plate(bone, bone.pose.inverse(np.array(points[name]["xyz"])), out)
        for out, name in ((-1, "inferior_endplate_center"), (1, "superior_endplate_center"))
        if name in points
    }
    low = np.polyval(plates[-1], back)
    high = np.polyval(plates[1], back) if 1 in plates else low + _USUAL_HEIGHT_MM
    s, start = np.arange(low + _RIM_MM, high - _RIM_MM, 0.5), back + 6.0
    t = np.arange(0.0, 12.0, 0.05)
    p = np.median([_met(bone, l, s, start - t) for l in _PLANES_MM], axis=0)
    slope, at = np.polyfit(s, p, 1)
    near = np.abs(p - slope * s - at) < _STRAY_MM
    slope, at = np.polyfit(s[near], p[near], 1)

    def corner(out: int) -> np.ndarray:
        rise, height = plates.get(out, (0.0, high))
        z = (rise * at + height) / (1.0 - rise * slope)
        return bone.pose(np.array([0.0, slope * z + at, z]))

    return corner(1), corner(-1), unit(corner(1) - corner(-1))


def _plate(bone: Bone, center: np.ndarray, out: int) -> tuple[float, float]:
    """(rise per mm backwards, height at p = 0) of the line that an endplate's plane draws in the midline, local mm.

    Where rays along the bone's axis meet the middle of the plate; what lies further than 0.6 mm off is left out.
    """
    l, p = (g.ravel() for g in np.meshgrid(_PLANES_MM, np.arange(-4.0, 4.1)))
    s = center[2] + out * np.arange(4.0, -4.0, -0.05)
    grid = np.stack([np.broadcast_to(x, (len(l), len(s))) for x in (l[:, None], center[1] + p[:, None], s)], axis=-1)
    inside = bone.solid(grid.reshape(-1, 3)).reshape(len(l), len(s)) < 0
    height = s[inside.argmax(axis=1)]
    system, near = np.column_stack([center[1] + p, l, np.ones(len(l))]), np.ones(len(l), bool)
    for _ in range(3):
        fit = np.linalg.lstsq(system[near], height[near], rcond=None)[0]
        off = np.abs(height - system @ fit)
        near = off < max(_OFF_PLATE_MM, float(np.median(off)))
    return float(fit[0]), float(fit[2])


def _met(bone: Bone, l: float, s: np.ndarray, p: np.ndarray) -> np.ndarray:
    """For each height the first p, in the order given, that lies in bone."""
    grid = np.stack(np.meshgrid(s, p, indexing="ij"), axis=-1).reshape(-1, 2)
    inside = bone.solid(np.column_stack([np.full(len(grid), l), grid[:, 1], grid[:, 0]])) < 0
    return p[inside.reshape(len(s), len(p)).argmax(axis=1)]


def _state(overlap: float) -> str:
    return "perched" if overlap <= PERCHED else "subluxed" if overlap < SUBLUXED else "normal"

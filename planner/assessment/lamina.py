"""The laminae: holes with their true area, thickness, and whether there is a lamina at all.

Each lamina is looked at along its own normal: rays from behind on a fine grid in the plane of the lamina.
Rays that meet nothing between the dorsal surface and the canal, and are enclosed by rays that do, are a hole.
A closed outer surface cannot show voids inside the bone, and a hole in a coarse or thick-sliced segmentation
may be a gap in the segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.geometry.axes import OPPOSITE, SIGN, unit

# The window reaches past the lamina on both sides, so that a hole at its edge is still enclosed.
_HALF_WIDTH_MM = 13.0
_HALF_HEIGHT_MM = 12.0
_JUNCTION_MM = 3.5
_STAND_OFF_MM = 14.0
_DEPTH_BEYOND_MM = 5.0
_SKIN_MM = 0.02
_LEAST_RAYS = 4
_AROUND_MM = 5.0
_DEEPER_MM = 3.5
_OVER_CANAL = 0.8
_VIEW_MM = 5.0
_VIEWS = (-0.35, 0.0, 0.35)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hole:
    """A hole through a lamina: its centre in world mm on the lamina's plane, its area along the normal."""

    side: str
    center: np.ndarray
    area_mm2: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaminaLook:
    """One lamina seen along its normal.

    ``covered_share`` is the share of the lamina's own field, between the spinous process and the lateral
    mass over the middle of its height, where rays meet bone; ``thickness_mm`` the median and ``thin_mm`` the
    tenth percentile of bone met there.
    """

    side: str
    holes: tuple[Hole, ...]
    covered_share: float
    thickness_mm: float
    thin_mm: float


def look_at_lamina(vertebra: Vertebra, side: str) -> LaminaLook | None:
    """Return what a lamina shows, or None if neither it nor its twin is located well enough to look."""
    from scipy.ndimage import binary_fill_holes, label

    plane = _plane(vertebra, side)
    if plane is None:
        return None
    center, normal, across, up, medial_l = _squared(vertebra, *plane)
    step = comparison("lamina_grid_mm")
    u = np.arange(-_HALF_WIDTH_MM, _HALF_WIDTH_MM + step / 2, step)
    v = np.arange(-_HALF_HEIGHT_MM, _HALF_HEIGHT_MM + step / 2, step)
    nodes = center + u[:, None, None] * across + v[None, :, None] * up
    flat = nodes.reshape(-1, 3)
    origins = flat + _STAND_OFF_MM * normal
    depth = _first(vertebra, origins, -normal)
    met = _met(depth.reshape(len(u), len(v)), step)
    below = np.where(np.isfinite(depth), depth, 0.0)[:, None] + _SKIN_MM
    thickness = _first(vertebra, origins - below * normal, -normal).reshape(met.shape) + _SKIN_MM
    local = vertebra.frame.to_local(nodes)
    own = SIGN[side] * local[..., 0]
    field = (own > _JUNCTION_MM) & (own < medial_l) & (np.abs(v)[None, :] < 0.3 * _height(vertebra, side))
    labels, count = label(binary_fill_holes(met) & ~met)
    holes = []
    for index in range(1, count + 1):
        mask = labels == index
        # A ray or two that slips through along an edge is no hole.
        if mask.sum() < _LEAST_RAYS:
            continue
        middle = nodes[mask].mean(axis=0)
        l = SIGN[side] * vertebra.frame.to_local(middle)[0]
        # The midline belongs to the left look, so that a hole there is told once.
        # Further out it is the root of the lateral mass; the midline belongs to the left look, so that a hole
        # there is told once.
        if (0.0 if side == "left" else 1e-9) <= l < _over_canal(vertebra, medial_l):
            area = _widest_view(vertebra, middle, normal, across, up, mask.sum() * step * step)
            holes.append(Hole(side=side, center=middle, area_mm2=area))
    inside = field & met
    return LaminaLook(
        side=side,
        holes=tuple(sorted(holes, key=lambda hole: -hole.area_mm2)),
        covered_share=float(met[field].mean()) if field.any() else float("nan"),
        thickness_mm=float(np.median(thickness[inside])) if inside.any() else float("nan"),
        thin_mm=float(np.quantile(thickness[inside], 0.1)) if inside.any() else float("nan"),
    )


def _squared(vertebra: Vertebra, center, normal, across, up, medial_l):
    """Turn a look to stand square on the dorsal surface: the plane of what rays meet on the middle of the lamina.

    The normals near one point are those of a hole's rim where there is a hole.
    """
    grid = np.arange(-5.0, 5.1, 0.5)
    u, v = (g.ravel() for g in np.meshgrid(grid, 0.8 * grid, indexing="ij"))
    for _ in range(2):
        nodes = center + u[:, None] * across + v[:, None] * up
        depth = _first(vertebra, nodes + _STAND_OFF_MM * normal, -normal)
        near = np.abs(depth - np.median(depth)) < 2.5
        if near.sum() < 30:
            break
        system = np.column_stack([u[near], v[near], np.ones(near.sum())])
        slope = np.linalg.lstsq(system, depth[near], rcond=None)[0]
        normal = unit(normal + np.clip(slope[0], -0.5, 0.5) * across + np.clip(slope[1], -0.5, 0.5) * up)
        across = unit(across - (across @ normal) * normal)
        up = unit(up - (up @ normal) * normal - (up @ across) * across)
    return center, normal, across, up, medial_l


def _met(depth: np.ndarray, step: float) -> np.ndarray:
    """Where a ray meets the lamina: no deeper than the dorsal surface round about by more than its thickness.

    Beyond that lies something else: the vertebral body, or a mass in the canal that shows through a hole.
    """
    from scipy.ndimage import median_filter

    shallow = np.minimum(depth, _STAND_OFF_MM + _DEPTH_BEYOND_MM + 1.0)
    around = median_filter(shallow, size=2 * round(_AROUND_MM / step) + 1, mode="nearest")
    return (depth < _STAND_OFF_MM + _DEPTH_BEYOND_MM) & (depth < around + _DEEPER_MM)


def _widest_view(
    vertebra: Vertebra,
    center: np.ndarray,
    normal: np.ndarray,
    across: np.ndarray,
    up: np.ndarray,
    seen: float,
) -> float:
    """Area of a hole looked at along its own direction: the largest of a few views about the lamina's normal.

    A hole is not bored exactly along the fitted normal, and a view along any other line shows a part of it.
    ``seen`` is the area along the normal; a view counts only while what it shows is enclosed.
    """
    from scipy.ndimage import label

    step = 0.4
    grid = np.arange(-_VIEW_MM, _VIEW_MM + step / 2, step)
    best = float(seen)
    for a in _VIEWS:
        for b in _VIEWS:
            look = unit(normal + a * across + b * up)
            u = unit(across - (across @ look) * look)
            v = np.cross(look, u)
            nodes = (center + grid[:, None, None] * u + grid[None, :, None] * v).reshape(-1, 3)
            depth = _first(vertebra, nodes + _STAND_OFF_MM * look, -look)
            labels, _ = label(~_met(depth.reshape(len(grid), len(grid)), step))
            middle = len(grid) // 2
            here = np.bincount(labels[middle - 2 : middle + 3, middle - 2 : middle + 3].ravel())[1:]
            if not here.any():
                continue
            hole = labels == int(here.argmax()) + 1
            if not (hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any()):
                area = float(hole.sum()) * step * step
                # More than twice what the normal shows is another hole, or the edge of something else.
                best = max(best, area if area <= 2.0 * seen else 0.0)
    return best


def _first(vertebra: Vertebra, origins: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Distance to the first surface along one direction from each origin; inf where there is none."""
    hits, _ = vertebra.surface.first_hit(origins, np.tile(direction, (len(origins), 1)))
    return np.nan_to_num(np.linalg.norm(hits - origins, axis=1), nan=np.inf)


def _plane(vertebra: Vertebra, side: str):
    """Centre, outward normal, in-plane axes and the medial border's |l| of a lamina; None if unknown.

    Where this side's landmark is not measured, the mirrored other side says where the lamina would be.
    """
    frame = vertebra.frame
    found = None
    for name in _trusted(vertebra, side):
        mark = vertebra.landmarks.get(f"lamina_{name}")
        if mark is not None and mark.measured:
            found = (name, mark.xyz)
            break
    if found is None:
        return None
    name, xyz = found
    _, _, face = vertebra.surface.closest(_disc(frame, xyz))
    normals = frame.direction_to_local(vertebra.surface.face_normals[face])
    backward = normals[normals[:, 1] > 0.2]
    if len(backward) < 3:
        return None
    normal, center = unit(np.median(backward, axis=0)), frame.to_local(xyz)
    if name != side:
        normal, center = normal * [-1, 1, 1], center * [-1, 1, 1]
    border = vertebra.landmarks.get(f"lateral_mass_medial_border_{name}")
    width = 2.0 * abs(center[0]) - _JUNCTION_MM
    medial_l = abs(frame.to_local(border.xyz)[0]) if border is not None and border.measured else width
    up = unit(np.array([0.0, 0.0, 1.0]) - normal[2] * normal)
    return (
        frame.to_world(center), frame.direction_to_world(normal),
        frame.direction_to_world(np.cross(up, normal)), frame.direction_to_world(up), medial_l,
    )  # fmt: skip


def _trusted(vertebra: Vertebra, side: str) -> tuple[str, str]:
    """Own side first, unless only the other side's lateral mass is measured: beside a lump the lamina is misread."""
    sound = [
        (mark := vertebra.landmarks.get(f"lateral_mass_center_{name}")) is not None and mark.measured
        for name in (side, OPPOSITE[side])
    ]
    return (OPPOSITE[side], side) if sound == [False, True] else (side, OPPOSITE[side])


def _disc(frame, xyz: np.ndarray) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rings = [
        radius * np.stack([np.cos(turn), np.full(12, 0.5), np.sin(turn)], axis=1)
        for radius in (0.5, 1.5, 2.5)
    ]
    return xyz + frame.direction_to_world(np.concatenate(rings))


def _height(vertebra: Vertebra, side: str) -> float:
    heights = [vertebra.measures.get(("lamina_height", name)) for name in (side, OPPOSITE[side])]
    known = [h for h in heights if h]
    return known[0] if known else 10.0


def _over_canal(vertebra: Vertebra, medial_l: float) -> float:
    """How far from the midline the lamina lies over the canal; where the canal is not measured, its medial border."""
    width = vertebra.measures.get(("canal_width", "midline"))
    return medial_l + 1.0 if width is None else _OVER_CANAL * width / 2

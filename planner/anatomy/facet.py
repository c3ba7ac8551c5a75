"""Articular surfaces as planes over the middle of the lateral mass, from the rear and front maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import robust_plane
from planner.anatomy.sounding import MAP_MM, Sounding

HALF_BAND_MM = 3.0
RIM_SKIP_MM = 0.5
TOP_SKIP_MM = 0.75
STRAIGHT_MM = 0.4
LEAST_RUN_MM = 3.0
PATCH_HALF_WIDTH_MM = 7.0
PATCH_OFF_MM = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacetPlane:
    """A facet in local coordinates: centre on the plane, outward normal, its surface points, its area."""

    center: np.ndarray
    normal: np.ndarray
    points: np.ndarray
    area_mm2: float
    residual_mm: float


def superior_facet(sounding: Sounding, l: float, rim_s: float, top_s: float) -> FacetPlane | None:
    """Plane through the rear map between the rim and the top of the superior articular process at ``l``."""
    low, high = rim_s + RIM_SKIP_MM, top_s - TOP_SKIP_MM
    if high - low < LEAST_RUN_MM:
        low, high = rim_s, top_s
    return _plane(sounding, sounding.rear, l, low, high, np.array([0.0, 1.0, 1.0]))


def inferior_facet(sounding: Sounding, l: float, tip_s: float, limit_s: float) -> FacetPlane | None:
    """Plane through the front map from the tip of the inferior articular process upwards, while straight.

    Looking from the front works where looking from below does not: the facet is steep and the tip rounded.
    """
    front = sounding.front[sounding.column(l)]
    heights = sounding.depth.v
    a, b = sounding.row(tip_s + 0.5), sounding.row(limit_s)
    run = _straight_run(front[a:b], heights[a:b])
    if run is None:
        return None
    return _plane(sounding, sounding.front, l, run[0], run[1], np.array([0.0, -1.0, -1.0]))


def _straight_run(p: np.ndarray, s: np.ndarray) -> tuple[float, float] | None:
    """Longest stretch that begins within 3 mm of the tip and stays within 0.4 mm of a line."""
    least = round(LEAST_RUN_MM / MAP_MM)
    best = None
    for start in range(0, min(len(p), round(3.0 / MAP_MM))):
        if not np.isfinite(p[start]):
            continue
        end = start + least
        while end < len(p) and np.isfinite(p[start : end + 1]).all():
            line = np.polyfit(s[start : end + 1], p[start : end + 1], 1)
            if np.abs(np.polyval(line, s[start : end + 1]) - p[start : end + 1]).max() > STRAIGHT_MM:
                break
            end += 1
        if end - 1 - start >= least and (best is None or end - start > best[1] - best[0]):
            best = (start, end)
    return None if best is None else (float(s[best[0]]), float(s[best[1] - 1]))


def _plane(
    sounding: Sounding, surface: np.ndarray, l: float, low: float, high: float, outward: np.ndarray
) -> FacetPlane | None:
    u, v = sounding.depth.u, sounding.depth.v
    i = np.flatnonzero(np.abs(u - l) <= HALF_BAND_MM)
    k = np.flatnonzero((v >= low) & (v <= high))
    if len(i) < 4 or len(k) < 4:
        return None
    p = surface[np.ix_(i, k)]
    ll, ss = np.meshgrid(u[i], v[k], indexing="ij")
    ok = np.isfinite(p)
    if ok.sum() < 40:
        return None
    (height, slope_l, slope_s), kept = robust_plane(ll[ok], ss[ok], p[ok])
    normal = np.array([-slope_l, 1.0, -slope_s])
    normal /= np.linalg.norm(normal)
    if normal @ outward < 0:
        normal = -normal
    residual = float(np.sqrt(np.mean((p[ok] - height - slope_l * ll[ok] - slope_s * ss[ok])[kept] ** 2)))
    s0 = (low + high) / 2
    center = np.array([l, height + slope_l * l + slope_s * s0, s0])
    # The articular surface: the part of the map near the middle that stays close to the plane.
    i = np.flatnonzero(np.abs(u - l) <= PATCH_HALF_WIDTH_MM)
    p = surface[np.ix_(i, k)]
    ll, ss = np.meshgrid(u[i], v[k], indexing="ij")
    off = np.abs(p - height - slope_l * ll - slope_s * ss) * abs(normal[1])
    near = np.isfinite(p) & (off < PATCH_OFF_MM)
    points = np.column_stack([ll[near], p[near], ss[near]])
    area = near.sum() * MAP_MM**2 / max(abs(normal[1]), 0.2)
    return FacetPlane(center=center, normal=normal, points=points[::2], area_mm2=float(area), residual_mm=residual)

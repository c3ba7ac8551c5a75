"""What only C2, the axis, has: the dens, the sagittal heights beside the canal, its two kinds of facet."""

from __future__ import annotations

import numpy as np

from planner.anatomy.body import Body, robust_plane
from planner.anatomy.facet import FacetPlane, inferior_facet
from planner.anatomy.foramen import Tunnel
from planner.anatomy.isthmus import Cut
from planner.anatomy.lateral_mass import lowest_point
from planner.anatomy.sounding import Sounding
from planner.geometry.axes import SIGN

DENS_BAND_MM = 6.0
DENS_LEAST_MM = 10.0  # over the body centre; lower is no dens
LAMINA_L_MM = 10.2
PILLAR_INSIDE_MM = 2.0  # the inferior process hangs this far medial of the foramen
LATERAL_OF_CANAL_MM = 3.0


def dens_tip(sounding: Sounding, body: Body) -> np.ndarray | None:
    """Highest point within 6 mm of the midline; None where nothing rises over the body."""
    vertical = sounding.vertical
    i = np.flatnonzero(np.abs(vertical.u) < DENS_BAND_MM)
    top = vertical.topmost()[i]
    if not np.isfinite(top).any():
        return None
    a, j = np.unravel_index(np.nanargmax(top), top.shape)
    if top[a, j] - body.center[2] < DENS_LEAST_MM:
        return None
    return np.array([vertical.u[i[a]], vertical.v[j], top[a, j]])


def c2_inferior_facet(
    sounding: Sounding, body: Body, side: str, foramen_l: float
) -> tuple[FacetPlane | None, np.ndarray | None]:
    """(facet, lowest point) of C2's inferior articular process, which hangs behind and medial to the foramen."""
    x = SIGN[side] * (abs(foramen_l) - PILLAR_INSIDE_MM)
    tip = lowest_point(sounding, x, body.wall[1] + 2.0)
    if tip is None:
        return None, None
    return inferior_facet(sounding, x, tip[2], tip[2] + 12.0), tip


def c2_superior_facet(sounding: Sounding, body: Body, side: str, foramen_l: float) -> FacetPlane | None:
    """Plane through C2's superior articular surface, seen from above beside the dens."""
    vertical = sounding.vertical
    middle = abs(foramen_l) - 1.5
    i = np.flatnonzero(np.abs(np.abs(vertical.u) - middle) <= 5.0)
    i = i[np.sign(vertical.u[i]) == SIGN[side]]
    j = np.flatnonzero((vertical.v >= body.wall[1] - 9.0) & (vertical.v <= body.wall[1] + 4.0))
    top = vertical.topmost()[np.ix_(i, j)]
    l, p = np.meshgrid(vertical.u[i], vertical.v[j], indexing="ij")
    ok = np.isfinite(top) & (top > body.center[2] + 2.0)
    if ok.sum() < 40:
        return None
    (height, slope_l, slope_p), kept = robust_plane(l[ok], p[ok], top[ok])
    residual = float(np.sqrt(np.mean((top[ok] - height - slope_l * l[ok] - slope_p * p[ok])[kept] ** 2)))
    if kept.mean() < 0.5:
        return None
    normal = np.array([-slope_l, -slope_p, 1.0])
    normal /= np.linalg.norm(normal)
    points = np.column_stack([l[ok], p[ok], top[ok]])[kept]
    center_l, center_p = points[:, 0].mean(), points[:, 1].mean()
    center = np.array([center_l, center_p, height + slope_l * center_l + slope_p * center_p])
    area = kept.sum() * (vertical.u[1] - vertical.u[0]) ** 2 / normal[2]
    return FacetPlane(center=center, normal=normal, points=points, area_mm2=float(area), residual_mm=residual)


def sagittal_heights(
    sounding: Sounding, canal_half_width: float, side: str, tunnel: Tunnel | None, pars: Cut | None
) -> tuple[float, float]:
    """(isthmus_height, internal_height) in the sagittal plane 3 mm lateral of the canal's margin; nan if not there.

    Internal height: least bone above the foramen's roof, up to the superior facet. Isthmus height: least bone
    of the bridge behind the foramen. Thresholds for a high-riding artery are quoted against these (Yeom 2013).
    """
    x = SIGN[side] * (canal_half_width + LATERAL_OF_CANAL_MM)
    solid = sounding.solid
    section = solid.filled[solid.index(0, x)]
    p, s = solid.coordinates(1), solid.coordinates(2)
    if tunnel is None or pars is None:
        return float("nan"), float("nan")
    heights = {}
    for name, at_p, reach in (("internal", tunnel.center[1], 2.5), ("isthmus", pars.center[1], 2.5)):
        best = np.inf
        for j in np.flatnonzero(np.abs(p - at_p) <= reach):
            run = _run_near(section[j], s, pars.center[2] + (3.0 if name == "internal" else 0.0))
            if run > 0:
                best = min(best, run)
        heights[name] = best if np.isfinite(best) else float("nan")
    return float(heights["isthmus"]), float(heights["internal"])


def _run_near(column: np.ndarray, s: np.ndarray, at: float) -> float:
    """Height of the run of bone on a vertical line that holds or lies nearest above ``at``; 0 if none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(np.int8), [0]])))
    best, away = 0.0, np.inf
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        low, high = s[a], s[b - 1]
        off = max(0.0, low - at, at - high)
        if off < away:
            best, away = (b - a) * float(s[1] - s[0]), off
    return best if away <= 4.0 else 0.0

"""What only C2, the axis, has: the dens, the sagittal heights beside the canal, its two kinds of facet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Body, robust_plane
from planner.anatomy.facet import FacetPlane, inferior_facet
from planner.anatomy.foramen import Tunnel
from planner.anatomy.isthmus import Cut
from planner.anatomy.lateral_mass import lowest_point
from planner.anatomy.sounding import Sounding
from planner.geometry.axes import SIGN
from planner.geometry.crossings import solid

DENS_BAND_MM = 6.0
DENS_LEAST_MM = 10.0  # over the body centre; lower is no dens
LAMINA_L_MM = 10.2
PILLAR_INSIDE_MM = 2.0  # the inferior process hangs this far medial of the foramen
LATERAL_OF_CANAL_MM = 3.0
SECTION_MM = 0.25
PIT_REACH_MM = 5.0  # in front of and behind the foramen's middle
PIT_BELOW_MM = 2.0
ISTHMUS_REACH_MM = 6.0  # behind the pit's rear wall; further back the lamina begins


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SagittalHeights:
    """C2's heights of bone beside the canal, where a high-riding artery shows (Yeom 2013); nan if not there.

    ``internal_mm``: least height of bone between the roof of the artery's pit and the superior facet.
    ``isthmus_mm``: least height of the bone behind the pit; the pit's roof is not part of it.
    """

    internal_mm: float
    isthmus_mm: float


def sagittal_heights(sounding: Sounding, canal_half_width: float, side: str, tunnel: Tunnel | None) -> SagittalHeights:
    """Measure C2's heights in the sagittal plane 3 mm lateral to the canal's margin, on a 0.25 mm section."""
    nothing = SagittalHeights(internal_mm=float("nan"), isthmus_mm=float("nan"))
    if tunnel is None:
        return nothing
    x = SIGN[side] * (canal_half_width + LATERAL_OF_CANAL_MM)
    section = solid(
        sounding.triangles, SECTION_MM, np.array([x, *sounding.low[1:]]), np.array([x + 0.01, *sounding.high[1:]])
    )
    bone, p, s = section.filled[0], section.coordinates(1), section.coordinates(2)
    # Dorsal: what lies above the highest or behind the rearmost bone. The pit: free space under bone, about the foramen.
    dorsal = (np.cumsum(bone[:, ::-1], axis=1)[:, ::-1] == 0) | (np.cumsum(bone[::-1], axis=0)[::-1] == 0)
    near = np.abs(p - tunnel.center[1]) <= PIT_REACH_MM
    covered = np.cumsum(bone[:, ::-1], axis=1)[:, ::-1] > 0
    pit = ~bone & covered & ~dorsal & near[:, None] & (s >= tunnel.center[2] - PIT_BELOW_MM)[None, :]
    if not pit.any() or dorsal.all():
        return nothing
    columns = pit.any(axis=1)
    roof = np.array([s[pit[j]].max() if columns[j] else np.nan for j in range(len(p))])
    top = np.array([s[bone[j]].max() if bone[j].any() else np.nan for j in range(len(p))])
    ahead = columns & (p <= tunnel.center[1] + tunnel.diameter_mm / 2)
    internal = float(np.nanmin((top - roof)[ahead])) if ahead.any() else float("nan")
    # The isthmus stands behind the pit: the bone that reaches down without a gap from the dorsal surface.
    rear = float(p[columns].max())
    behind = bone.any(axis=1) & (p > rear) & (p <= rear + ISTHMUS_REACH_MM)
    isthmus = float(min(_topmost_run(bone[j]) for j in np.flatnonzero(behind))) if behind.any() else float("nan")
    return SagittalHeights(internal_mm=internal, isthmus_mm=isthmus)


def _topmost_run(column: np.ndarray) -> float:
    """Length in mm of the uppermost unbroken run of bone in one column of a section."""
    top = int(np.flatnonzero(column)[-1])
    gaps = np.flatnonzero(~column[:top])
    return (top - (int(gaps[-1]) if len(gaps) else -1)) * SECTION_MM


def pars_length(sounding: Sounding, pars: Cut, tunnel: Tunnel | None) -> float:
    """Bone along the pars axis from the dorsal cortex to the height of the foramen's rear wall; nan without foramen."""
    if tunnel is None:
        return float("nan")
    back = sounding.first_hit(pars.center, -pars.axis)
    front = sounding.first_hit(pars.center, pars.axis)
    wall = tunnel.center[1] + tunnel.diameter_mm / 2
    to_wall = (pars.center[1] - wall) / max(-pars.axis[1], 1e-6)
    ahead = np.linalg.norm(front - pars.center)
    ahead = min(ahead, to_wall) if np.isfinite(ahead) else to_wall
    return float(np.linalg.norm(back - pars.center) + max(ahead, 0.0))

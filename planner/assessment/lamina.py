"""The laminae: holes with their true area, thickness, what stands out beneath them, and whether there is one at all.

Each lamina is looked at along its own normal: rays from behind on a fine grid in the plane of the lamina. A hole
is where the dorsal cortex is missing, enclosed by where it is not, with some rays that meet nothing down to the
canal; a lump of calcification in the hole's floor makes it no smaller. What calcification covers from behind is seen
from within the canal. A hole that breaks out of the lamina's border counts while its mouth is narrower than itself. A
closed outer surface cannot show voids inside the bone, and a hole in a coarse or
thick-sliced segmentation may be a gap in the segmentation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.lamina_bite import bite, bites
from planner.assessment.lamina_site import Place, Site, site_of
from planner.geometry.axes import SIGN, angle_deg, unit

# The window reaches past the lamina on both sides, so that a hole at its edge is still enclosed.
_HALF_WIDTH_MM = 13.0
HALF_HEIGHT_MM = 12.0
_JUNCTION_MM = 3.5
_STAND_OFF_MM = 14.0
# Where nothing covers it, a lamina looks no further from its landmark's normal.
_LARGEST_TURN_DEG = 20.0
_DEPTH_BEYOND_MM = 5.0
_SKIN_MM = 0.02
_LEAST_RAYS = 4
_AROUND_MM = 5.0
_RELIEF_MM = 2.5
_DEEPER_MM = 3.5
_OVER_CANAL = 0.8
_WITHIN_CANAL_MM = 4.0
_SAME_HOLE_MM = 4.0
_VIEW_MM = 5.0
# Finer than the first look: a hole of 4 mm2 holds only sixteen of its rays.
_VIEW_STEP_MM = 0.25
# A lamina this many times as thick at its landmark as on the whole was misread.
_MISREAD_THICKNESS = 2.0
# How far from where the first look has its middle a finer look may find that of a hole broken out of the border.
_BITE_MOVES_MM = 1.5
# A hole is looked at along its lamina's normal and this far beside it, then about the best of these.
_VIEW_SPREADS = (0.35, 0.17, 0.08)
# More than this share of what the normal shows is another hole, or the edge of something else.
_LARGEST_SHARE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hole:
    """A hole through a lamina: its centre in world mm at half the lamina's thickness, its area along the normal, and
    whether it breaks out of the lamina's border."""

    side: str
    center: np.ndarray
    area_mm2: float
    at_border: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaminaLook:
    """One lamina seen along its normal.

    ``covered_share`` is the share of the lamina's own field, between the spinous process and the lateral
    mass over the middle of its height, where rays meet bone; ``thickness_mm`` the median and ``thin_mm`` the
    tenth percentile of bone met there. ``inner`` (nu, nv) is how deep under the dorsal surface the bone ends
    towards the canal, nan where that is not the lamina's; ``nodes`` (nu, nv, 3) where, in local mm, and ``ends``
    (nu, nv, 3) the places where it ends. ``medial_l`` is the |l| of the lamina's lateral end.
    """

    side: str
    holes: tuple[Hole, ...]
    covered_share: float
    thickness_mm: float
    thin_mm: float
    inner: np.ndarray
    nodes: np.ndarray
    ends: np.ndarray
    medial_l: float


def look_at_lamina(vertebra: Vertebra, side: str, usual: Place | None = None) -> LaminaLook | None:
    """Return what a lamina shows, or None if nothing says where it is.

    ``usual`` is the place of the other levels' laminae, if they are known.
    """
    site = site_of(vertebra, side, usual)
    if site is None:
        return None
    site = _squared(vertebra, site, usual)
    step = comparison("lamina_grid_mm")
    u = np.arange(-_HALF_WIDTH_MM, _HALF_WIDTH_MM + step / 2, step)
    v = np.arange(-HALF_HEIGHT_MM, HALF_HEIGHT_MM + step / 2, step)
    nodes = site.center + u[:, None, None] * site.across + v[None, :, None] * site.up
    flat = nodes.reshape(-1, 3)
    depth = _first(vertebra, flat + _STAND_OFF_MM * site.normal, -site.normal)
    start = np.where(np.isfinite(depth), depth, 0.0) + _SKIN_MM
    thickness = _first(vertebra, flat + (_STAND_OFF_MM - start)[:, None] * site.normal, -site.normal)
    depth, thickness = depth.reshape(len(u), len(v)), thickness.reshape(len(u), len(v)) + _SKIN_MM
    around = _around(depth, step)
    met = (depth < around + _deeper(site)) & (depth < _STAND_OFF_MM + _DEPTH_BEYOND_MM)
    through = (depth >= around + _DEEPER_MM) | (depth >= _STAND_OFF_MM + _DEPTH_BEYOND_MM)
    local = vertebra.frame.to_local(nodes)
    own = SIGN[side] * local[..., 0]
    field = (own > _JUNCTION_MM) & (own < site.medial_l) & (np.abs(v)[None, :] < 0.3 * site.height_mm)
    inside = field & met
    typical = float(np.median(thickness[inside])) if inside.any() else float("nan")
    if site.thickness_mm > _MISREAD_THICKNESS * typical:
        # The ray that measured it ran on in the wall of a hole.
        site = replace(site, thickness_mm=typical)
    outwards = vertebra.frame.direction_to_local(site.normal)
    inner = np.where(met & (depth > around - _RELIEF_MM), depth + thickness - around, np.nan)
    behind = _holes(vertebra, site, nodes, met, through, around, step)
    return LaminaLook(
        side=side,
        holes=_all(
            behind,
            _at_border(vertebra, site, nodes, met, through, depth, step),
            _from_within(vertebra, site, nodes, step),
        ),
        covered_share=float(met[field].mean()) if field.any() else float("nan"),
        thickness_mm=typical,
        thin_mm=float(np.quantile(thickness[inside], 0.1)) if inside.any() else float("nan"),
        inner=inner,
        nodes=local,
        medial_l=site.medial_l,
        ends=local + np.where(met, _STAND_OFF_MM - depth - thickness, np.nan)[..., None] * outwards,
    )


def _all(*looks: list[Hole]) -> tuple[Hole, ...]:
    """The holes of several looks, each told once, by the first look that shows it; largest first."""
    found: list[Hole] = []
    for look in looks:
        found += [one for one in look if all(np.linalg.norm(one.center - o.center) > _SAME_HOLE_MM for o in found)]
    return tuple(sorted(found, key=lambda hole: -hole.area_mm2))


def _at_border(
    vertebra: Vertebra, site: Site, nodes: np.ndarray, met: np.ndarray, through: np.ndarray, depth: np.ndarray,
    step: float,
) -> list[Hole]:  # fmt: skip
    """Holes that break out of the lamina's border, as rays from behind show them."""
    holes: list[Hole] = []
    for at in bites(met, through, step):
        about = met & (np.linalg.norm(nodes - nodes[at], axis=-1) < _AROUND_MM)
        near = nodes[at] + (_STAND_OFF_MM - float(np.median(depth[about]))) * site.normal
        seen = np.linalg.norm(nodes[met] - nodes[at], axis=-1).min()
        if _over_lamina(vertebra, site, near):
            view = _widest_view(vertebra, site, near, np.pi * seen**2, _STAND_OFF_MM, broken=True)
            # The finer look may have its middle elsewhere.
            if view is not None and _over_lamina(vertebra, site, view[1]):
                area, opening, along = view
                center = opening - _half_thickness(site) * along
                holes.append(Hole(side=site.side, center=center, area_mm2=area, at_border=True))
    return list(_all(*([hole] for hole in sorted(holes, key=lambda hole: -hole.area_mm2))))


def _from_within(vertebra: Vertebra, site: Site, nodes: np.ndarray, step: float) -> list[Hole]:
    """Holes seen from the canal: rays outwards from a plane in front of the lamina; what starts in bone sees none."""
    stand_off = 2 * _half_thickness(site) + _WITHIN_CANAL_MM
    start = nodes.reshape(-1, 3) - stand_off * site.normal
    hits, face = vertebra.surface.first_hit(start, np.tile(site.normal, (len(start), 1)))
    depth = np.nan_to_num((hits - start) @ site.normal, nan=np.inf)
    met = np.isfinite(depth)
    entered = np.ones(len(depth), bool)
    entered[met] = vertebra.surface.face_normals[face[met]] @ site.normal < 0
    depth = np.where(entered, depth, 0.0).reshape(nodes.shape[:2])
    around = _around(depth, step)
    out = replace(site, normal=-site.normal, across=-site.across)
    met, through = depth < around + _deeper(site), depth >= around + _DEEPER_MM
    return _holes(vertebra, out, nodes, met, through, around, step, stand_off)


def _holes(
    vertebra: Vertebra, site: Site, nodes: np.ndarray, met: np.ndarray, through: np.ndarray, around: np.ndarray,
    step: float, stand_off: float = _STAND_OFF_MM,
) -> list[Hole]:  # fmt: skip
    """Holes in what rays against ``site.normal`` from ``stand_off`` meet at about the depth ``around``."""
    from scipy.ndimage import binary_fill_holes, label

    labels, count = label(binary_fill_holes(met) & ~met)
    holes = []
    for index in range(1, count + 1):
        mask = labels == index
        # A ray or two that slips through along an edge is no hole, and a pit is none either.
        if mask.sum() < _LEAST_RAYS or (mask & through).sum() < _LEAST_RAYS:
            continue
        near = nodes[mask].mean(axis=0) + (stand_off - float(np.median(around[mask]))) * site.normal
        if _over_lamina(vertebra, site, near):
            seen = float(mask.sum()) * step * step
            view = _widest_view(vertebra, site, near, seen, stand_off)
            area, opening, along = (seen, near, site.normal) if view is None else view
            # Half the lamina's thickness under its surface, along the hole.
            center = opening - _half_thickness(site) * along
            holes.append(Hole(side=site.side, center=center, area_mm2=area))
    return holes


def _squared(vertebra: Vertebra, site: Site, usual: Place | None = None) -> Site:
    """Turn a look to stand square on the dorsal surface: the plane of what rays meet on the middle of the lamina.

    The normals near one point are those of a hole's rim where there is a hole. But a large turn away from where the
    other levels' laminae look is that of a lump which covers the lamina.
    """
    grid = np.arange(-5.0, 5.1, 0.5)
    u, v = (g.ravel() for g in np.meshgrid(grid, 0.8 * grid, indexing="ij"))
    normal, across, up = site.normal, site.across, site.up
    for _ in range(2):
        nodes = site.center + u[:, None] * across + v[:, None] * up
        depth = _first(vertebra, nodes + _STAND_OFF_MM * normal, -normal)
        middle = float(np.median(depth))
        if not np.isfinite(middle):
            return site
        near = np.abs(depth - middle) < 2.5
        for _ in range(3):
            if near.sum() < 30:
                return site
            system = np.column_stack([u, v, np.ones(len(u))])
            slope = np.linalg.lstsq(system[near], depth[near], rcond=None)[0]
            near = np.abs(depth - system @ slope) < 1.5
        normal = unit(normal + np.clip(slope[0], -0.5, 0.5) * across + np.clip(slope[1], -0.5, 0.5) * up)
        across = unit(across - (across @ normal) * normal)
        up = unit(up - (up @ normal) * normal - (up @ across) * across)
    if usual is not None and angle_deg(normal, site.normal) > _LARGEST_TURN_DEG:
        others = vertebra.frame.direction_to_world(usual.normal * [SIGN[site.side], 1.0, 1.0])
        if angle_deg(normal, others) > angle_deg(site.normal, others):
            return site
    return replace(site, normal=normal, across=across, up=up)


def _around(depth: np.ndarray, step: float) -> np.ndarray:
    """Depth of the dorsal surface round about each ray, whatever stands out of it or is bored into it.

    The median of the neighbourhood on every other ray, which a lump or a hole of less than half of it leaves.
    """
    from scipy.ndimage import median_filter

    shallow = np.minimum(depth, _STAND_OFF_MM + _DEPTH_BEYOND_MM + 1.0)[::2, ::2]
    around = median_filter(shallow, size=2 * round(_AROUND_MM / (2 * step)) + 1, mode="nearest")
    return np.repeat(np.repeat(around, 2, axis=0), 2, axis=1)[: depth.shape[0], : depth.shape[1]]


def _half_thickness(site: Site) -> float:
    return 0.5 * (site.thickness_mm if site.thickness_mm == site.thickness_mm else _DEEPER_MM)


def _deeper(site: Site) -> float:
    """How far under the dorsal surface bone no longer is the dorsal cortex: most of the lamina's thickness."""
    thick = site.thickness_mm if site.thickness_mm == site.thickness_mm else _DEEPER_MM
    return float(np.clip(comparison("lamina_floor_share") * thick, comparison("lamina_floor_mm"), _DEEPER_MM))


def _widest_view(
    vertebra: Vertebra, site: Site, near: np.ndarray, seen: float, stand_off: float, broken: bool = False
) -> tuple[float, np.ndarray, np.ndarray] | None:
    """(area, middle on the surface, direction towards the eye) of a hole looked at along its own direction.

    Of a few views about the lamina's normal the one that shows most: a hole is not bored exactly along the fitted
    normal, and a view along any other line shows a part of it. ``near`` is the hole's middle on the surface it is
    looked at from as the normal shows it, ``seen`` the area; a view counts only while what it shows is enclosed, or, if
    it is a hole ``broken`` out of the border, while its mouth is narrow. None where no view counts.
    """

    best = (0.0, near, site.normal)
    middle = np.zeros(2)
    for spread in _VIEW_SPREADS:
        around, least = middle, best[0]
        for tilt in np.stack(np.meshgrid(*[spread * np.arange(-1, 2)] * 2, indexing="ij"), -1).reshape(-1, 2):
            a, b = around + tilt
            look = unit(site.normal + a * site.across + b * site.up)
            area, center = _seen_area(vertebra, site, near, look, stand_off, broken)
            if least < area <= _LARGEST_SHARE * seen:
                least, best, middle = area, (area, center, look), around + tilt
    return best if best[0] else None


def _seen_area(
    vertebra: Vertebra, site: Site, near: np.ndarray, look: np.ndarray, stand_off: float, broken: bool
) -> tuple[float, np.ndarray]:
    """(area, middle) of the hole at ``near`` as rays against ``look`` show it; 0 where it is not enclosed, or, if it is
    ``broken`` out of the border, is no bite out of that."""
    from scipy.ndimage import label

    step = _VIEW_STEP_MM
    grid = np.arange(-_VIEW_MM, _VIEW_MM + step / 2, step)
    u = unit(site.across - (site.across @ look) * look)
    v = np.cross(look, u)
    offsets = (grid[:, None, None] * u + grid[None, :, None] * v).reshape(-1, 3)
    depth = _first(vertebra, near + offsets + stand_off * look, -look)
    # Depth of the surface's plane along this view.
    plane = stand_off + (offsets @ site.normal) / (look @ site.normal)
    free = (depth > plane + _deeper(site)).reshape(len(grid), len(grid))
    if broken:
        found = bite(~free, step, _BITE_MOVES_MM)
        return (0.0, near) if found is None else (found[0], near + offsets.reshape(*free.shape, 3)[tuple(found[1])])
    labels, _ = label(free)
    middle = len(grid) // 2
    here = np.bincount(labels[middle - 2 : middle + 3, middle - 2 : middle + 3].ravel())[1:]
    if not here.any():
        return 0.0, near
    hole = labels == int(here.argmax()) + 1
    if hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any():
        return 0.0, near
    # Through the whole of a rough bore one sees its narrowest outline, not its width at half depth.
    radius = np.sqrt(float(hole.sum()) * step * step / np.pi) + comparison("lamina_bore_mm")
    return float(np.pi * radius**2), near + offsets[hole.ravel()].mean(axis=0)


def _first(vertebra: Vertebra, origins: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Distance to the first surface along one direction from each origin; inf where there is none."""
    hits, _ = vertebra.surface.first_hit(origins, np.tile(direction, (len(origins), 1)))
    return np.nan_to_num((hits - origins) @ direction, nan=np.inf)


def _over_lamina(vertebra: Vertebra, site: Site, near: np.ndarray) -> bool:
    """Whether a place lies over the canal on the look's own side.

    Further out it is the root of the lateral mass; the midline belongs to the left look, so that a hole there is told
    once.
    """
    l = SIGN[site.side] * vertebra.frame.to_local(near)[0]
    return (0.0 if site.side == "left" else 1e-9) <= l < _over_canal(vertebra, site.medial_l)


def _over_canal(vertebra: Vertebra, medial_l: float) -> float:
    """How far from the midline the lamina lies over the canal; where the canal is not measured, its medial border."""
    width = vertebra.measures.get(("canal_width", "midline"))
    return medial_l + 1.0 if width is None else _OVER_CANAL * width / 2

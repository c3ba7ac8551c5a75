"""Landmarks of a synthetic bone by their written definitions, read from its mesh in the frame it was built in.

The bone's shape only says where to look; every point comes from rays, sections and vertices of the mesh, in the
level's own (l, p, s). Nothing here is shared with the code that finds landmarks in a stranger's mesh, so that one
can be held against the other. What a definition does not find is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import SIDES, SIGN, unit
from planner.geometry.crossings import solid
from planner.geometry.surface import Surface
from planner.phantom.shape import Shape

_L, _P, _S = np.eye(3)
_JUNCTION_MM = 3.5
"""|l| at which lamina and spinous process join."""
_LEAST_VALLEY_MM = 0.15
"""A valley no deeper than the grain is none: the mass then has no medial border."""
_RASTER_MM, _CANAL_RASTER_MM = 0.25, 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mass:
    """Borders and centre of one lateral mass, local mm, (3,) each."""

    medial: np.ndarray
    lateral: np.ndarray
    superior: np.ndarray
    inferior: np.ndarray
    center: np.ndarray

    @property
    def width(self) -> float:
        return float(abs(self.lateral[0] - self.medial[0]))

    @property
    def height(self) -> float:
        return float(self.superior[2] - self.inferior[2])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hole:
    """Centroid (3,) and largest inscribed circle of the narrowest closed plane of a transverse foramen."""

    center: np.ndarray
    diameter_mm: float


def hits(surface: Surface, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """(n, 3) first hits of rays from (n, 3) or (3,) origins along one direction (3,); nan where they miss."""
    origin = np.atleast_2d(np.asarray(origin, float))
    return surface.first_hit(origin, np.broadcast_to(np.asarray(direction, float), origin.shape))[0]


def points(surface: Surface, shape: Shape) -> dict[str, np.ndarray]:
    """Landmarks by name, local mm, as far as the definitions find them."""
    found = _body(surface, shape) | _arch(surface, shape)
    canal = _canal(surface, shape, found["body_center"][2])
    if canal is None and "spinolaminar_point" in found:
        canal = (found["posterior_body_wall"] + found["spinolaminar_point"]) / 2
    if canal is not None:
        found["canal_center"] = canal
    for side in SIDES:
        hole = foramen(surface, shape, side)
        if hole is not None:
            found[f"transverse_foramen_{side}"] = hole.center
        medial = None
        if shape.level != "C2":
            mass = lateral_mass(surface, shape, side)
            if mass is not None:
                medial = mass.medial
                for name in ("medial", "lateral", "superior", "inferior"):
                    found[f"lateral_mass_{name}_border_{side}"] = getattr(mass, name)
                found[f"lateral_mass_center_{side}"] = mass.center
        lamina = _lamina(surface, shape, side, medial)
        if lamina is not None:
            found[f"lamina_{side}"] = lamina
    return {name: point for name, point in found.items() if np.isfinite(point).all()}


def superior_axis(surface: Surface, shape: Shape) -> np.ndarray:
    """S by its definition: the mean normal of the endplates (C2: the lower one's), in the mid-sagittal plane."""
    if shape.level == "C2":
        normal = _endplate(surface, shape.lower_endplate[2] + 4.0, -_S, 4.0)[1]
    else:
        normal = _endplate(surface, 0.0, -_S, 4.0)[1] + _endplate(surface, 0.0, _S, 3.0)[1]
    return unit(normal * [0.0, 1.0, 1.0])


def facet(surface: Surface, shape: Shape, side: str, kind: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Centre and outward unit normal of an articular surface: the plane through 3 mm either way of its middle.

    `kind` is ``superior`` or ``inferior``. C2 has no superior facet of a pillar; None for it.
    """
    if kind == "superior" and shape.level == "C2":
        return None
    built = shape.superior_facet if kind == "superior" else shape.inferior_facet
    mirror = np.array([SIGN[side], 1.0, 1.0])
    center, normal = built.center * mirror, built.normal * mirror
    u = unit(np.cross(normal, _L))
    v = np.cross(u, normal)
    steps = (-3.0, -1.5, 0.0, 1.5, 3.0)
    grid = np.array([center + a * u + b * v for a in steps for b in steps])
    seen = hits(surface, grid + 5.0 * normal, -normal)
    seen = seen[np.isfinite(seen).all(axis=1) & (np.linalg.norm(seen - grid, axis=1) < 2.0)]
    if len(seen) < 15:
        return None
    middle = seen.mean(axis=0)
    across = np.linalg.svd(seen - middle)[2][2]
    return middle, across * np.sign(across @ normal)


def lateral_mass(surface: Surface, shape: Shape, side: str) -> Mass | None:
    """Borders and centre of a lateral mass; None where its posterior face has no valley, edge or rim."""
    sign, c = SIGN[side], shape.mass_center
    s = c[2]
    for _ in range(3):
        across = _across(surface, shape, sign, s)
        if across is None:
            return None
        medial, lateral = across
        middle = (medial[0] + lateral[0]) / 2
        along = _along(surface, shape, middle)
        if along is None:
            return None
        superior, inferior = along
        s = (superior[2] + inferior[2]) / 2
    center = hits(surface, [middle, c[1] + 15.0, s], -_P)[0]
    return Mass(medial=medial, lateral=lateral, superior=superior, inferior=inferior, center=center)


def _across(surface: Surface, shape: Shape, sign: int, s: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Medial valley and lateral edge on the axial profile of the posterior face at height `s`."""
    c = shape.mass_center
    l = np.arange(5.0, c[0] + shape.mass_width / 2 + 4.0, 0.1)
    face = hits(surface, np.column_stack([sign * l, np.full_like(l, c[1] + 15.0), np.full_like(l, s)]), -_P)
    p = face[:, 1]
    fall = (p[:-5] - p[5:]) / 0.5
    start = np.searchsorted(l, c[0] - 1.0)
    edges = np.flatnonzero((fall[start:] > 3.0) | ~np.isfinite(fall[start:]))
    if not len(edges):
        return None
    edge = start + edges[0]
    depth = p[0] + (p[edge] - p[0]) * (l[: edge + 1] - l[0]) / (l[edge] - l[0]) - p[: edge + 1]
    if not np.isfinite(depth).all() or depth.max() < _LEAST_VALLEY_MM:
        return None
    return face[int(np.argmax(depth))], face[edge]


def _along(surface: Surface, shape: Shape, l: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Rear rim of the superior facet and tip of the inferior process in the sagittal section at `l`."""
    c = shape.mass_center
    s = np.arange(c[2] - 12.0, c[2] + 16.0, 0.1)
    face = hits(surface, np.column_stack([np.full_like(s, l), np.full_like(s, c[1] + 15.0), s]), -_P)
    face = face[np.isfinite(face[:, 1]) & (face[:, 1] > c[1] - 9.0)]
    if len(face) < 40:
        return None
    upper = face[face[:, 2] > c[2] - 2.0]
    if len(upper) < 24:
        return None
    # Two straight lines meet at the rim: posterior face below, articular surface above.
    errors = [_two_lines(upper[:, 2], upper[:, 1], k) for k in range(10, len(upper) - 10)]
    return upper[10 + int(np.argmin(errors))], face[np.argmin(face[:, 2])]


def _two_lines(x: np.ndarray, y: np.ndarray, k: int) -> float:
    """Squared misfit of one straight line before k and another after."""
    total = 0.0
    for a, b in ((x[:k], y[:k]), (x[k:], y[k:])):
        slope = a - a.mean()
        rest = b - b.mean() - slope * (slope @ (b - b.mean())) / (slope @ slope)
        total += float(rest @ rest)
    return total


def foramen(surface: Surface, shape: Shape, side: str) -> Hole | None:
    """The transverse foramen where it is narrowest: of axial planes 0.25 mm apart whose ring is closed; or None."""
    from scipy.ndimage import distance_transform_edt, label

    at = shape.foramen * [SIGN[side], 1.0, 1.0]
    reach = shape.foramen_diameter / 2 + 2.8
    low, high = at - [reach, reach, 4.0], at + [reach, reach, 2.0]
    bone = solid(surface.triangles, _RASTER_MM, low, high)
    best: Hole | None = None
    for k, plane in enumerate(~bone.filled.transpose(2, 0, 1)):
        names, count = label(plane)
        open_ones = {0, *names[0], *names[-1], *names[:, 0], *names[:, -1]}
        for name in set(range(1, count + 1)) - open_ones:
            cells = np.argwhere(names == name)
            # Half a cell to the wall: the raster counts middles of cells.
            wide = 2 * (float(distance_transform_edt(names == name).max()) - 0.5) * _RASTER_MM
            middle = np.append(bone.low[:2] + _RASTER_MM * cells.mean(axis=0), bone.coordinates(2)[k])
            near = np.hypot(*(middle - at)[:2]) < shape.foramen_diameter / 2
            if near and (best is None or wide < best.diameter_mm):
                best = Hole(center=middle, diameter_mm=wide)
    return best


def _body(surface: Surface, shape: Shape) -> dict[str, np.ndarray]:
    """Endplate centres, body centre, rear wall and, at C2, the tip of the dens."""
    start = shape.lower_endplate[2] + 4.0 if shape.level == "C2" else 0.0
    lower, _ = _endplate(surface, start, -_S, 4.0)
    found = {"inferior_endplate_center": lower}
    if shape.level == "C2":
        s = lower[2] + np.arange(0.25, 12.0, 0.25)
        inside = np.column_stack([np.zeros_like(s), np.zeros_like(s), s])
        front, rear = hits(surface, inside, -_P)[:, 1], hits(surface, inside, _P)[:, 1]
        whole = np.isfinite(front) & np.isfinite(rear)
        front, rear, s = front[whole], rear[whole], s[whole]
        weight = rear - front
        middle = [0.0, np.average((front + rear) / 2, weights=weight), np.average(s, weights=weight)]
        found["body_center"] = np.array(middle)
        near = surface.vertices[np.abs(surface.vertices[:, 0]) < 6.0]
        found["dens_tip"] = near[np.argmax(near[:, 2])]
    else:
        found["superior_endplate_center"], _ = _endplate(surface, 0.0, _S, 3.0)
        found["body_center"] = (lower + found["superior_endplate_center"]) / 2
    height = found["body_center"][2]
    found["posterior_body_wall"] = hits(surface, [0.0, shape.posterior_wall + 4.0, height], -_P)[0]
    return found


def _endplate(surface: Surface, start: float, up: np.ndarray, limit_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Centre and upward unit normal of an endplate's plane.

    The centre stands at l = 0, half-way between the plate's front and rear limits in the midline.
    """
    # A ray through a vertex is lost now and then: three side by side, and those that miss left out.
    beside = np.array([[-0.2, 0.0, start], [0.0, 0.0, start], [0.2, 0.0, start]])
    front, rear = (float(np.nanmedian(hits(surface, beside, sign * _P)[:, 1])) for sign in (-1.0, 1.0))
    depth = rear - front
    behind = np.linspace(front + 0.15 * depth, rear - 0.15 * depth, 15)
    l, p = (g.ravel() for g in np.meshgrid(np.linspace(-5, 5, 11), behind))
    seen = hits(surface, np.column_stack([l, p, np.full_like(l, start)]), up)
    seen = seen[np.isfinite(seen[:, 2])]
    plane = np.zeros(3)
    for _ in range(4):
        plane = np.linalg.lstsq(np.column_stack([np.ones(len(seen)), seen[:, :2]]), seen[:, 2], rcond=None)[0]
        off = np.abs(plane[0] + seen[:, :2] @ plane[1:] - seen[:, 2])
        seen = seen[off <= max(1.2, float(np.percentile(off, 60)))]
    line = np.arange(front - 2.0, rear + 2.0, 0.1)
    along = hits(surface, np.column_stack([np.zeros_like(line), line, np.full_like(line, start)]), up)
    close = line[np.abs(plane[0] + plane[2] * line - along[:, 2]) < limit_mm]  # nan is not close
    close = close[(close > front - 1.5) & (close < rear + 1.5)]
    middle = (close.min() + close.max()) / 2
    return np.array([0.0, middle, plane[0] + plane[2] * middle]), unit(np.array([-plane[1], -plane[2], 1.0]))


def _arch(surface: Surface, shape: Shape) -> dict[str, np.ndarray]:
    """Spinolaminar point and spinous tip, as far as there is an arch."""
    found = {}
    s = shape.spinolaminar[2] + np.arange(-12.0, 12.05, 0.1)
    inner = hits(surface, np.column_stack([np.zeros_like(s), np.full_like(s, shape.posterior_wall + 4.0), s]), _P)
    there = np.isfinite(inner[:, 1])
    middle = int(np.argmin(np.abs(s - shape.spinolaminar[2])))
    if there[middle]:
        foremost = middle - 40 + int(np.nanargmin(np.where(there, inner[:, 1], np.nan)[middle - 40 : middle + 41]))
        ends = [_run_end(inner[:, 1], foremost, step) for step in (-1, 1)]
        found["spinolaminar_point"] = inner[sum(ends) // 2]
    v = surface.vertices
    back = v[(np.abs(v[:, 0]) < 14.0) & (v[:, 1] > shape.spinolaminar[1])]
    if len(back) and there[middle]:
        found["spinous_process_tip"] = _spinous_tip(back)
    return found


def _run_end(p: np.ndarray, start: int, step: int) -> int:
    """Where the inner surface of the lamina ends: its slope exceeds 2, or it lies 6 mm behind its foremost point."""
    k = start
    while 5 <= k + step < len(p) - 5:
        rise = (p[k + 5 * step] - p[k]) / 0.5
        if not np.isfinite(rise) or rise > 2.0 or p[k + step] > p[start] + 6.0:
            break
        k += step
    return k


def _spinous_tip(back: np.ndarray) -> np.ndarray:
    """Rear-most vertex; where it is bifid (tips 3 mm apart, within 2 mm of depth) the middle of the two tips."""
    tips = [back[np.argmax(np.where(sign * back[:, 0] > 0, back[:, 1], -np.inf))] for sign in (-1.0, 1.0)]
    apart, uneven = abs(tips[0][0] - tips[1][0]), abs(tips[0][1] - tips[1][1])
    return (tips[0] + tips[1]) / 2 if apart >= 3.0 and uneven <= 2.0 else max(tips, key=lambda tip: tip[1])


def _lamina(surface: Surface, shape: Shape, side: str, medial: np.ndarray | None) -> np.ndarray | None:
    """Outer surface at half the lamina's height, half-way between its junction and the mass; None if not there."""
    if shape.level == "C2":
        l = SIGN[side] * 10.0
    elif medial is None:
        return None
    else:
        l = SIGN[side] * (_JUNCTION_MM + abs(medial[0])) / 2
    s = shape.spinolaminar[2] + np.arange(-14.0, 14.05, 0.1)
    behind = shape.posterior_wall + shape.canal_ap + 25.0
    outer = hits(surface, np.column_stack([np.full_like(s, l), np.full_like(s, behind), s]), -_P)
    bone = outer[:, 1] > shape.posterior_wall + 2.5
    middle = int(np.argmin(np.abs(s - shape.spinolaminar[2])))
    if not bone[middle]:
        return None
    gaps = np.flatnonzero(~bone)
    low = gaps[gaps < middle].max(initial=-1) + 1
    high = gaps[gaps > middle].min(initial=len(s)) - 1
    return outer[(low + high) // 2]


def _canal(surface: Surface, shape: Shape, height: float) -> np.ndarray | None:
    """Centroid of the canal's hole at a height, or in the nearest axial plane within 8 mm that closes; or None."""
    from scipy.ndimage import label

    w = shape.canal_width / 2 + 12.0
    low = np.array([-w, shape.posterior_wall - 6.0, height - 8.0])
    high = np.array([w, shape.posterior_wall + shape.canal_ap + 14.0, height + 8.0])
    bone = solid(surface.triangles, _CANAL_RASTER_MM, low, high)
    s = bone.coordinates(2)
    for k in np.argsort(np.abs(s - height), kind="stable"):
        names, _ = label(~bone.filled[:, :, k])
        at = names[bone.index(0, 0.0), bone.index(1, shape.posterior_wall + 5.0)]
        border = {*names[0], *names[-1], *names[:, 0], *names[:, -1]}
        if at and at not in border:
            return np.append(bone.low[:2] + bone.spacing_mm * np.argwhere(names == at).mean(axis=0), s[k])
    return None

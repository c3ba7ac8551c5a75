"""The measures of a synthetic bone read back from its mesh, independently of how it was built.

Constructions follow the project's glossary (rays and sections in the vertebra's frame); the mesh is in its
own coordinates (l, p, s). A measure that cannot be made is nan.
"""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import SIGN
from planner.geometry.surface import Surface
from planner.phantom.defined import facet, hits, lateral_mass
from planner.phantom.pose import Pose
from planner.phantom.shape import Shape
from planner.phantom.truth import ForamenProbe

NAN = float("nan")
_UNCUS_SHARE = 0.3
_IN_CANAL_MM = 3.0
_L, _P, _S = np.eye(3)


def measured(surface: Surface, shape: Shape) -> dict[str, float]:
    """Return measures by the names of ``morphometry.toml``; those of two sides are the mean of the two."""
    found = _middle(surface, shape)
    sides = [_side(surface, shape, side) for side in SIGN]
    for name in sides[0]:
        found[name] = float(np.mean([side[name] for side in sides]))
    return found


def _span(surface: Surface, inside: np.ndarray, direction: np.ndarray) -> float:
    """Length of bone through a point inside it, along a direction and against it."""
    ahead, behind = (hits(surface, inside, sign * np.asarray(direction, float))[0] for sign in (1.0, -1.0))
    return float(np.linalg.norm(ahead - behind)) if (surface.contains(np.atleast_2d(inside))).all() else NAN


def _middle(surface: Surface, shape: Shape) -> dict[str, float]:
    wall = shape.posterior_wall
    c2 = shape.level == "C2"
    clear = np.array([0.0, wall + 4.0, 0.0])
    rear_wall = hits(surface, clear, -_P)[0]
    arch = hits(surface, [0.0, wall + 4.0, -shape.lamina_drop], _P)[0]
    found = {"canal_ap": float(arch[1] - rear_wall[1])}
    p = wall + np.arange(1.0, 8.1, 0.5)
    height = 0.0 if c2 else 2.0
    across = np.column_stack([np.zeros_like(p), p, np.full_like(p, height)])
    found["canal_width"] = float(np.nanmax(hits(surface, across, _L)[:, 0] - hits(surface, across, -_L)[:, 0]))
    found["transverse_span"] = _process_span(surface, shape)
    if c2:
        axis = np.array([0.0, 0.8 + np.tan(np.radians(shape.dens_lean)) * (shape.dens_height - 4.0), 60.0])
        found["dens_height"] = float(hits(surface, axis, -_S)[0][2])
        return found
    low, high = shape.lower_endplate[2], shape.upper_endplate[2]
    grid = np.array([[l, wall - 2.5, 0.0] for l in (-3.0, -1.0, 1.0, 3.0)])
    rise = hits(surface, grid, _S)[:, 2] - hits(surface, grid, -_S)[:, 2]
    found["body_height"] = float(np.mean(rise))
    levels = np.array([[0.0, 0.0, s] for s in np.arange(high - 3.5, high - 1.4, 0.5)])
    found["body_depth"] = float(np.nanmax(hits(surface, levels, _P)[:, 1] - hits(surface, levels, -_P)[:, 1]))
    below = np.array([[0.0, q, s] for q in (-3.4, -2.8, -2.2) for s in np.arange(low + 1.2, low + 2.3, 0.5)])
    left, right = hits(surface, below, _L)[:, 0], -hits(surface, below, -_L)[:, 0]
    # A ray that runs on into the transverse process has not met the plate's edge.
    edge = 0.75 * shape.lower_endplate_width
    found["lower_endplate_width"] = float(np.nanmedian(np.where(left < edge, left, np.nan))) + float(
        np.nanmedian(np.where(right < edge, right, np.nan))
    )
    found["upper_endplate_width"] = _between_unci(surface, shape)
    return found


def _between_unci(surface: Surface, shape: Shape) -> float:
    """Width of the upper endplate to where it has risen by a share of the uncus.

    The profile across the plate (the mean of five, 1 mm apart about the middle of the body) is fitted, from crest
    to crest, by a tilted line that rises with the square of the distance beyond two feet, alike on both sides. The
    fit, not single crossings, says where the rise is reached: grain of 0.1 mm on so flat a slope moves a crossing
    by 1 mm.
    """
    high = shape.upper_endplate[2]
    l = np.arange(-16.0, 16.05, 0.1)
    lines = [
        np.column_stack([l, np.full_like(l, p), np.full_like(l, high + 12.0)]) for p in (-2.0, -1.0, 0.0, 1.0, 2.0)
    ]
    s = np.mean([hits(surface, line, -_S)[:, 2] for line in lines], axis=0)
    s[~np.isfinite(s)] = -99.0
    crests = [int(np.argmax(np.where(sign * l > 3.0, s, -np.inf))) for sign in (-1.0, 1.0)]
    l, s = (a[crests[0] : crests[1] + 1] for a in (l, s))
    best, width = np.inf, NAN
    for middle in np.arange(-1.5, 1.6, 0.25):
        for foot in np.arange(3.0, 10.1, 0.25):
            beyond = np.clip(np.abs(l - middle) - foot, 0, None)
            terms = np.column_stack([np.ones_like(l), l, beyond**2])
            solved, rest, rank, _ = np.linalg.lstsq(terms, s, rcond=None)
            if rank == 3 and solved[2] > 0 and rest[0] < best:
                best, width = float(rest[0]), 2 * (foot + np.sqrt(_UNCUS_SHARE * shape.uncus_height / solved[2]))
    return float(width)


def _process_span(surface: Surface, shape: Shape) -> float:
    """Width from tip to tip of the transverse processes, in front of the masses, close behind the foramen."""
    v = surface.vertices
    front = v[v[:, 1] < shape.foramen[1] + shape.foramen_diameter / 2 + (6.0 if shape.level == "C7" else 1.5)]
    front = front[front[:, 2] < (3.0 if shape.level == "C7" else 1.0)]
    return float(np.ptp(front[:, 0]))


def _side(surface: Surface, shape: Shape, side: str) -> dict[str, float]:
    mirror = np.array([SIGN[side], 1.0, 1.0])
    found = _lamina(surface, shape, mirror)
    probe = ForamenProbe.across(Pose(), shape.foramen * mirror, shape.foramen_diameter / 2, 0.2)
    near = np.linalg.norm(probe.points - shape.foramen * mirror, axis=1) < 12
    value = np.full(len(probe.points), 1.0)
    value[near] = np.where(surface.contains(probe.points[near]), -1.0, 1.0)
    found["foramen_diameter"] = probe.narrowest(value)
    if shape.level == "C2":
        middle = np.array([shape.canal_width / 2 + shape.pars_width / 2, 11.5, 1.2]) * mirror
        yaws = np.radians(np.arange(0.0, 46.0, 5.0))
        found["pars_width"] = min(_span(surface, middle, np.array([np.cos(a), -np.sin(a), 0.0]) * mirror) for a in yaws)
        return found
    found |= _pedicle(surface, shape, mirror)
    mass = lateral_mass(surface, shape, side)
    found |= {"mass_width": NAN if mass is None else mass.width, "mass_height": NAN if mass is None else mass.height}
    plane = facet(surface, shape, side, "superior")
    found["facet_angle"] = NAN if plane is None else float(np.degrees(np.arccos(abs(plane[1][2]))))
    return found


def _lamina(surface: Surface, shape: Shape, mirror: np.ndarray) -> dict[str, float]:
    """Thickness along the local normal and height along the plate, half-way between midline and mass."""
    lean = np.radians(shape.lamina_lean)
    up = np.array([0.0, -np.sin(lean), np.cos(lean)])
    out = shape.lamina_out
    if shape.level == "C2":
        canal = np.array([7.5, shape.posterior_wall + 0.42 * shape.canal_ap, -shape.lamina_drop])
    else:
        canal = np.mean(shape.lamina_ends, axis=0) - _IN_CANAL_MM * out
    canal, out = canal * mirror, out * mirror
    first = hits(surface, canal, out)[0]
    if not np.isfinite(first).all():
        return {"lamina_thickness": NAN, "lamina_height": NAN}
    fan = [_span(surface, first + 0.6 * out, out + tilt) for tilt in _around(out)]
    middle = first + out * np.nanmin(fan) / 2
    # The plate's edges are notched where it runs into mass and spinous process: the middle of five places.
    along = np.cross(out, up)
    heights = [_span(surface, middle + shift * along, up) for shift in (-1.6, -0.8, 0.0, 0.8, 1.6)]
    return {"lamina_thickness": float(np.nanmin(fan)), "lamina_height": float(np.nanmedian(heights))}


def _around(axis: np.ndarray) -> list[np.ndarray]:
    u = np.cross(axis, _S)
    v = np.cross(axis, u)
    return [np.zeros(3), *(0.3 * (np.cos(a) * u + np.sin(a) * v) for a in np.linspace(0, 2 * np.pi, 8, endpoint=False))]


def _pedicle(surface: Surface, shape: Shape, mirror: np.ndarray) -> dict[str, float]:
    """Least width across, over yaws and places between canal and foramen, and the height there."""
    best, place = np.inf, None
    # From the canal's side of the foramen, between the two.
    for back in np.arange(-1.5, 2.6, 0.5):
        start = np.array([shape.canal_width / 2 - 0.6, shape.posterior_wall + back, 2.0])
        for yaw in np.radians(np.arange(25.0, 66.0, 5.0)):
            across = np.array([np.cos(yaw), -np.sin(yaw), 0.0]) * mirror
            inside = start * mirror
            if not surface.contains(inside[None])[0]:
                inside = hits(surface, inside, across)[0] + 0.4 * across
                if not np.isfinite(inside).all() or not surface.contains(inside[None])[0]:
                    continue
            width = _span(surface, inside, across)
            if width < best:
                ahead = hits(surface, inside, across)[0]
                best, place = width, ahead - across * width / 2
    if place is None:
        return {"pedicle_width": NAN, "pedicle_height": NAN}
    return {"pedicle_width": float(best), "pedicle_height": _span(surface, place, _S)}

"""The field of C2 (the axis) in its own (l, p, s): body and dens, articular surfaces, pars, arch, oblique foramen.

Built for the left half and mirrored, as `planner.phantom.subaxial`. The lower endplate's normal is +s.
"""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import unit
from planner.phantom.parts import UP, axes_from, ellipsoid, rod, sweep
from planner.phantom.shape import Shape
from planner.phantom.solid import Solid, both_sides, union

_TURN_MM = 0.8
"""How much lower the artery turns than a thin bridge would let it: isthmus heights of 6.4 +/- 1.1 mm come of it."""


def _articular(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """Middle and outward normal of the left superior articular surface."""
    a = np.radians(shape.articular_slope)
    return np.array([shape.articular_out, 2.4, shape.articular_up]), unit([np.sin(a), -0.02, np.cos(a)])


def body_and_dens(shape: Shape) -> Solid:
    w, d, top, low = shape.lower_endplate_width / 2, shape.body_depth / 2, shape.dens_height, -shape.body_drop
    body = sweep(
        [[0, -0.9, low - 0.6], [0, -0.3, (low + 6) / 2], [0, 0.4, 7.0]],
        [d + 0.2, d - 0.6, 5.8], [w + 0.2, w, 7.4], [1.0, 0, 0], power=2.5,
    )  # fmt: skip
    lip = ellipsoid([0, -d + 2.3, low + 0.2], [5.6, 2.4, 3.2])
    lean = np.radians(shape.dens_lean)
    up = np.array([0.0, np.sin(lean), np.cos(lean)])
    r = shape.dens_width / 2
    tip = np.array([0.0, 0.8, 4.0]) + up * (top - 4.0) / up[2]
    # A waist where the transverse ligament runs, a head above it.
    neck = sweep(
        [[0, 0.8, 4.0], tip - 12.5 * up, tip - 8.0 * up], [5.4, r * 0.92, r * 0.98], [6.6, r, r * 0.98], [1.0, 0, 0],
        power=2.1,
    )  # fmt: skip
    head = ellipsoid(tip - 6.4 * up, [r, r * 1.04, 6.6], axes_from(up), 2.15)
    return union([(body, 0), (lip, 2.5), (neck, 4.0), (head, 2.0)])


def under_endplate(shape: Shape) -> Solid:
    w, d = shape.lower_endplate_width / 2, shape.body_depth / 2
    return ellipsoid([0, 0.3, -shape.body_drop - 4.9], [w + 3.0, d + 2.2, 4.9], axes_from([0, 0.037, 1.0]), 2.2)


def articular(shape: Shape) -> Solid:
    """Superior articular mass: a wide disc that slopes down and outwards beside the dens."""
    center, normal = _articular(shape)
    half = shape.articular_width / 2
    disc = ellipsoid(center - 2.7 * normal, [half, half * 0.95, 3.8], axes_from(normal), 2.3)
    root = ellipsoid([center[0] - 3.9, 2.2, center[2] - 6.8], [5.4, 6.0, 6.6], power=2.3)
    return union([(disc, 0), (root, 4.0)])


def articular_cut(shape: Shape) -> Solid:
    # Slightly hollow cutter side: the articular surface of the axis is gently convex.
    center, normal = _articular(shape)
    half = shape.articular_width / 2
    return ellipsoid(center + 7.2 * normal, [half + 1.5, half + 1.0, 7.0], axes_from(normal), 6.0)


def pars(shape: Shape) -> Solid:
    """The bar from the superior articular mass back and down to the inferior process."""
    t, h = shape.pars_width / 2 - 0.1, shape.pars_height / 2
    inner = shape.canal_width / 2
    return sweep(
        [[inner + 2.6, 4.5, 3.2], [inner + t + 0.1, 10.0, 0.2], [inner + 3.8, 14.4, -4.4]],
        [t + 0.8, t + 0.1, t + 0.9], [h + 0.6, h, h * 0.98], UP + [0, 0.5, 0], power=2.4,
    )  # fmt: skip


def inferior_process(shape: Shape) -> Solid:
    f = shape.inferior_facet
    return ellipsoid(f.center - 2.8 * f.normal, [f.width / 2 + 0.2, f.height / 2, 3.3], axes_from(-f.normal), 2.3)


def inferior_cut(shape: Shape, deep_mm: float = 6.0, beyond_mm: float = 1.2) -> Solid:
    """The joint's space below the inferior facet, twice `deep_mm` deep and `beyond_mm` longer than the facet."""
    f = shape.inferior_facet
    radii = [f.width / 2 + beyond_mm - 0.4, f.height / 2 + beyond_mm, deep_mm]
    return ellipsoid(f.center + deep_mm * f.normal, radii, axes_from(f.normal), 6.0)


def lamina(shape: Shape) -> Solid:
    t, h = shape.lamina_thickness / 2 + 0.05, shape.lamina_height / 2 - 0.2
    a = np.radians(shape.lamina_lean)
    c, mid = shape.mass_center, shape.spinolaminar + [0, t + 0.7, 0]
    return sweep(
        [c + [-1.0, -1.8, 0.4], c + [-5.6, 3.0, -0.3], 0.38 * c + 0.62 * mid + [0, 0.9, -0.2], mid],
        [t + 0.5, t + 0.4, t + 0.3, t + 0.3], [h, h * 0.98, h, h], [0.0, -np.sin(a), np.cos(a)], power=2.5,
    )  # fmt: skip


def spinous(shape: Shape) -> Solid:
    start, tip = shape.spinolaminar + [0, 5.0, 0], shape.spinous_tip
    along = tip - start
    h = shape.lamina_height / 2
    keel = sweep(
        [start, start + 0.4 * along, start + 0.72 * along],
        [4.6, 3.8, 3.6], [h + 0.2, h * 0.95, h * 0.75], UP, power=2.4,
    )  # fmt: skip
    horn = rod(start + 0.6 * along + [2.0, 0, -0.8], tip + [shape.bifid_spread / 2, -2.2, -0.8], 3.2, 2.3)
    return union([(keel, 0), (both_sides(horn), 1.5)])


def transverse_process(shape: Shape) -> Solid:
    x, y, z = shape.foramen - [0.0, 0.0, _TURN_MM / 2]
    r = shape.foramen_diameter / 2
    # Never so short that the foramen would be open to the side.
    out = max(shape.transverse_span / 2, x + r + 3.6)
    front = sweep(
        [[9.0, y - r - 1.4, z + 1.0], [x - 1.0, y - r - 1.6, z - 0.2], [out - 3.6, y - r + 1.0, z - 1.8]],
        [2.4, 2.2, 2.3], [3.6, 3.2, 3.0], UP,
    )  # fmt: skip
    back = sweep(
        [[x + 0.6, y + r + 3.6, z - 0.8], [x + 0.6 + r, y + r + 1.0, z - 0.8], [out - 2.6, y + 0.6, z - 2.2]],
        [2.6, 2.2, 2.3], [3.4, 3.0, 2.8], UP,
    )  # fmt: skip
    tip = rod([out - 2.8, y - 0.6, z - 2.4], [out - 1.8, y + 0.8, z - 4.4], 2.7, 2.1)
    return union([(front, 0), (back, 1.8), (tip, 1.8)])


def cleared_process(shape: Shape) -> Solid:
    """The left transverse process, which stands in front of the joint: only what comes close to it is cleared."""
    return transverse_process(shape).without(inferior_cut(shape, 1.2, 0.0), 0.8)


def foramen(shape: Shape) -> Solid:
    """The bent bore of the artery: in from below, out to the side beneath the articular surface."""
    x, y, z = shape.foramen
    r = shape.foramen_diameter / 2 + 0.2
    path = [
        [x + 0.4, y - 0.4, z - 13],
        [x, y, z - 3.0],
        [x + 0.6, y + 0.3, z + 2.3 - _TURN_MM],
        [x + 3.6, y + 0.8, z + 3.7 - _TURN_MM],
        [x + 15, y + 2, z + 4.3 - _TURN_MM],
    ]
    bore = union([(rod(a, b, r, r), 0.6) for a, b in zip(path[:-1], path[1:], strict=True)])
    mouth = rod([x + 0.2, y - 0.2, z - 3.5], [x + 0.4, y - 0.4, z - 10], r, r + 1.2)
    return bore.joined(mouth, 1.0)


def canal(shape: Shape) -> Solid:
    """The canal's side and front walls; its back follows from the laminae."""
    w, front, ap = shape.canal_width / 2 - 0.85, shape.posterior_wall, shape.canal_ap
    mid, half = front + 0.45 * ap, 0.45 * ap
    return sweep(
        [
            [0, mid + 9.5, 26.0], [0, mid + 3.8, 12.0], [0, mid + 0.8, 4.0], [0, mid + 0.1, -3.0],
            [0, mid + 0.8, -12.0], [0, mid + 2, -24.0],
        ],
        [half, half, half, half, half, half], [w - 0.5, w - 0.2, w, w, w, w], [1.0, 0, 0], power=2.15,
    )  # fmt: skip


def axis_bone(shape: Shape) -> Solid:
    """The whole bone, symmetric, without grain."""
    front = union([(body_and_dens(shape), 0), (both_sides(articular(shape)), 3.5)])
    arch = union([(pars(shape), 0), (inferior_process(shape), 3.0), (lamina(shape), 3.5)])
    bone = front.joined(both_sides(arch), 3.0)
    bone = bone.without(canal(shape), 1.5)
    bone = bone.joined(spinous(shape), 3.0).without(both_sides(inferior_cut(shape)), 0.8)
    bone = bone.joined(both_sides(cleared_process(shape)), 2.0).without(both_sides(articular_cut(shape)), 1.5)
    return bone.without(under_endplate(shape), 1.2).without(both_sides(foramen(shape)), 0.8)

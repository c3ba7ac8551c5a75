"""The field of one subaxial vertebra (C3-C7) in its own (l, p, s): body, pillars, arch, processes.

Everything is built for the left half (l > 0) and mirrored; the natural asymmetry comes from the warp of
`planner.phantom.grain`. Origin: middle of the body; the endplates' mean normal is +s.
"""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import unit
from planner.phantom.parts import UP, axes_from, ellipsoid, rod, sweep
from planner.phantom.shape import SHEAR_MM, Shape
from planner.phantom.solid import Solid, both_sides, smooth_min, union

_CANAL_CORNER_MM = 2.6
_NEAR_JOINT_MM = 1.0
_FRONT_END_MM = 3.0
_BEYOND_PILLAR_MM = 1.3
_ROOT_MM = 1.8
"""Radius of the way kept free above each pedicle, where the nerve root leaves: uncus and pillar must not meet there."""
_FEET_MM = 1.4
"""The upper endplate is measured to where the unci have risen by a share of their height: wider by this than built."""


def body(shape: Shape) -> Solid:
    """Vertebral body: waisted, upper surface saddle-shaped with the unci, lower one hollow with a front lip."""
    # The plates' rims stand above their hollow middles; the table's height is that of the rear wall.
    half = shape.body_height / 2 + 0.45
    depth = shape.body_depth / 2

    def field(x: np.ndarray) -> np.ndarray:
        l, p, s = x.T
        rise = np.clip(s / half, -1.2, 1.2)
        middle = SHEAR_MM * rise
        upper = shape.upper_endplate_width - _FEET_MM
        width = 0.4 + ((shape.lower_endplate_width + 2.8) * (1 - rise) + upper * (1 + rise)) / 4
        width = width - 1.1 * (1 - np.minimum(rise**2, 1.0))
        front = depth + 1.3 - 0.9 * (1 - np.minimum(rise**2, 1.0)) + 0.5 * (rise < 0) * rise**2
        b = np.where(p < middle, front, depth)
        a = np.maximum(np.abs(l) / width, 1e-9)
        q = np.maximum(np.abs(p - middle) / b, 1e-9)
        power = np.where(p < middle, 2.45, 2.9)
        g = (a**power + q**power) ** (1 / power)
        side = (g - 1.0) * np.minimum(width, b)
        u = np.clip(np.abs(l) / width, 0, 1.15)
        w = np.clip((p - middle) / depth, -1.1, 1.1)
        top = half - 0.7 + 0.26 * w + shape.uncus_height * np.clip(u - 0.76, 0, 1) ** 2 * 7.0 * (0.75 + 0.25 * w)
        bottom = -half + 1.2 * (1 - w**2) * (1 - 0.35 * u**2) + 0.5 * u**2 - 0.5 * (w < 0) * w**2 - 0.2 * w
        between_plates = smooth_min(top - s, s - bottom, 1.0)
        return -smooth_min(-side, between_plates, 2.2)

    w = max(shape.upper_endplate_width, shape.lower_endplate_width) / 2 + 1.5
    box = np.array([[-w, -depth - 2.5, -half - 2], [w, depth + 2.5, half + shape.uncus_height + 2]])
    return Solid(field=field, box=box)


def flank(shape: Shape) -> Solid:
    """The body's side between its plates, from which pedicle and costal bar spring; it walls the foramen."""
    w = (shape.upper_endplate_width - _FEET_MM) / 2
    return ellipsoid([w + 0.9, 2.0, shape.pedicle_axes[0][2] - 0.2], [3.4, 4.8, 3.6], power=2.2)


def uncus(shape: Shape) -> Solid:
    """The ridge along the side of the upper endplate, leaning out over the foramen."""
    top = shape.body_height / 2
    w = (shape.upper_endplate_width - _FEET_MM) / 2
    u = shape.uncus_height
    return sweep(
        [[w + 0.6, -3.8, top - 3.6], [w + 2.3, 0.3, top - 1.4], [w + 2.5, 4.6, top - 1.0]],
        [1.4, 1.6, 1.8], [2.6, u * 0.95, u * 0.95], UP + [0.32, 0, 0], power=2.0,
    )  # fmt: skip


def pillar(shape: Shape) -> Solid:
    """Articular pillar: two discs seated on the facet planes, a rounder, narrower middle between."""
    sup, inf = shape.superior_facet, shape.inferior_facet
    out = np.array([0.5, 0.0, 0.0])
    upper = ellipsoid(
        sup.center + out - 1.9 * sup.normal,
        [shape.mass_width / 2 - shape.pillar_inset, sup.height / 2, 2.9],
        axes_from(sup.normal),
        2.3,
    )
    lower = ellipsoid(
        inf.center + out - 1.9 * inf.normal,
        [shape.mass_width / 2 - shape.pillar_inset, inf.height / 2, 2.8],
        axes_from(-inf.normal),
        2.3,
    )
    a, b = sup.center - 3.2 * sup.normal, inf.center - 3.0 * inf.normal
    core = ellipsoid(
        (a + b) / 2 + [0.6, 1.0, 0], [shape.mass_width / 2 - 0.9, 4.6, np.linalg.norm(a - b) / 2 + 3.4],
        axes_from(a - b), 2.8,
    )  # fmt: skip
    # Its inner side runs on into the pedicle and bounds the canal.
    side, wall = shape.canal_width / 2, shape.posterior_wall
    inner = ellipsoid([side + 2.9, wall + 5.0, 1.9], [3.9, 5.4, shape.pedicle_height / 2 + 0.2], power=2.6)
    return union([(upper, 0), (core, 2.2), (lower, 2.2), (inner, 2.0)])


def facet_cuts(shape: Shape, deep_mm: float = 6.0) -> Solid:
    """The space in front of the articular surfaces, `deep_mm` to its middle: it leaves a flat with a rounded rim.

    The inferior one ends with its facet in front, where the posterior bar of the transverse process springs.
    """
    cuts = []
    for facet, grow, short in ((shape.superior_facet, 2.0, 0.0), (shape.inferior_facet, 0.6, _FRONT_END_MM)):
        axes = axes_from(facet.normal)
        up = axes[1] * np.sign(axes[1][2])
        # Never narrower than the pillar: outside the cut its rim would stand as a hook above the facet.
        wide = max(facet.width / 2 + grow, shape.mass_width / 2 - shape.pillar_inset + _BEYOND_PILLAR_MM)
        radii = [wide, facet.height / 2 + grow + 0.6 - short / 2, deep_mm]
        cuts.append((ellipsoid(facet.center + deep_mm * facet.normal - short / 2 * up, radii, axes, 6.0), 0.0))
    return union(cuts)


def pedicle(shape: Shape) -> Solid:
    """Bar from the body's rear corner back and out to the pillar, behind and beside the foramen."""
    corner, across, along = shape.pedicle_axes
    middle = corner + shape.pedicle_width / 2 * across + [0.0, 0.0, 0.4]
    # Canal and foramen are cut afterwards, a pedicle's width apart: the bar itself is a little stouter.
    w, h = shape.pedicle_width / 2 + 0.3, shape.pedicle_height / 2 - 0.25
    return sweep(
        [middle - 6.0 * along, middle, middle + 4.5 * along], [w + 0.8, w, w + 1.2], [h + 0.6, h, h + 0.6], UP,
        power=2.4,
    )  # fmt: skip


def root_way(shape: Shape) -> Solid:
    """The way of the nerve root over the pedicle, between uncus and pillar: a bridge across it would be no bone."""
    corner, across, _ = shape.pedicle_axes
    rise = shape.pedicle_height / 2 + _ROOT_MM + 1.5
    middle = corner + shape.pedicle_width / 2 * across + [0.0, 0.0, rise]
    out = unit(across * [1.0, 1.0, 0.0])
    return rod(middle - 2 * out, middle + 9 * out, _ROOT_MM, _ROOT_MM)


def transverse_process(shape: Shape) -> Solid:
    """Costal bar with its anterior tubercle, posterior bar and tubercle, and the gutter's floor between.

    The posterior bar's root lies beside the pillar and ends at its joint, as the pillar does; the rest stands in
    front of the joints, and only what comes close to them is cleared.
    """
    f, r = shape.foramen, shape.foramen_diameter / 2
    low = f[2] - shape.process_fall
    stout = shape.process_stoutness
    deep = stout**1.6
    w = shape.lower_endplate_width / 2
    front = np.array([f[0] + r + shape.front_tubercle_out, f[1] - r - shape.front_tubercle_forward, low - 0.6])
    back = np.array([shape.transverse_span / 2 - 2.6 * stout**0.5, f[1] + r + shape.rear_tubercle_behind, low - 1.0])
    rise = f[2] + shape.costal_rise
    costal = sweep(
        [[w - 1.8, f[1] - 2.2, rise], [f[0] - 1.2, f[1] - r - 1.6, rise - 1.0], front],
        [2.2, 1.6, 1.7], [3.6, 2.6, 2.2], UP + [0, 0.15, 0],
    )  # fmt: skip
    # The floor of the gutter sags between the two tubercles.
    sag = np.array([f[0] + r + 1.4, (front[1] + back[1]) / 2, (front[2] + back[2]) / 2 - 0.3])
    floor = sweep(
        [front, sag, back], [1.8, 2.4, 2.0], [1.7, 1.5, 1.9], UP + [0.5, 0, 0],
    )  # fmt: skip
    middle = np.array([f[0] + r + 1.2, f[1] + r + 2.8, low + 0.2])
    stem = rod([shape.mass_center[0] + 0.6, f[1] + r + 4.0, low + 1.8], middle, 2.9 * stout, 2.3 * stout)
    rear = sweep(
        [middle - [1.5, -0.6, -0.6], middle, back], [2.4 * stout, 2.2 * stout, 1.8 * stout],
        [2.3 * deep, 2.2 * deep, 2.0 * stout], UP,
    )  # fmt: skip
    large = shape.front_tubercle
    tubercle = rod(front, front + [0.9, -0.9, 1.2], 1.9, large)
    knob = rod(back - [0.8, 0.0, 0.0], back + [0.6, 0.4, -1.2], 2.0 * stout**0.7, 1.7 * stout**0.5)
    # A ring about the bore, down to the gutter's floor, so that the foramen is round whatever the bars leave open;
    # web and heel close the corners between bars, ring and pillar.
    half = (shape.process_fall + 1.8) / 2
    ring = ellipsoid(f + [0.0, 0.0, 1.4 - half], [r + 2.0, r + 2.0, half], power=2.2)
    web = ellipsoid([f[0] + r + 2.3, f[1] + r + 4.3, low + 0.6], [4.2, 3.3, 2.5])
    side = [f[0] + r + 1.2, f[1] + r + 2.0, low - 0.4]
    heel = ellipsoid((side + back) / 2 + [0.0, 0.0, 0.6], [abs(back[0] - side[0]) / 2 + 1.0, 2.3, 2.2])
    root = union([(stem, 0.0), (web, 1.8)]).without(facet_cuts(shape), 0.8)
    outer = union([
        (costal, 0), (floor, 1.8), (rear, 1.8), (heel, 1.8), (tubercle, 1.5), (knob, 1.5), (ring, 1.5),
    ]).without(facet_cuts(shape, _NEAR_JOINT_MM), 0.8)  # fmt: skip
    return outer.joined(root, 1.8)


def foramen(shape: Shape) -> Solid:
    """The transverse foramen as a bore, wider at its mouths."""
    # The bore's walls bend with the bone: what is left clear is a little less than what is bored.
    f, r = shape.foramen, shape.foramen_diameter / 2 + 0.2
    axis = np.array([0.03, -0.06, 1.0])
    bore = rod(f - 9 * axis, f + 9 * axis, r, r)
    mouth = rod(f + 4 * axis, f + 9 * axis, r, r + min(2.0, 0.7 * r))
    throat = rod(f - 4 * axis, f - 9 * axis, r, r + 1.6)
    return union([(bore, 0), (mouth, 1.0), (throat, 1.0)])


def lamina(shape: Shape) -> Solid:
    """Curved plate from the pillar to the midline, leaning forwards at its upper edge, thicker at its ends."""
    t, h = shape.lamina_thickness / 2 + 0.1, 0.43 * shape.lamina_height + 0.3
    c = shape.mass_center
    a = np.radians(shape.lamina_lean)
    lean = np.array([0.0, -np.sin(a), np.cos(a)])
    normal = np.array([0.0, np.cos(a), np.sin(a)])
    mid = shape.spinolaminar + normal * t
    # The canal's rear wall runs straight from its outer corner to the apex; the plate lies behind it.
    apex, corner = shape.lamina_ends
    apex = np.array([*apex[:2], mid[2]])
    out = unit([corner[0] - apex[0], corner[1] - apex[1], 0.0])[[1, 0, 2]] * [-1.0, 1.0, 0.0]
    beside, side = corner + t * out, (0.42 * corner + 0.58 * apex) + t * out
    # Where the mass lies near the canal, the plate still begins outside the canal's corner: a shorter way would kink.
    root = max(c[0] - 2.6, beside[0] + 3.0)
    return sweep(
        [[root, c[1] - 4.2, c[2] + 1.2], beside, side, mid + [0, 0.7, 0.2]],
        [t + 0.6, t, t - 0.05, t + 0.4], [h * 0.95, h * 0.94, h, h * 0.94], lean, power=2.8,
    )  # fmt: skip


def spinous(shape: Shape) -> Solid:
    """Spinous process: a keel that sinks backwards, split at its tip where the level's is."""
    start = shape.spinolaminar + [0, 4.0, -1.2]
    tip = shape.spinous_tip
    along = tip - start
    w = shape.spinous_width / 2
    stop = start + along * (0.72 if shape.bifid else 0.93)
    tall = shape.spinous_height / 2
    middle = start + along * 0.45 - [0.0, 0.0, shape.spinous_sag]
    keel = sweep(
        [start, middle, stop],
        [w + 1.0, w + 0.2, w + 0.7], [tall, tall * 0.94, tall * (0.77 if shape.bifid else 0.7)], UP,
    )  # fmt: skip
    if not shape.bifid:
        return keel.joined(ellipsoid(tip - 2.6 * unit(along), [3.0, 3.0, 3.6]), 2.5)
    horn = rod(stop + [0.9, -0.6, 0.3], tip + [shape.bifid_spread / 2 - 1, -1.8, 0], 2.5, 2.0)
    return keel.joined(both_sides(horn), 2.2)


def canal(shape: Shape) -> Solid:
    """The clear space of the canal: a rounded triangle, its back a little short of the laminae."""
    wall, ap, w = shape.posterior_wall, shape.canal_ap, shape.canal_width / 2
    r, half = _CANAL_CORNER_MM, shape.body_height / 2
    # An outline drawn in by the corners' radius; the field adds it again, which rounds every corner.
    outline = np.array([
        [0.0, wall + r], [w - 3.2, wall + r + 0.1], [w - r, wall + 4.0], [w - r - 0.8, wall + 4.8],
        [0.6, wall + ap - 0.4 - r],
    ])  # fmt: skip
    outline = np.vstack([outline, outline[::-1] * [-1, 1]])

    def field(x: np.ndarray) -> np.ndarray:
        # In front it leans with the body; the arch lies lower, and its inner face leans: it shears backwards below.
        back = np.clip((x[:, 1] - wall) / ap, 0, 1)
        p = x[:, 1] + back * np.tan(np.radians(shape.lamina_lean)) * (x[:, 2] - shape.spinolaminar[2])
        p -= (1 - back) * SHEAR_MM * np.clip(x[:, 2] / half, -1.3, 1.3)
        return (polygon_distance(np.column_stack([x[:, 0], p]), outline) - r) * 0.9

    return Solid(field=field, box=np.array([[-w, wall - 1, -30.0], [w, wall + ap + 12, 30.0]]))


def polygon_distance(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Signed distance (n,) of points (n, 2) to a simple polygon (k, 2), negative inside."""
    least = np.full(len(points), np.inf)
    inside = np.zeros(len(points), bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        d = b - a
        length = d @ d
        if length < 1e-12:
            continue
        t = np.clip((points - a) @ d / length, 0, 1)
        gap = points - a - t[:, None] * d
        least = np.minimum(least, (gap * gap).sum(axis=1))
        crosses = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        if d[1] != 0:
            inside ^= crosses & (points[:, 0] < d[0] * (points[:, 1] - a[1]) / d[1] + a[0])
    return np.where(inside, -1.0, 1.0) * np.sqrt(least)


def subaxial(shape: Shape) -> Solid:
    """The whole bone, symmetric, without grain."""
    core = union([(body(shape), 0.0), (both_sides(flank(shape)), 3.0), (both_sides(uncus(shape)), 2.5)])
    arch = union([
        (pillar(shape), 0.0), (lamina(shape), 1.9), (pedicle(shape), 1.8),
    ])  # fmt: skip
    half = arch.without(canal(shape), 1.0)
    bone = core.without(canal(shape), 1.5).joined(both_sides(half), 1.6)
    bone = bone.without(both_sides(root_way(shape)), 0.8)
    bone = bone.joined(spinous(shape), 2.5).without(both_sides(facet_cuts(shape)), 0.8)
    bone = bone.joined(both_sides(transverse_process(shape)), 1.8)
    return bone.without(both_sides(foramen(shape)), 0.8)

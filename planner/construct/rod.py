"""A rod: the smooth curve through the heads of one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.construct.bending import bending_guide
from planner.construct.plan import Head, Rod
from planner.construct.rules import rule
from planner.geometry.axes import unit
from planner.geometry.trajectory import Trajectory

_STEP_MM = 1.0


def bend_rod(
    side: str, levels: Sequence[str], paths: Sequence[Trajectory], left: np.ndarray | None = None
) -> Rod | None:
    """Return the rod through the heads of planned trajectories, from above downwards; None under two heads.

    A head's centre stands behind the entry along the screw by the head offset and its proudness; a polyaxial
    head also sways a little to either side. Both are chosen within their limits for the least bending of a
    cubic spline along all heads. ``tilt_deg`` is the angle between the screw's axis and the plane across the
    rod, ``offset_mm`` the sway. Two heads make a straight rod, whose bend radius is infinite. Length includes
    the overhang at both ends. ``left`` is the patient's left, by which the bending guide names its directions
    (None: that of LPS).
    """
    if len(paths) < 2:
        return None
    entries = np.array([path.entry for path in paths])
    axes = -unit(np.array([path.direction for path in paths]))
    proud, sway = _settled(entries, axes)
    seats = entries + (rule("head_offset_mm") + proud)[:, None] * axes
    slots = seats + sway
    curve, knots = _curve(slots)
    overhang = rule("rod_overhang_mm")
    span = np.linspace(knots[0], knots[-1], max(2, round((knots[-1] - knots[0]) / _STEP_MM) + 1))
    tangents = unit(curve(knots, 1))
    points = np.vstack([slots[0] - overhang * tangents[0], curve(span), slots[-1] + overhang * tangents[-1]])
    heads = tuple(
        Head(
            level=level, center=seat,
            tilt_deg=float(np.degrees(np.arcsin(np.clip(abs(axis @ tangent), 0.0, 1.0)))),
            offset_mm=float(np.linalg.norm(seat - curve(knot))),
        )
        for level, seat, axis, tangent, knot in zip(levels, seats, axes, tangents, knots, strict=True)
    )  # fmt: skip
    bends, miss = bending_guide(side, levels, slots, overhang, np.eye(3)[0] if left is None else left)
    return Rod(
        bends=bends, guide_miss_mm=miss, side=side, levels=tuple(levels), points=points,
        length_mm=float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()),
        diameter_mm=rule("rod_diameter_mm"), min_bend_radius_mm=_min_radius(curve, span), heads=heads,
    )  # fmt: skip


def _curve(seats: np.ndarray):
    """Natural cubic spline through points by chord length; a straight line through two."""
    from scipy.interpolate import CubicSpline

    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(seats, axis=0), axis=1))])
    return CubicSpline(knots, seats, bc_type="natural"), knots


def _bending(curve, span: np.ndarray) -> np.ndarray:
    return _curvature(curve(span, 1), curve(span, 2))


def _curvature(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """1/mm along a curve by its first and second derivatives (n, 3). The product is written out: the search for the
    gentlest rod asks a thousand times, and `np.cross` takes longer than all else in it."""
    (ax, ay, az), (bx, by, bz) = first.T, second.T
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return np.sqrt(x * x + y * y + z * z) / np.sqrt(ax * ax + ay * ay + az * az) ** 3


def _min_radius(curve, span: np.ndarray) -> float:
    sharpest = float(_bending(curve, span).max())
    return 1.0 / sharpest if sharpest > 1e-6 else float("inf")


def _settled(entries: np.ndarray, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(proudness (n,), sway (n, 3)) of least bending, and no more of either than that needs."""
    from scipy.interpolate import CubicSpline
    from scipy.optimize import approx_fprime, minimize

    count, limit, most = len(entries), rule("proudness_max_mm"), rule("head_sway_mm")
    if count < 3:
        return np.zeros(count), np.zeros((count, 3))
    start = entries + (rule("head_offset_mm") + limit / 3) * axes
    _, knots = _curve(start)
    aside = unit(np.cross(axes, np.gradient(start, knots, axis=0)))
    # With the knots held, the curve's derivatives are linear in the heads' places.
    span = np.linspace(knots[0], knots[-1], 80)
    basis = CubicSpline(knots, np.eye(count), bc_type="natural")
    slope, turn = basis(span, 1), basis(span, 2)

    def cost(x: np.ndarray) -> float:
        proud, sway = x[:count], x[count:]
        slots = entries + (rule("head_offset_mm") + proud)[:, None] * axes + sway[:, None] * aside
        bending = _curvature(slope @ slots, turn @ slots)
        # The mean square spreads the bend; the sixth power keeps the sharpest place down.
        sharp = float(np.mean(bending**2) + np.mean(bending**6) ** (1 / 3))
        return 1e3 * sharp + 0.01 * float(proud.sum()) + 0.05 * float(sway @ sway)

    first = np.concatenate([np.full(count, limit / 3), np.zeros(count)])
    bounds = [(0.0, limit)] * count + [(-most, most)] * count
    # The search's own differences refuse a point that rounding has put a hair outside its bounds; these do not.
    x = minimize(cost, first, method="L-BFGS-B", bounds=bounds, jac=lambda x: approx_fprime(x, cost, 1e-8)).x
    return x[:count], x[count:, None] * aside

"""A rod: the smooth curve through the heads of one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.construct.plan import Head, Rod
from planner.construct.rules import rule
from planner.geometry.axes import unit
from planner.geometry.trajectory import Trajectory

_STEP_MM = 1.0


def bend_rod(side: str, levels: Sequence[str], paths: Sequence[Trajectory]) -> Rod | None:
    """Return the rod through the heads of planned trajectories, from above downwards; None under two heads.

    A head's centre stands behind the entry along the screw by the head offset and its proudness, which is
    chosen within its limit for the least bending of a cubic spline through all heads. ``tilt_deg`` is the
    angle between the screw's axis and the plane across the rod. Two heads make a straight rod, whose bend
    radius is infinite. Length includes the overhang at both ends.
    """
    if len(paths) < 2:
        return None
    entries = np.array([path.entry for path in paths])
    axes = -unit(np.array([path.direction for path in paths]))
    seats = entries + (rule("head_offset_mm") + _proudness(entries, axes))[:, None] * axes
    curve, knots = _curve(seats)
    overhang = rule("rod_overhang_mm")
    span = np.linspace(knots[0], knots[-1], max(2, round((knots[-1] - knots[0]) / _STEP_MM) + 1))
    tangents = unit(curve(knots, 1))
    points = np.vstack([seats[0] - overhang * tangents[0], curve(span), seats[-1] + overhang * tangents[-1]])
    heads = tuple(
        Head(
            level=level, center=seat,
            tilt_deg=float(np.degrees(np.arcsin(np.clip(abs(axis @ tangent), 0.0, 1.0)))),
            offset_mm=float(np.linalg.norm(seat - curve(knot))),
        )
        for level, seat, axis, tangent, knot in zip(levels, seats, axes, tangents, knots, strict=True)
    )  # fmt: skip
    return Rod(
        side=side, levels=tuple(levels), points=points,
        length_mm=float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()),
        diameter_mm=rule("rod_diameter_mm"), min_bend_radius_mm=_min_radius(curve, span), heads=heads,
    )  # fmt: skip


def _curve(seats: np.ndarray):
    """Natural cubic spline through points by chord length; a straight line through two."""
    from scipy.interpolate import CubicSpline

    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(seats, axis=0), axis=1))])
    return CubicSpline(knots, seats, bc_type="natural"), knots


def _bending(curve, span: np.ndarray) -> np.ndarray:
    first, second = curve(span, 1), curve(span, 2)
    return np.linalg.norm(np.cross(first, second), axis=1) / np.linalg.norm(first, axis=1) ** 3


def _min_radius(curve, span: np.ndarray) -> float:
    sharpest = float(_bending(curve, span).max())
    return 1.0 / sharpest if sharpest > 1e-6 else float("inf")


def _proudness(entries: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """How far each head stands off, 0 to its limit: least bending, and no prouder than that needs."""
    from scipy.optimize import minimize

    limit, offset = rule("proudness_max_mm"), rule("head_offset_mm")
    if len(entries) < 3:
        return np.zeros(len(entries))

    def cost(proud: np.ndarray) -> float:
        seats = entries + (offset + proud)[:, None] * axes
        curve, knots = _curve(seats)
        bending = _bending(curve, np.linspace(knots[0], knots[-1], 80))
        # The mean square spreads the bend; the sixth power keeps the sharpest place down.
        return 1e3 * float(np.mean(bending**2) + np.mean(bending**6) ** (1 / 3)) + 0.01 * float(proud.sum())

    start = np.full(len(entries), limit / 3)
    return minimize(cost, start, method="L-BFGS-B", bounds=[(0.0, limit)] * len(entries)).x

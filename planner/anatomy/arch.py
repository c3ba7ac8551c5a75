"""The posterior arch: laminae and spinous process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Body
from planner.anatomy.canal import BEHIND_WALL_MM, longest_run
from planner.anatomy.sounding import MAP_MM, Sounding
from planner.geometry.axes import SIGN

JUNCTION_MM = 3.5  # |l| of the junction of lamina and spinous process
NORMAL_HALF_MM = 1.5
TIP_BAND_MM = 14.0
BIFID_APART_MM = 3.0
BIFID_LEVEL_MM = 2.0
ARCH_JUMP_MM = 1.5
SKIN_MM = 0.4
REACHES_MM = 5.0
STUMP_NEAR_MM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaminaSection:
    """One lamina where it is measured: the outer point, its outward normal, thickness and height in mm."""

    point: np.ndarray
    normal: np.ndarray
    thickness_mm: float
    height_mm: float
    span: tuple[float, float]


def find_lamina(sounding: Sounding, body: Body, side: str, l: float, about_s: float) -> LaminaSection | None:
    """Measure the lamina in the sagittal section at |l|; None where there is no bone behind the canal."""
    x = SIGN[side] * l
    i = sounding.column(x)
    rear, heights = sounding.rear[i], sounding.depth.v
    # Bone of the arch: the rearmost crossing lies behind the canal, and the section does not jump.
    there = np.isfinite(rear) & (rear > body.wall[1] + BEHIND_WALL_MM + 2.0)
    there[1:] &= ~(np.abs(np.diff(rear)) > ARCH_JUMP_MM)
    near = there & (np.abs(heights - about_s) < 16.0)
    k0 = sounding.row(about_s)
    run = _run_about(near, k0)
    if run is None or (run[1] - run[0]) * MAP_MM < 2.0:
        return None
    a, b = run
    middle = (a + b) // 2
    point = np.array([x, rear[middle], heights[middle]])
    normal = _normal(sounding, i, middle)
    if normal is None:
        return None
    # The ray starts a little inside, so that it does not hit the outer cortex it came through.
    thickness = float(np.linalg.norm(sounding.first_hit(point - SKIN_MM * normal, -normal) - point))
    lower = np.array([rear[a], heights[a]])
    upper = np.array([rear[b], heights[b]])
    return LaminaSection(
        point=point, normal=normal, thickness_mm=thickness, height_mm=float(np.linalg.norm(upper - lower)),
        span=(float(heights[a]), float(heights[b])),
    )  # fmt: skip


def arch_reaches(sounding: Sounding, body: Body, side: str, about_s: float) -> bool:
    """True if a side's lamina comes near the midline: what a laminectomy leaves beside the mass is no lamina."""
    rear = sounding.rear[sounding.column(SIGN[side] * REACHES_MM)]
    near = np.abs(sounding.depth.v - about_s) < STUMP_NEAR_MM
    there = np.isfinite(rear) & (rear > body.wall[1] + BEHIND_WALL_MM + 2.0) & near
    run = longest_run(there)
    return run is not None and (run[1] - run[0]) * MAP_MM >= 2.0


def _run_about(mask: np.ndarray, k: int) -> tuple[int, int] | None:
    """The run of True that holds index k, or else the longest."""
    if 0 <= k < len(mask) and mask[k]:
        a = b = k
        while a > 0 and mask[a - 1]:
            a -= 1
        while b < len(mask) - 1 and mask[b + 1]:
            b += 1
        return a, b
    return longest_run(mask)


def _normal(sounding: Sounding, i: int, k: int) -> np.ndarray | None:
    """Outward normal of the rear map about one node, by a plane over +-1.5 mm."""
    h = round(NORMAL_HALF_MM / MAP_MM)
    u, v = sounding.depth.u, sounding.depth.v
    ii = np.arange(max(0, i - h), min(len(u), i + h + 1))
    kk = np.arange(max(0, k - h), min(len(v), k + h + 1))
    p = sounding.rear[np.ix_(ii, kk)]
    ll, ss = np.meshgrid(u[ii], v[kk], indexing="ij")
    ok = np.isfinite(p) & (np.abs(p - sounding.rear[i, k]) < 4.0)
    if ok.sum() < 20:
        return None
    design = np.column_stack([np.ones(ok.sum()), ll[ok], ss[ok]])
    _, slope_l, slope_s = np.linalg.lstsq(design, p[ok], rcond=None)[0]
    normal = np.array([-slope_l, 1.0, -slope_s])
    return normal / np.linalg.norm(normal)


def spinous_tip(sounding: Sounding, body: Body) -> np.ndarray | None:
    """Rearmost point within 14 mm of the midline; the midpoint of the two tips where it is bifid."""
    u = sounding.depth.u
    i = np.flatnonzero(np.abs(u) < TIP_BAND_MM)
    rear = sounding.rear[i]
    if not np.isfinite(rear).any() or np.nanmax(rear) < body.wall[1] + BEHIND_WALL_MM:
        return None
    a, k = np.unravel_index(np.nanargmax(rear), rear.shape)
    first = np.array([u[i[a]], rear[a, k], sounding.depth.v[k]])
    apart = np.abs(u[i] - first[0]) >= BIFID_APART_MM
    other = np.where(apart[:, None], rear, np.nan)
    if np.isfinite(other).any():
        b, m = np.unravel_index(np.nanargmax(other), other.shape)
        second = np.array([u[i[b]], other[b, m], sounding.depth.v[m]])
        # A second tip is a rise of its own, not the flank of the first.
        between = slice(min(a, b) + 1, max(a, b))
        ridge = np.nanmax(np.where(np.isfinite(rear[between]), rear[between], -np.inf), axis=1)
        notched = len(ridge) > 0 and ridge.min() < other[b, m] - 0.1
        if first[1] - second[1] <= BIFID_LEVEL_MM and notched:
            return (first + second) / 2
    return first

"""How far one side's lateral mass differs from the other side mirrored, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.readout import Readout
from planner.anatomy.sounding import MAP_MM
from planner.geometry.axes import OPPOSITE, SIGN, angle_deg

PATCH_MM = 4.0
SAME_MM = 1.5
FACET_TURN_DEG = 25.0
FACET_OFF_MM = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorComparison:
    """One side against the other, mirrored at the midline.

    ``rear_offset_mm`` is the median of this side's rear surface behind the mirrored one (positive: it stands
    out), ``same_share`` the share of the rear patch within 1.5 mm, ``volume_ratio`` the bone in the box of the
    other side's mass, ``facets`` how many of the two facets agree (25 degrees and 2.5 mm).
    """

    rear_offset_mm: float
    same_share: float
    volume_ratio: float
    facets: int


def compare(readout: Readout, side: str) -> MirrorComparison | None:
    """Compare ``side`` with its opposite; None where the opposite shows no mass to compare with."""
    other = OPPOSITE[side]
    mass = readout.masses.get(other)
    if mass is None:
        return None
    sounding = readout.sounding
    u, v, rear = sounding.depth.u, sounding.depth.v, sounding.rear
    l = np.arange(abs(mass.center[0]) - PATCH_MM, abs(mass.center[0]) + PATCH_MM + 0.01, 0.5)
    s = np.arange(mass.center[2] - PATCH_MM, mass.center[2] + PATCH_MM + 0.01, 0.5)
    k = np.rint((s - v[0]) / MAP_MM).astype(int).clip(0, len(v) - 1)
    mine, theirs = (
        rear[np.ix_(np.rint((SIGN[which] * l - u[0]) / MAP_MM).astype(int).clip(0, len(u) - 1), k)]
        for which in (side, other)
    )
    # Where this side has no bone behind the box's front, it counts as far in front.
    front = _box(readout, other)[0][1]
    mine = np.where(np.isfinite(mine), np.maximum(mine, front - 3.0), front - 3.0)
    ok = np.isfinite(theirs)
    off = mine[ok] - theirs[ok]
    agreeing = 0
    for name in ("superior", "inferior"):
        a, b = readout.facets.get(f"{name}_{side}"), readout.facets.get(f"{name}_{other}")
        if a is None or b is None:
            continue
        flip = np.array([-1.0, 1.0, 1.0])
        along = abs((a.center - b.center * flip) @ (b.normal * flip))
        if angle_deg(a.normal, b.normal * flip) <= FACET_TURN_DEG and along <= FACET_OFF_MM:
            agreeing += 1
    return MirrorComparison(
        rear_offset_mm=float(np.median(off)) if len(off) else float("nan"),
        same_share=float((np.abs(off) <= SAME_MM).mean()) if len(off) else 0.0,
        volume_ratio=_volume(readout, side, other) / max(_volume(readout, other, other), 1e-6),
        facets=agreeing,
    )


def _box(readout: Readout, of: str) -> tuple[np.ndarray, np.ndarray]:
    """Corners (|l|, p, s) of the box about a side's mass: its borders, from in front of it to its rear."""
    mass = readout.masses[of]
    front = min(mass.center[1], mass.superior[1]) - 9.0
    low = [abs(mass.medial[0]), front, mass.inferior[2]]
    high = [abs(mass.lateral[0]), mass.center[1] + 1.0, mass.superior[2] + 2.0]
    return np.array(low), np.array(high)


def _volume(readout: Readout, side: str, box_of: str) -> float:
    """Bone (mm3) of ``side`` in the box of ``box_of``, mirrored if need be."""
    low, high = _box(readout, box_of)
    solid = readout.sounding.solid
    l, p, s = (solid.coordinates(axis) for axis in range(3))
    i = np.flatnonzero((SIGN[side] * l >= low[0]) & (SIGN[side] * l <= high[0]))
    j = np.flatnonzero((p >= low[1]) & (p <= high[1]))
    k = np.flatnonzero((s >= low[2]) & (s <= high[2]))
    return float(solid.filled[np.ix_(i, j, k)].sum() * solid.spacing_mm**3)

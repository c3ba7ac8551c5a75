"""Which lateral masses are what they seem: measured, changed, or gone.

A construction always finds something: with a mass cut away and calcified tissue in its place, a complete and
plausible mass was returned every time. So each side is held against the other side mirrored, and where the two
differ, the one further from the column's other masses is the ill one. All limits are proposals of this project;
on healthy columns they passed every side (volume ratio 0.83-1.08, rear offset under 2 mm).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.mirror import MirrorComparison, compare
from planner.anatomy.readout import Readout
from planner.anatomy.vertebra import Status
from planner.geometry.axes import OPPOSITE, SIDES

VOLUME_RATIO = (0.7, 1.4)
REAR_OFFSET_MM = 2.5
LEAST_SAME_SHARE = 0.3
SUSPECT_HEIGHT = 0.75
GONE_RATIO = 0.35
GONE_SHARE = 0.25
HEIGHT_MM = (5.0, 24.0)
WIDTH_MM = (6.0, 20.0)
# Weights of depth, height and width when two sides differ and one must be the ill one.
DEPTH_SPREAD_MM, HEIGHT_SPREAD_MM, WIDTH_SPREAD_MM = 2.0, 3.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one side's lateral mass is known, with the reason in words and the comparison behind it."""

    status: Status
    reason: str
    comparison: MirrorComparison | None


def judge_masses(readouts: Mapping[str, Readout]) -> dict[tuple[str, str], Verdict]:
    """Return a verdict for each level from C3 downwards and side."""
    usual = _usual(readouts)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for level, readout in readouts.items():
        if level in ("C1", "C2"):
            continue
        comparisons = {side: compare(readout, side) for side in SIDES}
        ill = _ill_side(readout, comparisons, usual)
        for side in SIDES:
            verdicts[level, side] = _verdict(readout, side, comparisons[side], ill)
    return verdicts


def _changed(comparison: MirrorComparison) -> bool:
    """True where the two sides differ by more than healthy sides do."""
    c = comparison
    if not VOLUME_RATIO[0] <= c.volume_ratio <= VOLUME_RATIO[1] or abs(c.rear_offset_mm) > REAR_OFFSET_MM:
        return True
    # Another rear face counts only together with another sign: healthy bone is asymmetric too.
    other_sign = c.facets == 0 or c.height_ratio < SUSPECT_HEIGHT
    return c.same_share < LEAST_SAME_SHARE and other_sign


def _features(readout: Readout, side: str) -> np.ndarray | None:
    mass = readout.masses.get(side)
    if mass is None:
        return None
    return np.array([mass.center[1] - readout.body.wall[1], mass.height_mm, mass.width_mm])


def _usual(readouts: Mapping[str, Readout]) -> np.ndarray | None:
    """Median depth, height and width of all masses of the column; half of them may be ill."""
    found = [
        f for level, readout in readouts.items() if level in ("C3", "C4", "C5", "C6") for side in SIDES
        if (f := _features(readout, side)) is not None
    ]  # fmt: skip
    return np.median(np.array(found), axis=0) if found else None


def _ill_side(
    readout: Readout, comparisons: Mapping[str, MirrorComparison | None], usual: np.ndarray | None
) -> str | None:
    """The ill side where the two differ; None where they agree."""
    missing = [side for side in SIDES if side not in readout.masses]
    if len(missing) == 1:
        return missing[0]
    if missing or usual is None:
        return None
    if not any(c is not None and _changed(c) for c in comparisons.values()):
        return None
    spread = np.array([DEPTH_SPREAD_MM, HEIGHT_SPREAD_MM, WIDTH_SPREAD_MM])
    strange = {}
    for side in SIDES:
        facets = 2 - sum(f"{name}_{side}" in readout.facets for name in ("superior", "inferior"))
        strange[side] = float((np.abs(_features(readout, side) - usual) / spread).sum()) + facets
    return max(SIDES, key=lambda side: strange[side])


def _verdict(readout: Readout, side: str, comparison: MirrorComparison | None, ill: str | None) -> Verdict:
    mass = readout.masses.get(side)
    if mass is None:
        return Verdict(status=Status.ABSENT, reason="no lateral mass found", comparison=comparison)
    if ill == side and comparison is not None:
        c = comparison
        told = (
            f"differs from the other side: bone {100 * c.volume_ratio:.0f} % of it, rear surface {c.rear_offset_mm:+.1f} mm, "
            f"{100 * c.same_share:.0f} % of it within 1.5 mm, {c.facets} of 2 facets agree"
        )
        gone = c.volume_ratio < GONE_RATIO or (c.same_share < GONE_SHARE and c.facets == 0)
        return Verdict(status=Status.ABSENT if gone else Status.EXTRAPOLATED, reason=told, comparison=c)
    if not (HEIGHT_MM[0] <= mass.height_mm <= HEIGHT_MM[1] and WIDTH_MM[0] <= mass.width_mm <= WIDTH_MM[1]):
        return Verdict(
            status=Status.EXTRAPOLATED,
            reason=f"implausible size: height {mass.height_mm:.1f} mm, width {mass.width_mm:.1f} mm",
            comparison=comparison,
        )
    reason = "" if ill != OPPOSITE[side] else "the other side is changed; this one could not be compared with it"
    return Verdict(status=Status.MEASURED, reason=reason, comparison=comparison)

"""How the facets of one joint face each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.anatomy.vertebra import Facet, Status
from planner.assessment.finding import FacetState
from planner.assessment.grading import comparison, severity
from planner.geometry.axes import unit

NOT_ASSESSED = FacetState(overlap_percent=float("nan"), gap_mm=float("nan"), state="not assessed")


def facet_state(above: Facet, below: Facet, head: np.ndarray) -> FacetState:
    """Compare the upper vertebra's inferior facet with the lower's superior facet.

    Overlap is along the lower facet's slope (its plane's steepest line towards the head), as a share of the
    lower facet's length. The gap is along its normal, positive when the joint is open. Perched: overlap of
    10 % or less and not locked; locked: the upper facet lies in front of the lower one's plane
    and its lower tip below the other's upper tip. Not assessed where a facet is not measured.
    """
    if above.status is not Status.MEASURED or below.status is not Status.MEASURED:
        return NOT_ASSESSED
    # Two surfaces that do not look at each other are no joint: one of them was read wrong.
    if -(above.normal @ below.normal) < np.cos(np.radians(comparison("opposed_deg"))):
        return NOT_ASSESSED
    if len(above.points) < 5 or len(below.points) < 5:
        return NOT_ASSESSED
    slope = unit(head - (head @ below.normal) * below.normal)
    a, b = (np.quantile((facet.points - below.center) @ slope, [0.02, 0.98]) for facet in (above, below))
    shared = min(a[1], b[1]) - max(a[0], b[0])
    overlap = 100.0 * max(0.0, float(shared / (b[1] - b[0])))
    height = (above.points - below.center) @ below.normal
    at = (above.points - below.center) @ slope
    facing = (at >= b[0]) & (at <= b[1])
    gap = float(np.median(height[facing])) if facing.any() else float(np.median(height))
    return FacetState(
        overlap_percent=overlap, gap_mm=gap, state=_state(overlap, gap, _below_the_tip(above, below, head))
    )


def corroborated(facet: FacetState, slip_mm: float) -> FacetState:
    """Return the facet's state as far as the bodies bear it out; a slip of nan contradicts nothing.

    A facet cannot lose its cover unless the upper vertebra has moved forward. Without a slip a cover under half is
    the usual spread of how far articular surfaces reach, and normal; a perched or locked one is a misread facet, so
    its numbers go too.
    """
    if facet.state in ("normal", "not assessed") or not slip_mm < comparison("perch_slip_mm"):
        return facet
    return NOT_ASSESSED if facet.state in ("perched", "locked") else replace(facet, state="normal")


def _below_the_tip(above: Facet, below: Facet, head: np.ndarray) -> bool:
    """Whether the upper facet's lower tip has come down past the lower facet's upper tip."""
    tips = np.quantile(above.points @ head, 0.02), np.quantile(below.points @ head, 0.98)
    return bool(tips[0] < tips[1] - comparison("past_tip_mm"))


def _state(overlap: float, gap: float, past: bool) -> str:
    values = {"overlap_percent": overlap}
    if severity("facet.perched", values):
        return "locked" if past and gap < -comparison("locked_mm") else "perched"
    return "subluxed" if severity("facet.subluxed", values) else "normal"

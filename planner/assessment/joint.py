"""How the facets of one joint face each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Facet, Status, Vertebra
from planner.assessment.finding import FacetState
from planner.assessment.grading import comparison, severity
from planner.geometry.axes import OPPOSITE, unit
from planner.geometry.surface import Surface

NOT_ASSESSED = FacetState(overlap_percent=float("nan"), gap_mm=float("nan"), state="not assessed")

_BAND_MM = 3.0
_ON_PLANE_MM = 1.0
_REACH_MM = 6.0
"""The articular process is followed in a strip this far beside its facet's middle, while it lies this near the facet's
plane, and no further than this beyond the points of the facet: these end where the flat surface is sure, not where
the process ends."""
_BEHIND_MM, _AHEAD_MM = 2.0, 5.0
_LEAST_HITS, _LEAST_SHARE = 12, 0.1
_FLAT_MM = 0.6
_UNDER_TIP_MM, _PROCESS_MM, _IN_FRONT_MM = (1.0, 4.0), 9.0, 4.0
"""A superior process is looked past this far beneath its tip; it is no thicker than this there, and what locks it
stands no further in front of it than this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArticularPlane:
    """One side of a joint, world mm: a point and the outward normal of its plane, points (n, 3) on it."""

    center: np.ndarray
    normal: np.ndarray
    points: np.ndarray


def facet_state(upper: Vertebra, lower: Vertebra, side: str, slip_mm: float = float("nan")) -> FacetState:
    """Compare the upper vertebra's inferior facet with the lower's superior facet.

    Overlap is along the lower facet's slope (its plane's steepest line towards the head): how far the upper
    articular process reaches down from the top of the lower one, as a share of the lower facet's length. The gap is
    along its normal, positive when the joint is open. Perched: overlap of 10 % or less and not locked; locked: the
    upper facet lies in front of the lower one's plane and its lower tip below the other's upper tip.

    A facet cannot lose its cover unless the upper vertebra has moved forward. Without a slip (``slip_mm``; nan
    contradicts nothing) a joint that seems out of place was misread: the surface that faces the better facet then
    stands in for the other, as it does where one is not measured or does not look at the other. Not assessed where
    there is none, or where it seems perched all the same.

    Behind a locked facet the upper vertebra often has bone as well, which faces the lower one like a joint. So with a
    slip that is told, bone of the upper vertebra close in front of the lower's superior process, under its tip, is
    asked for too; nothing of a vertebra in its place stands there. And a facet that stands over the lower one's upper
    tip as a whole is perched, whatever of its vertebra, behind it, seems to go on along its plane.
    """
    above, below = _measured(upper.facets[f"inferior_{side}"]), _measured(lower.facets[f"superior_{side}"])
    still = slip_mm < comparison("perch_slip_mm")
    read = NOT_ASSESSED
    if above is not None and below is not None and _opposed(above.normal, below.normal):
        read = _compared(upper, lower, above, below)
    if read is NOT_ASSESSED or (still and read.state != "normal"):
        again = _by_what_faces(upper, lower, side, above, below, still)
        read = read if again is NOT_ASSESSED else again
    if still:
        return NOT_ASSESSED if read.state in ("perched", "locked") else read
    slipped = severity("alignment.listhesis", {"slip_mm": slip_mm}) is not None
    if below is None or not slipped or read.state == "locked":
        return read
    found = _hooked(upper, lower, below)
    if found is None and above is not None and read.state == "subluxed":
        found = _on_the_tip(lower, above, below, read.gap_mm)
    return found or read


def _compared(
    upper: Vertebra, lower: Vertebra, above: ArticularPlane, below: ArticularPlane, length: float | None = None
) -> FacetState:
    """The state of two planes; ``length`` of the lower facet where its own points do not tell it."""
    slope = _slope(lower, below)
    covered = (_end(lower, below, slope) - _end(upper, above, -slope)) @ slope
    length = _length_mm(lower, below) if length is None else length
    overlap = float(np.clip(100.0 * covered / length, 0.0, 100.0))
    height = (above.points - below.center) @ below.normal
    at = (above.points - below.center) @ slope
    low, high = np.quantile((below.points - below.center) @ slope, [0.02, 0.98])
    facing = (at >= low) & (at <= high)
    gap = float(np.median(height[facing])) if facing.any() else float(np.median(height))
    return FacetState(
        overlap_percent=overlap, gap_mm=gap,
        state=_state(overlap, gap, _over_the_tip_mm(above, below, lower.frame.superior) < -comparison("past_tip_mm")),
    )


def _by_what_faces(
    upper: Vertebra, lower: Vertebra, side: str, above: ArticularPlane | None, below: ArticularPlane | None,
    still: bool,
) -> FacetState:  # fmt: skip
    """The state by one measured facet and the surface that faces it, the lower facet first."""
    facing = None if below is None else _facing(upper.surface, below)
    if below is not None and facing is not None:
        return _compared(upper, lower, facing, below)
    # What faces the upper facet shows where the lower one lies; how long it is, its twin does. Without a twin the
    # length is that of what faces: too short where much is uncovered, so it serves only where nothing can be.
    twin = _measured(lower.facets[f"superior_{OPPOSITE[side]}"])
    facing = None if above is None else _facing(lower.surface, above)
    if above is None or facing is None or (twin is None and not still):
        return NOT_ASSESSED
    return _compared(upper, lower, above, facing, _length_mm(lower, facing if twin is None else twin))


def _hooked(upper: Vertebra, lower: Vertebra, below: ArticularPlane) -> FacetState | None:
    """The state of a joint whose upper process has come down in front of the lower one; None where it has not."""
    frame, slope = lower.frame, _slope(lower, below)
    tip = _end(lower, below, slope)
    across = np.abs((below.points - below.center) @ frame.left)
    inside = below.points[across < _REACH_MM] - 0.3 * below.normal
    deep = (tip - inside) @ frame.superior
    forward = np.tile(-frame.posterior, (len(inside), 1))
    front, _ = lower.surface.first_hit(inside, forward)
    single = (front - inside) @ forward[0] < _PROCESS_MM
    hits, face = upper.surface.first_hit(np.where(single[:, None], front, inside), forward)
    hooked = single & ((hits - front) @ forward[0] < _IN_FRONT_MM)
    hooked[hooked] = upper.surface.face_normals[face[hooked]] @ forward[0] < 0
    near = (deep > _UNDER_TIP_MM[0]) & (deep < _UNDER_TIP_MM[1])
    if near.sum() < _LEAST_HITS or hooked[near].mean() < comparison("hooked_share"):
        return None
    covered = float(np.quantile((tip - hits[hooked]) @ slope, 0.98))
    overlap = float(np.clip(100.0 * covered / _length_mm(lower, below), 0.0, 100.0))
    gap = float(np.median((hits[hooked] - below.center) @ below.normal))
    locked = severity("facet.locked", {"overlap_percent": overlap}) is not None
    return FacetState(overlap_percent=overlap, gap_mm=gap, state="locked") if locked else NOT_ASSESSED


def _on_the_tip(
    lower: Vertebra, above: ArticularPlane, below: ArticularPlane, gap_mm: float
) -> FacetState | None:  # fmt: skip
    """Perched, by the upper facet's own points, if all of it stands over the lower one's upper tip; else None."""
    if _over_the_tip_mm(above, below, lower.frame.superior) < comparison("over_tip_mm"):
        return None
    slope = _slope(lower, below)
    covered = _end(lower, below, slope) @ slope - float(np.quantile(above.points @ slope, 0.02))
    overlap = float(np.clip(100.0 * covered / _length_mm(lower, below), 0.0, 100.0))
    perched = severity("facet.perched", {"overlap_percent": overlap}) is not None
    return FacetState(overlap_percent=overlap, gap_mm=gap_mm, state="perched") if perched else None


def _measured(facet: Facet) -> ArticularPlane | None:
    if facet.status is not Status.MEASURED or len(facet.points) < 5:
        return None
    return ArticularPlane(center=facet.center, normal=facet.normal, points=facet.points)


def _opposed(normal: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which normals (..., 3) look at another closely enough for two sides of a joint."""
    return -(normal @ other) > np.cos(np.radians(comparison("opposed_deg")))


def _facing(surface: Surface, other: ArticularPlane) -> ArticularPlane | None:
    """The flat part of a surface that faces an articular plane closely; None where hardly anything does."""
    starts = other.points - _BEHIND_MM * other.normal
    hits, face = surface.first_hit(starts, np.tile(other.normal, (len(starts), 1)))
    near = np.isfinite(hits[:, 0]) & ((hits - other.points) @ other.normal < _AHEAD_MM)
    opposed = np.zeros(len(hits), bool)
    opposed[near] = _opposed(surface.face_normals[face[near]], other.normal)
    points = hits[opposed]
    if len(points) < max(_LEAST_HITS, _LEAST_SHARE * len(starts)):
        return None
    used = np.ones(len(points), bool)
    for _ in range(4):
        center = points[used].mean(axis=0)
        normal = np.linalg.svd(points[used] - center, full_matrices=False)[2][2]
        off = np.abs((points - center) @ normal)
        used = off < max(_FLAT_MM, 1.5 * float(np.median(off)))
    normal = normal if normal @ other.normal < 0 else -normal
    if not _opposed(normal, other.normal):
        return None
    return ArticularPlane(center=center, normal=normal, points=points[off < _ON_PLANE_MM])


def _end(vertebra: Vertebra, plane: ArticularPlane, along: np.ndarray) -> np.ndarray:
    """The point furthest along a direction (in the plane) that the articular process reaches near its facet's plane."""
    away = vertebra.surface.vertices - plane.center
    t, furthest = away @ along, float(np.quantile((plane.points - plane.center) @ along, 0.98))
    strip = (
        (np.abs(away @ vertebra.frame.left) < _BAND_MM) & (np.abs(away @ plane.normal) < _ON_PLANE_MM)
        & (t > furthest) & (t < furthest + _REACH_MM)
    )  # fmt: skip
    return plane.center + float(t[strip].max(initial=furthest)) * along


def _slope(lower: Vertebra, plane: ArticularPlane) -> np.ndarray:
    """The steepest line of the lower facet's plane towards the head."""
    head = lower.frame.superior
    return unit(head - (head @ plane.normal) * plane.normal)


def _length_mm(lower: Vertebra, plane: ArticularPlane) -> float:
    """Length of the lower facet along its slope, from its rim to the top of the articular process."""
    slope = _slope(lower, plane)
    return float(_end(lower, plane, slope) @ slope - np.quantile(plane.points @ slope, 0.02))


def _over_the_tip_mm(above: ArticularPlane, below: ArticularPlane, head: np.ndarray) -> float:
    """How far the upper facet's lower tip stands above the lower facet's upper tip; negative where it has come down."""
    return float(np.quantile(above.points @ head, 0.02) - np.quantile(below.points @ head, 0.98))


def _state(overlap: float, gap: float, past: bool) -> str:
    values = {"overlap_percent": overlap}
    if past and gap < -comparison("locked_mm") and severity("facet.locked", values):
        return "locked"
    if severity("facet.perched", values):
        return "perched"
    return "subluxed" if severity("facet.subluxed", values) else "normal"

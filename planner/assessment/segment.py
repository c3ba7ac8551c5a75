"""How one vertebra sits on the next: slip, angle, facets, and the room at the level between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import FacetState, Lordosis, MotionSegment
from planner.assessment.grading import comparison
from planner.assessment.joint import NOT_ASSESSED, facet_state
from planner.assessment.outline import outline_size
from planner.geometry.axes import SIDES, unit
from planner.reference.levels import order

# The rear wall of a body is read this far inside its endplates' rims, from this far behind it.
_RIM_MM = 2.0
_FROM_WALL_MM, _WALL_REACH_MM = 6.0, 14.0
_LEAST_HEIGHTS, _STRAY_MM = 6, 1.0
_USUAL_HEIGHT_MM = 13.0
_STRIP_MM = (-3.0, -1.5, 0.0, 1.5, 3.0)
_OUTLIER_MM = 1.2


def motion_segment(
    upper: Vertebra,
    lower: Vertebra,
    doubtful: Collection[tuple[str, str]] = (),
    lost: Collection[tuple[str, str]] | None = None,
) -> MotionSegment:
    """Measure the upper vertebra against the lower; nan where a part is not located.

    ``doubtful`` are the (level, side) whose lateral mass is ill or hidden by something: their facets are assessed
    only where they face each other closely without a slip; those of a mass that is ``lost`` are not assessed. None
    where nobody has judged the masses: then a mass whose centre is not measured is lost.

    Listhesis is the step between the upper body's rear lower corner and the lower body's rear upper corner in
    the lower's sagittal plane, across the mean direction of the two rear walls (across the walls and not along
    an endplate, because endplates slope against the canal, by up to 20 degrees, and a healthy column would read
    a slip at every disc). Positive when the upper has slipped forward; the percentage is of the lower's upper
    endplate depth. The angle is between the two endplates, positive in lordosis. Slip and angle against a bone
    whose pose is doubtful are nan: not assessed.
    """
    trusted = min(upper.pose.confidence, lower.pose.confidence) >= comparison("trusted_pose")
    place = slip_frame(lower) if trusted else None
    above = rear_corner(upper, "inferior")
    slip, percent, angle = (float("nan"),) * 3
    room = float("nan")
    if place is not None and above is not None:
        corner, _, depth = place
        slip = float((above - corner) @ forward_across_walls(upper, lower))
        percent = 100.0 * slip / depth
        plates = endplate(upper, "inferior"), endplate(lower, "superior")
        if plates[0] is not None and plates[1] is not None:
            angle = wedge_deg(lower, plates[0][1], plates[1][1])
        room = pincer(upper, corner)
    area, ap = _room(upper, lower)
    return MotionSegment(
        upper=upper.level, lower=lower.level, listhesis_mm=slip, listhesis_percent=percent, angle_deg=angle,
        facets={side: _facets(upper, lower, side, doubtful, lost, slip) for side in SIDES}, pincer_mm=room,
        canal_min_area_mm2=area, canal_min_ap_mm=ap,
    )  # fmt: skip


def endplate(vertebra: Vertebra, which: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Return (point, normal towards the head) of an endplate's robust plane in world mm, or None.

    Rays along the vertebra's axis over the middle of the plate; points off the plane by over 1.2 mm dropped.
    """
    mark = vertebra.landmarks.get(f"{which}_endplate_center")
    if mark is None or not mark.located:
        return None
    center = vertebra.frame.to_local(mark.xyz)
    out = 1.0 if which == "superior" else -1.0
    l, p = np.meshgrid(np.linspace(-4, 4, 9), np.linspace(-4, 4, 9), indexing="ij")
    origins = center + np.stack([l.ravel(), p.ravel(), np.full(81, 6.0 * out)], axis=1)
    ray = vertebra.frame.direction_to_world(np.array([0.0, 0.0, -out]))
    hits, _ = vertebra.surface.first_hit(vertebra.frame.to_world(origins), np.tile(ray, (81, 1)))
    local = vertebra.frame.to_local(hits)
    local = local[np.isfinite(local[:, 0]) & (np.abs(local[:, 2] - center[2]) < 5.0)]
    for _ in range(3):
        if len(local) < 12:
            return mark.xyz, vertebra.frame.superior
        middle = local.mean(axis=0)
        normal = np.linalg.svd(local - middle, full_matrices=False)[2][2]
        off = np.abs((local - middle) @ normal)
        local = local[off < _OUTLIER_MM]
    normal = normal if normal[2] > 0 else -normal
    return vertebra.frame.to_world(middle), vertebra.frame.direction_to_world(normal)


def rear_corner(vertebra: Vertebra, which: str) -> np.ndarray | None:
    """Return the rear corner of a body at one endplate, world mm: where the line of its rear wall meets the plate."""
    plate, line = endplate(vertebra, which), rear_wall(vertebra)
    if plate is None or line is None:
        return None
    (point, normal), (foot, along) = plate, line
    across = float(along @ normal)
    return None if across < 0.5 else foot + float((point - foot) @ normal) / across * along


def rear_wall(vertebra: Vertebra) -> tuple[np.ndarray, np.ndarray] | None:
    """Return (a point, direction towards the head) of the line through a body's rear wall in the midline, world mm.

    Rays from the canal forwards in five sagittal planes near the midline, between the rims, which are rounded or
    lipped; the median of the planes, and a straight line without what lies over 1 mm off it. C2's body has no upper
    endplate; its wall is read over the usual height of a body. None without endplate or wall.
    """
    frame, mark = vertebra.frame, vertebra.landmarks["posterior_body_wall"]
    plates = [endplate(vertebra, which) for which in ("inferior", "superior")]
    if plates[0] is None or not mark.located:
        return None
    low = float(frame.to_local(plates[0][0])[2])
    high = low + _USUAL_HEIGHT_MM if plates[1] is None else float(frame.to_local(plates[1][0])[2])
    heights = np.arange(low + _RIM_MM, high - _RIM_MM + 1e-6, 0.5)
    if len(heights) < _LEAST_HEIGHTS:
        return None
    start = frame.to_local(mark.xyz)[1] + _FROM_WALL_MM
    l, s = (g.ravel() for g in np.meshgrid(_STRIP_MM, heights, indexing="ij"))
    origins = frame.to_world(np.column_stack([l, np.full_like(l, start), s]))
    hits, _ = vertebra.surface.first_hit(origins, np.tile(-frame.posterior, (len(origins), 1)))
    p = frame.to_local(hits)[:, 1].reshape(len(_STRIP_MM), len(heights))
    seen = np.isfinite(np.where(start - p < _WALL_REACH_MM, p, np.nan)).sum(axis=0) >= 2
    if seen.sum() < _LEAST_HEIGHTS:
        return None
    heights, p = heights[seen], np.nanmedian(np.where(start - p < _WALL_REACH_MM, p, np.nan)[:, seen], axis=0)
    near = np.ones(len(heights), bool)
    for _ in range(2):
        slope, at = np.polyfit(heights[near], p[near], 1)
        off = np.abs(p - slope * heights - at)
        near = off < max(_STRAY_MM, float(np.median(off)))
    middle = float(heights.mean())
    foot = frame.to_world(np.array([0.0, slope * middle + at, middle]))
    return foot, frame.direction_to_world(unit(np.array([0.0, slope, 1.0])))


def slip_frame(lower: Vertebra) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Return (rear upper corner, forward direction, depth) of the lower body's superior endplate, or None."""
    plate, corner = endplate(lower, "superior"), rear_corner(lower, "superior")
    if plate is None or corner is None:
        return None
    normal = plate[1]
    forward = -lower.frame.posterior
    forward = unit(forward - (forward @ normal) * normal)
    origin = corner + 40.0 * forward - _RIM_MM * normal
    hit, _ = lower.surface.first_hit(origin[None], -forward[None])
    return corner, forward, float((hit[0] - corner) @ forward)


def forward_across_walls(upper: Vertebra, lower: Vertebra) -> np.ndarray:
    """Unit vector forwards in the lower's sagittal plane, square to the mean direction of the two rear walls.

    Where a wall is not located the vertebra's own axis stands in for it.
    """
    walls = []
    for vertebra in (upper, lower):
        line = rear_wall(vertebra)
        up = vertebra.frame.superior if line is None else line[1]
        walls.append(up - (up @ lower.frame.left) * lower.frame.left)
    mean = unit(unit(walls[0]) + unit(walls[1]))
    return np.cross(mean, lower.frame.left) * -1.0


def wedge_deg(lower: Vertebra, above: np.ndarray, below: np.ndarray) -> float:
    """Return the angle between two plates by their normals in a vertebra's sagittal plane, positive in lordosis."""
    a, b = lower.frame.direction_to_local(above), lower.frame.direction_to_local(below)
    return float(np.degrees(np.arctan2(a[1], a[2]) - np.arctan2(b[1], b[2])))


def lordosis(vertebrae: Mapping[str, Vertebra]) -> Lordosis | None:
    """Return the angle from C2's lower endplate to C7's, or to that of the lowest level below C4; None without."""
    known = [v for v in vertebrae.values() if v.pose.confidence >= comparison("trusted_pose")]
    top = next((v for v in known if v.level == "C2"), None)
    lower = (v for v in known if order("C4") < order(v.level) <= order("C7"))
    low = max(lower, key=lambda v: order(v.level), default=None)
    if top is None or low is None:
        return None
    plates = endplate(top, "inferior"), endplate(low, "inferior")
    if plates[0] is None or plates[1] is None:
        return None
    return Lordosis(upper=top.level, lower=low.level, angle_deg=wedge_deg(low, plates[0][1], plates[1][1]))


def _facets(
    upper: Vertebra,
    lower: Vertebra,
    side: str,
    doubtful: Collection[tuple[str, str]],
    lost: Collection[tuple[str, str]] | None,
    slip_mm: float,
) -> FacetState:
    both = (upper, lower)
    if any(not _sound_mass(v, side) if lost is None else (v.level, side) in lost for v in both):
        return NOT_ASSESSED
    state = facet_state(upper, lower, side, slip_mm)
    if not any((v.level, side) in doubtful for v in both):
        return state
    # A facet of a mass that is not what it seems may be a lump's surface, however flat. It is believed where it shows
    # what a segment without a slip must show: two surfaces that face each other as closely as a joint's do.
    close = abs(slip_mm) < comparison("perch_slip_mm") and 0.0 < state.gap_mm < comparison("joint_gap_mm")
    return state if state.state == "normal" and close else NOT_ASSESSED


def _sound_mass(vertebra: Vertebra, side: str) -> bool:
    mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    return mark is None or mark.measured


def pincer(upper: Vertebra, corner: np.ndarray) -> float:
    """Return the least way (mm) from the lower body's rear upper corner to the upper's inner lamina in the midline."""
    mark = upper.landmarks.get("spinolaminar_point")
    if mark is None or not mark.located:
        return float("nan")
    frame, center = upper.frame, upper.local("spinolaminar_point")
    heights = np.arange(-10.0, 10.1, 0.5)
    distances = []
    for l in (-3.0, 0.0, 3.0):
        start = np.stack(
            [
                np.full(len(heights), center[0] + l),
                np.full(len(heights), center[1] - 5.0),
                center[2] + heights,
            ],
            1,
        )
        hits, _ = upper.surface.first_hit(frame.to_world(start), np.tile(frame.posterior, (len(start), 1)))
        local = frame.to_local(hits)
        # Past the lamina's edge rays run on to the spinous process; that is not the canal's wall.
        wall = np.isfinite(local[:, 0]) & (local[:, 1] < center[1] + 6.0)
        distances.append(np.linalg.norm(hits[wall] - corner, axis=1))
    found = np.concatenate(distances)
    return float(found.min()) if len(found) else float("nan")


def _room(upper: Vertebra, lower: Vertebra) -> tuple[float, float]:
    """Least area and least sagittal diameter of the bony canal from the middle of the upper to that of the lower."""
    sizes = [
        outline_size(vertebra.frame.to_local(outline)[:, :2])[:2]
        for vertebra, half in ((upper, -1.0), (lower, 1.0))
        for outline, center in zip(vertebra.canal.sections, vertebra.canal.centerline, strict=True)
        if half * vertebra.frame.to_local(center)[2] >= -0.5
    ]
    if not sizes:
        return float("nan"), float("nan")
    areas, diameters = np.array(sizes).T
    return float(np.nanmin(areas)), float(np.nanmin(diameters)) if np.isfinite(diameters).any() else float("nan")

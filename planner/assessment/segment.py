"""How one vertebra sits on the next: slip, angle, facets, and the room at the level between them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import FacetState, MotionSegment
from planner.assessment.grading import comparison
from planner.assessment.joint import NOT_ASSESSED, corroborated, facet_state
from planner.geometry.axes import SIDES, unit

# The corner of a body is read this far from its endplate, inside the rounded or lipped rim.
_RIM_MM = 1.5
_STRIP_MM = (-3.0, -1.5, 0.0, 1.5, 3.0)
_OUTLIER_MM = 1.2


def motion_segment(
    upper: Vertebra, lower: Vertebra, doubtful: Collection[tuple[str, str]] | None = None
) -> MotionSegment:
    """Measure the upper vertebra against the lower; nan where a part is not located.

    ``doubtful`` are the (level, side) whose lateral mass is ill or hidden by something: their facets are not
    assessed. None where nobody has judged the masses: then a mass whose centre is not measured is doubtful.

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
    pincer = float("nan")
    if place is not None and above is not None:
        corner, _, depth = place
        slip = float((above - corner) @ forward_across_walls(upper, lower))
        percent = 100.0 * slip / depth
        plates = endplate(upper, "inferior"), endplate(lower, "superior")
        if plates[0] is not None and plates[1] is not None:
            angle = _lordosis(lower, plates[0][1], plates[1][1])
        pincer = _pincer(upper, corner)
    area, ap = _room(upper, lower)
    return MotionSegment(
        upper=upper.level, lower=lower.level, listhesis_mm=slip, listhesis_percent=percent, angle_deg=angle,
        facets={side: corroborated(_facets(upper, lower, side, doubtful), slip) for side in SIDES}, pincer_mm=pincer,
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
    """Return the rear corner of a body at one endplate, world mm: the wall just inside the rim, brought to the plate.

    Rays from the canal forwards in five sagittal planes near the midline; their median.
    """
    plate = endplate(vertebra, which)
    if plate is None or not vertebra.landmarks["posterior_body_wall"].located:
        return None
    point, normal = plate
    inward = 1.0 if which == "inferior" else -1.0
    along = unit(vertebra.frame.posterior - (vertebra.frame.posterior @ normal) * normal)
    wall = vertebra.landmarks["posterior_body_wall"].xyz
    start = point + ((wall - point) @ along + 6.0) * along + inward * _RIM_MM * normal
    origins = start + np.array(_STRIP_MM)[:, None] * vertebra.frame.left
    hits, _ = vertebra.surface.first_hit(origins, np.tile(-along, (len(origins), 1)))
    reach = (origins - hits) @ along
    if not (reach < 14.0).any():
        return None
    return start - float(np.nanmedian(np.where(reach < 14.0, reach, np.nan))) * along - inward * _RIM_MM * normal


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

    A wall runs between a body's two rear corners; where one is not located (C2 has no upper endplate) the
    vertebra's own axis stands in for it.
    """
    walls = []
    for vertebra in (upper, lower):
        top, bottom = rear_corner(vertebra, "superior"), rear_corner(vertebra, "inferior")
        up = vertebra.frame.superior if top is None or bottom is None else unit(top - bottom)
        walls.append(up - (up @ lower.frame.left) * lower.frame.left)
    mean = unit(unit(walls[0]) + unit(walls[1]))
    return np.cross(mean, lower.frame.left) * -1.0


def _lordosis(lower: Vertebra, above: np.ndarray, below: np.ndarray) -> float:
    a, b = lower.frame.direction_to_local(above), lower.frame.direction_to_local(below)
    return float(np.degrees(np.arctan2(a[1], a[2]) - np.arctan2(b[1], b[2])))


def _facets(
    upper: Vertebra, lower: Vertebra, side: str, doubtful: Collection[tuple[str, str]] | None
) -> FacetState:
    # A facet of a mass that is not what it seems is a lump's surface, however flat.
    for vertebra in (upper, lower):
        ill = not _sound_mass(vertebra, side) if doubtful is None else (vertebra.level, side) in doubtful
        if ill:
            return NOT_ASSESSED
    return facet_state(upper.facets[f"inferior_{side}"], lower.facets[f"superior_{side}"], lower.frame.superior)


def _sound_mass(vertebra: Vertebra, side: str) -> bool:
    mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    return mark is None or mark.measured


def _pincer(upper: Vertebra, corner: np.ndarray) -> float:
    """Least distance from the lower body's rear upper corner to the upper vertebra's inner lamina near the midline."""
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
        canal_size(vertebra, outline)
        for vertebra, half in ((upper, -1.0), (lower, 1.0))
        for outline, center in zip(vertebra.canal.sections, vertebra.canal.centerline, strict=True)
        if half * vertebra.frame.to_local(center)[2] >= -0.5
    ]
    if not sizes:
        return float("nan"), float("nan")
    areas, diameters = np.array(sizes).T
    return float(np.nanmin(areas)), float(np.nanmin(diameters)) if np.isfinite(diameters).any() else float("nan")


def canal_size(vertebra: Vertebra, outline: np.ndarray) -> tuple[float, float]:
    """Return (area, sagittal diameter on the midline) of one canal section; nan where the midline is not inside."""
    local = vertebra.frame.to_local(outline)[:, :2]
    l, p = local.T
    area = 0.5 * abs(float(np.sum(l * np.roll(p, -1) - np.roll(l, -1) * p)))
    middle = (l.min() + l.max()) / 2
    after = np.roll(local, -1, axis=0)
    cuts = (l > middle) != (after[:, 0] > middle)
    if cuts.sum() < 2:
        return area, float("nan")
    a, b = local[cuts], after[cuts]
    heights = a[:, 1] + (middle - a[:, 0]) / (b[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return area, float(heights.max() - heights.min())

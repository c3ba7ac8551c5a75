"""The pose of one vertebra from its surface: template, then mirror plane, then endplates.

The template gives a pose right to 5-10 degrees; the mirror plane brings L to a few tenths of a degree and the
endplates bring S to about one. What the frame means is written in `planner.geometry.axes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Endplate, measure_body
from planner.anatomy.registration import Cloud, Fit, register
from planner.anatomy.sounding import Sounding
from planner.anatomy.symmetry import best_mirror_plane
from planner.anatomy.template import load_template, template_name
from planner.anatomy.vertebra import PoseQuality
from planner.geometry.axes import Frame, angle_deg
from planner.geometry.surface import Surface

BODY_BAND_MM = 6.0
WEDGE_DEG = (-22.0, 9.0)  # superior minus inferior endplate pitch; outside, one of the planes is not an endplate
HALF_USUAL_WEDGE_DEG = 2.5
SIDE_TILT_DEG = 8.0
PITCH_DEG = 25.0
TURN_GUARD_DEG = {"C2": 25.0}
DOUBT_SCORE = 5.0
DOUBT_MIRROR_MM = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """A frame in world coordinates, how good it is, and the registration it came from."""

    frame: Frame
    quality: PoseQuality
    fit: Fit


def find_pose(surface: Surface, level: str, axes: np.ndarray | None) -> Pose:
    """Return the pose of a bone; ``axes`` (rows L, P, S in world) limits the search, None searches every way.

    A pose is always returned; `PoseQuality.confidence` says how far to trust it.
    """
    cloud = Cloud.of(surface)
    from scipy.spatial import cKDTree

    tree = cKDTree(cloud.points)
    template = load_template(template_name(level))
    poses = [_refine(surface, cloud, tree, level, fit) for fit in register(cloud, template, axes)[:2]]
    # A rival is preferred only if the refined bone mirrors better by more than it registers worse.
    return min(poses, key=lambda p: p.fit.score + 1.5 * p.quality.mirror_residual_mm)


def _refine(surface: Surface, cloud: Cloud, tree, level: str, fit: Fit) -> Pose:
    left, point, residual = best_mirror_plane(cloud, tree, fit.rotation, fit.origin)
    if residual > DOUBT_MIRROR_MM:
        trials = [
            best_mirror_plane(cloud, tree, fit.rotation, fit.origin, band, trim)
            for band, trim in ((26.0, 0.5), (14.0, 0.6))
        ]
        for trial in trials:
            if trial[2] + 0.02 * angle_deg(trial[0], fit.rotation[0]) < residual + 0.02 * angle_deg(
                left, fit.rotation[0]
            ):
                left, point, residual = trial
    origin = fit.origin - ((fit.origin - point) @ left) * left + cloud.center
    frame = Frame.from_axes(origin, left, fit.rotation[2])
    template_superior = frame.superior
    notes: list[str] = []
    endplate_residual = float("nan")
    for _ in range(4):
        sounding = Sounding.of(surface, frame, BODY_BAND_MM)
        body = measure_body(sounding, level)
        if body is None:
            notes.append("no vertebral body found along the frame's axes")
            break
        pitch, endplate_residual = _pitch(body.superior, body.inferior)
        turned = frame.superior * np.cos(np.radians(pitch)) - frame.posterior * np.sin(np.radians(pitch))
        frame = Frame.from_axes(frame.to_world(body.center * [0, 1, 1]), left, turned)
        if abs(pitch) < 0.2:
            break
    moved = angle_deg(frame.superior, template_superior)
    if moved > TURN_GUARD_DEG.get(level, 35.0):
        notes.append(f"endplates turned the frame by {moved:.0f} degrees; the template's axis was kept")
        frame = Frame.from_axes(frame.origin, left, template_superior)
    confidence = float(
        np.clip(1.2 - fit.score / 8.0, 0.1, 1.0) * np.clip(1.15 - residual / 2.0, 0.1, 1.0) * (0.6 if notes else 1.0)
    )
    if fit.score > DOUBT_SCORE:
        notes.append(f"the bone fits its template poorly ({fit.score:.1f} mm)")
    if residual > DOUBT_MIRROR_MM:
        notes.append(f"the bone is far from its mirror image ({residual:.1f} mm)")
    quality = PoseQuality(
        confidence=round(confidence, 3), score=fit.score, mirror_residual_mm=residual,
        endplate_residual_mm=endplate_residual, notes=tuple(notes),
    )  # fmt: skip
    return Pose(frame=frame, quality=quality, fit=fit)


def _pitch(superior: Endplate | None, inferior: Endplate) -> tuple[float, float]:
    """(pitch in degrees of the mean endplate normal in the sagittal plane, residual in mm).

    A positive pitch leans forward: the mean plane rises towards the back.
    """
    low = np.degrees(np.arctan(inferior.slope_p))
    if superior is None:
        return float(low), inferior.residual_mm
    high = np.degrees(np.arctan(superior.slope_p))
    residual = max(superior.residual_mm, inferior.residual_mm)
    wedge = low - high
    if WEDGE_DEG[0] <= wedge <= WEDGE_DEG[1] and _sound(superior) and _sound(inferior):
        return float((low + high) / 2), residual
    # One of the planes is not an endplate (an osteophyte, a mass): the better one, corrected by half the wedge.
    if _badness(superior) < _badness(inferior):
        return float(high - HALF_USUAL_WEDGE_DEG), superior.residual_mm
    return float(low + HALF_USUAL_WEDGE_DEG), inferior.residual_mm


def _sound(plate: Endplate) -> bool:
    return (
        plate.support >= 0.5
        and abs(np.degrees(np.arctan(plate.slope_l))) <= SIDE_TILT_DEG * 1.5
        and abs(np.degrees(np.arctan(plate.slope_p))) <= PITCH_DEG * 1.4
    )


def _badness(plate: Endplate) -> float:
    return plate.residual_mm + (1 - plate.support) + abs(plate.slope_l)

"""The pose of one vertebra from its surface, by two routes that share nothing but the bone.

The first registers the bone into a template (right to 5-10 degrees), the second looks for the canal's shadow and
the mirror plane. Either is refined alike: the mirror plane brings L to a few tenths of a degree, the endplates
bring S to about one. What the frame means is written in `planner.geometry.axes`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.canal_route import CanalRoute, canal_route
from planner.anatomy.leveling import Leveled, level_frame
from planner.anatomy.registration import Cloud, Fit, register, turn_deg
from planner.anatomy.symmetry import best_mirror_plane, settled_mirror_plane
from planner.anatomy.template import load_template, template_name
from planner.anatomy.vertebra import PoseQuality
from planner.geometry.axes import Frame, angle_deg
from planner.geometry.surface import Surface

DOUBT_SCORE = 5.0
DOUBT_MIRROR_MM = 0.7
RIVALS = 2
# What is left of a ring without one lateral mass shows a hole of 4-4.7 mm: so small a hole can confirm the other
# route, but not contradict it.
FIRM_RADIUS_MM = 4.8
ROUTES_AGREE_DEG = 10.0
POORER_MM, POORER_SUPPORT = 0.1, 0.1
UNEVEN = 0.8  # confidence left where an endplate is overgrown
ONE_ROUTE = 0.85  # confidence left where only one route is available
HINT_MM_PER_DEG = 0.02
BODY_BEFORE_CANAL_MM = 7.0  # from the canal's front wall to the middle of the body


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """A frame in world coordinates, how good it is, and what each route says.

    ``second`` is the frame of the canal route, None where it is not available (an open ring, no symmetry).
    ``rough_superior`` is the template's S before the endplates.
    """

    frame: Frame
    quality: PoseQuality
    fit: Fit
    second: Frame | None

    @property
    def apart_deg(self) -> float:
        """Whole angle between the two routes; nan where only one is available."""
        return float("nan") if self.second is None else float(turn_deg(self.frame.axes, self.second.axes))

    def noted(self, sentence: str) -> Pose:
        """This pose with one more note for the reader."""
        return replace(self, quality=replace(self.quality, notes=(*self.quality.notes, sentence)))

    def without_second(self) -> Pose:
        """This pose with the canal route declared unavailable; its confidence falls accordingly."""
        return replace(self, second=None, quality=replace(
            self.quality, routes_apart_deg=float("nan"), confidence=round(self.quality.confidence * ONE_ROUTE, 3),
        ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Reading:
    leveled: Leveled
    fit: Fit
    mirror_mm: float
    whole: bool  # the mirror plane is the best of the whole bone, not that of its middle or of its neighbours

    @property
    def cost(self) -> float:
        return self.fit.score + 1.5 * self.mirror_mm + 1.2 * (1 - self.leveled.support)


def find_pose(
    surface: Surface,
    level: str,
    axes: np.ndarray | None,
    left_hint: np.ndarray | None = None,
    second: bool = True,
) -> Pose:
    """Return the pose of a bone; ``axes`` (rows L, P, S in world) limits the search, None searches every way.

    ``left_hint`` is the neighbours' L, tried where the bone does not mirror well. ``second`` False leaves the
    canal route out. A pose is always returned; `PoseQuality.confidence` says how far to trust it.
    """
    from scipy.spatial import cKDTree

    cloud = Cloud.of(surface)
    tree = cKDTree(cloud.points)
    fits = register(cloud, load_template(template_name(level)), axes)[:RIVALS]
    readings: list[_Reading] = []
    for fit in fits:
        # A rival that registers worse than the best reading costs in all cannot win.
        if not readings or fit.score < min(reading.cost for reading in readings):
            readings.append(_refined(surface, cloud, tree, level, fit, left_hint))
    # A rival is preferred only if the refined bone mirrors and levels better by more than it registers worse.
    best = min(readings, key=lambda reading: reading.cost)
    if best.whole:
        best = _settled(surface, cloud, tree, level, best)
    other = None
    if second:
        route = canal_route(
            cloud,
            surface.triangles - cloud.center,
            tree,
            level,
            None if axes is None else np.asarray(axes)[2],
        )
        if route is not None:
            other = _second_frame(surface, cloud, level, route, best)
    return Pose(
        frame=best.leveled.frame,
        quality=_quality(best, other),
        fit=best.fit,
        second=other,
    )


def _refined(surface: Surface, cloud: Cloud, tree, level: str, fit: Fit, hint: np.ndarray | None) -> _Reading:
    left, point, residual = whole = best_mirror_plane(cloud, tree, fit.rotation, fit.origin)
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
    if hint is not None:
        turned = Frame.from_axes(fit.origin, hint, fit.rotation[2]).axes
        trial = best_mirror_plane(cloud, tree, turned, fit.origin)
        if trial[2] + HINT_MM_PER_DEG * angle_deg(trial[0], hint) < residual + HINT_MM_PER_DEG * angle_deg(left, hint):
            left, point, residual = trial
    origin = fit.origin - ((fit.origin - point) @ left) * left + cloud.center
    rough = Frame.from_axes(origin, left, fit.rotation[2])
    return _Reading(
        leveled=level_frame(surface, level, rough),
        fit=fit,
        mirror_mm=residual,
        whole=residual == whole[2],
    )


def _settled(surface: Surface, cloud: Cloud, tree, level: str, reading: _Reading) -> _Reading:
    """The same reading with its mirror plane followed to rest, so that the start of the search does not show."""
    frame = reading.leveled.frame
    left, point, residual = settled_mirror_plane(cloud, tree, frame.axes, frame.origin - cloud.center)
    origin = frame.origin - ((frame.origin - cloud.center - point) @ left) * left
    leveled = level_frame(surface, level, Frame.from_axes(origin, left, frame.superior), to_rest=True)
    if not leveled.found or leveled.kept_rough:
        return reading
    # What the endplates turned is counted from the template's S, as before.
    turned = angle_deg(leveled.frame.superior, reading.fit.rotation[2])
    return replace(reading, leveled=replace(leveled, turned_deg=turned), mirror_mm=residual)


def _second_frame(surface: Surface, cloud: Cloud, level: str, route: CanalRoute, best: _Reading) -> Frame | None:
    """The canal route's own frame; None where its body shows no endplates or its ring is doubtful.

    A reading that differs counts only if the bone mirrors and levels in it as well as in the template's: a poorer
    one is a miss of its own, not a second opinion.
    """
    first, axes = best.leveled.frame, route.axes
    if not route.upright_known and axes[0] @ first.left < 0:
        axes = axes * [[-1], [1], [-1]]
    origin = route.origin - (route.radius_mm + BODY_BEFORE_CANAL_MM) * axes[1] + cloud.center
    leveled = level_frame(surface, level, Frame.from_axes(origin, axes[0], axes[2]))
    if not leveled.found or leveled.kept_rough:
        return None
    agree = turn_deg(leveled.frame.axes, first.axes) <= ROUTES_AGREE_DEG
    firm = (
        route.radius_mm >= FIRM_RADIUS_MM
        and route.mirror_residual_mm <= best.mirror_mm + POORER_MM
        and leveled.residual_mm <= best.leveled.residual_mm + POORER_MM
        and leveled.support >= best.leveled.support - POORER_SUPPORT
    )
    return leveled.frame if agree or firm else None


def _quality(best: _Reading, other: Frame | None) -> PoseQuality:
    frame, leveled, fit = best.leveled.frame, best.leveled, best.fit
    notes: list[str] = []
    if not leveled.found:
        notes.append("no vertebral body found along the frame's axes")
    if leveled.kept_rough:
        notes.append(f"endplates turned the frame by {leveled.turned_deg:.0f} degrees; the template's axis was kept")
    if leveled.grown:
        notes.append(f"the {' and the '.join(leveled.grown)} endplate is uneven; the frame rests on the rest of it")
    confidence = float(
        np.clip(1.2 - fit.score / 8.0, 0.1, 1.0)
        * np.clip(1.15 - best.mirror_mm / 2.0, 0.1, 1.0)
        * (0.6 if not leveled.found or leveled.kept_rough else 1.0)
        * (UNEVEN if leveled.grown else 1.0)
        * (ONE_ROUTE if other is None else 1.0)
    )
    apart = float("nan") if other is None else float(turn_deg(frame.axes, other.axes))
    if fit.score > DOUBT_SCORE:
        notes.append(f"the bone fits its template poorly ({fit.score:.1f} mm)")
    if best.mirror_mm > DOUBT_MIRROR_MM:
        notes.append(f"the bone is far from its mirror image ({best.mirror_mm:.1f} mm)")
    return PoseQuality(
        confidence=round(confidence, 3), score=fit.score, mirror_residual_mm=best.mirror_mm,
        endplate_residual_mm=leveled.residual_mm, routes_apart_deg=apart, turned_deg=leveled.turned_deg,
        notes=tuple(notes),
    )  # fmt: skip

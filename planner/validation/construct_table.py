"""The construct and the decompression, held against the source case's truth, the meshes and their own rules.

Errors against truth are of the planner's numbers; what a rod or a cut must be is counted anew from heads, points and
meshes by code that shares nothing with the planner's (numpy on the polylines, trimesh's volumes, counting in voxels).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.plan import Construct, Rod
from planner.construct.rules import rule
from planner.decompression.extent import Decompression
from planner.decompression.resection import facet_preserved_percent, resected
from planner.decompression.trough import Width, canal_middle, narrow
from planner.fixation.anchor import Fixation
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.solid import skin, solid
from planner.geometry.surface import Surface
from planner.reading import SOURCE_CASE
from planner.reference.levels import levels as all_levels
from planner.validation import construct_truth as true
from planner.validation.records import Record
from planner.validation.study import Study, Subject

_LEVELS = ("C2", "C3", "C4", "C5", "C6")
_FACES = 100_000
_RODS = {"left": ("C2", "C5", "C6"), "right": _LEVELS}
# Cuts of facets are tried with the trough this far medial of, at and lateral of a facet's middle.
_ACROSS_MM = (-3.0, 0.0, 3.0)
Row = tuple[str, str, str, str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planned:
    """A subject's plan without its pictures, and the seconds the rooms after fixation took."""

    vertebrae: Mapping[str, Vertebra]
    assessment: Assessment
    fixations: tuple[Fixation, ...]
    construct: Construct
    decompression: tuple[Decompression, ...]
    seconds: float


def construct(study: Study) -> list[Record]:
    """The records of every column; truth's rows for the source case alone. Minutes for many columns."""
    records = []
    for subject in study.subjects:
        study.say(f"{subject.name}: construct")
        planned = _planned(subject, study.seed)
        checks = [_restraint, _rods, _cuts, _times]
        if subject.name == SOURCE_CASE:
            checks = [_reduction_truth, _cut_truth, _facet_truth, _expected, *checks]
        for check in checks:
            records += [
                Record(
                    table="construct", what=what, unit=unit, kind=subject.kind, case=subject.name, level=level,
                    part=part, value=float(value),
                )
                for what, unit, level, part, value in check(planned)
            ]  # fmt: skip
    order = list(dict.fromkeys(r.what for r in records))
    return sorted(records, key=lambda r: order.index(r.what))


def _planned(subject: Subject, seed: int) -> Planned:
    from planner.anatomy import understand
    from planner.assessment import assess
    from planner.construct import graded_in_both_poses, plan_construct, plan_reduction, seated, unstable_segments
    from planner.decompression import graded_on_bone_left, plan_decompression
    from planner.fixation import plan_fixations

    names = [n for n in all_levels() if n in subject.surfaces]
    vertebrae = understand({n: subject.surfaces[n] for n in names})
    assessment = assess(vertebrae)
    levels = tuple(n for n in _LEVELS if n in vertebrae)
    searched = plan_fixations(vertebrae, assessment, levels, technique={}, c2={}, execution="freehand", seed=seed)
    start = time.perf_counter()
    reduction = plan_reduction(vertebrae, assessment)
    fixations = graded_in_both_poses(vertebrae, reduction, searched)
    cuts = plan_decompression(vertebrae, assessment, fixations, unstable=unstable_segments(assessment))
    fixations, stepped_on = graded_on_bone_left(vertebrae, assessment, cuts, fixations)
    fixations, changes = seated(vertebrae, reduction, fixations)
    made = plan_construct(vertebrae, assessment, fixations, reduction=reduction, conflicts=stepped_on, changes=changes)
    return Planned(
        vertebrae=vertebrae, assessment=assessment, fixations=fixations, construct=made, decompression=cuts,
        seconds=time.perf_counter() - start,
    )  # fmt: skip


def _reduction_truth(at: Planned) -> Iterator[Row]:
    known, reduction = true.built(), at.construct.reduction
    name = reduction.segment
    before = true.slip_mm(known, name)
    yield "slip before reduction", "mm", name, f"truth {before:.2f}", abs(reduction.before["listhesis_mm"] - before)
    motion = reduction.motions[name.split("-")[0]]
    after = true.slip_mm(known, name, motion.rotation, motion.translation)
    yield "slip after reduction", "mm", name, f"truth {after:.2f}", abs(reduction.after["listhesis_mm"] - after)


def _cut_truth(at: Planned) -> Iterator[Row]:
    """Volume and areas; the rear limit of the area after the cut is the truth's own: spinolaminar point and lamina."""
    known = true.built()
    for cut in at.decompression:
        level, vertebra = cut.level, at.vertebrae[cut.level]
        volume = true.removed_mm3(known, level, cut.width_mm)
        error = 100 * abs(cut.removed_volume_mm3 / volume - 1)
        yield "removed volume, relative", "%", level, f"truth {volume:.0f} mm3", error
        thick = known.levels[level]["measures_mm_deg"]["lamina_thickness"]
        rear = known.point(level, "spinolaminar_point")[1] + thick
        # The heights of the planner's sections, in the frame of the truth.
        centers = known.frame(level).to_local(vertebra.canal.centerline)
        found = [true.canal_areas_mm2(known, level, s, cut.width_mm, rear) for s in centers[:, 2]]
        before, after = (np.array(column) for column in zip(*found, strict=True))
        if np.isfinite(before).any():
            part = f"truth {np.nanmin(before):.0f} mm2 where the ring is closed"
            yield (
                "canal area before, relative",
                "%",
                level,
                part,
                100 * abs(_least_closed(vertebra, before) / np.nanmin(before) - 1),
            )
            part = f"truth {np.nanmin(after):.0f} mm2"
            yield (
                "canal area after, relative",
                "%",
                level,
                part,
                100 * abs(cut.canal_area_after_mm2 / np.nanmin(after) - 1),
            )


def _least_closed(vertebra: Vertebra, before: np.ndarray) -> float:
    """The planner's least area over the sections whose ring is closed in truth: elsewhere it bridges, truth cannot."""
    sizes = np.array([size.area_mm2 for size in vertebra.canal.profile(vertebra.frame)])
    return float(sizes[np.isfinite(before)].min())


def _facet_truth(at: Planned) -> Iterator[Row]:
    """Facets of sound masses, cut by planes through and beside their middle; in points of percent."""
    known = true.built()
    for level in _LEVELS[1:]:
        vertebra, frame = at.vertebrae[level], known.frame(level)
        ill = known.levels[level]["lateral_masses_altered"]
        middle = canal_middle(vertebra)
        for side in SIDES:
            if side in ill or f"superior_{side}" not in known.levels[level]["facets"]:
                continue
            center = frame.to_local(np.array(known.levels[level]["facets"][f"superior_{side}"]["center"]))[0]
            for across in _ACROSS_MM:
                limit = center + SIGN[side] * across
                here = vertebra.frame.to_local(frame.to_world(np.array([limit, middle[1], 0.0])))[0]
                width = Width(left=max(here, middle[0]), right=min(here, middle[0]), reason="")
                kept = facet_preserved_percent(vertebra, width)[side]
                truth = min(true.facet_kept_percent(known, level, side, k, limit) for k in ("superior", "inferior"))
                part = f"{side} {across:+.0f} mm, truth {truth:.0f} %"
                yield "facet kept by a cut through the facet", "points", level, part, abs(kept - truth)
    for cut in at.decompression:
        for side, kept in cut.facet_preserved_percent.items():
            if side in known.levels[cut.level]["lateral_masses_altered"]:
                continue
            limit = known.point(cut.level, "canal_center")[0] + SIGN[side] * cut.width_mm / 2
            truth = min(true.facet_kept_percent(known, cut.level, side, k, limit) for k in ("superior", "inferior"))
            yield (
                "facet kept by the planned cut",
                "points",
                cut.level,
                f"{side}, truth {truth:.0f} %",
                abs(kept - truth),
            )


def _expected(at: Planned) -> Iterator[Row]:
    rods = {rod.side: rod.levels for rod in at.construct.rods}
    for side, levels in _RODS.items():
        yield (
            "rod over the levels expected",
            "share",
            "",
            f"{side} {'-'.join(rods.get(side, ()))}",
            rods.get(side) == levels,
        )
    left = [c for c in at.construct.conflicts if c.side == "left" and c.code == "rod.span"]
    yield "left span of two levels named as a conflict", "share", "", "", len(left) == 1
    yield "laminectomy of C3 and C4", "share", "", "", [d.level for d in at.decompression] == ["C3", "C4"]


def _restraint(at: Planned) -> Iterator[Row]:
    """What ``auto`` does, and whether a number stands behind it: nothing done needs none."""
    reduction = at.construct.reduction
    measured = any(c.isdigit() for c in reduction.reason.split(": ", 1)[-1]) or "facet" in reduction.reason
    yield "reduced by auto", "share", reduction.segment, reduction.reason[:90], bool(reduction.segment)
    yield (
        "decompressed by auto",
        "share",
        "",
        ", ".join(f"{d.level}: {d.reason[:60]}" for d in at.decompression),
        bool(at.decompression),
    )
    yield "reduction names its measurement, or none", "share", reduction.segment, "", measured or not reduction.segment
    named = all(any(c.isdigit() for c in d.reason) and " mm" in d.reason.split("; narrow")[0] for d in at.decompression)
    yield "decompression names its measurement, or none", "share", "", "", named


def _rods(at: Planned) -> Iterator[Row]:
    told = {(c.code, c.side) for c in at.construct.conflicts}
    screws = {(f.level, f.side): f.chosen for f in at.fixations if f.chosen is not None}
    for rod in at.construct.rods:
        gaps = [_distance(rod.points, head.center) for head in rod.heads]
        yield "rod from the worst head", "mm", "", rod.side, max(gaps)
        apart = np.linalg.norm(np.diff([h.center for h in rod.heads], axis=0), axis=1).min()
        close = apart < rule("tulip_diameter_mm") + rule("head_gap_mm")
        yield (
            "heads too close are a conflict, no others",
            "share",
            "",
            f"{rod.side} {apart:.1f} mm",
            close == (("heads.close", rod.side) in told),
        )
        radius = _least_radius(rod)
        sharp = radius < rule("min_bend_radius_mm")
        yield (
            "bends too sharp are a conflict",
            "share",
            "",
            f"{rod.side} {radius:.0f} mm",
            not sharp or ("rod.bend", rod.side) in told,
        )
        yield "least bend radius", "mm", "", rod.side, radius
        for head in rod.heads:
            turn = at.construct.reduction.motions[head.level].rotation
            axis = turn @ screws[head.level, rod.side].trajectory.direction
            tilt = _tilt_deg(rod, head.center, axis)
            fits = tilt <= rule("cone_deg") + 1.0
            yield (
                "heads within their cone, or a conflict",
                "share",
                head.level,
                f"{rod.side} {tilt:.0f} deg",
                fits or ("head.cone", rod.side) in told,
            )


def _distance(points: np.ndarray, place: np.ndarray) -> float:
    """From a place to a polyline."""
    a, b = points[:-1], points[1:]
    along = np.clip(((place - a) * (b - a)).sum(axis=1) / ((b - a) ** 2).sum(axis=1), 0.0, 1.0)
    return float(np.linalg.norm(a + along[:, None] * (b - a) - place, axis=1).min())


def _least_radius(rod: Rod) -> float:
    """Of the circles through points of the rod about 3 mm apart, the least radius; the overhang is straight."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rod.points, axis=0), axis=1))])
    at = np.arange(0.0, length[-1], 1.0)
    points = np.column_stack([np.interp(at, length, rod.points[:, k]) for k in range(3)])
    a, b, c = points[:-6], points[3:-3], points[6:]
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    sides = [np.linalg.norm(x - y, axis=1) for x, y in ((a, b), (b, c), (a, c))]
    with np.errstate(divide="ignore"):
        return float((sides[0] * sides[1] * sides[2] / (4 * np.maximum(area, 1e-9))).min())


def _tilt_deg(rod: Rod, place: np.ndarray, axis: np.ndarray) -> float:
    """Angle between a screw and the plane across the rod, by the rod's points about the head."""
    nearest = int(np.argmin(np.linalg.norm(rod.points - place, axis=1)))
    low, high = max(nearest - 2, 0), min(nearest + 2, len(rod.points) - 1)
    along = rod.points[high] - rod.points[low]
    along /= np.linalg.norm(along)
    return float(np.degrees(np.arcsin(min(1.0, abs(along @ axis)))))


def _cuts(at: Planned) -> Iterator[Row]:
    """A narrow cut of each lamina, planned or not: removed and left against the whole by trimesh, and by voxels."""
    for level, vertebra in at.vertebrae.items():
        if level not in _LEVELS[1:] or not vertebra.surface.is_closed or not np.isfinite(canal_middle(vertebra)).all():
            continue
        width = narrow(vertebra)
        cut = resected(vertebra, width)
        if cut.note:
            continue
        whole, gone, left = (_volume(s) for s in (vertebra.surface, cut.removed, cut.left))
        yield "removed and left make the bone, relative", "%", level, "", 100 * abs((gone + left) / whole - 1)
        counted = _counted(vertebra, width)
        yield (
            "removed volume against counting in the mesh, relative",
            "%",
            level,
            f"{counted:.0f} mm3",
            100 * abs(gone / counted - 1),
        )


def _volume(surface: Surface) -> float:
    import trimesh

    return float(trimesh.Trimesh(surface.vertices, surface.faces, process=False).volume)


def _counted(vertebra: Vertebra, width: Width, step: float = 0.35) -> float:
    """Bone in the cut's room, by the generalised winding number at the middles of cells."""
    import igl

    frame, front = vertebra.frame, canal_middle(vertebra)[1]
    low, high = (
        frame.to_local(vertebra.surface.vertices).min(axis=0),
        frame.to_local(vertebra.surface.vertices).max(axis=0),
    )
    l = np.arange(width.right + step / 2, width.left, step)
    axes = (l, np.arange(front + step / 2, high[1] + step, step), np.arange(low[2], high[2], step))
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = igl.fast_winding_number(
        np.ascontiguousarray(vertebra.surface.vertices, float), np.ascontiguousarray(vertebra.surface.faces, np.int64),
        np.ascontiguousarray(frame.to_world(cells)),
    ) > 0.5  # fmt: skip
    return float(inside.sum() * step**3 * (width.left - width.right) / (step * len(l)))


def _times(at: Planned) -> Iterator[Row]:
    yield "time of reduction, construct and decompression", "s", "", "", at.seconds
    for level, vertebra in at.vertebrae.items():
        if level not in _LEVELS[1:] or solid(vertebra.surface) is None or not np.isfinite(canal_middle(vertebra)).all():
            continue
        fine = replace(vertebra, surface=_refined(vertebra.surface))
        width = narrow(vertebra)
        start = time.perf_counter()
        resected(fine, width)
        seconds = time.perf_counter() - start
        yield "time of a cut at 100k faces", "s", level, f"{len(fine.surface.faces)} faces", seconds


def _refined(surface: Surface) -> Surface:
    """The same surface with about 100k faces, never fewer than it has."""
    body, length = solid(surface), float(np.sqrt(2.3 * surface.area_mm2 / _FACES))
    fine = body
    for _ in range(4):
        fine = body.refine_to_length(length)
        if abs(fine.num_tri() / _FACES - 1.0) < 0.05:
            break
        length *= float(np.sqrt(fine.num_tri() / _FACES))
    return skin(fine)

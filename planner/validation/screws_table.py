"""What the engine of the screws claims, held against slower ways to the same numbers.

Clearances against distances to the meshes themselves (libigl, stations 0.02 mm apart, sign by winding number);
certificates against brute force; the Monte Carlo against one of its own draws on exact distances. And how often each
technique is acceptable on healthy masses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.fixation import shaft
from planner.fixation.aim import NotPossible
from planner.fixation.anchor import AnchorStatus, Candidate
from planner.fixation.corridor import corridor, searched
from planner.fixation.hazard import Body, Tube
from planner.fixation.recheck import exact_clearance
from planner.fixation.search import Task, evaluate
from planner.geometry.axes import SIGN
from planner.reference.hazards import setting
from planner.reference.techniques import AUTO, every_technique_at, technique_at
from planner.validation.records import Record
from planner.validation.screw_places import ScrewPlace, screw_places
from planner.validation.study import Study

_FINE_MM = 0.02
_AXES_A_REPEAT, _BRUTE_A_REPEAT, _BATCH = 20, 10_000, 2_000
_SHAKEN = 20_000
Row = tuple[str, str, str, float]


def screws(study: Study) -> list[Record]:
    """``repeats`` sets how much is drawn on each side: 20 axes, and 10,000 candidates, a repeat."""
    records = []
    for at in screw_places(study):
        rng = np.random.default_rng([study.seed, len(records)])
        for check in (_acceptable, _certificates, _clearances, _breach):
            records += [
                Record(
                    table="screws", what=what, unit=unit, kind=at.kind, case=at.case, level=at.level,
                    part=f"{at.place.side} {part}".strip(), value=float(value),
                )
                for what, unit, part, value in check(at, study.repeats, rng)
            ]  # fmt: skip
    order = list(dict.fromkeys(r.what for r in records))
    return sorted(records, key=lambda r: order.index(r.what))


def _acceptable(at: ScrewPlace, _: int, __: np.random.Generator) -> Iterator[Row]:
    """Planned or caution on a healthy mass."""
    if not at.healthy:
        return
    for row in every_technique_at(at.level):
        if row.anchor == "lateral_mass":
            found = corridor(at.place, row)
            good = isinstance(found, Candidate) and found.status is not AnchorStatus.REJECTED
            reason = "" if good else found.reason
            yield f"acceptable: {row.name}", "share", reason[:90], good


def _drawn(task: Task, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(task.window.low, task.window.high, (count, 4))


def _certificates(at: ScrewPlace, repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    """By how much brute force over the free window and Magerl's beats the certificate of the plan (none: 0).

    Where the plan's search found no trajectory, brute force must find none either.
    """
    for name in (AUTO, "magerl"):
        try:
            task, found = searched(at.place, technique_at(name, at.level))
        except NotPossible:
            continue
        best = max(
            float(evaluate(task, _drawn(task, _BATCH, rng)).score.max())
            for _ in range(max(1, repeats * _BRUTE_A_REPEAT // _BATCH))
        )
        yield (
            "brute force over the certificate",
            "mm",
            name,
            max(0.0, best - found.ceiling) if np.isfinite(best) else 0.0,
        )
        if np.isfinite(found.ceiling) and len(found.feasible):
            yield "certificate over the best found", "mm", name, found.ceiling - float(found.tried.score.max())


def _clearances(at: ScrewPlace, repeats: int, rng: np.random.Generator) -> Iterator[Row]:
    """Clearances that a plan reports, and those the search works with, against the meshes, on random axes."""
    try:
        task, _ = searched(at.place, technique_at(AUTO, at.level))
    except NotPossible:
        return
    hazards = at.place.hazards_for("lateral_mass")
    entries, directions = task.window.axes(_drawn(task, repeats * _AXES_A_REPEAT, rng))
    known = np.isfinite(entries).all(axis=1)
    length = task.lengths_mm[len(task.lengths_mm) // 2]
    depths = np.arange(setting("entry_cortex_mm"), length - task.radius_mm + 1e-9, _FINE_MM)
    coarse = shaft.depths_to(length, task.radius_mm)
    coarse = coarse[(coarse >= setting("entry_cortex_mm")) & (coarse <= length - task.radius_mm + 1e-9)]
    names = [n for n in hazards if all(isinstance(h, Body | Tube) for h in hazards[n])]
    worst, read = dict.fromkeys(names, 0.0), []
    for entry, direction in zip(entries[known], directions[known], strict=True):
        points = entry + depths[:, None] * direction
        told = exact_clearance({n: hazards[n] for n in names}, entry, direction, length, task.radius_mm)
        value = task.ground.hazards.at(entry + coarse[:, None] * direction)
        for name in names:
            true = min(float(_distance(h, points).min()) for h in hazards[name]) - task.radius_mm
            worst[name] = max(worst[name], abs(told[name] - true))
            if abs(true) < 2.0:
                quick = float(value[:, task.ground.names.index(name)].min()) - task.radius_mm
                read.append(abs(quick - true))
    for name in names:
        yield f"reported clearance: {name.replace('_', ' ')}, worst axis", "mm", f"{known.sum()} axes", worst[name]
    if read:
        yield "clearance in the search, p95 within 2 mm", "mm", "", float(np.percentile(read, 95))


def _distance(hazard: Body | Tube, points: np.ndarray) -> np.ndarray:
    """Distance to a hazard by code that shares nothing with the engine's: negative inside."""
    import igl

    if isinstance(hazard, Tube):
        a, b = hazard.path[:-1], hazard.path[1:]
        along = np.einsum("nkj,kj->nk", points[:, None] - a, b - a) / np.einsum("kj,kj->k", b - a, b - a)
        feet = a + np.clip(along, 0, 1)[..., None] * (b - a)
        return np.linalg.norm(points[:, None] - feet, axis=2).min(axis=1) - hazard.radius_mm
    surface = hazard.placed.local
    vertices, faces = np.ascontiguousarray(surface.vertices), np.ascontiguousarray(surface.faces, np.int64)
    squared, _, _ = igl.point_mesh_squared_distance(points, vertices, faces)
    inside = igl.fast_winding_number(vertices, faces, points) > 0.5
    return np.where(inside, -1.0, 1.0) * np.sqrt(squared)


def _breach(at: ScrewPlace, _: int, rng: np.random.Generator) -> Iterator[Row]:
    """The plan's share of executions that breach the artery, against one drawn anew: angles, tubes, walls."""
    found = corridor(at.place, technique_at("roy-camille", at.level))
    tubes = [h for h in at.place.hazards_for("lateral_mass").get("vertebral_artery", ()) if isinstance(h, Tube)]
    if not isinstance(found, Candidate) or not tubes:
        return
    frame, hand = at.place.vertebra.frame, at.place.execution
    entry, direction = frame.to_local(found.trajectory.entry), frame.direction_to_local(found.trajectory.direction)
    radius = found.screw.diameter_mm / 2
    basis = np.linalg.svd(direction[None])[2][1:] * SIGN[at.place.side]
    shift, tilt = (rng.normal(0, sd, (_SHAKEN, 2)) for sd in (hand.entry_sd_mm, np.radians(hand.angle_sd_deg)))
    paths = direction + np.tan(tilt) @ basis
    paths /= np.linalg.norm(paths, axis=1, keepdims=True)
    depths = np.linspace(setting("entry_cortex_mm"), found.screw.length_mm - radius, 25)
    points = (entry + shift @ basis)[:, None] + depths[None, :, None] * paths[:, None]
    least = np.min([_distance(tube, points.reshape(-1, 3)) for tube in tubes], axis=0).reshape(_SHAKEN, -1).min(axis=1)
    share = float((least - radius + rng.normal(0, hand.segmentation_sd_mm, _SHAKEN) < 0).mean())
    told = found.breach.hazards["vertebral_artery"].any
    yield "breach of the artery, Monte Carlo against another", "share", f"{told:.3f} for {share:.3f}", abs(told - share)

"""What the engine of the screws claims, held against slower ways to the same numbers.

Clearances against distances to the meshes themselves (libigl, stations 0.02 mm apart, sign by winding number);
certificates against brute force; refusals against a scan of the whole window; the Monte Carlo against plain draws on
exact distances. And how often each technique is acceptable on healthy masses.
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
from planner.fixation.search import evaluate
from planner.fixation.task import Task
from planner.reference.hazards import setting
from planner.reference.techniques import AUTO, every_technique_at, technique_at
from planner.validation.breach_check import breaches
from planner.validation.measured import least_along
from planner.validation.records import Record
from planner.validation.refusal_scan import refusals
from planner.validation.screw_places import PILLARS, Row, ScrewPlace, side_by_side
from planner.validation.study import Study

_FINE_MM = 0.02
_AXES_A_REPEAT, _BRUTE_A_REPEAT, _BATCH = 20, 10_000, 2_000


def screws(study: Study) -> list[Record]:
    """``repeats`` sets how much is drawn on each side: 20 axes, and 10,000 candidates, a repeat."""
    checks = (_acceptable, refusals, _certificates, _clearances, breaches)
    records = side_by_side(study, "screws", PILLARS, checks)
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
    entries, directions = entries[known], directions[known]
    value = task.ground.hazards.at(shaft.stations(entries, directions, coarse)).min(axis=1) - task.radius_mm
    told = [
        exact_clearance({n: hazards[n] for n in names}, entry, direction, length, task.radius_mm)
        for entry, direction in zip(entries, directions, strict=True)
    ]
    worst, read = {}, []
    for name in names:
        true = np.min([least_along(h, entries, directions, depths) for h in hazards[name]], axis=0) - task.radius_mm
        worst[name] = float(np.abs([t[name] for t in told] - true).max(initial=0.0))
        near = np.abs(true) < 2.0
        read += np.abs(value[near, task.ground.names.index(name)] - true[near]).tolist()
    for name in names:
        yield f"reported clearance: {name.replace('_', ' ')}, worst axis", "mm", f"{known.sum()} axes", worst[name]
    if read:
        yield "clearance in the search, p95 within 2 mm", "mm", "", float(np.percentile(read, 95))

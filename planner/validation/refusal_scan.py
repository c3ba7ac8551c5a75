"""Every refusal held against a scan of the technique's whole window, by distances to the meshes themselves.

Entries at most 0.4 mm and angles at most 2 degrees apart, every length of the catalogue, stations 0.25 mm apart. What
passes all figures of a caution is graded by the acceptance table with its breach shares; none may be acceptable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from planner.fixation.acceptance import margin_mm, purchase_needed_mm, status_of
from planner.fixation.aim import NotPossible
from planner.fixation.anchor import AnchorStatus, Candidate
from planner.fixation.corridor import SAMPLES, conditions_of, corridor, searched, width_of
from planner.fixation.hazard import Sheet, Tube
from planner.fixation.recheck import exact_clearance, exact_purchase
from planner.fixation.risk import breach_probability
from planner.fixation.shaft import exit_depth, ring
from planner.fixation.task import Task
from planner.reference.hazards import setting
from planner.reference.techniques import Technique, every_technique_at
from planner.validation.measured import depth, distance

if TYPE_CHECKING:
    from planner.fixation.site import Side
    from planner.validation.screw_places import ScrewPlace

_STEP_MM = 0.25
_SPACING = np.array([0.4, 0.4, 2.0, 2.0])
_GRADED = 150


def refusals(at: ScrewPlace, _: int, __: np.random.Generator) -> Iterator[tuple[str, str, str, float]]:
    """One record for each lateral mass technique refused on a healthy mass: 1 if the scan finds what it missed."""
    if not at.healthy:
        return
    for row in every_technique_at(at.level):
        if row.anchor != "lateral_mass":
            continue
        found = corridor(at.place, row)
        if isinstance(found, Candidate) and found.status is not AnchorStatus.REJECTED:
            continue
        try:
            task, _found = searched(at.place, row)
        except NotPossible:
            continue
        missed, tried = scan(at, row, task)
        yield "refusals that a scan of the whole window contradicts", "share", f"{row.name}, {tried}", bool(missed)


def scan(at: ScrewPlace, row: Technique, task: Task) -> tuple[str, str]:
    """Return (the acceptable trajectory found, or "", how much was tried)."""
    place, hazards, radius = at.place, at.place.hazards_for(row.anchor), task.radius_mm
    parameters = _grid(task)
    entries, directions = task.window.axes(parameters)
    known = np.flatnonzero(np.isfinite(entries).all(axis=1))
    parameters, entries, directions = parameters[known], entries[known], directions[known]
    tried = f"{len(parameters)} axes, {len(task.lengths_mm)} lengths"
    lengths = np.array(task.lengths_mm)
    depths = np.arange(setting("entry_cortex_mm"), lengths[-1] - radius + 1e-9, _STEP_MM)
    end = np.searchsorted(depths, lengths - radius + 1e-9) - 1
    clear = np.full((len(parameters), len(lengths)), np.inf)
    left = np.arange(len(parameters))
    # What is cheap to ask goes first, and only what passed at the shortest length is asked further.
    for name in sorted(hazards, key=lambda n: _price(hazards[n])):
        points = entries[left, None] + depths[None, :, None] * directions[left, None]
        value = np.min([distance(h, points.reshape(-1, 3)) for h in hazards[name]], axis=0).reshape(len(left), -1)
        room = np.minimum.accumulate(value, axis=1)[:, end] - radius - margin_mm(row.anchor, name, AnchorStatus.CAUTION)
        clear[left] = np.minimum(clear[left], room)
        left = left[room[:, 0] >= 0]
        if not len(left):
            return "", tried
    ahead = _ahead(place, entries[left], directions[left], lengths[-1])
    fits = (clear[left] >= 0) & (ahead[:, None] >= lengths + setting("tip_short_mm"))
    left, fits = left[fits.any(axis=1)], fits[fits.any(axis=1)]
    if not len(left):
        return "", tried
    fits &= _purchase(place, entries[left], directions[left], lengths, radius) >= purchase_needed_mm(row.anchor)[1]
    pairs = [(clear[left[i], j], left[i], lengths[j]) for i, j in zip(*np.nonzero(fits), strict=True)]
    for _, axis, length in sorted(pairs, key=lambda p: -p[0])[:_GRADED]:
        if _acceptable(at, row, task, entries[axis], directions[axis], float(length)):
            medial, cranial, lateral, cephalad = parameters[axis]
            return f"{medial:.1f} {cranial:.1f} mm {lateral:.0f} {cephalad:.0f} deg {length:g} mm", tried
    return "", tried


def _grid(task: Task) -> np.ndarray:
    ends = zip(task.window.low, task.window.high, _SPACING, strict=True)
    axes = [np.linspace(a, b, max(2, int(np.ceil((b - a) / step)) + 1)) for a, b, step in ends]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)


def _price(group: tuple) -> int:
    return 0 if all(isinstance(h, Tube) for h in group) else 1 if all(isinstance(h, Sheet) for h in group) else 2


def _depth(place: Side, points: np.ndarray) -> np.ndarray:
    value = depth(place.bone.surface, points.reshape(-1, 3))
    for mass in place.bone.masses:
        value = np.minimum(value, -depth(mass, points.reshape(-1, 3)))
    return value.reshape(points.shape[:-1])


def _ahead(place: Side, entries: np.ndarray, directions: np.ndarray, longest: float) -> np.ndarray:
    depths = np.arange(setting("entry_cortex_mm"), longest + setting("tip_short_mm") + _STEP_MM, _STEP_MM)
    return exit_depth(_depth(place, entries[:, None] + depths[None, :, None] * directions[:, None]), depths)


def _purchase(place: Side, entries: np.ndarray, directions: np.ndarray, lengths: np.ndarray, radius: float):
    depths = np.arange(_STEP_MM / 2, lengths[-1], _STEP_MM)
    points = ring(entries, directions, depths, radius)
    share = (_depth(place, points) > 0).mean(axis=2)
    grip = _STEP_MM * np.cumsum(share >= setting("thread_share") - 1e-9, axis=1)
    return grip[:, np.searchsorted(depths, lengths) - 1]


def _acceptable(at: ScrewPlace, row: Technique, task: Task, entry, direction, length: float) -> bool:
    place, hazards = at.place, at.place.hazards_for(row.anchor)
    clearance = exact_clearance(hazards, entry, direction, length, task.radius_mm)
    breach = breach_probability(
        task.ground, entry, direction, length, task.radius_mm, place.execution, SAMPLES, place.seed, hazards
    )
    verdict = status_of(
        row.anchor, clearance_mm=clearance, breach=breach.hazards,
        purchase_mm=exact_purchase(place.bone, entry, direction, length, task.radius_mm),
        width_mm=width_of(place.vertebra, place.side, row),
        conditions=conditions_of(place, row.anchor, clearance), words=place.words,
    )  # fmt: skip
    return verdict.status is not AnchorStatus.REJECTED

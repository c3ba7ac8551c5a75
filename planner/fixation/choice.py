"""Which of the safe trajectories, and how long a screw."""

from __future__ import annotations

import numpy as np

from planner.fixation import shaft
from planner.fixation.acceptance import purchase_needed_mm
from planner.fixation.hazard import Body
from planner.fixation.preference import cost, nearest_recognised
from planner.fixation.recheck import exact_clearance, exact_purchase
from planner.fixation.risk import breach_previews
from planner.fixation.search import Found
from planner.fixation.site import Side
from planner.fixation.surroundings import distances
from planner.fixation.task import Task
from planner.reference.hazards import setting

_PREVIEW = 256
_CHOICES = 5
# Trajectories are held to differ by steps of these sizes: mm of entry, degrees of aim.
_SCALE = np.array([1.0, 1.0, 4.0, 4.0])
_PASSING, _ASKED, _LOOKED_AT, _SLICE_MM = 3, 8, 400, 0.25
# What the hazard grid may misread without a second thought.
GRID_ERROR_MM = 0.3


def choose(side: Side, task: Task, found: Found) -> int:
    """Among the safest trajectories that differ, the one of least cost by the table of preferences."""
    tried = found.tried
    rows = found.feasible
    rows = rows[np.argsort(-tried.score[rows], kind="stable")]
    rows = rows[tried.score[rows] >= tried.score[rows[0]] - 0.6][:400]
    chosen: list[int] = []
    for row in rows:
        apart = [np.linalg.norm((tried.parameters[row] - tried.parameters[c]) / _SCALE) for c in chosen]
        if not apart or min(apart) > 0.7:
            chosen.append(int(row))
        if len(chosen) == _CHOICES:
            break
    entries, directions = task.window.axes(tried.parameters[chosen])
    shots = list(zip(entries, directions, tried.length[chosen], strict=True))
    previews = breach_previews(task.ground, shots, task.radius_mm, side.execution, _PREVIEW, side.seed)
    costs = []
    for row, preview in zip(chosen, previews, strict=True):
        _, off = nearest_recognised(side, task.window, tried.parameters[row])
        costs.append(cost(preview, tried.reach[row], tried.parameters[row, 3], off, task.window.technique.id))
    order = np.argsort(costs, kind="stable")
    for k in order:
        # A coarse field can miss the rim of a joint: the choice must hold by exact distances.
        row = chosen[k]
        clearance = exact_clearance(
            side.hazards_for(task.window.technique.anchor),
            entries[k],
            directions[k],
            tried.length[row],
            task.radius_mm,
        )
        exact = min(clearance[name] - m for name, m in zip(task.ground.names, task.margins_mm, strict=True))
        if exact > min(0.0, tried.score[row]) - GRID_ERROR_MM:
            return row
    return chosen[order[0]]


def passing(side: Side, task: Task, found: Found) -> list[tuple[np.ndarray, float]]:
    """Trajectories (parameters, length) that hold margins and purchase of a task by exact distances, safest first.

    Of those that differ, a few; for where little passes, and the fields' errors decide.
    """
    tried, anchor = found.tried, task.window.technique.anchor
    hazards = side.hazards_for(anchor)
    rows = found.feasible[np.argsort(-tried.score[found.feasible], kind="stable")]
    rows = rows[tried.score[rows] > -GRID_ERROR_MM]
    entries, directions = task.window.axes(tried.parameters[rows])
    apart = _different(tried.parameters[rows] / _SCALE, 0.4, _LOOKED_AT)
    rows, entries, directions = rows[apart], entries[apart], directions[apart]
    good, lengths = [], tried.length[rows]
    room = _exact_room(task, hazards, entries, directions, lengths)
    needed = purchase_needed_mm(anchor)[1]
    room[_finer_purchase(task, entries, directions, lengths) < needed - _SLICE_MM] = -np.inf
    for k in np.argsort(-room, kind="stable")[:_ASKED]:
        if room[k] < 0:
            break
        shot = entries[k], directions[k], tried.length[rows[k]], task.radius_mm
        clearance = exact_clearance(hazards, *shot)
        least = min(clearance[name] - m for name, m in zip(task.ground.names, task.margins_mm, strict=True))
        if least >= 0 and exact_purchase(side.bone_for(anchor), *shot) >= needed:
            good.append((tried.parameters[rows[k]], float(tried.length[rows[k]])))
        if len(good) == _PASSING:
            break
    return good


def _different(places: np.ndarray, least: float, count: int) -> list[int]:
    """Rows that differ from every earlier one taken, ``count`` at most."""
    taken: list[int] = []
    kept = np.empty((min(count, len(places)), places.shape[1] if len(places) else 0))
    for k, place in enumerate(places):
        off = kept[: len(taken)] - place
        if not taken or np.einsum("ij,ij->i", off, off).min() > least * least:
            kept[len(taken)] = place
            taken.append(k)
        if len(taken) == count:
            break
    return taken


def _finer_purchase(task: Task, entries: np.ndarray, directions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Purchase (n,) at each trajectory's length by the field, in slices finer than the search's."""
    if not len(entries):
        return np.zeros(0)
    ends, grip = shaft.purchase_along(
        task.ground, entries, directions, task.radius_mm, lengths.max(), step_mm=_SLICE_MM
    )
    return grip[np.arange(len(grip)), np.searchsorted(ends, lengths - 1e-9)]


def _exact_room(task: Task, hazards, entries: np.ndarray, directions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Least clearance over the margins (n,) by exact distances at the search's stations; -inf where one is not held."""
    if not len(entries):
        return np.zeros(0)
    depths = shaft.depths_to(lengths.max(), task.radius_mm)
    depths = depths[depths >= setting("entry_cortex_mm")]
    points = shaft.stations(entries, directions, depths)
    within = depths <= (lengths - task.radius_mm)[:, None] + 1e-9
    room, left = np.full(len(entries), np.inf), np.arange(len(entries))
    margins = dict(zip(task.ground.names, task.margins_mm, strict=True))
    # Solids are dear to ask: they come last, and only for what all others let pass.
    for name in sorted(margins, key=lambda n: any(isinstance(h, Body) for h in hazards[n])):
        value = np.full((len(left), len(depths)), np.inf)
        value[within[left]] = distances(hazards[name], points[left][within[left]], exact=True)
        room[left] = np.minimum(room[left], value.min(axis=1) - task.radius_mm - margins[name])
        room[left[room[left] < 0]] = -np.inf
        left = left[room[left] >= 0]
    return room


def lengths_on(task: Task, parameters: np.ndarray, shortest: float, score: float) -> list[float]:
    """Screws on the chosen axis, the longest first: those that cost no clearance, or keep three quarters of a mm."""
    entries, directions = task.window.axes(parameters[None])
    depths = shaft.depths_to(task.lengths_mm[-1], task.radius_mm)
    points = shaft.stations(entries, directions, depths)
    ahead = shaft.exit_depth(task.ground.bone.at(points)[..., 0], depths)[0]
    short, beyond = task.tip_mm
    room = (shaft.clearance_to(task.ground, points, depths, task.radius_mm)[0] - task.margins_mm).min(axis=1)
    found = [float(shortest)]
    for length in task.lengths_mm:
        end = int(np.searchsorted(depths, length - task.radius_mm - 1e-9))
        fits = length + short <= ahead <= length + beyond
        if length > found[0] and fits and room[end] >= min(score, 0.75) - 1e-6:
            found.insert(0, float(length))
    return found

"""Which of the safe trajectories, and how long a screw."""

from __future__ import annotations

import numpy as np

from planner.fixation import shaft
from planner.fixation.preference import cost, nearest_recognised
from planner.fixation.recheck import exact_clearance
from planner.fixation.risk import breach_probability
from planner.fixation.search import Found, Task
from planner.fixation.site import Side
from planner.reference.hazards import setting

_PREVIEW = 256
_CHOICES = 5
# What the hazard grid may misread without a second thought.
_GRID_ERROR_MM = 0.3


def choose(side: Side, task: Task, found: Found) -> int:
    """Among the safest trajectories that differ, the one of least cost by the table of preferences."""
    tried = found.tried
    rows = found.feasible
    rows = rows[np.argsort(-tried.score[rows], kind="stable")]
    rows = rows[tried.score[rows] >= tried.score[rows[0]] - 0.6][:400]
    scale = np.array([1.0, 1.0, 4.0, 4.0])
    chosen: list[int] = []
    for row in rows:
        apart = [np.linalg.norm((tried.parameters[row] - tried.parameters[c]) / scale) for c in chosen]
        if not apart or min(apart) > 0.7:
            chosen.append(int(row))
        if len(chosen) == _CHOICES:
            break
    entries, directions = task.window.axes(tried.parameters[chosen])
    costs = []
    for k, row in enumerate(chosen):
        preview = breach_probability(
            task.ground, entries[k], directions[k], tried.length[row], task.radius_mm, side.execution,
            _PREVIEW, side.seed,
        )  # fmt: skip
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
        if exact > min(0.0, tried.score[row]) - _GRID_ERROR_MM:
            return row
    return chosen[order[0]]


def lengthened(task: Task, parameters: np.ndarray, shortest: float, score: float) -> float:
    """The longest screw on the chosen axis that costs no safety, or keeps three quarters of a mm to spare."""
    entries, directions = task.window.axes(parameters[None])
    depths = shaft.depths_to(task.lengths_mm[-1], task.radius_mm)
    points = shaft.stations(entries, directions, depths)
    ahead = shaft.bone_ahead(task.ground, points, depths)[0]
    room = (shaft.clearance_to(task.ground, points, depths, task.radius_mm)[0] - task.margins_mm).min(axis=1)
    best = shortest
    for length in task.lengths_mm:
        end = int(np.searchsorted(depths, length - task.radius_mm - 1e-9))
        if length > best and ahead >= length + setting("tip_short_mm") and room[end] >= min(score, 0.75) - 1e-6:
            best = length
    return float(best)

"""The best trajectory of a window, with a bound on how much better any other could be.

The score of a trajectory is the least of (clearance - margin) over the hazards, counted up to `COMFORT_MM`,
at the shortest catalogue length that holds the purchase asked for and keeps its tip in bone. Distances are
1-Lipschitz: over a box of parameters no station moves further than the box's half sizes let it, so the score
there cannot exceed a bound read at the box's middle. Boxes that cannot beat the best trajectory found are
dropped, the others split (branch and bound). What is certified is the modelled surface on its grid, and an
entry surface no steeper than `_SLOPE`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from planner.fixation import shaft
from planner.fixation.shaft import Ground
from planner.fixation.window import Window
from planner.reference.hazards import setting

COMFORT_MM = 2.0
_SLOPE = 1.6
_TOLERANCE_MM = 0.15
_BATCH = 512


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """What is searched: a window on a ground, the lengths to choose from, margins (h,) and least purchase.

    ``tip_mm`` is the least and the most bone ahead of the tip; negative where the tip stands past the far cortex.
    """

    window: Window
    ground: Ground
    lengths_mm: tuple[float, ...]
    radius_mm: float
    margins_mm: np.ndarray
    purchase_mm: float
    tip_mm: tuple[float, float] = field(default_factory=lambda: (setting("tip_short_mm"), np.inf))


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """One row per trajectory.

    ``length`` is nan and ``score`` -inf where no length is allowed; ``reach`` is the
    purchase of the longest screw whose tip stays in bone, ``binding`` the hazard that limits the score."""

    parameters: np.ndarray
    score: np.ndarray
    length: np.ndarray
    reach: np.ndarray
    binding: np.ndarray
    bound: np.ndarray

    @classmethod
    def joined(cls, parts: list[Scores]) -> Scores:
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """Every trajectory tried, and ``ceiling``: no trajectory of the window scores higher."""

    tried: Scores
    ceiling: float
    evaluations: int

    @property
    def feasible(self) -> np.ndarray:
        return np.flatnonzero(np.isfinite(self.tried.score))


def search(task: Task, budget: int, floor: float = -np.inf) -> Found:
    """Branch and bound over the task's window, at most ``budget`` trajectories.

    Scores under ``floor`` do not matter; where one is given the window's corners and the middles of its faces are
    tried too, for what little may be left there.
    """
    window = task.window
    size = window.high - window.low
    parts = np.maximum(np.ceil(size / [2.0, 2.0, 10.0, 10.0]).astype(int), 1)
    half = size / (2 * parts)
    axes = [window.low[k] + half[k] * (2 * np.arange(parts[k]) + 1) for k in range(4)]
    centers = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
    single = window.ideal[None] if floor == -np.inf else _rim(window)
    halves = np.vstack([np.tile(half, (len(centers), 1)), np.zeros((len(single), 4))])
    centers = np.vstack([centers, single])
    bounds = np.full(len(centers), np.inf)
    kept: list[Scores] = []
    best, dropped, used = -np.inf, -np.inf, 0
    while len(centers) and used < budget:
        order = np.argsort(-bounds, kind="stable")
        now, later = order[: min(_BATCH, budget - used)], order[min(_BATCH, budget - used) :]
        scores = evaluate(task, centers[now], halves[now])
        used += len(now)
        kept.append(scores)
        best = max(best, scores.score.max())
        upper = np.minimum(scores.bound, bounds[now])
        worth = max(best + _TOLERANCE_MM, floor)
        goes_on = upper > worth
        dropped = max(dropped, np.max(upper[~goes_on], initial=-np.inf))
        split_centers, split_halves, split_bounds = _split(centers[now][goes_on], halves[now][goes_on], upper[goes_on])
        waiting = bounds[later] > worth
        dropped = max(dropped, np.max(bounds[later][~waiting], initial=-np.inf))
        centers = np.vstack([centers[later][waiting], split_centers])
        halves = np.vstack([halves[later][waiting], split_halves])
        bounds = np.concatenate([bounds[later][waiting], split_bounds])
    ceiling = max(best, dropped, np.max(bounds, initial=-np.inf))
    return Found(tried=Scores.joined(kept), ceiling=float(ceiling), evaluations=used)


def _rim(window: Window) -> np.ndarray:
    """(81, 4): least, middle and greatest of every parameter."""
    ends = zip(window.low, (window.low + window.high) / 2, window.high, strict=True)
    return np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4)


def evaluate(task: Task, parameters: np.ndarray, halves: np.ndarray | None = None) -> Scores:
    """Score trajectories (n, 4), and bound the score over boxes of half sizes (n, 4) about them."""
    count = len(parameters)
    halves = np.zeros((count, 4)) if halves is None else halves
    score, length = np.full(count, -np.inf), np.full(count, np.nan)
    reach, binding, bound = np.zeros(count), np.full(count, -1), np.full(count, np.inf)
    entries, directions = task.window.axes(parameters)
    meets = np.isfinite(entries).all(axis=1)
    known = np.flatnonzero(meets)
    # A box whose middle meets no bone is kept only while it is large enough to hold an entry that does.
    small = (halves[:, :2] <= 0.5).all(axis=1)
    bound[small & ~meets] = -np.inf
    if not len(known):
        return Scores(parameters=parameters, score=score, length=length, reach=reach, binding=binding, bound=bound)
    entries, directions, halves = entries[known], directions[known], halves[known]
    lengths = np.array(task.lengths_mm)
    short, beyond = task.tip_mm
    depths = shaft.depths_to(lengths[-1], task.radius_mm)
    early = depths < setting("entry_cortex_mm")
    points = shaft.stations(entries, directions, depths)
    move = _SLOPE * np.hypot(halves[:, 0], halves[:, 1])[:, None] + np.outer(
        np.radians(np.hypot(halves[:, 2], halves[:, 3])), depths
    )
    bone = task.ground.bone.at(points)[..., 0]
    ahead = shaft.exit_depth(bone, depths)
    ahead_bound = _first(bone < -move, depths, early)
    ahead_least = _first(bone < move, depths, early) - shaft.STEP_MM if np.isfinite(beyond) else ahead_bound
    bound[known] = -np.inf
    # Boxes in which even the shortest screw leaves bone at its tip need no look at thread and hazards.
    long = np.flatnonzero(ahead_bound >= lengths[0] + short)
    if not len(long):
        return Scores(parameters=parameters, score=score, length=length, reach=reach, binding=binding, bound=bound)
    known, entries, directions, points = known[long], entries[long], directions[long], points[long]
    move, ahead = move[long], ahead[long, None]
    ahead_bound, ahead_least = ahead_bound[long, None], ahead_least[long, None]
    grown, grip, grip_bound = _grips(task, entries, directions, lengths[-1], depths, move)
    at = np.searchsorted(grown, lengths - 1e-9)
    held = grip[:, at]
    fits = (ahead >= lengths + short) & (ahead <= lengths + beyond)
    allowed = fits & (held >= task.purchase_mm - 1e-9)
    possible = (ahead_bound >= lengths + short) & (ahead_least <= lengths + beyond)
    possible &= grip_bound[:, at] >= task.purchase_mm - 1e-9
    reach[known] = np.where(fits, held, 0.0).max(axis=1)
    held_fast = np.flatnonzero(possible.any(axis=1))
    known, points, move = known[held_fast], points[held_fast], move[held_fast]
    allowed, possible = allowed[held_fast], possible[held_fast]
    room = task.ground.hazards.at(points[:, ~early]) - (task.radius_mm + task.margins_mm).astype(np.float32)
    least = room.min(axis=2)
    move = move[:, ~early]
    best_room = np.minimum(np.minimum.accumulate(least, axis=1), COMFORT_MM)
    room_bound = np.minimum(np.minimum.accumulate(least + move, axis=1), COMFORT_MM)
    end = np.searchsorted(depths[~early], lengths - task.radius_mm - 1e-9)
    some, first = allowed.any(axis=1), np.argmax(allowed, axis=1)
    rows = np.arange(len(known))
    score[known] = np.where(some, best_room[rows, end[first]], -np.inf)
    length[known] = np.where(some, lengths[first], np.nan)
    limit = np.where(some, end[first], end[0])
    worst = np.where(np.arange(least.shape[1]) <= limit[:, None], least, np.inf).argmin(axis=1)
    binding[known] = room[rows, worst].argmin(axis=1)
    shortest = np.argmax(possible, axis=1)
    bound[known] = room_bound[rows, end[shortest]]
    return Scores(parameters=parameters, score=score, length=length, reach=reach, binding=binding, bound=bound)


def _first(outside: np.ndarray, depths: np.ndarray, early: np.ndarray) -> np.ndarray:
    """Depth of the first station past the entry cortex where it is so; the last depth where there is none."""
    outside = outside & ~early
    return np.where(outside.any(axis=1), depths[np.argmax(outside, axis=1)], depths[-1])


def _grips(task: Task, entries, directions, longest, depths, move):
    """Purchase along each axis, and its upper bound over each box, from one look at the circumference."""
    step = 1.0
    ends = np.arange(step, longest + step / 2, step)
    middle = ends - step / 2
    value = task.ground.held.at(shaft.ring(entries, directions, middle, task.radius_mm))[..., 0]
    slack = move[:, np.searchsorted(depths, middle)].astype(np.float32)
    grip = step * np.cumsum(shaft.round_about(value > 0), axis=1)
    grip_bound = step * np.cumsum(shaft.round_about(value > -slack[..., None]), axis=1)
    return ends, grip, grip_bound


def _split(centers: np.ndarray, halves: np.ndarray, bounds: np.ndarray):
    """Halve each box along the two parameters that move the shaft most."""
    weight = halves * [_SLOPE, _SLOPE, np.radians(10.0), np.radians(10.0)]
    widest = np.argsort(-weight, axis=1)[:, :2]
    rows = np.arange(len(centers))
    smaller = halves.copy()
    for k in (0, 1):
        smaller[rows, widest[:, k]] /= 2
    parts = []
    for a in (-1, 1):
        for b in (-1, 1):
            moved = centers.copy()
            moved[rows, widest[:, 0]] += a * smaller[rows, widest[:, 0]]
            moved[rows, widest[:, 1]] += b * smaller[rows, widest[:, 1]]
            parts.append(moved)
    return np.vstack(parts), np.tile(smaller, (4, 1)), np.tile(bounds, 4)

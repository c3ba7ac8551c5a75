"""The best trajectory of a window, with a bound on how much better any other could be.

The score of a trajectory is the least of (clearance - margin) over the hazards, counted up to `COMFORT_MM`,
at the shortest catalogue length that holds the purchase asked for and keeps its tip in bone. Distances are
1-Lipschitz: over a box of parameters no station moves further than the box's half sizes let it, so the score
there cannot exceed a bound read at the box's middle. Boxes that cannot beat the best trajectory found are
dropped, the others split (branch and bound). What is certified is the modelled surface on its grid, and an
entry surface no steeper than `SLOPE`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from planner.fixation.sight import SLOPE, Seen, Sight, can_hold, look
from planner.fixation.task import Task
from planner.fixation.window import Window

COMFORT_MM = 2.0
_TOLERANCE_MM = 0.15
_BATCH = 512


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


def search(task: Task, budget: int, floor: float = -np.inf, seen: Seen | None = None) -> Found:
    """Branch and bound over the task's window, at most ``budget`` trajectories.

    Scores under ``floor`` do not matter; where one is given the window's corners and the middles of its faces are
    tried too, for what little may be left there. ``seen`` keeps what is looked at for another search of the window.
    """
    window, seen = task.window, seen or Seen()
    seen.next_search()
    size = window.high - window.low
    parts = np.maximum(np.ceil(size / [2.0, 2.0, 10.0, 10.0]).astype(int), 1)
    half = size / (2 * parts)
    axes = [window.low[k] + half[k] * (2 * np.arange(parts[k]) + 1) for k in range(4)]
    centers = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
    first = len(centers)
    # Boxes are numbered from 0 up, a split one's parts by four times its number; single trajectories below 0.
    single, ahead = (window.ideal[None], -1) if floor == -np.inf else (_rim(window), -2)
    halves = np.vstack([np.tile(half, (first, 1)), np.zeros((len(single), 4))])
    numbers = np.r_[np.arange(first), ahead - np.arange(len(single))]
    centers = np.vstack([centers, single])
    bounds = np.full(len(centers), np.inf)
    kept: list[Scores] = []
    best, dropped, used = -np.inf, -np.inf, 0
    while len(centers) and used < budget:
        order = np.argsort(-bounds, kind="stable")
        now, later = order[: min(_BATCH, budget - used)], order[min(_BATCH, budget - used) :]
        scores = _scored(task, centers[now], halves[now], seen.look(task, centers[now], halves[now], numbers[now]))
        used += len(now)
        kept.append(scores)
        best = max(best, scores.score.max())
        upper = np.minimum(scores.bound, bounds[now])
        worth = max(best + _TOLERANCE_MM, floor)
        goes_on = (upper > worth) & (numbers[now] >= 0)
        dropped = max(dropped, np.max(upper[~goes_on], initial=-np.inf))
        split_centers, split_halves, split_bounds = _split(centers[now][goes_on], halves[now][goes_on], upper[goes_on])
        split_numbers = (first + 4 * numbers[now][goes_on] + np.arange(4)[:, None]).ravel()
        waiting = bounds[later] > worth
        dropped = max(dropped, np.max(bounds[later][~waiting], initial=-np.inf))
        centers = np.vstack([centers[later][waiting], split_centers])
        halves = np.vstack([halves[later][waiting], split_halves])
        bounds = np.concatenate([bounds[later][waiting], split_bounds])
        numbers = np.concatenate([numbers[later][waiting], split_numbers])
    ceiling = max(best, dropped, np.max(bounds, initial=-np.inf))
    return Found(tried=Scores.joined(kept), ceiling=float(ceiling), evaluations=used)


def _rim(window: Window) -> np.ndarray:
    """(81, 4): least, middle and greatest of every parameter."""
    ends = zip(window.low, (window.low + window.high) / 2, window.high, strict=True)
    return np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 4)


def evaluate(task: Task, parameters: np.ndarray) -> Scores:
    """Score trajectories (n, 4)."""
    halves = np.zeros((len(parameters), 4))
    return _scored(task, parameters, halves, look(task, parameters, halves))


def _scored(task: Task, parameters: np.ndarray, halves: np.ndarray, seen: Sight) -> Scores:
    """Score trajectories (n, 4), and bound the score over boxes of half sizes (n, 4) about them."""
    lengths, rows = np.array(task.lengths_mm), np.arange(len(parameters))
    allowed = seen.fits & (seen.held >= task.purchase_mm - 1e-9)
    possible = can_hold(seen, task.purchase_mm)
    some, first, shortest = allowed.any(axis=1), np.argmax(allowed, axis=1), np.argmax(possible, axis=1)
    any_ = possible.any(axis=1)
    wanted = (task.radius_mm + task.margins_mm).astype(np.float32)
    room = seen.room[rows, first] - wanted
    best, bound = room.min(axis=1), (seen.may_room[rows, shortest] - wanted).min(axis=1)
    # A box whose middle meets no bone is kept only while it is large enough to hold an entry that does.
    large = ~(halves[:, :2] <= 0.5).all(axis=1)
    none = np.where(seen.meets | ~large, -np.inf, np.inf)
    return Scores(
        parameters=parameters,
        score=np.where(some & any_, np.minimum(best, COMFORT_MM), -np.inf),
        length=np.where(some & any_, lengths[first], np.nan),
        reach=np.where(seen.fits, seen.held, 0.0).max(axis=1),
        binding=np.where(any_, room.argmin(axis=1), -1),
        bound=np.where(any_, np.minimum(bound, COMFORT_MM), none),
    )  # fmt: skip


def _split(centers: np.ndarray, halves: np.ndarray, bounds: np.ndarray):
    """Halve each box along the two parameters that move the shaft most."""
    weight = halves * [SLOPE, SLOPE, np.radians(10.0), np.radians(10.0)]
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

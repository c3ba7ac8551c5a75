"""What can be seen of trajectories whatever is asked of them: bone ahead, purchase and room for every length.

Searches of one window that ask more or less purchase or clearance look at many of the same boxes; `Seen` keeps what
was read of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from planner.fixation import shaft
from planner.fixation.task import Task
from planner.reference.hazards import setting

SLOPE = 1.6
"""How steep an entry surface may be for a bound to hold."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sight:
    """One row per trajectory, or box of them about its middle, and a column per catalogue length (L).

    ``meets`` (n,): the axis enters bone where it may. ``fits`` (n, L): the tip stands where it should; ``held`` the
    purchase; ``room`` (n, L, h) the least distance of the axis to each hazard. ``may_fit``, ``may_hold`` and
    ``may_room`` bound them over the box. Rooms are known where ``deep`` (n,), which rows are not that cannot hold
    what was asked.
    """

    meets: np.ndarray
    deep: np.ndarray
    fits: np.ndarray
    held: np.ndarray
    room: np.ndarray
    may_fit: np.ndarray
    may_hold: np.ndarray
    may_room: np.ndarray

    @classmethod
    def blank(cls, count: int, lengths: int, hazards: int) -> Sight:
        """Rows that meet no bone."""
        no, none = np.zeros((count, lengths), bool), np.zeros((count, lengths), np.float32)
        room = np.zeros((count, lengths, hazards), np.float32)
        return cls(
            meets=np.zeros(count, bool), deep=np.zeros(count, bool), fits=no, held=none, room=room,
            may_fit=no.copy(), may_hold=none.copy(), may_room=room.copy(),
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: list[Sight]) -> Sight:
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def rows(self, at: np.ndarray) -> Sight:
        return Sight(**{f.name: getattr(self, f.name)[at] for f in fields(self)})

    def put(self, at: np.ndarray, other: Sight) -> None:
        """Write another's rows over these; only while one is being made."""
        for f in fields(self):
            getattr(self, f.name)[at] = getattr(other, f.name)


def look(task: Task, parameters: np.ndarray, halves: np.ndarray) -> Sight:
    """Look at trajectories (n, 4) and boxes of half sizes (n, 4) about them."""
    lengths, radius = np.array(task.lengths_mm), task.radius_mm
    short, beyond = task.tip_mm
    seen = Sight.blank(len(parameters), len(lengths), len(task.ground.names))
    entries, directions = task.window.axes(parameters)
    seen.meets[:] = np.isfinite(entries).all(axis=1)
    known = np.flatnonzero(seen.meets)
    if not len(known):
        return seen
    entries, directions, halves = entries[known], directions[known], halves[known]
    depths = shaft.depths_to(lengths[-1], radius)
    early = depths < setting("entry_cortex_mm")
    points = shaft.stations(entries, directions, depths)
    move = SLOPE * np.hypot(halves[:, 0], halves[:, 1])[:, None] + np.outer(
        np.radians(np.hypot(halves[:, 2], halves[:, 3])), depths
    )
    bone = task.ground.bone.at(points)[..., 0]
    ahead = shaft.exit_depth(bone, depths)
    at_most = _first(bone < -move, depths, early)
    at_least = _first(bone < move, depths, early) - shaft.STEP_MM if np.isfinite(beyond) else at_most
    # Boxes in which even the shortest screw leaves bone at its tip need no look at thread and hazards.
    long = np.flatnonzero(at_most >= lengths[0] + short)
    if not len(long):
        return seen
    known, points, move = known[long], points[long], move[long]
    ahead, at_most, at_least = ahead[long, None], at_most[long, None], at_least[long, None]
    ends, grip, may_grip = _grips(task, entries[long], directions[long], lengths[-1], depths, move)
    at = np.searchsorted(ends, lengths - 1e-9)
    seen.fits[known] = (ahead >= lengths + short) & (ahead <= lengths + beyond)
    seen.held[known] = grip[:, at]
    seen.may_fit[known] = (at_most >= lengths + short) & (at_least <= lengths + beyond)
    seen.may_hold[known] = may_grip[:, at]
    holds = np.flatnonzero(can_hold(seen.rows(known), task.purchase_mm).any(axis=1))
    known, points, move = known[holds], points[holds], move[holds].astype(np.float32)
    start = int(early.sum())
    end = np.searchsorted(depths, lengths - radius - 1e-9)
    along = slice(start, end[-1] + 1)
    distance = task.ground.hazards.at(points[:, along])
    seen.room[known] = np.minimum.accumulate(distance, axis=1)[:, end - start]
    distance += move[:, along, None]
    seen.may_room[known] = np.minimum.accumulate(distance, axis=1)[:, end - start]
    seen.deep[known] = True
    return seen


def can_hold(seen: Sight, purchase_mm: float) -> np.ndarray:
    """(n, L): whether some trajectory of the box may fit and have the purchase at a length."""
    return seen.may_fit & (seen.may_hold >= purchase_mm - 1e-9)


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
    may_grip = step * np.cumsum(shaft.round_about(value > -slack[..., None]), axis=1)
    return ends, grip, may_grip


class Seen:
    """What was seen of one window's boxes, by number; for tasks that differ in purchase and margins alone.

    A search looks at a number once, so only what the searches before it saw is looked up.
    """

    def __init__(self) -> None:
        self._new: list[tuple[np.ndarray, Sight]] = []
        self._known: tuple[np.ndarray, Sight] | None = None

    def next_search(self) -> None:
        """Make what was seen so far known to the search that begins; the latest look at a number counts."""
        if not self._new:
            return
        parts = ([self._known] if self._known else []) + self._new
        numbers = np.concatenate([part[0] for part in parts])
        order = np.argsort(numbers, kind="stable")
        last = order[np.flatnonzero(np.diff(numbers[order], append=numbers[order[-1]] + 1))]
        self._known = numbers[last], Sight.joined([part[1] for part in parts]).rows(last)
        self._new = []

    def look(self, task: Task, parameters: np.ndarray, halves: np.ndarray, numbers: np.ndarray) -> Sight:
        """As `look`, for boxes with these numbers (n,), of which those seen before are not looked at again."""
        if self._known is None:
            return self._kept(look(task, parameters, halves), numbers)
        known, sights = self._known
        place = np.searchsorted(known, numbers).clip(max=len(known) - 1)
        new = known[place] != numbers
        found = sights.rows(place)
        # What could not hold the purchase of an earlier search was not asked for its room.
        new |= ~found.deep & can_hold(found, task.purchase_mm).any(axis=1)
        if new.any():
            found.put(new, self._kept(look(task, parameters[new], halves[new]), numbers[new]))
        return found

    def _kept(self, sight: Sight, numbers: np.ndarray) -> Sight:
        self._new.append((numbers, sight))
        return sight

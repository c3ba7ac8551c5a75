"""Which of the anchors that were found on each side make the best rod.

The first choice of every level stands unless it makes a conflict that another choice solves: heads too close, a head
outside its cone or off the rod, a bend too sharp. Then all choices of a side are weighed together, by dynamic
programming over pairs of neighbouring heads, and the best few are bent and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.construct.conflicts import bend, heads
from planner.construct.motion import moved_trajectory
from planner.construct.plan import Conflict, Reduction, Rod
from planner.construct.rod import bend_rod
from planner.construct.rules import rule
from planner.fixation.acceptance import rank
from planner.fixation.anchor import Candidate, Fixation
from planner.geometry.axes import SIDES, unit
from planner.geometry.trajectory import Trajectory
from planner.reference.levels import order

# Of the ways through a side that the programme ranks, so many are bent in full.
_BENT = 12
# What a millimetre too close, a degree beyond the cone or a millimetre of radius too little weighs, as cost.
_CLOSE, _CONE, _SHARP = 5.0, 0.5, 1.0


def seated(
    vertebrae: Mapping[str, Vertebra], reduction: Reduction, fixations: Sequence[Fixation]
) -> tuple[tuple[Fixation, ...], tuple[str, ...]]:
    """Return the fixations with the anchors that make the best rods, and a sentence for each change.

    Only alternatives that are graded no worse than the first choice take part, so nothing named by the user, and no
    status, changes. A change is made only where it leaves fewer conflicts of the rod; the sentence names them.
    """
    settled, changes = list(fixations), []
    for side in SIDES:
        places = [k for k, f in enumerate(settled) if f.side == side and f.chosen is not None]
        places.sort(key=lambda k: order(settled[k].level))
        choices = [_choices(settled[k]) for k in places]
        if len(places) < 2 or all(len(c) == 1 for c in choices):
            continue
        levels = [settled[k].level for k in places]

        def conflicts(way: Sequence[Candidate], levels=levels, side=side) -> tuple[Rod, list[Conflict]]:
            paths = [moved_trajectory(c.trajectory, reduction.motions[v]) for v, c in zip(levels, way, strict=True)]
            rod = bend_rod(side, levels, paths)
            return rod, [*heads(rod), *bend(rod)]

        first = [c[0] for c in choices]
        _, before = conflicts(first)
        if not before:
            continue
        best, after = first, before
        for way in _ways(levels, choices, reduction):
            _, found = conflicts(way)
            if len(found) < len(after):
                best, after = way, found
            if not after:
                break
        if best is first:
            continue
        for k, old, new in zip(places, first, best, strict=True):
            if new is not old:
                settled[k] = _with(settled[k], new)
                changes.append(_words(settled[k], old, new, before, after))
    return tuple(settled), tuple(changes)


def _choices(fixation: Fixation) -> list[Candidate]:
    """The chosen anchor first, then every other that is graded no worse."""
    others = [a for a in fixation.alternatives if isinstance(a, Candidate) and rank(a.status) <= rank(fixation.status)]
    return [fixation.chosen, *others]


def _ways(levels: Sequence[str], choices: Sequence[list[Candidate]], reduction: Reduction) -> list[list[Candidate]]:
    """The ways of least cost through a side, best first: the `_BENT` best ends of a programme over pairs."""
    paths = [
        [moved_trajectory(c.trajectory, reduction.motions[level]) for c in of_level]
        for level, of_level in zip(levels, choices, strict=True)
    ]
    seats = [[_seat(p) for p in of_level] for of_level in paths]
    own = [[0.1 * (c.cost - of_level[0].cost) + 0.5 * (k > 0) for k, c in enumerate(of_level)] for of_level in choices]
    pair = {
        (i, j): own[0][i] + own[1][j] + _pair(seats[0][i], seats[1][j])
        for i, j in product(range(len(choices[0])), range(len(choices[1])))
    }
    # For each pair of neighbouring heads the best few ways that end in it.
    ways = {key: [(cost, list(key))] for key, cost in pair.items()}
    for n in range(2, len(levels)):
        step: dict[tuple[int, int], list[tuple[float, list[int]]]] = {}
        for (i, j), known in ways.items():
            for k in range(len(choices[n])):
                turn = _pair(seats[n - 1][j], seats[n][k]) + _turn(
                    seats[n - 2][i], seats[n - 1][j], seats[n][k], paths[n - 1][j]
                )
                step.setdefault((j, k), []).extend((cost + own[n][k] + turn, [*way, k]) for cost, way in known)
        ways = {key: sorted(found)[:_BENT] for key, found in step.items()}
    ranked = sorted(one for found in ways.values() for one in found)[:_BENT]
    return [[choices[n][k] for n, k in enumerate(way)] for _, way in ranked]


def _seat(path: Trajectory) -> np.ndarray:
    return path.entry - (rule("head_offset_mm") + rule("proudness_max_mm") / 3) * path.direction


def _pair(above: np.ndarray, below: np.ndarray) -> float:
    least = rule("tulip_diameter_mm") + rule("head_gap_mm")
    return _CLOSE * max(0.0, least - float(np.linalg.norm(above - below)))


def _turn(above: np.ndarray, here: np.ndarray, below: np.ndarray, path: Trajectory) -> float:
    """The cost of one inner head: its tilt beyond the cone, and the circle through three heads below the least bend."""
    a, b = here - above, below - here
    tangent = unit(unit(a) + unit(b))
    tilt = float(np.degrees(np.arcsin(np.clip(abs(path.direction @ tangent), 0.0, 1.0))))
    area = float(np.linalg.norm(np.cross(a, b)))
    whole = float(np.linalg.norm(a) * np.linalg.norm(b) * np.linalg.norm(below - above))
    radius = whole / (2.0 * area) if area > 1e-9 else np.inf
    return _CONE * max(0.0, tilt - rule("cone_deg")) + _SHARP * max(0.0, 1.5 * rule("min_bend_radius_mm") - radius)


def _with(fixation: Fixation, choice: Candidate) -> Fixation:
    others = tuple(fixation.chosen if a is choice else a for a in fixation.alternatives)
    return replace(fixation, status=choice.status, reason=choice.reason, chosen=choice, alternatives=others)


def _words(
    fixation: Fixation, old: Candidate, new: Candidate, before: Sequence[Conflict], after: Sequence[Conflict]
) -> str:
    left = [c.text for c in after]
    solved = "; ".join(c.text for c in before if c.text not in left)
    return f"{fixation.level} {fixation.side}: {_name(new)} in place of {_name(old)}, because {solved}"


def _name(candidate: Candidate) -> str:
    return f"{candidate.anchor.replace('_', ' ')} ({candidate.technique})"

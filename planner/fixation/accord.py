"""One technique down a side where it costs little: screws in one line take a rod without sharp bends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from planner.fixation.acceptance import rank
from planner.fixation.anchor import Candidate, Fixation
from planner.fixation.preference import weight
from planner.geometry.axes import SIDES
from planner.reference.levels import order

_ANCHOR = "lateral_mass"


def in_accord(fixations: Sequence[Fixation]) -> tuple[Fixation, ...]:
    """Return the fixations with the lateral mass techniques of each side chosen together.

    The least sum of costs, with the table's price for each change of technique between neighbouring levels.
    No status gets worse: only candidates that are graded like the chosen one take part, and a technique the
    user named has none beside it.
    """
    settled = list(fixations)
    for side in SIDES:
        places = [
            k for k, f in enumerate(settled)
            if f.side == side and f.chosen is not None and f.chosen.anchor == _ANCHOR
        ]  # fmt: skip
        for k, choice in zip(places, _least([_equals(settled[k]) for k in places]), strict=True):
            settled[k] = _with(settled[k], choice)
    return tuple(settled)


def _equals(fixation: Fixation) -> list[tuple[int, Candidate]]:
    """(place of the level, candidate) of all that are graded no worse than the chosen, which comes first."""
    like = [
        c for c in (fixation.chosen, *fixation.alternatives)
        if isinstance(c, Candidate) and c.anchor == _ANCHOR and rank(c.status) <= rank(fixation.status)
    ]  # fmt: skip
    return [(order(fixation.level), c) for c in like]


def _least(levels: list[list[tuple[int, Candidate]]]) -> list[Candidate]:
    """The cheapest way through the levels, one candidate each (dynamic programme)."""
    if not levels:
        return []
    ways = [(c.cost, [(at, c)]) for at, c in levels[0]]
    for here in levels[1:]:
        best = {}
        for (total, way), (k, (at, c)) in product(ways, enumerate(here)):
            before_at, before = way[-1]
            change = at - before_at == 1 and c.technique != before.technique
            price = total + c.cost + (weight("change") if change else 0.0)
            if k not in best or price < best[k][0] - 1e-12:
                best[k] = (price, [*way, (at, c)])
        ways = list(best.values())
    return [c for _, c in min(ways, key=lambda way: way[0])[1]]


def _with(fixation: Fixation, choice: Candidate) -> Fixation:
    if choice is fixation.chosen:
        return fixation
    others = tuple(fixation.chosen if a is choice else a for a in fixation.alternatives)
    return replace(fixation, status=choice.status, reason=choice.reason, chosen=choice, alternatives=others)

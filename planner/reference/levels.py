"""The levels of the cervical column, their order and their codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from planner.errors import LevelError
from planner.reference.tables import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    name: str
    verse: int
    totalsegmentator: int
    plannable: bool
    role: str
    anchors: tuple[str, ...]
    source: str


@cache
def levels() -> dict[str, Level]:
    """Return every level by name, from the head down."""
    return {row["name"]: Level(**{**row, "anchors": tuple(row["anchors"])}) for row in rows("levels", "level")}


def order(name: str) -> int:
    """Position of a level in the column, C1 = 0."""
    return list(levels()).index(name)


def parse_levels(text: str) -> tuple[str, ...]:
    """Turn ``C2-C6`` or ``C2,C4-C6`` into levels from the head down.

    >>> parse_levels("c2,C4-C6")
    ('C2', 'C4', 'C5', 'C6')
    """
    names = [name for name, level in levels().items() if level.plannable]
    chosen: set[str] = set()
    for part in text.upper().replace(" ", "").split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in names for end in ends):
            raise LevelError(
                f"'{text}' does not name levels that can be planned.",
                f"Write a range or a list such as C2-C6 or C2,C4-C6, from {names[0]} to {names[-1]}.",
            )
        first, last = names.index(ends[0]), names.index(ends[-1])
        if first > last:
            raise LevelError(
                f"'{part}' runs from below upwards.", f"Write it from the head down: {ends[-1]}-{ends[0]}."
            )
        chosen.update(names[first : last + 1])
    return tuple(name for name in names if name in chosen)

"""Cervical screw grades by millimetres of breach, and what no surface shows."""

from __future__ import annotations

from collections.abc import Mapping

from planner.reference.tables import rows


def grade_of(clearance_mm: Mapping[str, float]) -> str:
    """Return the planned screw's class by its deepest breach, with the letter of the A-E scale.

    Classes and limits are those of grades.toml (Gertzbein and Robbins as adapted to the neck). A planned
    screw that breaches nothing is ``0 (A)``.
    """
    deepest = max((-value for value in clearance_mm.values()), default=0.0)
    for row in rows("grades", "grade"):
        if deepest <= row["up_to_mm"]:
            return f"{row['cervical']} ({row['letter']})"
    raise ValueError("grades.toml ends before the deepest breach")


def unseen(anchor: str) -> tuple[str, ...]:
    """What a bone surface cannot show about an anchor, for its entry in the plan."""
    return tuple(item for row in rows("unseen", "unseen") if anchor in row["anchors"] for item in row["items"])

"""Screw techniques as the literature gives them: entry, aim, windows and lengths, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from planner.reference.tables import rows

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """One row of techniques.toml: mm and degrees, windows as half widths.

    ``sagittal_reference`` is what ``sagittal_deg`` is measured over: ``facet`` (the superior facet's plane),
    ``dorsal_surface`` (the inward normal of the dorsal surface) or ``endplate`` (the transverse plane).
    ``entry_from`` is the landmark of the entry, or the bridge of bone that the axis must pass. With ``aim_at`` a
    part of the bone is aimed at instead of by angles; these are then what it comes to on a usual bone.
    """

    id: str
    name: str
    anchor: str
    levels: tuple[str, ...]
    entry_from: str
    medial_mm: float
    cranial_mm: float
    lateral_deg: float
    sagittal_deg: float
    sagittal_reference: str
    medial_window_mm: float
    cranial_window_mm: float
    lateral_window_deg: float
    sagittal_window_deg: float
    length_min_mm: float
    length_max_mm: float
    source: str
    certainty: str
    aim_at: str = ""


@cache
def _all() -> tuple[Technique, ...]:
    return tuple(Technique(**{**row, "levels": tuple(row["levels"])}) for row in rows("techniques", "technique"))


@cache
def techniques() -> dict[str, Technique]:
    """Return the first row of every technique by its id; `technique_at` picks the row of a level."""
    found: dict[str, Technique] = {}
    for row in _all():
        found.setdefault(row.id, row)
    return found


def technique_at(id: str, level: str) -> Technique | None:
    """Return the row of a technique that covers a level, or None if it is not used there."""
    return next((row for row in _all() if row.id == id and level in row.levels), None)


def techniques_at(level: str, anchor: str) -> tuple[Technique, ...]:
    """Return the named techniques (``auto`` left out) of an anchor at a level, in the table's order."""
    return tuple(row for row in _all() if level in row.levels and row.anchor == anchor and row.id != AUTO)


def every_technique_at(level: str) -> tuple[Technique, ...]:
    """Return all techniques of a level, of every anchor and with ``auto``, in the table's order."""
    return tuple(row for row in _all() if level in row.levels)

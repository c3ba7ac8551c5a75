"""A generic catalogue of screws: diameters and lengths by anchor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from planner.reference.tables import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The screw used for an anchor and the lengths it comes in (mm, ascending)."""

    family: str
    diameter_mm: float
    lengths_mm: tuple[float, ...]

    @property
    def radius_mm(self) -> float:
        return self.diameter_mm / 2

    def between(self, shortest_mm: float, longest_mm: float) -> tuple[float, ...]:
        """Return the catalogue lengths from shortest to longest, both included."""
        return tuple(x for x in self.lengths_mm if shortest_mm - 1e-6 <= x <= longest_mm + 1e-6)


@cache
def catalogue(anchor: str) -> Catalogue:
    """Return the screw of an anchor; KeyError where the catalogue has none."""
    for row in rows("implants", "screw"):
        if row["anchor"] == anchor:
            steps = np.arange(row["shortest_mm"], row["longest_mm"] + 1e-6, row["step_mm"])
            return Catalogue(family=row["family"], diameter_mm=row["diameter_mm"], lengths_mm=tuple(map(float, steps)))
    raise KeyError(anchor)


@cache
def diameters_mm() -> tuple[float, ...]:
    """Return every diameter of the catalogue, ascending."""
    return tuple(sorted({float(row["diameter_mm"]) for row in rows("implants", "screw")}))


def family_of(diameter_mm: float) -> str:
    """Return the family of a diameter of the catalogue; KeyError where it has none."""
    return {float(row["diameter_mm"]): row["family"] for row in rows("implants", "screw")}[diameter_mm]

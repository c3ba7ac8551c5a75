"""How far a screw strays from its plan, by the way it is put in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from planner.reference.tables import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Standard deviations of one execution profile: each axis across the path at the entry (mm), each of two
    angles (degrees), and the position of every wall (mm)."""

    id: str
    entry_sd_mm: float
    angle_sd_deg: float
    segmentation_sd_mm: float
    conversion: str
    source: str


@cache
def executions() -> dict[str, Execution]:
    """Return every execution profile by its id."""
    return {row["id"]: Execution(**row) for row in rows("execution", "profile")}

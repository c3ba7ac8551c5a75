"""The construct's rules, and the sizes of the implants in use, each with its source."""

from __future__ import annotations

from functools import cache

from planner.reference.implants import head_size, rod_size
from planner.reference.tables import rows

# Sizes come from the catalogue in use, which may be the user's own.
_SIZES = {
    "tulip_diameter_mm": (head_size, "outer_diameter_mm"),
    "head_offset_mm": (head_size, "offset_mm"),
    "cone_deg": (head_size, "cone_deg"),
    "rod_diameter_mm": (rod_size, "diameter_mm"),
    "min_bend_radius_mm": (rod_size, "min_bend_radius_mm"),
    "rod_step_mm": (rod_size, "step_mm"),
}


@cache
def _table() -> dict[str, dict]:
    return {row["name"]: row for row in rows("construct_rules", "rule")}


def rule(name: str) -> float:
    """Value of a rule or of an implant's size, in millimetres, degrees or as a count."""
    if name in _SIZES:
        size, field = _SIZES[name]
        return getattr(size(), field)
    return _table()[name]["value"]


def source(name: str) -> str:
    """Where a rule comes from; ``proposal`` when it is this project's own."""
    return _SIZES[name][0]().source if name in _SIZES else _table()[name]["source"]

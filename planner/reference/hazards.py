"""Sizes assumed for what bone does not show: artery, nerve roots, and the settings of clearance."""

from __future__ import annotations

from functools import cache

from planner.reference.tables import rows


@cache
def foramen_norm_mm(level: str) -> float | None:
    """Norm diameter of the transverse foramen, or None where the artery is not expected in one (C7, T1)."""
    return next((r["diameter_mm"] for r in rows("hazards", "foramen") if level in r["levels"]), None)


@cache
def root_radius_mm(level: str) -> float:
    """Half the height of the nerve root that lies on a level's transverse process."""
    return next(r["height_mm"] for r in rows("hazards", "nerve_root") if level in r["levels"]) / 2


@cache
def setting(id: str) -> float:
    """A single setting of hazards.toml."""
    return next(r["value"] for r in rows("hazards", "setting") if r["id"] == id)

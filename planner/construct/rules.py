"""The construct's rules and sizes, each with its source."""

from __future__ import annotations

from functools import cache

from planner.reference.tables import rows


@cache
def _table() -> dict[str, dict]:
    return {row["name"]: row for row in rows("construct_rules", "rule")}


def rule(name: str) -> float:
    """Value of a rule in millimetres, degrees or as a count."""
    return _table()[name]["value"]


def source(name: str) -> str:
    """Where a rule comes from; ``proposal`` when it is this project's own."""
    return _table()[name]["source"]

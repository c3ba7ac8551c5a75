"""The one mapping from a measure to a finding's severity, read from ``grading.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from planner.assessment.finding import Severity
from planner.reference.tables import rows

_ORDER = list(Severity)


def severity(code: str, values: Mapping[str, float]) -> Severity | None:
    """Return the gravest severity the values reach under a finding's code, or None if none is reached.

    A measure that is not among the values, or is nan, meets no condition.
    """
    reached = [
        Severity(row["severity"])
        for row in rows("grading", "grade")
        if row["code"] == code and _holds(row, values.get(row["measure"], float("nan")))
    ]
    return max(reached, key=_ORDER.index, default=None)


def _holds(row: Mapping[str, float], value: float) -> bool:
    tests = {
        "below": value < row.get("below", float("nan")),
        "at_most": value <= row.get("at_most", float("nan")),
        "above": value > row.get("above", float("nan")),
        "at_least": value >= row.get("at_least", float("nan")),
    }
    return any(tests.values())


@cache
def comparison(name: str) -> float:
    """Return a number of the ``comparison`` rows: how the comparisons behind the grades are made."""
    return next(row["value"] for row in rows("grading", "comparison") if row["name"] == name)

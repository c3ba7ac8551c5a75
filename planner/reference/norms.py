"""Published morphometry, given only where the source measured by our definition."""

from __future__ import annotations

from dataclasses import dataclass

from planner.reference.tables import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Mean and standard deviation of a population, in the unit of the measure, with its source."""

    mean: float
    sd: float
    source: str

    def z(self, value: float) -> float:
        return (value - self.mean) / self.sd


def norm(measure: str, level: str, sex: str | None = None) -> Norm | None:
    """Return the norm of a measure at a level, or None where no source shares our definition.

    Rows of norms.toml name ``measure``, ``levels``, ``mean``, ``sd``, ``source`` and optionally ``sex``
    (``female`` or ``male``); a row of the asked sex wins over one without.
    """
    fitting = [
        row
        for row in rows("norms", "norm")
        if row["measure"] == measure and level in row["levels"] and row.get("sex") in (None, sex)
    ]
    if not fitting:
        return None
    row = max(fitting, key=lambda r: r.get("sex") is not None)
    return Norm(mean=row["mean"], sd=row["sd"], source=row["source"])


def usual(measure: str, level: str) -> tuple[float, str] | None:
    """Return (mean, source) of a published measure whose definition only resembles ours, to be shown and not graded."""
    row = next((r for r in rows("norms", "usual") if r["measure"] == measure and level in r["levels"]), None)
    return None if row is None else (float(row["mean"]), row["source"])

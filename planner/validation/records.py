"""Single errors, and the rows that sum them up against the bars they are held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.reference.tables import rows

STATISTICS = {
    "median": np.median,
    "mean": np.mean,
    "p90": lambda v: np.percentile(v, 90),
    "p95": lambda v: np.percentile(v, 95),
    "max": np.max,
}
WORST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One number: of which table, which row of it (``what``), of which case, level and part.

    ``unit`` is ``mm``, ``deg``, ``share`` (0 or 1, a yes or no) or ``rho``. Nan means it could not be had.
    """

    table: str
    what: str
    unit: str
    kind: str
    case: str
    level: str
    part: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table: the records of one ``what`` of one kind of case. ``met`` is None without a bar.

    ``missing`` counts records without a value; ``worst`` names the records furthest from the bar.
    """

    table: str
    what: str
    kind: str
    unit: str
    n: int
    missing: int
    median: float
    mean: float
    p95: float
    max: float
    bar: str
    met: bool | None
    worst: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A limit on one statistic of a row."""

    statistic: str
    limit: float
    at_least: bool

    def met(self, values: np.ndarray) -> bool:
        reached = float(STATISTICS[self.statistic](values))
        return reached >= self.limit if self.at_least else reached <= self.limit

    def __str__(self) -> str:
        return f"{self.statistic} {'>=' if self.at_least else '<='} {self.limit:g}"


def bars(table: str, what: str) -> list[Bar]:
    """The bars of a row, from the table ``validation.toml``."""
    return [
        Bar(statistic=r["statistic"], limit=float(r["limit"]), at_least=r.get("at_least", False))
        for r in rows("validation", "bar")
        if r["table"] == table and what in r["rows"]
    ]


def summarised(records: Sequence[Record]) -> list[Row]:
    """One row for each kind and ``what``, in the order of first appearance."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.table, record.kind, record.what), []).append(record)
    return [_row(group) for group in groups.values()]


def _worst(found: list[Record], low_is_bad: bool) -> list[Record]:
    """The furthest from the bar, each place once however often it was read."""
    ordered = sorted(found, key=lambda r: r.value if low_is_bad else -r.value)
    places: dict[tuple[str, str, str], Record] = {}
    for record in ordered:
        places.setdefault((record.case, record.level, record.part), record)
    return list(places.values())[:WORST_NAMED]


def _row(group: list[Record]) -> Row:
    first = group[0]
    found = [r for r in group if np.isfinite(r.value)]
    values = np.array([r.value for r in found])
    held = bars(first.table, first.what)
    low_is_bad = any(bar.at_least for bar in held)
    worst = _worst(found, low_is_bad)
    if first.unit == "share":
        worst = [r for r in worst if r.value == (0.0 if low_is_bad else 1.0)]
    nan = float("nan")
    statistic = {name: float(f(values)) if found else nan for name, f in STATISTICS.items()}
    return Row(
        table=first.table,
        what=first.what,
        kind=first.kind,
        unit=first.unit,
        n=len(found),
        missing=len(group) - len(found),
        median=statistic["median"],
        mean=statistic["mean"],
        p95=statistic["p95"],
        max=statistic["max"],
        bar=", ".join(map(str, held)),
        met=all(bar.met(values) for bar in held) if held and found else None,
        worst=tuple(" ".join(p for p in (f"{r.value:.2f}", r.case, r.level, r.part) if p) for r in worst),
    )

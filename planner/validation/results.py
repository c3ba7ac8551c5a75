"""The tables of a validation as a document, as CSV files and as text."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.document import write_json
from planner.validation.beside import Beside, beside
from planner.validation.records import Record, Row, summarised
from planner.validation.registry import Table
from planner.validation.study import Study
from planner.validation.truth import REAL

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "cervical-planner/validation/1"
DOCUMENT = "validation.json"
NUMBERS = ("median", "mean", "p95", "max")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Results:
    """The rows of every table made, the single records behind them, and what there is to say about the cases."""

    cases: tuple[dict[str, Any], ...]
    rows: tuple[Row, ...]
    records: tuple[Record, ...]
    notes: tuple[str, ...]
    beside: tuple[Beside, ...]
    settings: dict[str, Any]

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows if row.met is False]


def validate(study: Study, tables: Sequence[Table]) -> Results:
    """Make the tables in their order."""
    # Tables that must be asked for by name read what they need themselves.
    if not all(table.named for table in tables):
        study.read_all()
    records = [record for table in tables for record in table.records(study)]
    failures = study.reader.failures
    if failures:
        study.note(f"{len(failures)} of {study.reader.count} readings failed, the first: {failures[0]}")
    return Results(
        cases=tuple(
            {"name": s.name, "kind": s.kind, "levels": list(s.surfaces), "truth": s.truth is not None}
            for s in study.subjects
        ),
        rows=tuple(summarised(records)),
        records=tuple(records),
        notes=tuple(study.notes),
        beside=tuple(beside(records)),
        settings={"tables": [t.name for t in tables], "repeats": study.repeats, "seed": study.seed},
    )


def document(results: Results) -> dict[str, Any]:
    """Plain values for JSON; nan becomes null."""
    return {
        "schema": SCHEMA,
        "cases": list(results.cases),
        "settings": results.settings,
        "rows": [_plain(asdict(row)) for row in results.rows],
        "notes": list(results.notes),
        "beside": [asdict(row) for row in results.beside],
    }


def write_results(results: Results, folder: Path) -> None:
    """Write ``validation.json``, ``rows.csv`` (the tables) and ``records.csv`` (every single error).

    With published figures also ``beside.csv``: theirs, ours, and why they differ.
    """
    write_json(document(results), folder / DOCUMENT)
    _write_csv(folder / "rows.csv", Row, results.rows)
    _write_csv(folder / "records.csv", Record, results.records)
    if results.beside:
        _write_csv(folder / "beside.csv", Beside, results.beside)


def _write_csv(path: Path, kind: type, items: Sequence[Row | Record | Beside]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        names = [f.name for f in fields(kind)]
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        for item in items:
            writer.writerow({n: _cell(getattr(item, n)) for n in names})


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    return "; ".join(value) if isinstance(value, tuple) else value


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        k: None
        if isinstance(v, float) and math.isnan(v)
        else round(v, 4)
        if isinstance(v, float)
        else list(v)
        if isinstance(v, tuple)
        else v
        for k, v in row.items()
    }


def print_results(results: Results, console: Console) -> None:
    """Every table, real and synthetic cases apart; then the bars that are not met, with the worst named."""
    from rich import box
    from rich.table import Table as Grid

    names = dict.fromkeys((row.table, row.kind) for row in results.rows)
    for name, kind in names:
        grid = Grid(title=f"{name} ({_kind_words(kind)})", title_justify="left", box=box.SIMPLE, pad_edge=False)
        grid.add_column("what", overflow="fold")
        grid.add_column("unit")
        for heading in ("n", "missing", *NUMBERS):
            grid.add_column(heading, justify="right")
        grid.add_column("bar")
        grid.add_column("met")
        for row in results.rows:
            if (row.table, row.kind) == (name, kind):
                numbers = [_number(row, n) for n in NUMBERS]
                met = {None: "", True: "yes", False: "NO"}[row.met]
                grid.add_row(row.what, row.unit, str(row.n), str(row.missing or ""), *numbers, row.bar, met)
        console.print(grid)
    _print_beside(results, console)
    console.print(
        f"{sum(row.met is True for row in results.rows)} bars met, {len(results.missed)} not met.", style="bold"
    )
    for row in results.missed:
        console.print(f"  {row.table} ({row.kind}), {row.what}: {row.bar}", markup=False)
        for words in row.worst:
            console.print(f"    worst {words} {row.unit}", markup=False)
    for note in results.notes:
        console.print(f"Note: {note}", markup=False)


def _print_beside(results: Results, console: Console) -> None:
    """Published figures beside ours, real and synthetic columns apart, with what explains a difference."""
    from rich import box
    from rich.table import Table as Grid

    for kind in dict.fromkeys(row.kind for row in results.beside):
        grid = Grid(
            title=f"published beside ours ({_kind_words(kind)})", title_justify="left", box=box.SIMPLE, pad_edge=False
        )
        for heading in ("check", "what", "published", "ours", "sides", "agrees", "explained by"):
            grid.add_column(heading, justify="right" if heading == "sides" else "left", overflow="fold")
        for row in (row for row in results.beside if row.kind == kind):
            agrees = {None: "", True: "yes", False: "NO"}[row.agrees]
            grid.add_row(row.check, row.what, row.theirs, row.ours, str(row.sides), agrees, row.why)
        console.print(grid)


def _number(row: Row, name: str) -> str:
    value = getattr(row, name)
    if row.unit == "share":
        # Of yes and no only the share means something.
        return f"{100 * value:.1f} %" if name == "mean" and not math.isnan(value) else ""
    return "" if math.isnan(value) else f"{value:.2f}"


def _kind_words(kind: str) -> str:
    return "given columns" if kind == REAL else "the project's own phantoms"

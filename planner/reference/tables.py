"""The one loader of reference tables: TOML under ``reference/data``, a source on every row or no load."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from planner.errors import TableError

_DATA = files("planner.reference") / "data"


@cache
def load(name: str) -> dict[str, Any]:
    """Return the table ``name`` (without suffix) as nested dicts.

    A table is a list of ``[[row]]``, each with a non-empty ``source``; a row that is a proposal of this
    project says ``source = "proposal"``. Single values at the top of the file are not allowed.
    """
    text = (_DATA / f"{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    for key, rows in table.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TableError(f"Table {name}.toml: '{key}' is not a list of rows.")
        for number, row in enumerate(rows, 1):
            if not str(row.get("source", "")).strip():
                raise TableError(f"Table {name}.toml: row {number} of '{key}' has no source.")
    return table


def rows(name: str, key: str) -> list[dict[str, Any]]:
    """Return the rows ``key`` of the table ``name``."""
    return load(name)[key]


def digests() -> dict[str, str]:
    """Return {table name: sha256}, for the plan's provenance."""
    return {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in sorted(_DATA.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".toml")
    }

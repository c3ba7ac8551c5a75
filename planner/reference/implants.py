"""The catalogue of implants: screws by anchor, heads, rods, connectors; generic, or a user's own file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import TableError
from planner.reference.tables import rows

_SIZES = {
    "screw": ("diameter_mm", "shortest_mm", "longest_mm", "step_mm"),
    "head": ("outer_diameter_mm", "height_mm", "offset_mm", "cone_deg"),
    "rod": ("diameter_mm", "min_bend_radius_mm", "shortest_mm", "longest_mm", "step_mm"),
    "connector": (),
}
_NAMES = {"screw": ("anchor", "family"), "head": ("name",), "rod": ("name",), "connector": ("name", "use")}
_own: dict[str, list[dict[str, Any]]] = {}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSize:
    """A screw's head: outer diameter, height, the rod slot's centre behind the entry, cone to each side."""

    name: str
    outer_diameter_mm: float
    height_mm: float
    offset_mm: float
    cone_deg: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RodSize:
    """A rod: diameter, the least radius it may be bent to, and the lengths it is stocked in."""

    name: str
    diameter_mm: float
    min_bend_radius_mm: float
    shortest_mm: float
    longest_mm: float
    step_mm: float
    source: str


def catalogue(anchor: str) -> Catalogue:
    """Return the screw of an anchor; KeyError where no catalogue has one."""
    for row in (*_own.get("screw", ()), *rows("implants", "screw")):
        if row["anchor"] == anchor:
            steps = np.arange(row["shortest_mm"], row["longest_mm"] + 1e-6, row["step_mm"])
            return Catalogue(family=row["family"], diameter_mm=row["diameter_mm"], lengths_mm=tuple(map(float, steps)))
    raise KeyError(anchor)


def head_size() -> HeadSize:
    """Return the head in use: the first of the catalogue."""
    return HeadSize(**_fields("head"))


def rod_size() -> RodSize:
    """Return the rod in use: the first of the catalogue."""
    return RodSize(**_fields("rod"))


def implants(key: str) -> list[dict[str, Any]]:
    """Return the rows in use of ``screw``, ``head``, ``rod`` or ``connector``; own ones first.

    A generic screw stays for an anchor that the own catalogue does not name.
    """
    own, generic = _own.get(key, []), rows("implants", key)
    if key == "screw":
        named = {row["anchor"] for row in own}
        return [*own, *(row for row in generic if row["anchor"] not in named)]
    return own or generic


def generic_anchors() -> list[str]:
    """Return the anchors whose screw is generic although an own catalogue is in use; empty without one."""
    named = {row["anchor"] for row in _own.get("screw", ())}
    return [row["anchor"] for row in rows("implants", "screw") if row["anchor"] not in named] if _own else []


@contextmanager
def own_catalogue(path: Path | str | None) -> Iterator[None]:
    """Use a catalogue file while the block runs; with None the one that is in use stays.

    The file is TOML of the form of ``implants.toml``; a row's source is the file's name. Raises
    `TableError` with the row that is wrong. One catalogue at a time in a process.
    """
    if path is None:
        yield
        return
    before = dict(_own)
    found = read_catalogue(path)
    _own.clear()
    _own.update(found)
    try:
        yield
    finally:
        _own.clear()
        _own.update(before)


def read_catalogue(path: Path | str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a catalogue file by kind, checked."""
    path = Path(path)
    hint = "Take `planner implants --json` or implants.toml as a pattern: [[screw]], [[head]], [[rod]], [[connector]]."
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"The catalogue '{path}' cannot be read: {_why(error)}.", hint) from error
    except tomllib.TOMLDecodeError as error:
        raise TableError(f"The catalogue '{path}' is no TOML: {error}.", hint) from error
    if not table:
        raise TableError(f"The catalogue '{path}' is empty.", hint)
    known = {row["anchor"] for row in rows("implants", "screw")}
    for key, found in table.items():
        if key not in _SIZES or not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise TableError(f"The catalogue '{path}' has no kind of implant called '{key}'.", hint)
        for number, row in enumerate(found, 1):
            _check(path, key, number, row, known, hint)
            row["source"] = path.name
    return table


def _check(path: Path, key: str, number: int, row: Mapping[str, Any], known: set[str], hint: str) -> None:
    where = f"The catalogue '{path}', {key} {number}"
    for name in _NAMES[key]:
        if not str(row.get(name, "")).strip():
            raise TableError(f"{where}: '{name}' is missing.", hint)
    for name in _SIZES[key]:
        value = row.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1000:
            raise TableError(f"{where}: '{name}' must be a positive number.", hint)
    if "longest_mm" in row and row["longest_mm"] < row["shortest_mm"]:
        raise TableError(f"{where}: the longest is shorter than the shortest.", hint)
    if key == "screw" and row["anchor"] not in known:
        raise TableError(f"{where}: '{row['anchor']}' is no anchor; there are {', '.join(sorted(known))}.", hint)


def _fields(key: str) -> dict[str, Any]:
    row = implants(key)[0]
    return {name: row[name] for name in ("name", *_SIZES[key], "source")}


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it is no text"


def diameters_mm() -> tuple[float, ...]:
    """Return every diameter of the catalogue, ascending."""
    return tuple(sorted({float(row["diameter_mm"]) for row in implants("screw")}))


def family_of(diameter_mm: float) -> str:
    """Return the family of a diameter of the catalogue; KeyError where it has none."""
    return {float(row["diameter_mm"]): row["family"] for row in implants("screw")}[diameter_mm]

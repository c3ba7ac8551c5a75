"""What a file format is, and the decorator that enters one: a function that returns the file's surfaces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.errors import FrameError
from planner.geometry.axes import space_to_lps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileSurface:
    """Triangles exactly as a file holds them: vertices (n, 3) in the file's own axes and unit, faces (m, 3).

    ``part`` is the name the file gives this surface ('' when it names none). ``space`` is the axis code the
    file states and ``space_source`` who says so: ``header``, or ``format`` where the format itself fixes the
    axes. ``unit_mm`` is the length of the file's unit where it is stated. ``soup`` is True when the format
    stores every triangle with corners of its own, so that joining equal corners is no repair.
    """

    vertices: np.ndarray
    faces: np.ndarray
    part: str = ""
    space: str | None = None
    space_source: str = ""
    unit_mm: float | None = None
    soup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format that can be read: its suffixes, its name, and what is read of it beside triangles."""

    suffixes: tuple[str, ...]
    name: str
    reads: str
    function: Callable[[Path], list[FileSurface]]


REGISTERED: list[Format] = []


def reader(*suffixes: str, name: str, reads: str) -> Callable:
    """Enter the decorated function into the registry as the reader of these suffixes."""

    def enter(function: Callable[[Path], list[FileSurface]]) -> Callable:
        REGISTERED.append(Format(suffixes=suffixes, name=name, reads=reads, function=function))
        return function

    return enter


def stated_space(header: str, path: Path) -> dict[str, str | None]:
    """Find ``SPACE=LPS`` (or another axis code) in a file's header, as 3D Slicer writes it.

    Returns the ``space`` and ``space_source`` of a `FileSurface`.
    """
    match = re.search(r"\bSPACE\s*=\s*([A-Za-z]+)", header)
    if match is None:
        return {"space": None, "space_source": ""}
    code = match.group(1).upper()
    try:
        space_to_lps(code)
    except FrameError as error:
        raise FrameError(f"The header of '{path}' says SPACE={code}: no axes.", error.hint) from None
    return {"space": code, "space_source": "header"}

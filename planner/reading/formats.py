"""The registry of file formats: a format is one decorated function that returns the file's surfaces."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.errors import FrameError, InputError
from planner.geometry.axes import space_to_lps

# trimesh logs tracebacks of files it cannot read; what is wrong is said once, in our own sentence.
logging.getLogger("trimesh").addHandler(logging.NullHandler())


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


_FORMATS: list[Format] = []


def reader(*suffixes: str, name: str, reads: str) -> Callable:
    """Enter the decorated function into the registry as the reader of these suffixes."""

    def enter(function: Callable[[Path], list[FileSurface]]) -> Callable:
        _FORMATS.append(Format(suffixes=suffixes, name=name, reads=reads, function=function))
        return function

    return enter


def formats() -> tuple[Format, ...]:
    """Every format that can be read, in a fixed order."""
    from planner.reading import gltf, obj, ply, stl, vtk_files  # noqa: F401 - each enters its format

    return tuple(sorted(_FORMATS, key=lambda f: f.suffixes))


def is_surface_file(path: Path) -> bool:
    """True if the suffix is one that a reader is registered for."""
    return any(path.suffix.lower() in f.suffixes for f in formats())


def read_surfaces(path: Path) -> list[FileSurface]:
    """Read the surfaces of one file; whatever is wrong with it becomes one sentence with the file's name."""
    for format_ in formats():
        if path.suffix.lower() in format_.suffixes:
            break
    else:
        known = ", ".join(s for f in formats() for s in f.suffixes)
        raise InputError(f"'{path}' is not in a format that can be read.", f"Readable are {known}.")
    if path.stat().st_size == 0:
        raise InputError(f"'{path}' is an empty file.", "Export the surface again.")
    try:
        surfaces = format_.function(path)
    except (InputError, FrameError):
        raise
    except Exception as error:  # A foreign parser may fail with anything; to the user it is one thing.
        raise InputError(
            f"'{path}' could not be read as {format_.name}.",
            f"The parser says: {type(error).__name__}: {error}",
        ) from error
    if any(s.vertices.shape[1:] != (3,) or s.faces.shape[1:] != (3,) for s in surfaces):
        raise InputError(f"'{path}' is damaged: its points have no three coordinates.", "Export it again.")
    if not sum(len(s.faces) for s in surfaces):
        raise InputError(f"'{path}' holds no triangles.", "Export a surface, not points or an empty scene.")
    return [s for s in surfaces if len(s.faces)]


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

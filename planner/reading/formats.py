"""The formats that can be read, and reading one file by its suffix."""

from __future__ import annotations

import logging
from pathlib import Path

from planner.errors import FrameError, InputError
from planner.reading import gltf, obj, ply, stl, vtk_files  # noqa: F401 - each enters its format
from planner.reading.registry import REGISTERED, FileSurface, Format

# trimesh logs tracebacks of files it cannot read; what is wrong is said once, in our own sentence.
logging.getLogger("trimesh").addHandler(logging.NullHandler())


def formats() -> tuple[Format, ...]:
    """Every format that can be read, in a fixed order."""
    return tuple(sorted(REGISTERED, key=lambda f: f.suffixes))


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

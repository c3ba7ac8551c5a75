"""Meshes kept beside a plan document: the bone that a decompression takes away, and the excess that was found.

The document holds their volumes and places; their surfaces are too long for text, and finding them anew would need
the whole anatomy again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from planner.errors import OutputError
from planner.geometry.surface import Surface
from planner.planning import Plan

_FORMAT_LINE = b"format binary_little_endian 1.0\n"
_STATED = b"comment SPACE=LPS\ncomment units mm\n"


def removed_file(level: str) -> str:
    """The name of the mesh of one level: ``removed_C4.ply``, scan pose, LPS mm."""
    return f"removed_{level}.ply"


def write_removed(plan: Plan, folder: Path) -> list[Path]:
    """Write the removed bone of every level that loses some; return the files."""
    return [
        write_surface(d.removed, Path(folder) / removed_file(d.level))
        for d in plan.decompression
        if len(d.removed.faces)
    ]


def write_surface(surface: Surface, path: Path) -> Path:
    """Write a surface as binary PLY that says its space and unit."""
    import trimesh

    mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    try:
        path.write_bytes(mesh.export(file_type="ply").replace(_FORMAT_LINE, _FORMAT_LINE + _STATED, 1))
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror}.", "Is the disk full?") from error
    return path


def excess_file(level: str) -> str:
    """The name of the mesh of what is told as excess at one level: ``excess_C4.ply``, scan pose, LPS mm.

    It stands a little clear of the bone's surface: volumes are those of the findings.
    """
    return f"excess_{level}.ply"


def write_excess(plan: Plan, folder: Path) -> list[Path]:
    """Write what of each level is told as excess bone; return the files."""
    found = plan.assessment.excess.items()
    return [write_surface(surface, Path(folder) / excess_file(level)) for level, surface in found]


def read_removed(document: Mapping[str, Any], folder: Path) -> dict[str, Surface]:
    """Read the removed bone of a plan folder, by level; a level whose file is gone is left out."""
    return _read(folder, removed_file, {block["level"] for block in document.get("decompression", [])})


def read_excess(document: Mapping[str, Any], folder: Path) -> dict[str, Surface]:
    """Read what a plan folder holds as excess bone, by level."""
    return _read(folder, excess_file, document["anatomy"])


def _read(folder: Path, name: Callable[[str], str], levels: Iterable[str]) -> dict[str, Surface]:
    from planner.reading.formats import read_surfaces

    found = {}
    for level in levels:
        path = Path(folder) / name(level)
        if path.is_file():
            (part,) = read_surfaces(path)
            found[level] = Surface(vertices=part.vertices, faces=part.faces)
    return found

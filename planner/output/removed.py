"""The bone that a decompression takes away, kept beside the plan document as small meshes.

The document holds its volume and outline; its surface is too long for text, and cutting it anew would need
the whole anatomy again.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def read_removed(document: Mapping[str, Any], folder: Path) -> dict[str, Surface]:
    """Read the removed bone of a plan folder, by level; a level whose file is gone is left out."""
    from planner.reading.formats import read_surfaces

    found = {}
    for level in {block["level"] for block in document.get("decompression", [])}:
        path = Path(folder) / removed_file(level)
        if path.is_file():
            (part,) = read_surfaces(path)
            found[level] = Surface(vertices=part.vertices, faces=part.faces)
    return found

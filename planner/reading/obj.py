"""Wavefront OBJ."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import numpy as np

from planner.errors import InputError
from planner.reading.registry import FileSurface, reader, stated_space


@reader(".obj", name="OBJ", reads="SPACE= and '1 unit = ... mm' in a comment; polygons become triangles")
def read_obj(path: Path) -> list[FileSurface]:
    """Read an OBJ file as one surface; materials and groups are left aside."""
    import trimesh

    text = path.read_bytes().decode("latin-1")
    if not re.search(r"^\s*v\s", text, re.MULTILINE):
        raise InputError(f"'{path}' is not an OBJ file.", "Export the surface as STL, PLY, OBJ, VTP or GLB.")
    comments = "\n".join(line for line in text.splitlines() if line.lstrip().startswith("#"))
    unit = re.search(r"1 unit\s*=\s*([0-9.]+)\s*mm", comments)  # as Mimics writes it
    if not re.search(r"^\s*f\s", text, re.MULTILINE):
        return []
    mesh = trimesh.load_mesh(StringIO(text), file_type="obj", process=False, skip_materials=True, group_material=False)
    return [
        FileSurface(
            vertices=np.array(mesh.vertices),
            faces=np.array(mesh.faces),
            unit_mm=float(unit.group(1)) if unit else None,
            **stated_space(comments, path),
        )
    ]

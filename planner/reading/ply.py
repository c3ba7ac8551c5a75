"""PLY."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from planner.errors import InputError
from planner.reading.registry import FileSurface, reader, stated_space


@reader(".ply", name="PLY", reads="ASCII and binary; SPACE= in a comment")
def read_ply(path: Path) -> list[FileSurface]:
    """Read a PLY file; colours and other properties are left aside."""
    import trimesh

    data = path.read_bytes()
    if data[:3] != b"ply" or b"end_header" not in data:
        raise InputError(f"'{path}' is not a PLY file.", "Export the surface as STL, PLY, OBJ, VTP or GLB.")
    header = data[: data.index(b"end_header")].decode("latin-1")
    mesh = trimesh.load_mesh(BytesIO(data), file_type="ply", process=False)
    faces = np.array(getattr(mesh, "faces", np.empty((0, 3), int)))
    return [FileSurface(vertices=np.array(mesh.vertices), faces=faces, **stated_space(header, path))]

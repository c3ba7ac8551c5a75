"""One mesh of several vertebrae, taken apart into its bones."""

from __future__ import annotations

import numpy as np

from planner.errors import LevelError
from planner.geometry.surface import Surface
from planner.reading.repair import pieces
from planner.reading.size import limits


def split(surface: Surface, names: tuple[str, ...], file: str) -> dict[str, Surface]:
    """Give the bones of a combined mesh (LPS mm) the names given, from the head down.

    The connected pieces with at least a quarter of the largest one's area are the bones; each smaller
    piece stays with the bone it lies nearest to. Their number must equal the number of names: a level
    is never guessed from the shape of a C3-C6 bone.
    """
    labels = pieces(len(surface.vertices), surface.faces)
    areas = np.bincount(labels, surface.face_areas_mm2)
    large = np.flatnonzero(areas >= limits("separate_piece_area_fraction")[0] * areas.max())
    count = "one bone" if len(large) == 1 else f"{len(large)} separate bones"
    if not names:
        raise LevelError(
            f"'{file}' holds {count} and its name says no level.",
            "Name the file after what it holds, such as C4.stl or C2-C6.stl.",
        )
    if len(large) != len(names):
        raise LevelError(
            f"'{file}' holds {count}, but {len(names)} levels are named ({', '.join(names)}).",
            "Name exactly the levels it holds, or give one file a level.",
        )
    bones = {piece: part(surface, labels == piece) for piece in large}
    home = {piece: piece for piece in large}
    for piece in np.setdiff1d(np.arange(len(areas)), large):
        corner = surface.vertices[surface.faces[labels == piece][0, :1]]
        home[piece] = min(large, key=lambda k: float(bones[k].closest(corner)[0][0]))
    owner = np.array([home[piece] for piece in range(len(areas))])[labels]
    down = sorted(large, key=lambda piece: -bones[piece].center[2])
    return {name: part(surface, owner == piece) for name, piece in zip(names, down, strict=True)}


def part(surface: Surface, faces: np.ndarray) -> Surface:
    """Return the chosen faces (m,) bool as a surface of their own."""
    used, index = np.unique(surface.faces[faces], return_inverse=True)
    return Surface(vertices=surface.vertices[used], faces=index.reshape(-1, 3))

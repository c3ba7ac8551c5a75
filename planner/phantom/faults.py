"""Faults as files have them: what a reader must notice, repair or refuse. They act on finished meshes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from planner.errors import InputError
from planner.geometry.surface import Surface

Meshes = dict[str, Surface]


def holes(meshes: Meshes, level: str, count: int = 3, radius_mm: float = 2.0, seed: int = 0) -> dict[str, Any]:
    """Tear holes into a mesh: the faces within `radius_mm` of points drawn by the seed."""
    surface = meshes[level]
    rng = np.random.default_rng([seed, 41])
    middle = surface.triangles.mean(axis=1)
    gone = np.zeros(len(middle), bool)
    for face in rng.choice(len(middle), count, replace=False):
        gone |= np.linalg.norm(middle - middle[face], axis=1) < radius_mm
    meshes[level] = _kept(surface, ~gone)
    return {
        "holes": count,
        "faces_removed": int(gone.sum()),
        "area_mm2": round(float(surface.face_areas_mm2[gone].sum()), 2),
    }


def flipped(meshes: Meshes, level: str, share: float = 0.2, seed: int = 0) -> dict[str, Any]:
    """Turn the winding of a share of the faces; 1 turns the whole mesh inside out."""
    surface = meshes[level]
    turned = np.random.default_rng([seed, 42]).random(len(surface.faces)) < share
    faces = surface.faces.copy()
    faces[turned] = faces[turned][:, ::-1]
    meshes[level] = Surface(vertices=surface.vertices, faces=faces)
    return {"faces_turned": int(turned.sum())}


def duplicated(meshes: Meshes, level: str, count: int = 200, seed: int = 0) -> dict[str, Any]:
    """Write faces twice."""
    surface = meshes[level]
    twice = np.random.default_rng([seed, 43]).choice(len(surface.faces), min(count, len(surface.faces)), replace=False)
    meshes[level] = Surface(vertices=surface.vertices, faces=np.vstack([surface.faces, surface.faces[twice]]))
    return {"faces_twice": len(twice)}


def crossing(meshes: Meshes, level: str, depth_mm: float = 6.0, seed: int = 0) -> dict[str, Any]:
    """Push a patch of the surface inwards until it comes out through another part of it."""
    surface = meshes[level]
    rng = np.random.default_rng([seed, 44])
    face = int(rng.integers(len(surface.faces)))
    center, inward = surface.triangles[face].mean(axis=0), -surface.face_normals[face]
    near = np.linalg.norm(surface.vertices - center, axis=1)
    wall = surface.first_hit((center + 0.2 * inward)[None], inward[None])[0][0]
    through = float(np.linalg.norm(wall - center)) + depth_mm
    vertices = surface.vertices + np.clip(1.0 - near / 2.0, 0.0, 1.0)[:, None] * through * inward
    meshes[level] = Surface(vertices=vertices, faces=surface.faces)
    return {"center_lps": [round(float(x), 3) for x in center], "pushed_mm": round(through, 2)}


def mirrored(meshes: Meshes) -> dict[str, Any]:
    """Mirror every mesh from left to right, the winding kept outward: nothing in the bone shows it."""
    for name, surface in meshes.items():
        meshes[name] = surface.mapped(np.diag([-1.0, 1.0, 1.0]))
    return {"mirrored": sorted(meshes)}


def units(meshes: Meshes, factor: float = 0.001) -> dict[str, Any]:
    """Write the coordinates in another unit: 0.001 for metres, 0.1 for centimetres; the header still says mm."""
    for name, surface in meshes.items():
        meshes[name] = Surface(vertices=surface.vertices * factor, faces=surface.faces)
    return {"factor": factor}


FAULTS: dict[str, Callable[..., dict[str, Any]]] = {
    "holes": holes,
    "flipped": flipped,
    "duplicated": duplicated,
    "crossing": crossing,
    "mirrored": mirrored,
    "units": units,
}


def done_to(meshes: Meshes, name: str, given: dict[str, Any]) -> tuple[Meshes, dict[str, Any]]:
    """Meshes with one fault more, and its line for the truth; the given meshes stay as they are."""
    if given.get("level", next(iter(meshes))) not in meshes:
        raise InputError(f"'{name}' needs a mesh of {given['level']}.", f"There are {', '.join(meshes)}.")
    changed = dict(meshes)
    return changed, {"fault": name, **given, **FAULTS[name](changed, **given)}


def _kept(surface: Surface, faces: np.ndarray) -> Surface:
    used, index = np.unique(surface.faces[faces], return_inverse=True)
    return Surface(vertices=surface.vertices[used], faces=index.reshape(-1, 3).astype(np.int64))

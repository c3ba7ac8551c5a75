"""The scene for a browser: meshes as one compressed GLB, and beside it what each part is and where one looks from.

Everything drawn comes from `Scene`, in the planned pose; the pose of the scan is the same parts moved back.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.geometry.surface import Surface
from planner.output.drawing import polydata
from planner.output.heat import LACKING, THICKNESS, Heat, lost_bone, thickness
from planner.output.scene import Item, Scene, motions_of
from planner.output.views import AXIAL, COLUMN_VIEWS

DRAWN_WITHIN_MM = 0.15
"""Bones are thinned for drawing only: no drawn point lies further than this from the bone that was read."""

_THINNED = ("bone", "mass", "avoid", "removed")
_OF_ONE_POSE = ("head", "rod")  # heads follow the rod, which is bent for the planned pose alone
_FALLBACK_FACES = 10_000
_GZIP_LEVEL = 6
_GRID_MM = 2.0**-7  # thinned vertices are laid on this grid and all others on the finer one: they pack smaller
_FINE_GRID_MM = 2.0**-10

LAYERS = {
    "screw": ("Screws", ("screw", "head")),
    "rod": ("Rods", ("rod",)),
    "artery": ("Transverse foramina", ("artery",)),
    "canal": ("Canal outline", ("canal",)),
    "mass": ("Excess bone and masses", ("mass",)),
    "avoid": ("Keep-outs", ("avoid",)),
    "lost": ("Bone lacking, as the other side mirrored has it", ("lost",)),
    "removed": ("Bone to be removed", ("removed", "trough")),
}
"""Layers of a viewer: words and the groups of the scene that each switches. Bones are switched by level."""

_HIDDEN_AT_FIRST = ("artery", "canal", "lost")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """``glb`` is base64 of a gzipped binary glTF in world mm; ``told`` says what its nodes are, ready for JSON."""

    glb: str
    told: Mapping[str, Any]
    layers: list[dict[str, Any]]
    faces_read: int
    faces_drawn: int


def model_of(document: Mapping[str, Any], planned: Scene, scan: Scene) -> Model:
    """Gather the parts of both poses. ``scan`` may be the same object as ``planned`` where nothing moves."""
    import trimesh

    moves = scan is not planned
    parts = [(item, "planned" if moves and item.group in _OF_ONE_POSE else "both") for item in planned.items]
    if moves:
        parts += [(item, "scan") for item in scan.items if item.group in _OF_ONE_POSE]
    stage, told, read, drawn = trimesh.Scene(), [], 0, 0
    thin_bones = {item.name: thinned(item.surface) for item in planned.group("bone")}
    lost = lost_bone(document, planned, thin_bones)
    parts += [(item, "both") for item in lost]
    for number, (item, pose) in enumerate(parts):
        thin = thin_bones.get(item.name) or (thinned(item.surface) if item.group in _THINNED else item.surface)
        read, drawn = read + len(item.surface.faces), drawn + len(thin.faces)
        name = f"part{number}"
        vertices = _laid(thin.vertices, _FINE_GRID_MM).astype(np.float32)
        mesh = trimesh.Trimesh(vertices, thin.faces, process=False)
        if item.group == "bone":
            mesh.vertex_attributes[f"_{THICKNESS.name}"] = _linear(THICKNESS, thickness(thin, THICKNESS.high))
        elif item.values_mm is not None:
            mesh.vertex_attributes[f"_{LACKING.name}"] = _linear(LACKING, item.values_mm)
        stage.add_geometry(mesh, node_name=name, geom_name=name)
        told.append(_part(name, item, pose))
    glb = trimesh.exchange.gltf.export_glb(stage, include_normals=False)
    return Model(
        glb=base64.b64encode(gzip.compress(glb, _GZIP_LEVEL, mtime=0)).decode("ascii"),
        told={
            "parts": told,
            "frame": {name: _vector(getattr(planned.frame, name)) for name in ("left", "posterior", "superior")},
            "views": [_view(view) for view in (*COLUMN_VIEWS.values(), AXIAL)],
            "levels": {level: _vector(place) for level, place in planned.labels("posterior").items()},
            "back": _back(document) if moves else {},
            "poses": moves,
            "screws": screws_told(planned, scan),
        },
        layers=layers_of((*planned.items, *lost)),
        faces_read=read,
        faces_drawn=drawn,
    )


def screws_told(planned: Scene, scan: Scene) -> dict[str, dict[str, Any]]:
    """By ``C4 right`` where each drawn shaft starts and ends in both poses, and what is written beside it."""
    found: dict[str, dict[str, Any]] = {}
    for pose, scene in (("planned", planned), ("scan", scan)):
        for item in scene.group("screw"):
            ends = item.surface.vertices[-2:]  # the middles of a shaft's first and last ring
            block = found.setdefault(item.name.removeprefix("screw "), {"words": []})
            block[pose] = [_vector(end) for end in ends]
    for note in planned.notes:
        if f"{note.level} {note.side}" in found:
            found[f"{note.level} {note.side}"]["words"] = [*note.lines, *note.details]
    return found


def layers_of(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The layers that hold something, with whether they are shown at first."""
    present = {item.group for item in items}
    return [
        {
            "name": name,
            "words": words,
            "shown": name not in _HIDDEN_AT_FIRST,
            "colors": list(dict.fromkeys(item.color for item in items if item.group in groups)),
        }
        for name, (words, groups) in LAYERS.items()
        if present & set(groups)
    ]


def thinned(surface: Surface) -> Surface:
    """A surface with fewer faces for drawing, within `DRAWN_WITHIN_MM`; without that promise if it is not manifold."""
    import manifold3d

    mesh = manifold3d.Mesh(np.asarray(surface.vertices, np.float32), np.asarray(surface.faces, np.uint32))
    solid = manifold3d.Manifold(mesh)
    if solid.status() == manifold3d.Error.NoError and not solid.is_empty():
        thin = solid.simplify(DRAWN_WITHIN_MM - _GRID_MM).to_mesh()
        return Surface(vertices=_laid(thin.vert_properties[:, :3], _GRID_MM), faces=np.asarray(thin.tri_verts))
    if len(surface.faces) <= _FALLBACK_FACES:
        return surface
    thin = polydata(surface, 1.0 - _FALLBACK_FACES / len(surface.faces), smooth=False)
    return Surface(vertices=np.asarray(thin.points), faces=np.asarray(thin.regular_faces))


def _linear(heat: Heat, values_mm: np.ndarray) -> np.ndarray:
    """(n, 4) bytes by what a map says of each vertex; a glTF's colours are linear in light."""
    colors = heat.rgba(values_mm)
    colors[:, :3] = np.where(colors[:, :3] <= 0.04045, colors[:, :3] / 12.92, ((colors[:, :3] + 0.055) / 1.055) ** 2.4)
    return np.round(255 * colors).astype(np.uint8)


def _laid(points: np.ndarray, grid_mm: float) -> np.ndarray:
    return np.round(np.asarray(points, float) / grid_mm) * grid_mm


def _part(name: str, item: Item, pose: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": item.name,
        "group": item.group,
        "layer": next((layer for layer, (_, groups) in LAYERS.items() if item.group in groups), "bone"),
        "level": item.level,
        "color": item.color,
        "opacity": item.opacity,
        "pose": pose,
    }


def _view(view: Any) -> dict[str, Any]:
    return {"name": view.name, "heading": view.heading, "look": list(view.look), "up": list(view.up)}


def _back(document: Mapping[str, Any]) -> dict[str, list[float]]:
    """By level the matrix, column by column, that moves a part of the planned pose back to the scan's."""
    found = {}
    for level, motion in motions_of(document).items():
        turn = motion.rotation.T
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn, -turn @ motion.translation
        found[level] = [float(value) for value in matrix.T.ravel()]
    return found


def _vector(xyz: np.ndarray) -> list[float]:
    return [round(float(value), 5) for value in xyz]

"""From a request to meshes: all levels, on as many processors as there are, kept for the next time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.geometry.surface import Surface
from planner.phantom.built import truth
from planner.phantom.cache import Made, kept
from planner.phantom.catalogue import mesh_faults, wish
from planner.phantom.column import Column
from planner.phantom.faults import done_to
from planner.phantom.meshing import mesh, reduced
from planner.phantom.request import Request
from planner.phantom.scan import label_map, surfaces
from planner.phantom.threads import on_threads

STEP_MM = 0.5
FACES = 26_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How fine the meshes are, what they show, and whether they look like a scan's.

    `faces` a bone at most, 0 for as many as the grid gives; `scan_mm` a voxel's size, for surfaces that are
    voxelised and stair-stepped; `separated`: bone and calcification apart.
    """

    step_mm: float = STEP_MM
    faces: int = FACES
    separated: bool = False
    scan_mm: tuple[float, float, float] | None = None

    @property
    def key(self) -> str:
        return f"{self.step_mm:g}-{self.faces}-{self.separated:d}-{self.scan_mm}"


def made(request: Request, detail: Detail = Detail(), *, keep: bool = True) -> Made:
    """Return the surfaces by name (``C4``, ``mass_C4``) in LPS mm, and the truth."""

    def make() -> Made:
        faults = [wish(text, mesh_faults()) for text in request.faults]
        column = request.column()
        surfaces = meshes(column, detail)
        known = truth(column, surfaces)
        for one in faults:
            surfaces, entry = done_to(surfaces, one.pathology.name, one.given)
            known.setdefault("mesh_faults", []).append(entry)
        return surfaces, known

    return kept(f"{request.key}-{detail.key}".replace(" ", ""), make) if keep else make()


def meshes(column: Column, detail: Detail) -> dict[str, Surface]:
    """The surfaces of a built column by name."""
    if detail.scan_mm is not None:
        scan = label_map(column, detail.scan_mm, {level: int(level[1:]) for level in column.bones})
        return {level: _reduced(one, detail.faces) for level, one in surfaces(scan).items()}
    parts = on_threads(lambda level: _level(column, level, detail), column.bones)
    return {name: surface for part in parts for name, surface in part.items()}


def _level(column: Column, level: str, detail: Detail) -> dict[str, Surface]:
    bone = column.surface(level, detail.step_mm, masses=not detail.separated)
    found = {level: _reduced(bone, detail.faces)}
    mass: Any = column.mass(level) if detail.separated else None
    if mass is not None:
        lumps = mesh(mass, detail.step_mm, largest_only=False)
        found[f"mass_{level}"] = _reduced(lumps, detail.faces // 3)
    return found


def _reduced(surface: Surface, faces: int) -> Surface:
    return reduced(surface, faces) if faces else surface

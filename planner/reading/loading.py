"""One file's surfaces on their way to LPS millimetres."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.errors import FrameError, InputError
from planner.geometry.surface import Surface
from planner.reading.case import SourceFile
from planner.reading.formats import read_surfaces
from planner.reading.registry import FileSurface
from planner.reading.repair import repaired
from planner.reading.size import known_units


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedFile:
    """A file's surfaces as it holds them, and the sha256 of its bytes."""

    path: Path
    surfaces: tuple[FileSurface, ...]
    sha256: str

    def source(self, level: str, surface: Surface, repairs: tuple[str, ...], unit_mm: float) -> SourceFile:
        return SourceFile(
            path=str(self.path),
            sha256=self.sha256,
            level=level,
            faces=len(surface.faces),
            repairs=repairs,
            unit_mm=unit_mm,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """How a file's numbers become LPS mm: the unit asked for, else the model file's, the file's own, mm."""

    asked: str | None
    model: str | None
    matrix: np.ndarray

    def unit(self, surface: FileSurface) -> tuple[float, str]:
        """Return (mm in the unit, how to call it in a message)."""
        known = known_units()
        for name in (self.asked, self.model):
            if name is not None:
                if name not in known:
                    raise FrameError(f"'{name}' is not a unit of length.", f"Use one of {', '.join(known)}.")
                return known[name], name
        if surface.unit_mm is not None:
            names = [name for name, mm in known.items() if mm == surface.unit_mm]
            stated = names[0] if names else f"units of {surface.unit_mm} mm"
            return surface.unit_mm, f"{stated}, which the file states"
        return 1.0, "mm"

    def lps_mm(self, vertices: np.ndarray, faces: np.ndarray, unit_mm: float) -> Surface:
        return Surface(vertices=vertices * unit_mm, faces=faces).mapped(self.matrix)


def load(path: Path) -> LoadedFile:
    """Read a file's bytes and surfaces."""
    if not path.is_file():
        raise InputError(f"'{path}' is not a file.", "Give mesh files, or one folder alone.")
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return LoadedFile(path=path, surfaces=tuple(read_surfaces(path)), sha256=sha256)
    except PermissionError as error:
        raise InputError(f"'{path}' may not be read.", "Check its permissions.") from error


def merged(surfaces: tuple[FileSurface, ...]) -> FileSurface:
    """Several surfaces of one file as one; they share axes and unit."""
    first = surfaces[0]
    if len(surfaces) == 1:
        return first
    starts = np.cumsum([0, *(len(s.vertices) for s in surfaces[:-1])])
    return FileSurface(
        vertices=np.vstack([s.vertices for s in surfaces]),
        faces=np.vstack([s.faces + start for s, start in zip(surfaces, starts, strict=True)]),
        space=first.space,
        space_source=first.space_source,
        unit_mm=first.unit_mm,
        soup=True,
    )


def whole(loaded: LoadedFile, label: str, scale: Scale) -> tuple[Surface, SourceFile]:
    """A mass or keep-out, all of its file's surfaces as one; ``label`` stands for the level."""
    raw = merged(loaded.surfaces)
    vertices, faces, repairs = repaired(raw, loaded.path.name)
    unit_mm = scale.unit(raw)[0]
    surface = scale.lps_mm(vertices, faces, unit_mm)
    return surface, loaded.source(label, surface, repairs, unit_mm)

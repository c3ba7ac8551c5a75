"""Files to a case: the one way in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.errors import FrameError, InputError, LevelError
from planner.geometry.axes import space_to_lps
from planner.geometry.surface import Surface
from planner.reading.axes_of_files import case_space, check_order
from planner.reading.case import Bone, Case, SourceFile
from planner.reading.folder import case_files
from planner.reading.formats import FileSurface, read_surfaces
from planner.reading.models import model_file
from planner.reading.names import levels_in_name
from planner.reading.repair import open_edges, pieces, repaired
from planner.reading.size import check_faces, check_size, known_units, limits
from planner.reading.splitting import split
from planner.reference.levels import order


def read_case(
    paths: Sequence[str | Path],
    *,
    space: str | None = None,
    units: str | None = None,
    masses: Sequence[str | Path] = (),
    avoid: Sequence[str] = (),
    attest_sides: bool = False,
    levels: tuple[str, ...] = (),
    pose: str = "patient",
) -> Case:
    """Read the bones of one patient into world LPS mm.

    ``paths`` is one folder with a mesh a level, several mesh files, or one mesh of several vertebrae.
    ``space`` and ``units`` overrule what the files state. ``masses`` are calcification, ``avoid`` keep-outs
    as ``FILE`` or ``FILE=name``. ``levels`` names, from the head down, the bones of a combined mesh whose
    file name does not. With ``pose="auto"`` the column may lie in any direction, and its order from head
    to foot is left to the anatomy to check.

    Raises `InputError`, `LevelError` or `FrameError` with the question to answer; nothing is mended by
    guessing, and every repair of a surface is listed with its file.
    """
    if not paths:
        raise InputError("No case was given.", "Give a folder with one mesh a level, or mesh files.")
    files = case_files([Path(p) for p in paths], [Path(p) for p in masses], list(avoid))
    model = model_file(files.folder)
    bones = [(path, names, _loaded(path)) for path, names in files.bones]
    others = {path: _loaded(path) for path in [*files.masses.values(), *files.avoid.values()]}
    stated = {
        _label(path, surface): (surface.space, surface.space_source)
        for path, loaded in [*((path, loaded) for path, _, loaded in bones), *others.items()]
        for surface in loaded.surfaces
        if surface.space is not None
    }
    code, source, notes = case_space(stated, space, model.space)
    scale = _Scale(asked=units, model=model.units, matrix=space_to_lps(code))
    notes += files.notes
    read: dict[str, Bone] = {}
    for path, names, loaded in bones:
        for bone, remarks in _bones(path, names, loaded, levels, scale):
            if bone.level in read:
                raise LevelError(
                    f"Two surfaces are named {bone.level}: '{read[bone.level].source.path}' and '{path}'.",
                    "Keep one file a level.",
                )
            read[bone.level] = bone
            notes += remarks
    ordered = {level: read[level] for level in sorted(read, key=order)}
    if pose == "patient":
        check_order({level: bone.surface for level, bone in ordered.items()})
    extra = {path: _whole(path, loaded, scale) for path, loaded in others.items()}
    kinds = {p: f"mass:{n}" for n, p in files.masses.items()} | {
        p: f"avoid:{n}" for n, p in files.avoid.items()
    }
    sources = [bone.source for bone in ordered.values()]
    sources += [_source(p, others[p], kinds[p], *read_) for p, read_ in extra.items()]
    if any("outwards" in repair for s in sources for repair in s.repairs):
        notes.append(
            "Faces pointed inwards and were turned. That also happens when one axis was negated in an export:"
            " check left and right."
        )
    return Case(
        name=files.name,
        bones=ordered,
        masses={name: extra[path][0] for name, path in files.masses.items()},
        avoid={name: extra[path][0] for name, path in files.avoid.items()},
        files=tuple(sources),
        space=code,
        space_source=source,
        side_attested=attest_sides,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Loaded:
    surfaces: list[FileSurface]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scale:
    """How a file's numbers become LPS mm: the unit asked for, else the model file's, the file's, mm."""

    asked: str | None
    model: str | None
    matrix: np.ndarray

    def unit(self, surface: FileSurface) -> tuple[float, str]:
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


def _loaded(path: Path) -> _Loaded:
    if not path.is_file():
        raise InputError(f"'{path}' is not a file.", "Give mesh files, or one folder alone.")
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return _Loaded(surfaces=read_surfaces(path), sha256=sha256)
    except PermissionError as error:
        raise InputError(f"'{path}' may not be read.", "Check its permissions.") from error


def _label(path: Path, surface: FileSurface) -> str:
    return f"{path.name}, {surface.part}" if surface.part else path.name


def _source(
    path: Path, loaded: _Loaded, level: str, surface: Surface, done: tuple[str, ...], unit_mm: float
) -> SourceFile:
    return SourceFile(
        path=str(path),
        sha256=loaded.sha256,
        level=level,
        faces=len(surface.faces),
        repairs=done,
        unit_mm=unit_mm,
    )


def _merged(surfaces: list[FileSurface]) -> FileSurface:
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


def _bones(
    path: Path, names: tuple[str, ...], loaded: _Loaded, requested: tuple[str, ...], scale: _Scale
) -> list[tuple[Bone, list[str]]]:
    """The bones of one file, each with remarks for the case's notes."""
    parts = {s.part: levels_in_name(s.part) for s in loaded.surfaces}
    if len(parts) > 1 and any(parts.values()):
        surfaces = [s for s in loaded.surfaces if parts[s.part]]
        left = [s.part for s in loaded.surfaces if not parts[s.part]]
        remarks = [f"Ignored in '{path.name}': {', '.join(left)}."] if left else []
        named = [bone for s in surfaces for bone in _of_surface(path, s, parts[s.part], (), loaded, scale)]
        return [(bone, extra + (remarks if k == 0 else [])) for k, (bone, extra) in enumerate(named)]
    return _of_surface(path, _merged(loaded.surfaces), names, requested, loaded, scale)


def _of_surface(
    path: Path,
    raw: FileSurface,
    names: tuple[str, ...],
    requested: tuple[str, ...],
    loaded: _Loaded,
    scale: _Scale,
) -> list[tuple[Bone, list[str]]]:
    label = _label(path, raw)
    vertices, faces, done = repaired(raw, label)
    unit_mm, unit_name = scale.unit(raw)
    if len(names) == 1:
        check_size(vertices, unit_mm, label, unit_name)
        check_faces(len(faces), label)
        bones = {names[0]: scale.lps_mm(vertices, faces, unit_mm)}
    else:
        # A single name that was asked for does not make a lone unnamed bone that level.
        wanted = names or (requested if len(requested) > 1 else ())
        bones = split(scale.lps_mm(vertices, faces, unit_mm), wanted, label)
        for level, surface in bones.items():
            check_size(surface.vertices / unit_mm, unit_mm, f"{label} ({level})", unit_name)
            check_faces(len(surface.faces), f"{label} ({level})")
        done += (f"split into {len(bones)} bones, named from the head down",)
    return [
        (
            Bone(level=level, surface=surface, source=_source(path, loaded, level, surface, done, unit_mm)),
            _remarks(surface, f"{label} ({level})" if len(bones) > 1 else label),
        )
        for level, surface in bones.items()
    ]


def _whole(path: Path, loaded: _Loaded, scale: _Scale) -> tuple[Surface, tuple[str, ...], float]:
    """A mass or keep-out, all of its file's surfaces as one."""
    raw = _merged(loaded.surfaces)
    vertices, faces, done = repaired(raw, path.name)
    unit_mm = scale.unit(raw)[0]
    return scale.lps_mm(vertices, faces, unit_mm), done, unit_mm


def _remarks(surface: Surface, label: str) -> list[str]:
    """What a reader of the plan should know about a surface that was kept as it is."""
    remarks = []
    holes = open_edges(surface.faces)
    if holes:
        remarks.append(f"'{label}' is not closed: {holes} open edges.")
    areas = np.bincount(pieces(len(surface.vertices), surface.faces), surface.face_areas_mm2)
    small = int((areas < limits("separate_piece_area_fraction")[1] * areas.sum()).sum())
    if small:
        remarks.append(f"'{label}' has {small} small separate pieces, which were kept.")
    if len(surface.faces) > limits("faces")[1]:
        remarks.append(f"'{label}' has {len(surface.faces)} faces; planning takes longer than it needs to.")
    return remarks

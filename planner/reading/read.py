"""Files to a case: the one way in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from planner.errors import InputError, LevelError
from planner.geometry.axes import space_to_lps
from planner.geometry.surface import Surface
from planner.reading.axes_of_files import case_space, check_order
from planner.reading.case import Bone, Case
from planner.reading.folder import case_files
from planner.reading.loading import LoadedFile, Scale, load, merged, whole
from planner.reading.models import model_file
from planner.reading.names import levels_in_name
from planner.reading.registry import FileSurface
from planner.reading.repair import open_edges, pieces, repaired
from planner.reading.size import check_faces, check_size, limits
from planner.reading.splitting import split
from planner.reference.levels import order

Remarks = list[str]


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
    bone_files = [(load(path), names) for path, names in files.bones]
    other_files = {f"mass:{name}": load(path) for name, path in files.masses.items()}
    other_files |= {f"avoid:{name}": load(path) for name, path in files.avoid.items()}
    code, source, notes = case_space(
        _stated([*(loaded for loaded, _ in bone_files), *other_files.values()]), space, model.space
    )
    notes += files.notes
    scale = Scale(asked=units, model=model.units, matrix=space_to_lps(code))

    bones: dict[str, Bone] = {}
    for loaded, names in bone_files:
        for bone, remarks in _bones(loaded, names, levels, scale):
            if bone.level in bones:
                raise LevelError(
                    f"Two surfaces are named {bone.level}: '{bones[bone.level].source.path}' and '{loaded.path}'.",
                    "Keep one file a level.",
                )
            bones[bone.level] = bone
            notes += remarks
    bones = {level: bones[level] for level in sorted(bones, key=order)}
    if pose == "patient":
        check_order({level: bone.surface for level, bone in bones.items()})
    others = {label: whole(loaded, label, scale) for label, loaded in other_files.items()}
    sources = (*(bone.source for bone in bones.values()), *(file for _, file in others.values()))
    if any("outwards" in repair for file in sources for repair in file.repairs):
        notes.append(
            "Faces pointed inwards and were turned. That also happens when one axis was negated in an export:"
            " check left and right."
        )
    return Case(
        name=files.name,
        bones=bones,
        masses={name: others[f"mass:{name}"][0] for name in files.masses},
        avoid={name: others[f"avoid:{name}"][0] for name in files.avoid},
        files=sources,
        space=code,
        space_source=source,
        side_attested=attest_sides,
        notes=tuple(notes),
    )


def _label(path: Path, surface: FileSurface) -> str:
    return f"{path.name}, {surface.part}" if surface.part else path.name


def _stated(files: list[LoadedFile]) -> dict[str, tuple[str | None, str]]:
    """The axes that files state (None where they do not) and who says so, by a label for messages."""
    return {
        _label(loaded.path, surface): (surface.space, surface.space_source)
        for loaded in files
        for surface in loaded.surfaces
    }


def _bones(
    loaded: LoadedFile, names: tuple[str, ...], requested: tuple[str, ...], scale: Scale
) -> list[tuple[Bone, Remarks]]:
    """The bones of one file, each with remarks for the case's notes."""
    named = [(surface, levels_in_name(surface.part)) for surface in loaded.surfaces]
    if len(named) == 1 or not any(part_names for _, part_names in named):
        return _of_surface(loaded, merged(loaded.surfaces), names, requested, scale)
    left = [surface.part for surface, part_names in named if not part_names]
    found = [
        pair
        for surface, part_names in named
        if part_names
        for pair in _of_surface(loaded, surface, part_names, (), scale)
    ]
    if left:
        found[0][1].append(f"Ignored in '{loaded.path.name}': {', '.join(left)}.")
    return found


def _of_surface(
    loaded: LoadedFile, raw: FileSurface, names: tuple[str, ...], requested: tuple[str, ...], scale: Scale
) -> list[tuple[Bone, Remarks]]:
    """One surface: the bone its name says, or several bones that its pieces are."""
    label = _label(loaded.path, raw)
    vertices, faces, repairs = repaired(raw, label)
    unit_mm, unit_name = scale.unit(raw)
    surface = scale.lps_mm(vertices, faces, unit_mm)
    if len(names) == 1:
        bones = {names[0]: surface}
        labels = {names[0]: label}
    else:
        # A single level that was asked for does not make a lone unnamed bone that level.
        bones = split(surface, names or (requested if len(requested) > 1 else ()), label)
        labels = {level: f"{label} ({level})" for level in bones}
        repairs += (f"split into {len(bones)} bones, named from the head down",)
    for level, bone in bones.items():
        check_size(bone.vertices / unit_mm, unit_mm, labels[level], unit_name)
        check_faces(len(bone.faces), labels[level])
    return [
        (
            Bone(level=level, surface=bone, source=loaded.source(level, bone, repairs, unit_mm)),
            _remarks(bone, labels[level]),
        )
        for level, bone in bones.items()
    ]


def _remarks(surface: Surface, label: str) -> Remarks:
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

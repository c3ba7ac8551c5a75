"""Which files a case consists of, and what each is for: bone of a level, mass, keep-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import InputError
from planner.reading.formats import is_surface_file
from planner.reading.models import MODEL_FILE, model_file
from planner.reading.names import is_mass, levels_in_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiles:
    """The files of a case. ``bones`` pairs a file with the levels its name contains, if any."""

    name: str
    folder: Path
    bones: tuple[tuple[Path, tuple[str, ...]], ...]
    masses: dict[str, Path] = field(default_factory=dict)
    avoid: dict[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def case_files(paths: Sequence[Path], masses: Sequence[Path], avoid: Sequence[str]) -> CaseFiles:
    """Sort what the user gave into bones, masses and keep-outs.

    One folder, or one or more files. In a folder, files without a level in their name are ignored and
    listed; a file given by itself is never ignored.
    """
    for path in [*paths, *masses]:
        if not path.exists():
            raise InputError(f"'{path}' does not exist.", "Check the path of the case.")
    folders = [path for path in paths if path.is_dir()]
    if folders and len(paths) > 1:
        raise InputError(
            f"'{folders[0]}' is a folder given together with other files.", "Give one folder, or only files."
        )
    declared = [path.resolve() for path in masses]
    if folders:
        folder, name = folders[0], folders[0].resolve().name
        bones, found, notes = _of_folder(folder, declared)
    else:
        folder = paths[0].parent
        name = paths[0].stem if len(paths) == 1 else folder.resolve().name
        bones = tuple((p, levels_in_name(p.stem)) for p in paths if not is_mass(p.stem))
        found, notes = [p for p in paths if is_mass(p.stem)], ()
    if not bones:
        raise InputError(
            f"'{paths[0]}' holds no vertebral surface with a level in its name.",
            "Name the files after their levels: C2.stl, C3.stl ... or case7_C4.ply.",
        )
    return CaseFiles(
        name=name,
        folder=folder,
        bones=bones,
        masses=_unlike("masses", [(_key(p.stem), p) for p in [*found, *masses]]),
        avoid=_unlike("keep-outs", [_keep_out(a) for a in avoid]),
        notes=notes,
    )


def _of_folder(folder: Path, declared: list[Path]) -> tuple[tuple, list[Path], tuple[str, ...]]:
    bones, masses, ignored = [], [], []
    own = {MODEL_FILE, model_file(folder).truth}
    for path in sorted(folder.iterdir()):
        if path.name in own or path.name.startswith(".") or path.resolve() in declared:
            continue
        surface = path.is_file() and is_surface_file(path)
        if surface and is_mass(path.stem):
            masses.append(path)
        elif surface and levels_in_name(path.stem):
            bones.append((path, levels_in_name(path.stem)))
        else:
            ignored.append(path.name)
    notes = (f"Ignored in the folder: {', '.join(ignored)}.",) if ignored else ()
    return tuple(bones), masses, notes


def _keep_out(text: str) -> tuple[str, Path]:
    """Read ``FILE`` or ``FILE=name``; the name defaults to the file's."""
    file, _, name = text.rpartition("=")
    if not file or Path(text).exists():
        file, name = text, ""
    path = Path(file)
    if not path.is_file():
        raise InputError(f"The keep-out '{file}' does not exist.", "Check the path given to --avoid.")
    return name or _key(path.stem), path


def _unlike(what: str, named: list[tuple[str, Path]]) -> dict[str, Path]:
    """The files by name; two different files of one name are an error."""
    result: dict[str, Path] = {}
    for name, path in named:
        if name in result and result[name].resolve() != path.resolve():
            raise InputError(
                f"Two {what} are called '{name}': '{result[name]}' and '{path}'.", "Rename one of the files."
            )
        result[name] = path
    return result


def _key(stem: str) -> str:
    return stem.strip().replace(" ", "_")

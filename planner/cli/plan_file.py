"""A plan document on disk, and the bones it was made from, read again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.result_folder import result_folder
from planner.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.editing import Bench
    from planner.geometry.surface import Surface
    from planner.output.report import Seen
    from planner.reading.case import Case

DOCUMENT = "plan.json"


def plan_file(path: Path) -> Path | None:
    """The document that a plan folder or a file name means, or None if it is something else."""
    file = path / DOCUMENT if path.is_dir() else path
    return file if file.suffix == ".json" and file.is_file() else None


def read_document(file: Path) -> dict[str, Any]:
    """Read a plan document; raises `InputError` if it is none."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if not document["schema"].startswith("cervical-planner/plan/"):
            raise KeyError("schema")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"'{file}' is not a plan document.", "Give a folder that `planner plan` wrote.") from error
    return document


def seen_again(document: dict[str, Any], folder: Path, case: Case | None = None) -> Seen:
    """What a document is drawn on: the bones of its case, read again from its files unless given, and the removed
    bone and the excess from the plan's folder."""
    from planner.output.plan_meshes import read_excess, read_removed
    from planner.output.report import Seen
    from planner.reading.again import read_again

    case = case or read_again(document["case"])
    return Seen(
        document=document,
        bones={level: bone.surface for level, bone in case.bones.items() if level in document["anatomy"]},
        removed=read_removed(document, folder),
        extras={**case.masses, **case.avoid},
        excess=read_excess(document, folder),
    )


def seen_without_bones(document: dict[str, Any], folder: Path) -> Seen:
    """What a document alone can show, where the files of its case are gone."""
    from planner.output.plan_meshes import read_excess, read_removed
    from planner.output.report import Seen

    return Seen(
        document=document, bones={}, removed=read_removed(document, folder), extras={},
        excess=read_excess(document, folder),
    )  # fmt: skip


def missing_files(document: dict[str, Any]) -> list[str]:
    """The files of a document's case that are not there."""
    return [file["path"] for file in document["case"]["files"] if not Path(file["path"]).is_file()]


def bench_again(document: dict[str, Any], case: Case, removed: Mapping[str, Surface]) -> Bench:
    """What an edit of a plan is graded against: the case understood again, as the plan's options say."""
    from planner.document.again import proposals_of, reduction_of
    from planner.editing import bench_of
    from planner.planning import inspect_case

    options = document["provenance"]["options"]
    seen = inspect_case(case, tuple(document["levels"]), pose=options["pose"], sex=options["sex"])
    return bench_of(
        seen, proposals_of(document), reduction_of(document), execution=options["execution"], seed=options["seed"],
        cortex=options["cortex"], removed=removed,
    )  # fmt: skip


def edited_folder(source: Path) -> Path:
    """The first free name beside a plan's folder: ``plan-x-edited``, ``plan-x-edited-2`` ..."""
    source = source.resolve()
    names = (f"{source.name}-edited{'' if k == 1 else f'-{k}'}" for k in range(1, 10_000))
    return next(place for name in names if not (place := source.with_name(name)).exists())


def save_edited(document: dict[str, Any], source: Path, target: Path, *, force: bool) -> Path:
    """Write an edited document, and the removed bone and the excess of the plan it came from, as a plan folder."""
    from planner.document import write_json
    from planner.output.plan_meshes import excess_file, removed_file

    with result_folder(target, marker=DOCUMENT, force=force) as folder:
        write_json(document, folder / DOCUMENT)
        for name in (of(level) for level in document["anatomy"] for of in (removed_file, excess_file)):
            if (source / name).is_file():
                shutil.copyfile(source / name, folder / name)
    return target

"""A plan document on disk, and the bones it was made from, read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import InputError

if TYPE_CHECKING:
    from planner.output.report import Seen

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


def seen_again(document: dict[str, Any], folder: Path) -> Seen:
    """Read the bones of a document again from the files it names, and the removed bone from the plan's folder."""
    from planner.output.removed import read_removed
    from planner.output.report import Seen
    from planner.reading.again import read_again

    case = read_again(document["case"])
    return Seen(
        document=document,
        bones={level: bone.surface for level, bone in case.bones.items() if level in document["anatomy"]},
        removed=read_removed(document, folder),
        extras={**case.masses, **case.avoid},
    )

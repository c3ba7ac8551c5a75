"""The case of a plan document, read again from the files it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.errors import InputError
from planner.reading.case import Case
from planner.reading.read import read_case
from planner.reading.size import known_units
from planner.reference.levels import levels


def read_again(block: Mapping[str, Any]) -> Case:
    """Read the files that a document's ``case`` block names, in the axes and unit it names.

    Raises `InputError` if a file is gone or its sha256 is another: a plan is never drawn on other bones.
    """
    files = block["files"]
    bones: dict[str, list[str]] = {}
    for file in files:
        if not Path(file["path"]).is_file():
            raise InputError(
                f"'{file['path']}', which the plan was made from, is not there.",
                "Run the command in the folder where the plan was made, or plan again.",
            )
        if file["level"] in levels():
            bones.setdefault(file["path"], []).append(file["level"])
    lengths = {file.get("unit_mm", 1.0) for file in files}
    unit = [name for name, mm in known_units().items() if lengths == {mm}]
    combined = [held for held in bones.values() if len(held) > 1]
    case = read_case(
        list(bones),
        space=block["space_of_files"],
        units=unit[0] if unit else None,
        masses=[f["path"] for f in files if f["level"].startswith("mass:")],
        avoid=[f"{f['path']}={f['level'].removeprefix('avoid:')}" for f in files if f["level"].startswith("avoid:")],
        attest_sides=block["side_attested"],
        levels=tuple(combined[0]) if combined else (),
        pose="auto",
    )
    read = {(f.path, f.level): f.sha256 for f in case.files}
    changed = [f["path"] for f in files if read.get((f["path"], f["level"])) != f["sha256"]]
    if changed:
        raise InputError(f"'{changed[0]}' has changed since the plan was made.", "Plan again.")
    return case

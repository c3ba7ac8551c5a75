"""In which axes a case's files are, how that is known, and whether the column agrees."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from planner.errors import FrameError, LevelError
from planner.geometry.axes import space_to_lps
from planner.geometry.surface import Surface
from planner.reading.size import limits

ASSUMED = "LPS"  # what 3D Slicer assumes of a mesh that does not say


def case_space(
    stated: Mapping[str, tuple[str | None, str]], asked: str | None, model: str | None
) -> tuple[str, str, list[str]]:
    """Decide the axes of all files of a case: (code, source, notes).

    ``stated`` maps the name of every file to (code, ``header`` or ``format``), the code None where it says
    nothing. ``--space`` wins over headers, a header over the model file, that over what a format fixes, and
    that over the assumption LPS. Files of one case that contradict each other are an error, because one of
    them is wrong; a file that says nothing is taken to be in the axes that the others state.
    """
    headers = {name: code for name, (code, source) in stated.items() if source == "header"}
    fixed = {name: code for name, (code, source) in stated.items() if source == "format"}
    silent = [name for name, (code, _) in stated.items() if code is None]
    if asked is not None:
        space_to_lps(asked)
        code = asked.upper()
        others = sorted(set(headers.values()) - {code})
        notes = [f"--space {code} was used although headers say {', '.join(others)}."] if others else []
        return code, "--space", notes
    for codes in (headers, fixed):
        if len(set(codes.values())) > 1:
            a, b = list({code: name for name, code in codes.items()}.items())[:2]
            raise FrameError(
                f"The files disagree about their axes: '{a[1]}' says {a[0]}, '{b[1]}' says {b[0]}.",
                "Which is right? Give it with --space, or export all files in the same axes.",
            )
    if fixed and model is None and (headers or silent):
        raise FrameError(
            f"'{next(iter(fixed))}' is in axes its format fixes, '{[*headers, *silent][0]}' is not.",
            "Export all files of the case in one format, or give --space and --units for all of them.",
        )
    if headers:
        name, code = next(iter(headers.items()))
        told = f"{len(silent)} files do not state their axes; {code} was used, as '{name}' says."
        return code, "header", [told] if silent else []
    if model is not None:
        space_to_lps(model)
        return model.upper(), "model file", []
    if fixed:
        return next(iter(fixed.values())), "format", []
    return (
        ASSUMED,
        "assumed",
        [f"The files do not state their axes; {ASSUMED} was assumed. Give --space if that is wrong."],
    )


def check_order(bones: Mapping[str, Surface]) -> None:
    """Raise unless the bones (head to foot by name, in LPS mm) follow each other from head to foot in space.

    A column upside down or lying across S is a `FrameError`; two levels that have changed places in an
    upright column are a `LevelError`. One bone alone says nothing.
    """
    if len(bones) < 2:
        return
    names, centers = list(bones), np.array([s.center for s in bones.values()])
    line = centers[0] - centers[-1]
    tilt = float(np.degrees(np.arccos(np.clip(line[2] / max(np.linalg.norm(line), 1e-9), -1.0, 1.0))))
    greatest = limits("column_tilt_deg")[1]
    if tilt > 180.0 - greatest:
        raise FrameError(
            f"The column stands upside down: {names[-1]} lies above {names[0]}.",
            "Is the third axis really the head's? Give the right axes with --space, or rename the levels.",
        )
    if tilt > greatest:
        raise FrameError(
            f"The column from {names[0]} to {names[-1]} lies {tilt:.0f} degrees off the head-foot axis.",
            "Which way do the file's axes grow? Give three letters with --space, such as RAS or ASR.",
        )
    for (upper, a), (lower, b) in pairwise(zip(names, centers, strict=True)):
        if a[2] <= b[2]:
            raise LevelError(f"{lower} lies above {upper}.", "Are the files named after the right levels? Rename them.")

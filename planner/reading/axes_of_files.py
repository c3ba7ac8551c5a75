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
    stated: Mapping[str, tuple[str, str]], asked: str | None, model: str | None
) -> tuple[str, str, list[str]]:
    """Decide the axes of all files of a case: (code, source, notes).

    ``stated`` maps file names to (code, ``header`` or ``format``). ``--space`` wins over headers, a header
    over the model file, that over what a format implies, and that over the assumption LPS. Files of one
    case that state different axes are an error, because one of them is wrong.
    """
    notes = []
    headers = {name: code for name, (code, source) in stated.items() if source == "header"}
    implied = {name: code for name, (code, source) in stated.items() if source == "format"}
    if asked is not None:
        space_to_lps(asked)
        others = sorted({c for c in headers.values() if c != asked.upper()})
        if others:
            notes.append(f"--space {asked.upper()} was used although headers say {', '.join(others)}.")
        return asked.upper(), "--space", notes
    for source, codes in (("header", headers), ("format", implied)):
        if len(set(codes.values())) > 1:
            (a, code_a), (b, code_b) = list({c: (n, c) for n, c in codes.items()}.values())[:2]
            raise FrameError(
                f"The files disagree about their axes: '{a}' says {code_a}, '{b}' says {code_b}.",
                "Which is right? Give it with --space, or export all files in the same axes.",
            )
        if source == "header" and headers:
            return next(iter(headers.values())), "header", notes
        if source == "header" and model is not None:
            space_to_lps(model)
            return model.upper(), "model file", notes
    if implied:
        return next(iter(implied.values())), "format", notes
    notes.append("The files do not state their axes; LPS was assumed. Give --space if that is wrong.")
    return ASSUMED, "assumed", notes


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
            raise LevelError(
                f"{lower} lies above {upper}.", "Are the files named after the right levels? Rename them."
            )

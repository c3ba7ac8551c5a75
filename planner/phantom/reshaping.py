"""Operators that change how a person is built, before anything is done to the bones: narrow canals, thin pedicles.

They build the column again with other measures, so they come first.
"""

from __future__ import annotations

import numpy as np

from planner.errors import InputError
from planner.phantom.column import Column, column
from planner.phantom.shape import LEVELS


def congenital_stenosis(made: Column, level: str, canal_ap_mm: float, below: str = "") -> Column:
    """Give a level, or all from it down to `below`, a canal as deep as `canal_ap_mm`.

    The laminae come forward with it, the pillars stay: the spinolaminar line nears that of the facets.
    Logged for each level: the depth asked for, and the depth between rear wall and lamina read from the bone.
    """
    levels = _run(made, level, below)
    new = _again(made, {one: {"canal_ap": canal_ap_mm} for one in levels})
    read = {one: round(_depth(new, one), 2) for one in levels}
    return new.changed(operator="congenital_stenosis", levels=list(levels), asked_mm=canal_ap_mm, canal_ap_mm=read)


def narrow_pedicles(made: Column, level: str, width_mm: float, below: str = "") -> Column:
    """Give a level, or all from it down to `below`, pedicles `width_mm` wide on both sides.

    Logged: the width asked for; canal and foramen keep their sizes and stand that far apart.
    """
    levels = _run(made, level, below)
    if "C2" in levels:
        raise InputError("C2 has no pedicle of this kind.", "Name levels from C3 to C7; for C2 see high-riding-artery.")
    new = _again(made, {one: {"pedicle_width": width_mm} for one in levels})
    return new.changed(operator="narrow_pedicles", levels=list(levels), pedicle_width_mm=width_mm)


def _run(made: Column, level: str, below: str) -> tuple[str, ...]:
    last = below or level
    there = tuple(one for one in LEVELS if one in made.bones)
    if last not in there or there.index(last) < there.index(level):
        raise InputError(f"'{last}' does not lie below {level} in this column.", f"It has {', '.join(there)}.")
    return there[there.index(level) : there.index(last) + 1]


def _again(made: Column, changes: dict[str, dict[str, float]]) -> Column:
    """The column built again with some measures replaced, its log kept."""
    if any(entry["operator"] not in ("congenital_stenosis", "narrow_pedicles") for entry in made.log):
        raise InputError(
            "A change of the bones' measures comes before what is done to the bones.", "Name it first, then the others."
        )
    merged = {level: {**made.plan.changes.get(level, {}), **changes.get(level, {})} for level in made.bones}
    from dataclasses import replace

    new = column(
        tuple(made.bones), made.seed, sex=made.plan.sex, spread=made.plan.spread,
        lordosis_deg=made.plan.lordosis_deg, changes=merged,
    )  # fmt: skip
    return replace(new, log=made.log)


def _depth(made: Column, level: str) -> float:
    """From the rear wall at the body's middle back to the lamina at its own, along the level's own axis."""
    here = made.bones[level]
    wall, arch = here.shape.posterior_wall, -here.shape.lamina_drop
    t = np.arange(0.0, 25.0, 0.02)
    line = np.column_stack([np.zeros_like(t), wall + 3.0 + t, np.full_like(t, arch)])
    behind = t[np.argmax(here.solid(line) < 0)]
    front = np.column_stack([np.zeros_like(t), wall + 3.0 - t, np.zeros_like(t)])
    return float(behind + t[np.argmax(here.solid(front) < 0)])

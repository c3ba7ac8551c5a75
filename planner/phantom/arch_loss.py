"""Operators that take an arch away: laminae that are missing, and laminae that a surgeon removed."""

from __future__ import annotations

from dataclasses import replace

from planner.errors import InputError
from planner.geometry.axes import SIGN
from planner.phantom.column import Bone, Column
from planner.phantom.parts import ellipsoid
from planner.phantom.pathology import rough
from planner.phantom.shape import LEVELS
from planner.phantom.solid import Solid
from planner.phantom.truth import region_volume

_SHARP = 12.0


def lamina_absent(column: Column, level: str, side: str, seed: int = 0) -> Column:
    """Take one side's lamina away, from beside the spinous process to the lateral mass, with worn edges.

    Logged: volume removed.
    """
    here = column.bones[level]
    inner, outer = 2.5, _groove(here)
    bite = _behind(here, inner * SIGN[side], outer * SIGN[side])
    new = replace(here, solid=here.solid.without(rough(bite, [seed, 15, int(level[1])], 0.3), 0.6))
    return column.changed(
        new, operator="lamina_absent", level=level, side=side, seed=seed, removed_mm3=_lost(here, new)
    )


def laminectomy(column: Column, level: str, below: str = "", width_mm: float = 0.0) -> Column:
    """Take laminae and spinous process away between two straight troughs, from a level down to `below`.

    `width_mm` between the troughs; 0 for from groove to groove, where lamina and lateral mass meet.
    Logged for each level: the width and the volume removed.
    """
    last = below or level
    there = [one for one in LEVELS if one in column.bones]
    if last not in there or there.index(last) < there.index(level):
        raise InputError(f"'{last}' does not lie below {level} in this column.", f"It has {', '.join(there)}.")
    done, widths, removed = column, {}, {}
    for one in there[there.index(level) : there.index(last) + 1]:
        here = done.bones[one]
        half = width_mm / 2 if width_mm else _groove(here)
        new = replace(here, solid=here.solid.without(_behind(here, -half, half), 0.4))
        widths[one], removed[one] = round(2 * half, 2), _lost(here, new)
        done = done.changed(new)
    return done.changed(operator="laminectomy", levels=list(widths), width_mm=widths, removed_mm3=removed)


def _groove(here: Bone) -> float:
    """Distance of the lamina's outer end from the midline."""
    return here.shape.canal_width / 2 - 0.6


def _behind(here: Bone, one: float, other: float) -> Solid:
    """A block behind the canal's middle between two distances from the midline."""
    shape = here.shape
    front = shape.posterior_wall + 0.42 * shape.canal_ap
    rear = shape.spinous_tip[1] + 12.0
    middle = [(one + other) / 2, (front + rear) / 2, shape.spinolaminar[2] - 3.0]
    return ellipsoid(middle, [abs(other - one) / 2, (rear - front) / 2, 28.0], power=_SHARP)


def _lost(before: Bone, after: Bone) -> float:
    box = before.solid.box
    return round(region_volume(before.solid, box, 0.4) - region_volume(after.solid, box, 0.4), 1)

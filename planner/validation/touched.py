"""Which landmarks a damage took, and which it came near: only the rest can be asked to hold still."""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import SIDES
from planner.geometry.surface import Surface
from planner.validation.damage import Damage, Kind
from planner.validation.observation import MEASURED, Observation

MASS_POINTS = ("center", "medial_border", "lateral_border", "superior_border", "inferior_border")
ARCH_POINTS = ("spinolaminar_point", "spinous_process_tip", "lamina_left", "lamina_right")
# A point nearer to a tool than this is not asked to hold still: it is the middle of something wider.
NEAR_MM = {"canal_center": 6.0, "transverse_foramen": 4.0, "pedicle_isthmus": 4.0, "pars_isthmus": 4.0}
NEAR_OTHER_MM = 1.0
# Centres of fitted planes: a mass on one spot of an endplate is no reason for them to move.
FITTED = ("superior_endplate_center", "inferior_endplate_center", "body_center")
INSIDE_MM = 0.5


def mass_points(side: str) -> list[str]:
    return [f"lateral_mass_{part}_{side}" for part in MASS_POINTS]


def gone(kind: Kind, side: str, twin: Observation, damage: Damage) -> set[str]:
    """Landmarks of parts that were taken as a whole: they must be reported absent.

    Of an arch, those that lie in the bone taken (a lamina reaches past a narrow cut).
    """
    names: set[str] = set()
    for one in SIDES:
        if "masses" in kind.gone or ("mass" in kind.gone and one == side):
            names |= set(mass_points(one))
    if "arch" in kind.gone:
        names |= set(ARCH_POINTS) & inside(twin, damage.taken)
    return {name for name in names if name in twin.marks and twin.marks[name].status == MEASURED}


def inside(twin: Observation, tool: Surface | None) -> set[str]:
    """Measured landmarks of the intact bone that lie in a tool, deeper than half a millimetre."""
    return {name for name, depth in _depths(twin, tool).items() if depth > INSIDE_MM}


def lost(kind: Kind, side: str, twin: Observation, damage: Damage) -> set[str]:
    """Landmarks whose place is gone or covered: whatever is called measured there is false.

    A space, a bridge and a fitted plane (canal, foramen, isthmus, endplate) are not places on the surface and are
    left out.
    """
    points = inside(twin, damage.taken) | inside(twin, damage.added)
    return gone(kind, side, twin, damage) | {name for name in points if not name.startswith((*NEAR_MM, *FITTED))}


def touched(kind: Kind, side: str, twin: Observation, damage: Damage) -> frozenset[str]:
    """Landmarks that a damage took, covered or came near, and those that are constructed from them."""
    near = gone(kind, side, twin, damage)
    for tool in (damage.taken, damage.added):
        for name, depth in _depths(twin, tool).items():
            if name in FITTED:
                continue
            margin = next((mm for start, mm in NEAR_MM.items() if name.startswith(start)), NEAR_OTHER_MM)
            if depth > -margin:
                near.add(name)
    for one in SIDES:
        if near & set(mass_points(one)):
            near |= set(mass_points(one))
            if damage.taken is not None:
                near.add(f"lamina_{one}")  # half-way to a border that is no more
    if kind.gone:
        near.add("canal_center")  # the centroid of a ring that is open now
    return frozenset(near)


def _depths(twin: Observation, tool: Surface | None) -> dict[str, float]:
    """How deep each measured landmark lies in a tool (mm, negative outside)."""
    if tool is None:
        return {}
    names = [n for n, m in twin.marks.items() if m.status == MEASURED]
    places = twin.frame.to_local(np.array([twin.marks[n].xyz for n in names]))
    distance = tool.closest(places)[0] * np.where(tool.contains(places), 1.0, -1.0)
    return dict(zip(names, distance.tolist(), strict=True))

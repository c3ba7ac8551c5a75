"""Everything the geometric constructions read off one bone in one frame, before it is judged.

All values are local (l, p, s). What a construction did not find is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.arch import JUNCTION_MM, LaminaSection, arch_reaches, find_lamina, spinous_tip
from planner.anatomy.axis import (
    LAMINA_L_MM,
    c2_inferior_facet,
    c2_superior_facet,
    dens_tip,
    pars_length,
    sagittal_heights,
)
from planner.anatomy.body import Body, measure_body
from planner.anatomy.canal import CanalSpace, canal_width, canal_width_about, measure_canal
from planner.anatomy.facet import FacetPlane, inferior_facet, superior_facet
from planner.anatomy.foramen import Tunnel, find_foramen
from planner.anatomy.isthmus import (
    BEFORE_FORAMEN_MM,
    LOW_PEDICLE,
    PARS,
    PEDICLE,
    Cut,
    narrowest,
    pars_seeds,
    pedicle_seeds,
    sections_near,
)
from planner.anatomy.lateral_mass import MassBorders, find_mass
from planner.anatomy.sounding import Sounding
from planner.geometry.axes import OPPOSITE, SIDES
from planner.geometry.surface import Surface

# At C7 and T1 the foramen, if any, lies in front of the transverse process, lateral to the mass.
C7_ABOUT_L_MM = 13.0
USUAL_FORAMEN_L_MM = 16.0  # where to begin a side whose foramen is not found; never a result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readout:
    """Raw local geometry of one bone. Mappings by side leave out what was not found."""

    level: str
    sounding: Sounding
    body: Body
    canal: CanalSpace
    canal_width_mm: float
    tunnels: Mapping[str, Tunnel]
    masses: Mapping[str, MassBorders]
    facets: Mapping[str, FacetPlane]
    laminae: Mapping[str, LaminaSection]
    bridges: Mapping[str, Cut]
    spinous: np.ndarray | None
    dens: np.ndarray | None
    heights: Mapping[tuple[str, str], float]


def read_bone(surface: Surface, frame, level: str) -> Readout | None:
    """Run the constructions in their order; None where not even a vertebral body is found."""
    sounding = Sounding.of(surface, frame)
    body = measure_body(sounding, level)
    if body is None:
        return None
    canal = measure_canal(sounding, body)
    tunnels = {side: t for side in SIDES if (t := find_foramen(sounding, body, level, side)) is not None}
    beside = {side: _foramen_l(tunnels, side) for side in SIDES}
    masses: dict[str, MassBorders] = {}
    facets: dict[str, FacetPlane] = {}
    laminae: dict[str, LaminaSection] = {}
    cuts: dict[str, list[Cut]] = {}
    heights: dict[tuple[str, str], float] = {}
    about_s = canal.spinolaminar[2] if canal.spinolaminar is not None else body.center[2] - 3.0
    for side in SIDES:
        if level == "C2":
            _read_axis_side(sounding, body, side, beside[side], facets)
            lamina_l = LAMINA_L_MM
            seeds, window = pars_seeds(side, beside[side], body.wall[1], body.center[2]), PARS
        else:
            front = tunnels[side].center[1] + 1.0 if side in tunnels else body.wall[1] - 3.0
            about_l = C7_ABOUT_L_MM if level in ("C7", "T1") else beside[side]
            mass = find_mass(sounding, side, about_l, body.center[2] - 4.0, front)
            if mass is not None:
                masses[side] = mass
                _read_mass_facets(sounding, side, mass, facets)
            lamina_l = (JUNCTION_MM + abs(mass.medial[0])) / 2 if mass is not None else 7.0
            # At C7 and T1 the foramen, where there is one, says nothing of the pedicle: it lies far lateral.
            low = level in ("C7", "T1")
            seeds = pedicle_seeds(
                side, about_l if low else beside[side] - BEFORE_FORAMEN_MM, body.wall[1], body.center[2]
            )
            window = LOW_PEDICLE if low else PEDICLE
        cuts[side] = sections_near(sounding, side, seeds, window)
        lamina = find_lamina(sounding, body, side, lamina_l, about_s)
        whole = canal.spinolaminar is not None or arch_reaches(sounding, body, side, about_s)
        if lamina is not None and whole:
            laminae[side] = lamina
    bridges = narrowest(cuts)
    height = np.mean([c.center[2] for c in bridges.values()]) if bridges else body.center[2] + 2.0
    width = canal_width(sounding, body, float(height))
    if level == "C2" and np.isfinite(width):
        margin = canal_width_about(sounding, body, float(height))
        for side in SIDES:
            beside_canal = sagittal_heights(sounding, margin / 2, side, tunnels.get(side))
            heights["isthmus_height", side] = beside_canal.isthmus_mm
            heights["internal_height", side] = beside_canal.internal_mm
            if side in bridges:
                heights["pars_length", side] = pars_length(sounding, bridges[side], tunnels.get(side))
    return Readout(
        level=level, sounding=sounding, body=body, canal=canal, canal_width_mm=width, tunnels=tunnels, masses=masses,
        facets=facets, laminae=laminae, bridges=bridges,
        spinous=spinous_tip(sounding, body) if canal.spinolaminar is not None else None,
        dens=dens_tip(sounding, body) if level == "C2" else None, heights=heights,
    )  # fmt: skip


def _foramen_l(tunnels: Mapping[str, Tunnel], side: str) -> float:
    """|l| of this side's foramen, of the other's where this one is not found, or a usual start."""
    for which in (side, OPPOSITE[side]):
        if which in tunnels:
            return abs(float(tunnels[which].center[0]))
    return USUAL_FORAMEN_L_MM


def _read_mass_facets(sounding: Sounding, side: str, mass: MassBorders, facets: dict[str, FacetPlane]) -> None:
    l = float(mass.center[0])
    superior = superior_facet(sounding, l, mass.superior[2], mass.top[2])
    inferior = inferior_facet(sounding, l, mass.inferior[2], mass.superior[2])
    if superior is not None:
        facets[f"superior_{side}"] = superior
    if inferior is not None:
        facets[f"inferior_{side}"] = inferior


def _read_axis_side(sounding: Sounding, body: Body, side: str, l: float, facets: dict[str, FacetPlane]) -> None:
    superior = c2_superior_facet(sounding, body, side, l)
    inferior, _ = c2_inferior_facet(sounding, body, side, l)
    if superior is not None:
        facets[f"superior_{side}"] = superior
    if inferior is not None:
        facets[f"inferior_{side}"] = inferior

"""Calcification of a given volume at a named place: attached to its level, or lying apart from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.errors import InputError
from planner.geometry.axes import SIGN
from planner.phantom.column import Bone, Column, grown
from planner.phantom.pathology import lamina_point, nodular
from planner.phantom.solid import Solid
from planner.phantom.truth import round_all, solid_volume

PLACES = ("paraspinal", "dorsal", "intraspinal")
_APART_MM = 1.6


def calcification(
    column: Column, level: str, side: str, place: str = "paraspinal", volume_mm3: float = 400.0,
    separate: bool = False, seed: int = 0,
) -> Column:  # fmt: skip
    """Let a nodular mass of `volume_mm3` grow beside (paraspinal), behind (dorsal) or within the canal (intraspinal).

    A `separate` one keeps 1.6 mm from every part of its level. Logged: the volume outside the bone, the
    middle, and what was asked for.
    """
    if place not in PLACES:
        raise InputError(f"'{place}' is no place of a mass.", f"Say {', '.join(PLACES)}.")
    here = column.bones[level]
    low, high = 0.3, 3.0
    for _ in range(12):
        size = (low + high) / 2
        volume = solid_volume(_free(here, _lumps(here, side, place, size, separate, seed), separate), 0.5)[0]
        low, high = (size, high) if volume < volume_mm3 else (low, size)
    mass = _lumps(here, side, place, low, separate, seed)
    if separate:
        mass = _free(here, mass, True)
    volume, middle = solid_volume(_free(here, mass, separate), 0.3)
    return column.changed(
        replace(here, masses=(*here.masses, mass)), operator="calcification", level=level, side=side, where=place,
        separate=separate, seed=seed, asked_mm3=volume_mm3, volume_mm3=round(volume, 1), center_lps=round_all(middle),
    )  # fmt: skip


def _free(here: Bone, mass: Solid, separate: bool) -> Solid:
    """The part of a mass that lies well away from its level, or what it adds to the level."""
    return mass.without(grown(here.with_masses, _APART_MM)) if separate else here.gained(mass)


def _lumps(here: Bone, side: str, place: str, size: float, separate: bool, seed: int) -> Solid:
    """Six overlapping balls, their distances and radii times `size`."""
    rng = np.random.default_rng([seed, 16])
    shape, mirror = here.shape, np.array([SIGN[side], 1.0, 1.0])
    c, spread, radius = shape.mass_center * mirror, np.array([3.0, 3.0, 4.0]), 3.0
    away = 5.0 * size if separate else 0.0
    if place == "dorsal":
        start = c + [-3.0 * SIGN[side], 4.5 + away, 0.0]
    elif place == "paraspinal":
        start = c + [SIGN[side] * (shape.mass_width / 2 + 1.5 + away), -1.0, 0.0]
    else:
        point, normal = lamina_point(here, side, 6.5, 0.0)
        start, spread, radius = point - (shape.lamina_thickness / 2 + away) * normal, np.array([2.0, 0.8, 3.0]), 1.8
    balls = [(start, radius * size)]
    for _ in range(5):
        balls.append((start + size * spread * rng.uniform(-1, 1, 3), size * radius * rng.uniform(0.7, 1.0)))
    return nodular(here, balls, seed, 0.25)

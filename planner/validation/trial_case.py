"""A column with random pathologies and what is true of it, drawn from a seed alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.geometry.axes import SIDES, SIGN
from planner.phantom.calcification import calcification
from planner.phantom.column import Column, column
from planner.phantom.displacement import facet_overlap, lock, perch, slip, slip_mm
from planner.phantom.pathology import destroy_lateral_mass, lamina_hole, narrow_foramen, thin_lateral_mass

MASS_LEVELS = ("C3", "C4", "C5", "C6")
UPPER_LEVELS = ("C2", "C3", "C4", "C5")
LEAST_HOLE_MM2 = 4.0
"""Smaller holes count neither as found nor as missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    level: str
    side: str
    center: tuple[float, float, float]
    area_mm2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is true of a column.

    `residual` and `state` by (level, side): bone left of a mass and ``healthy``, ``thinned`` or ``destroyed``;
    `holes` of 4 mm2 and more; `excess_mm3` by level; `slip_mm` by upper level; `facet` by (upper level, side): its
    state, None where a facet is gone; `foramen_mm` by (level, side).
    """

    residual: dict[tuple[str, str], float]
    state: dict[tuple[str, str], str]
    holes: tuple[Hole, ...]
    excess_mm3: dict[str, float]
    slip_mm: dict[str, float]
    facet: dict[tuple[str, str], str | None]
    foramen_mm: dict[tuple[str, str], float]


def ill_column(seed: int) -> Column:
    """A person with up to one destroyed and one thinned mass, lamina holes, a displacement, masses, a narrow foramen.

    Each comes in about six of ten columns. Calcification may lie where a mass is lost, or anywhere else, and is
    one surface with the bone; one in four lies apart from it.
    """
    rng = np.random.default_rng([seed, 77])
    made = column(seed=seed)

    def chance(share: float = 0.6) -> bool:
        return bool(rng.random() < share)

    def one(names: tuple[str, ...]) -> str:
        return names[int(rng.integers(len(names)))]

    levels = [MASS_LEVELS[k] for k in rng.permutation(len(MASS_LEVELS))]
    lost: list[tuple[str, str]] = []
    if chance():
        lost.append((levels[0], one(SIDES)))
        made = destroy_lateral_mass(made, *lost[-1], seed)
    if chance():
        lost.append((levels[1], one(SIDES)))
        made = thin_lateral_mass(made, *lost[-1], float(rng.uniform(0.4, 0.6)), seed)
    if chance():
        level = one(MASS_LEVELS)
        for number, lateral in enumerate(_apart(rng, int(rng.integers(1, 4)))):
            side = "left" if lateral > 0 else "right"
            area = float(rng.uniform(5.0, 13.0))
            made = lamina_hole(made, level, side, abs(lateral), float(rng.uniform(-1.5, 1.5)), area, seed + number)
    if chance():
        made = _displaced(made, rng, one, {level for level, _ in lost})
    for level, side in lost:
        if chance(0.5):
            volume = float(rng.uniform(250.0, 900.0))
            made = calcification(made, level, side, one(("paraspinal", "dorsal")), volume, False, seed)
    if chance():
        place = one(("paraspinal", "dorsal", "intraspinal"))
        volume = float(rng.uniform(80.0, 200.0) if place == "intraspinal" else rng.uniform(250.0, 900.0))
        apart = place != "intraspinal" and chance(0.25)
        made = calcification(made, one(MASS_LEVELS), one(SIDES), place, volume, apart, seed + 5)
    if chance():
        level, side = one(("C2", *MASS_LEVELS)), one(SIDES)
        made = narrow_foramen(made, level, side, float(rng.uniform(1.8, 3.2)), seed)
    return made


def _apart(rng: np.random.Generator, count: int) -> list[float]:
    """Places across a lamina, signed mm from the midline, at least 4 mm apart."""
    places: list[float] = []
    for _ in range(60):
        one = float(rng.uniform(4.0, 8.0) * rng.choice([-1.0, 1.0]))
        if len(places) < count and all(abs(one - other) >= 4.0 for other in places):
            places.append(one)
    return places


def _displaced(made: Column, rng: np.random.Generator, one, ill: set[str]) -> Column:
    upper, side = one(UPPER_LEVELS), one(SIDES)
    kind = one(("slip", "perch", "lock"))
    below = f"C{int(upper[1:]) + 1}"
    # A joint needs both its facets to be perched or locked.
    if kind == "slip" or {upper, below} & ill:
        return slip(made, upper, float(rng.uniform(2.2, 4.5)))
    move = perch if kind == "perch" else lock
    return move(made, upper, side, float(rng.uniform(3.2, 4.6)))


def known(made: Column, foramina: dict[tuple[str, str], float]) -> Known:
    """What the log and the build of a column say; `foramina` are their narrowest diameters."""
    from planner.assessment.grading import severity

    residual = {(level, side): 1.0 for level in MASS_LEVELS for side in SIDES}
    state = dict.fromkeys(residual, "healthy")
    holes, excess = [], dict.fromkeys(made.bones, 0.0)
    moved: dict[tuple[str, str], str] = {}
    for entry in made.log:
        match entry["operator"]:
            case "destroy_lateral_mass" | "thin_lateral_mass" as operator:
                key = entry["level"], entry["side"]
                residual[key] = entry["residual_fraction"]
                state[key] = "destroyed" if operator.startswith("destroy") else "thinned"
            case "lamina_hole" if entry["area_mm2"] >= LEAST_HOLE_MM2:
                holes.append(
                    Hole(
                        level=entry["level"], side=entry["side"], center=tuple(entry["center_lps"]),
                        area_mm2=entry["area_mm2"],
                    )
                )  # fmt: skip
            case "add_mass" | "calcification":
                excess[entry["level"]] += entry["volume_mm3"]
            case "perch" | "lock" as operator:
                moved[entry["upper"], entry["side"]] = "perched" if operator == "perch" else "locked"
    slips, facets = {}, {}
    levels = list(made.bones)
    for upper, lower in zip(levels, levels[1:], strict=False):
        slips[upper] = slip_mm(made, upper, lower)
        for side in SIDES:
            gone = any(state.get((level, side), "healthy") != "healthy" for level in (upper, lower))
            overlap = 100.0 * facet_overlap(made, upper, lower, side)
            graded = "subluxed" if severity("facet.subluxed", {"overlap_percent": overlap}) else "normal"
            facets[upper, side] = None if gone else moved.get((upper, side), graded)
    return Known(
        residual=residual, state=state, holes=tuple(holes), excess_mm3=excess, slip_mm=slips, facet=facets,
        foramen_mm=foramina,
    )  # fmt: skip


def foramina_of(made: Column) -> dict[tuple[str, str], float]:
    """Narrowest diameter of every transverse foramen of C2 to C6, bone and mass together; nan where none closes."""
    from planner.phantom.truth import ForamenProbe

    found = {}
    for level in ("C2", *MASS_LEVELS):
        here = made.bones[level]
        for side in SIDES:
            mirror = np.array([SIGN[side], 1.0, 1.0])
            probe = ForamenProbe.across(here.pose, here.shape.foramen * mirror, here.shape.foramen_diameter / 2, 0.2)
            both = here.with_masses(probe.points) if here.masses else None
            found[level, side] = probe.narrowest(here.in_world(probe.points), both)
    return found

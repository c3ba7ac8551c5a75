"""How much of each lateral mass is left, once the whole column has said which side can be a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.assessment.grading import comparison
from planner.assessment.sides import SideBySide
from planner.geometry.axes import OPPOSITE

MIRRORED_VOLUME = "volume in the mirrored room"
UNDER_MATCHED = "bone under matched surface"
OWN_VOLUME = "volume in its own room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What is left of a lateral mass as a fraction of its reference, and of the reference's height (nan if the
    reference gives none); how it was judged, against what, and the excess that lies at it."""

    fraction: float
    height_fraction: float
    judged_by: str
    reference: str
    excess_mm3: float


def judge(looks: Mapping[str, SideBySide]) -> tuple[dict[str, SideBySide], dict[tuple[str, str], Residual]]:
    """Return (the looks without excess that is only the other side's deficit, the residual of each mass).

    A side is sound when its borders and no fewer facets than the other's are measured and its volume is
    within limits of the neighbouring levels'. Where the other side lacks bone, nothing in a sound side's own
    room is excess. The mirrored
    other side is the reference unless it is not sound: then the neighbouring levels' median is, if there is
    one. Without excess plain volume decides; with excess volume proves nothing and the matched surface decides.
    """
    volumes = {(level, side): mass.own_mm3 for level, look in looks.items() for side, mass in look.masses.items()}
    sound = {key: _sound(looks[key[0]], key[1], neighbour_ratio(volumes, *key)) for key in volumes}
    spared = {}
    for level, look in looks.items():
        for side in ("left", "right"):
            if sound.get((level, side)) and _lacking(look, OPPOSITE[side], sound):
                look = look.sparing(side)
        spared[level] = look
    residuals = {}
    for level, side in volumes:
        look = spared[level]
        mass, excess = look.masses[side], look.excess_at(side)
        ratio = neighbour_ratio(volumes, level, side)
        ill_twin = sound.get((level, OPPOSITE[side])) is False
        if ill_twin and sound[level, side]:
            known = ratio == ratio
            residuals[level, side] = Residual(
                fraction=ratio if known else float("nan"), height_fraction=float("nan"), judged_by=OWN_VOLUME,
                reference="median of the neighbouring levels" if known else "none: the other side is ill",
                excess_mm3=excess,
            )  # fmt: skip
            continue
        doubtful = excess >= comparison("excess_doubt_mm3")
        fraction = mass.credible_fraction if doubtful else mass.filled_fraction
        reference = f"{OPPOSITE[side]} side mirrored"
        if ill_twin and ratio == ratio and not doubtful and ratio < fraction:
            fraction, reference = ratio, "median of the neighbouring levels"
        residuals[level, side] = Residual(
            fraction=fraction,
            height_fraction=mass.credible_height_fraction if doubtful else mass.height_fraction,
            judged_by=UNDER_MATCHED if doubtful else MIRRORED_VOLUME, reference=reference, excess_mm3=excess,
        )  # fmt: skip
    return spared, residuals


def _lacking(look: SideBySide, side: str, sound: Mapping[tuple[str, str], bool]) -> bool:
    """Whether a side lacks bone that the other one has."""
    mass = look.masses.get(side)
    return not sound.get((look.level, side), False) or mass.filled_fraction < comparison("lacking_ratio")


def _sound(look: SideBySide, side: str, ratio: float) -> bool:
    if side not in look.rooms or look.facets[side] < look.facets[OPPOSITE[side]]:
        return False
    return not (ratio < comparison("ill_reference_ratio") or ratio > comparison("swollen_reference_ratio"))


def neighbour_ratio(volumes: Mapping[tuple[str, str], float], level: str, side: str) -> float:
    """Return a mass' volume over the median of the other levels' masses of both sides; nan with fewer than two."""
    others = [v for (name, _), v in volumes.items() if name != level and v == v]
    own = volumes.get((level, side), float("nan"))
    return own / float(np.median(others)) if len(others) >= 2 else float("nan")

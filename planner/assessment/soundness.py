"""Which lateral masses are sound enough to be the reference of another one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.kinship import likeness
from planner.assessment.lateral_mass import MassComparison
from planner.assessment.sides import SideBySide
from planner.geometry.axes import OPPOSITE, SIDES

Place = tuple[str, str]
"""Level and side of a lateral mass."""


def sound_sides(
    looks: Mapping[str, SideBySide],
    volumes: Mapping[Place, float],
    vertebrae: Mapping[str, Vertebra],
    slack: float,
) -> tuple[set[Place], dict[str, str]]:
    """Return (sides that can be a reference, the side of each unlike level that is more like the other levels').

    Of two sides that are not alike, only the one whose shape the other levels' masses show can be a reference:
    volume and facets are ambiguous, for calcification adds the one and imitates the other.
    """
    sound, likest = set(), {}
    unlike = {level for level, look in looks.items() if any(shapeless(mass, slack) for mass in look.masses.values())}
    rooms = {(level, side): room for level, look in looks.items() for side, room in look.rooms.items()}
    for level, look in looks.items():
        able = set()
        for side in look.rooms:
            ratio = neighbour_ratio(volumes, level, side)
            within = not (ratio < comparison("ill_reference_ratio") or ratio > comparison("swollen_reference_ratio"))
            if within and (level in unlike or look.facets[side] >= look.facets[OPPOSITE[side]]):
                able.add(side)
        if level in unlike:
            others = [(vertebrae[name], side) for name, side in rooms if name != level and name not in unlike]
            like = {side: likeness(vertebrae[level], side, others, rooms) for side in SIDES}
            if all(share == share for share in like.values()):
                likest[level] = max(SIDES, key=like.__getitem__)
                able &= {likest[level]}
        sound |= {(level, side) for side in able}
    return sound, likest


def shapeless(mass: MassComparison, slack: float) -> bool:
    """Whether its room is full of something that has not the shape of a lateral mass."""
    poor = mass.matched_share < comparison("shapeless_share") / slack
    return poor and mass.filled_fraction > mass.matched_share + comparison("shapeless_gap")


def allowance(looks: Mapping[str, SideBySide]) -> float:
    """How much more than bone usually does the masses of this column differ from their mirror images (1 or more).

    Rough segmentations and natural asymmetry show in every mass, disease in some: the median over the levels of
    the share of mirrored surface found again, against that of smooth and healthy columns. 1 with under 3 levels.
    """
    shares = [max(m.matched_share for m in look.masses.values()) for look in looks.values() if look.masses]
    if len(shares) < 3:
        return 1.0
    usual = comparison("usual_match_share")
    return float(np.clip(usual / max(float(np.median(shares)), 1e-6), 1.0, comparison("largest_allowance")))


def roughness(looks: Mapping[str, SideBySide]) -> float:
    """How many times rougher than smooth bone the sides of this column are, seen on its middle level (1 or more).

    A mirror image bent onto a side leaves out slopes and long waves; what is left is the bone's and the segmentation's
    unevenness, and so is what stands out from it by nature.
    """
    apart = [look.unevenness_mm for look in looks.values() if look.unevenness_mm == look.unevenness_mm]
    return max(float(np.median(apart)) / comparison("usual_unevenness_mm"), 1.0) if len(apart) >= 3 else float("inf")


def lacking(look: SideBySide, side: str, sound: Collection[Place]) -> bool:
    """Whether a side lacks bone that the other one has."""
    mass = look.masses.get(side)
    return (look.level, side) not in sound or (mass is not None and mass.filled_fraction < comparison("lacking_ratio"))


def neighbour_ratio(volumes: Mapping[Place, float], level: str, side: str) -> float:
    """Return a mass' volume over the median of the other levels' masses of both sides; nan with fewer than two."""
    others = [v for (name, _), v in volumes.items() if name != level and v == v]
    own = volumes.get((level, side), float("nan"))
    return own / float(np.median(others)) if len(others) >= 2 else float("nan")

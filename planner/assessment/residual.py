"""How much of each lateral mass is left, once the whole column has said which side can be a reference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.kinship import likeness
from planner.assessment.lateral_mass import MassComparison
from planner.assessment.sides import SideBySide
from planner.geometry.axes import OPPOSITE, SIDES

MIRRORED_VOLUME = "volume in the mirrored room"
UNDER_MATCHED = "bone under matched surface"
CORE_SEEN = "between the volume and the height of the columns that no lump fills"
OWN_VOLUME = "volume in its own room"
_LEVELS = "median of the neighbouring levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What is left of a lateral mass as a fraction of its reference, and of the reference's height (nan where
    that cannot be told); how it was judged, against what, the facets that are missing with it, and the excess
    that lies at it."""

    fraction: float
    height_fraction: float
    judged_by: str
    reference: str
    absent_facets: int
    excess_mm3: float

    @property
    def doubtful(self) -> bool:
        """Whether too little of the mass is left, or seen, for its facets to be those of a joint."""
        return self.fraction < comparison("joint_needs_fraction")


def judge(
    looks: Mapping[str, SideBySide], vertebrae: Mapping[str, Vertebra]
) -> tuple[dict[str, SideBySide], dict[tuple[str, str], Residual]]:
    """Return (the looks without excess that is only the other side's deficit, the residual of each mass).

    A side is sound when its borders and no fewer facets than the other's are measured and its volume is
    within limits of the neighbouring levels'. Where the other side lacks bone, nothing in a sound side's own
    room is excess. The mirrored
    other side is the reference unless it is not sound: then the neighbouring levels' median is, if there is
    one. Plain volume decides as a rule. Where excess lies at the mass, or its room is full but little of the
    mirrored surface is found again, volume proves nothing. If a quarter of the height shows the mirrored surface
    again, the mass is there: a lump only adds to it, so what is left lies between the median height of its columns,
    most of which the lump does not fill, and its volume. If there is no such core, only bone under the surface that
    is found again counts.
    """
    volumes = {(level, side): v for level, look in looks.items() for side, v in look.volumes.items()}
    slack = allowance(looks)
    sound, likest = _sound_sides(looks, volumes, vertebrae, slack)
    spared = {}
    for level, look in looks.items():
        for side in SIDES:
            if (level, side) in sound and _lacking(look, OPPOSITE[side], sound):
                look = look.sparing(side)
        spared[level] = look
    residuals = {
        (level, side): _residual(look, side, sound, neighbour_ratio(volumes, level, side), slack)
        if likest.get(level) != side
        else _kin(neighbour_ratio(volumes, level, side), look.excess_at(side))
        for level, look in spared.items()
        for side in look.masses
    }
    for level, look in spared.items():
        for side in look.rooms:
            # Without a place on the other side there is no mirrored room; the neighbours still say how much is usual.
            if (level, side) not in residuals:
                ratio = neighbour_ratio(volumes, level, side)
                residuals[level, side] = replace(_kin(ratio, float("nan")), reference=_LEVELS)
    return spared, residuals


def hidden_filling(
    look: SideBySide, side: str, residuals: Mapping[tuple[str, str], Residual]
) -> tuple[np.ndarray, ...]:
    """Voxels (n, 3), local mm, of what fills a mass' room without its shape, where that was how it was judged."""
    left = residuals.get((look.level, side))
    ill = left is not None and left.judged_by in (UNDER_MATCHED, CORE_SEEN)
    return (look.masses[side].filling,) if ill and side in look.masses else ()


def _kin(ratio: float, excess: float) -> Residual:
    """The likest side of two unlike ones: it is held against the neighbouring levels alone."""
    return Residual(
        fraction=ratio, height_fraction=float("nan"), judged_by=OWN_VOLUME, absent_facets=0, excess_mm3=excess,
        reference=_LEVELS if ratio == ratio else "nothing: the other side is ill",
    )  # fmt: skip


def _residual(look: SideBySide, side: str, sound: Collection[tuple[str, str]], ratio: float, slack: float) -> Residual:
    mass, excess = look.masses[side], look.excess_at(side)
    mirrored = f"{OPPOSITE[side]} side mirrored"
    ill_twin = (look.level, OPPOSITE[side]) not in sound
    if ill_twin and ((look.level, side) in sound or ratio < mass.filled_fraction):
        return _kin(ratio, excess)
    if not (_shapeless(mass, slack) or excess >= slack * comparison("excess_doubt_mm3")):
        return Residual(
            fraction=mass.filled_fraction, height_fraction=mass.height_fraction, judged_by=MIRRORED_VOLUME,
            absent_facets=0, reference=mirrored, excess_mm3=excess,
        )  # fmt: skip
    if mass.core_share >= comparison("core_share"):
        # A lump adds to the volume but not to the columns it does not reach; those are blind to bone by the lamina.
        return Residual(
            fraction=(mass.filled_fraction + min(mass.height_fraction, mass.filled_fraction)) / 2,
            height_fraction=mass.height_fraction, judged_by=CORE_SEEN, absent_facets=0, reference=mirrored,
            excess_mm3=excess,
        )  # fmt: skip
    return Residual(
        fraction=mass.credible_fraction, height_fraction=mass.credible_height_fraction, judged_by=UNDER_MATCHED,
        absent_facets=mass.absent_facets, reference=mirrored, excess_mm3=excess,
    )  # fmt: skip


def _shapeless(mass: MassComparison, slack: float) -> bool:
    """Full of something that has not the shape of a lateral mass."""
    poor = mass.matched_share < comparison("shapeless_share") / slack
    return poor and mass.filled_fraction > mass.matched_share + comparison("shapeless_gap")


def _sound_sides(
    looks: Mapping[str, SideBySide],
    volumes: Mapping[tuple[str, str], float],
    vertebrae: Mapping[str, Vertebra],
    slack: float,
) -> tuple[set[tuple[str, str]], dict[str, str]]:
    """Return (sides that can be a reference, the side of each unlike level that is more like the other levels').

    Of two sides that are not alike, only the one whose shape the other levels' masses show can be a reference:
    volume and facets are ambiguous, for calcification adds the one and imitates the other.
    """
    sound, likest = set(), {}
    unlike = {level for level, look in looks.items() if any(_shapeless(mass, slack) for mass in look.masses.values())}
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


def _lacking(look: SideBySide, side: str, sound: Collection[tuple[str, str]]) -> bool:
    """Whether a side lacks bone that the other one has."""
    mass = look.masses.get(side)
    return (look.level, side) not in sound or (mass is not None and mass.filled_fraction < comparison("lacking_ratio"))


def neighbour_ratio(volumes: Mapping[tuple[str, str], float], level: str, side: str) -> float:
    """Return a mass' volume over the median of the other levels' masses of both sides; nan with fewer than two."""
    others = [v for (name, _), v in volumes.items() if name != level and v == v]
    own = volumes.get((level, side), float("nan"))
    return own / float(np.median(others)) if len(others) >= 2 else float("nan")

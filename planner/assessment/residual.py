"""How much of each lateral mass is left, once the whole column has said which side can be a reference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison, severity
from planner.assessment.kinship import among_neighbours, likeness, usual_bone
from planner.assessment.lateral_mass import MassComparison
from planner.assessment.sides import AROUND_MASS_MM, SideBySide
from planner.geometry.axes import OPPOSITE, SIDES

MIRRORED_VOLUME = "volume in the reference's room"
UNDER_MATCHED = "bone under matched surface"
CORE_SEEN = "height of the columns that no lump fills"
OWN_VOLUME = "volume in its own room"
LEVELS = "masses of the neighbouring levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What is left of a lateral mass as a fraction of its reference, and of the reference's height (nan where
    that cannot be told); how it was judged, against what, the facets that are missing with it, the excess that lies
    at it, the comparison behind it (None where only volumes were compared), and the volume in its own room over the
    median of the neighbouring levels'."""

    fraction: float
    height_fraction: float
    judged_by: str
    reference: str
    absent_facets: int
    excess_mm3: float
    mass: MassComparison | None
    neighbour_ratio: float = float("nan")

    @property
    def doubtful(self) -> bool:
        """Whether too little of the mass is left, or seen, for its facets to be those of a joint."""
        return self.fraction < comparison("joint_needs_fraction")

    @property
    def destroyed(self) -> bool:
        """Whether it is graded so; one without a fraction is not known to be."""
        values = {"residual_fraction": self.fraction, "absent_facets": self.absent_facets}
        return severity("lateral_mass.destroyed", values) is not None


def judge(
    looks: Mapping[str, SideBySide], vertebrae: Mapping[str, Vertebra]
) -> tuple[dict[str, SideBySide], dict[tuple[str, str], Residual]]:
    """Return (the looks without excess that is only the other side's deficit, the residual of each mass).

    A side is sound when its borders and no fewer facets than the other's are measured and its volume is
    within limits of the neighbouring levels'. Where the other side lacks bone, nothing in a sound side's own
    room is excess. The mirrored
    other side is the reference unless it is not sound: then the sound masses of the neighbouring levels are, each
    laid on this one, if there are any. Plain volume decides as a rule. Where excess lies at the mass, or its room is full but little of the
    mirrored surface is found again, volume proves nothing. If a quarter of the height shows the mirrored surface
    again, the mass is there: a lump only adds to it, so the columns that it does not fill tell what is left. If there
    is no such core, only bone under the surface that is found again counts.
    """
    volumes = {(level, side): v for level, look in looks.items() for side, v in look.volumes.items()}
    slack = allowance(looks)
    sound, likest = _sound_sides(looks, volumes, vertebrae, slack)
    rooms = {(level, side): room for level, look in looks.items() for side, room in look.rooms.items()}
    spared = {}
    for level, look in looks.items():
        for side in SIDES:
            if (level, side) in sound and _lacking(look, OPPOSITE[side], sound) and look.lumps:
                others = [(vertebrae[name], one) for name, one in rooms if name != level and (name, one) in sound]
                usual = usual_bone(vertebrae[level], side, look.bone, others, rooms, AROUND_MASS_MM)
                look = look.sparing(side, usual)
        spared[level] = look
    residuals = {}
    for level, look in list(spared.items()):
        others = [(vertebrae[name], side) for name, side in rooms if name != level and (name, side) in sound]
        for side in SIDES if level != "C2" else ():
            mass = look.masses.get(side)
            if mass is not None and (level, OPPOSITE[side]) in sound and likest.get(level) != side:
                residuals[level, side] = _residual(mass, look, f"{OPPOSITE[side]} side mirrored", slack)
                continue
            mass = among_neighbours(vertebrae[level], side, look.bone, others, rooms)
            if mass is not None:
                residuals[level, side] = _residual(mass, look, LEVELS, slack)
                if (level, side) not in sound:
                    # What stands out of the ill other side is no excess where the neighbours have bone as well.
                    spared[level] = spared[level].less(mass.usual.at)
            elif side in look.rooms:
                residuals[level, side] = _kin(neighbour_ratio(volumes, level, side))
    shown = {
        (level, side): replace(left, neighbour_ratio=neighbour_ratio(volumes, level, side))
        for (level, side), left in residuals.items()
    }
    return spared, shown


def hidden_filling(level: str, side: str, residuals: Mapping[tuple[str, str], Residual]) -> tuple[np.ndarray, ...]:
    """Voxels (n, 3), local mm, of what fills a mass' room without its shape, where that was how it was judged."""
    left = residuals.get((level, side))
    ill = left is not None and left.mass is not None and left.judged_by in (UNDER_MATCHED, CORE_SEEN)
    return (left.mass.filling,) if ill else ()


def _kin(ratio: float) -> Residual:
    """Held against the volumes of the neighbouring levels alone."""
    return Residual(
        fraction=ratio, height_fraction=float("nan"), judged_by=OWN_VOLUME, absent_facets=0, excess_mm3=float("nan"),
        reference=LEVELS if ratio == ratio else "nothing: the other side is ill", mass=None,
    )  # fmt: skip


def _residual(mass: MassComparison, look: SideBySide, reference: str, slack: float) -> Residual:
    excess = look.excess_in(mass.box)
    if not (_shapeless(mass, slack) or excess >= slack * comparison("excess_doubt_mm3")):
        return Residual(
            fraction=mass.filled_fraction, height_fraction=mass.height_fraction, judged_by=MIRRORED_VOLUME,
            absent_facets=0, reference=reference, excess_mm3=excess, mass=mass,
        )  # fmt: skip
    if mass.core_share >= comparison("core_share"):
        # A lump only adds: the lower columns are those that it does not fill. In a mass without a lump a fifth of
        # the columns lies so far below the median, and that below the volume.
        low = mass.free_columns_fraction
        return Residual(
            fraction=min(low + comparison("columns_below_volume"), mass.filled_fraction),
            height_fraction=min(low + comparison("columns_below_height"), mass.height_fraction), judged_by=CORE_SEEN,
            absent_facets=0, reference=reference, excess_mm3=excess, mass=mass,
        )  # fmt: skip
    return Residual(
        fraction=mass.credible_fraction, height_fraction=mass.credible_height_fraction, judged_by=UNDER_MATCHED,
        absent_facets=mass.absent_facets, reference=reference, excess_mm3=excess, mass=mass,
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

"""How much of each lateral mass is left, once the whole column has said which side can be a reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison, severity
from planner.assessment.kinship import among_neighbours, fractions, nearest, usual_bone
from planner.assessment.lateral_mass import MassComparison
from planner.assessment.occupancy import height_over
from planner.assessment.sides import AROUND_MASS_MM, SideBySide
from planner.assessment.soundness import (
    Place,
    allowance,
    lacking,
    neighbour_ratio,
    roughness,
    shapeless,
    sound_sides,
)
from planner.geometry.axes import OPPOSITE, SIDES
from planner.geometry.crossings import Solid

MIRRORED_VOLUME = "volume in the reference's room"
UNDER_MATCHED = "bone under matched surface"
CORE_SEEN = "height of the columns that no lump fills"
OWN_VOLUME = "volume in its own room"
LEVELS = "masses of the neighbouring levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What is left of a lateral mass as a fraction of its reference, and of the reference's height (nan where
    that cannot be told); how it was judged, against what, the facets that are missing with it, the excess that lies
    at it, the comparison behind it (None where only volumes were compared), what the mirrored other side and the
    neighbouring levels' masses each say (nan where not asked), and the volume in its own room over the median of the
    neighbouring levels'."""

    fraction: float
    height_fraction: float
    judged_by: str
    reference: str
    absent_facets: int
    excess_mm3: float
    mass: MassComparison | None
    by_mirror: float = float("nan")
    by_levels: float = float("nan")
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
    looks: Mapping[str, SideBySide], vertebrae: Mapping[str, Vertebra], pool: Executor
) -> tuple[dict[str, SideBySide], dict[Place, Residual]]:
    """Return (the looks without excess that is only the other side's deficit, the residual of each mass).

    A side is sound when its borders and no fewer facets than the other's are measured, its volume is within limits
    of the neighbouring levels', and their masses, laid on it where it is asked for, find it whole. Where the other
    side lacks bone, nothing in a sound side's own room is excess. The mirrored other side, if sound, and the sound
    masses of the neighbouring levels, each laid on this one, are its references: natural asymmetry makes each err by
    itself, so their answers are weighed together. A mass as large as a sound twin is spared the second question.

    Plain volume decides as a rule. Where excess lies at the mass, or its room is full but little of the mirrored
    surface is found again, volume proves nothing. If a quarter of the height shows the mirrored surface again, the
    mass is there: a lump only adds to it, so the columns that it does not fill tell what is left. If there is no such
    core, or little fills the room at all, only bone under the surface that is found again counts. ``pool`` looks at
    several masses at once.
    """
    column = _Column(looks, vertebrae, pool)
    places = [(level, side) for level in looks if level != "C2" for side in SIDES]
    spared = dict(zip(looks, pool.map(column.spared, looks.values()), strict=True))
    told = pool.map(lambda place: column.residual(spared[place[0]], place[1]), places)
    residuals = {place: left for place, left in zip(places, told, strict=True) if left is not None}
    for (level, side), left in residuals.items():
        other = residuals.get((level, OPPOSITE[side]))
        lacks = other is None or not other.fraction >= comparison("lacking_ratio")
        if left.mass is not None and (level, side) not in column.sound and left.reference == LEVELS and lacks:
            # What stands out of the ill other side is no excess where the neighbours have bone as well.
            lean = left.fraction < comparison("lacking_ratio")
            least = comparison("ill_risen_share") if lean else 0.0
            spared[level] = spared[level].beyond(side, left.mass.box, column.usual(level, side, covered=lean), least)
    return dict(zip(spared, pool.map(column.confirmed, spared.values()), strict=True)), residuals


def usual_about(
    level: str,
    side: str,
    vertebrae: Mapping[str, Vertebra],
    looks: Mapping[str, SideBySide],
    residuals: Mapping[Place, Residual],
) -> Solid | None:
    """Where the whole masses of other levels have bone at a mass and about it, once judged; None without any."""
    rooms = {(name, one): room for name, look in looks.items() for one, room in look.rooms.items()}
    if (level, side) not in rooms:
        return None
    whole = [
        (vertebrae[name], one)
        for (name, one), left in residuals.items()
        if name != level and (name, one) in rooms and left.fraction >= comparison("lacking_ratio")
    ]
    return usual_bone(vertebrae[level], side, whole, rooms, AROUND_MASS_MM)


class _Column:
    """The looks of a column, which of its masses are sound, and each mass laid on another at most once."""

    def __init__(
        self, looks: Mapping[str, SideBySide], vertebrae: Mapping[str, Vertebra], pool: Executor
    ) -> None:
        self.looks, self.vertebrae = looks, vertebrae
        self.volumes = {(level, side): v for level, look in looks.items() for side, v in look.volumes.items()}
        self.rooms = {(level, side): room for level, look in looks.items() for side, room in look.rooms.items()}
        self.slack = allowance(looks)
        self.sound, self.likest = sound_sides(looks, self.volumes, vertebrae, self.slack)
        self._laid: dict[Place, list[MassComparison]] = {}
        self._usual: dict[tuple[str, str, bool], Solid | None] = {}
        self.least_risen = comparison("risen_mm3") * roughness(looks) ** 2
        places = sorted(place for place in self.sound if self._suspect(*place))
        ill = list(pool.map(lambda place: self._found_ill(*place), places))
        self.sound -= {place for place, lost in zip(places, ill, strict=True) if lost}

    def residual(self, look: SideBySide, side: str) -> Residual | None:
        """What is left of one mass; None where there is nothing to be compared."""
        level = look.level
        mirrored = look.masses.get(side)
        twin = None
        if mirrored is not None and (level, OPPOSITE[side]) in self.sound and self.likest.get(level) != side:
            twin = _residual(mirrored, look, f"{OPPOSITE[side]} side mirrored", self.slack)
        # As large as a twin that the neighbours do not find ill: what they differ by is the levels' own.
        whole = twin is not None and min(twin.fraction, twin.height_fraction) >= comparison("second_opinion_below")
        kin = None if whole else self._by_levels(look, side)
        ratio = neighbour_ratio(self.volumes, level, side)
        if twin is not None or kin is not None:
            agreed = _agreed(twin, kin)
            if agreed.judged_by == MIRRORED_VOLUME:
                agreed = replace(agreed, fraction=with_height(agreed.fraction, agreed.height_fraction))
            return replace(agreed, neighbour_ratio=ratio)
        return _kin(ratio) if side in look.rooms else None

    def spared(self, look: SideBySide) -> SideBySide:
        """The look without excess that is only the other side's deficit."""
        for side in SIDES:
            here = any(lump.side in (side, "midline") and not lump.detached for lump in look.lumps)
            if here and (look.level, side) in self.sound and lacking(look, OPPOSITE[side], self.sound):
                look = look.sparing(side, self.usual(look.level, side))
        return look

    def confirmed(self, look: SideBySide) -> SideBySide:
        """The look whose lumps stand outside other levels' bone as well, where the mirror image alone says how far."""
        kept = []
        for lump in look.lumps:
            by_core = severity("excess_bone", {"volume_mm3": lump.core_mm3 / self.slack}) is not None
            if not by_core and lump.risen_mm3 >= self.least_risen and (look.level, lump.side) in self.rooms:
                usual = self.usual(look.level, lump.side)
                if usual is not None:
                    lump = replace(lump, heights=np.minimum(lump.heights, height_over(usual, lump.points)))
            kept.append(lump)
        return replace(look, lumps=tuple(kept))

    def usual(self, level: str, side: str, covered: bool = False) -> Solid | None:
        """Where the sound masses of other levels have bone at a mass and about it; None without any.

        ``covered``: what stands out is no part of the mass. Of a side that lacks bone that is more likely than not; of
        a whole one beside an ill twin it is the mass itself.
        """
        place = level, side, covered
        if place not in self._usual:
            others = self._bones((name, one) for name, one in self.rooms if name != level and (name, one) in self.sound)
            hidden = self.looks[level].covered() if covered else None
            bone = self.vertebrae[level]
            self._usual[place] = usual_bone(bone, side, others, self.rooms, AROUND_MASS_MM, hidden)
        return self._usual[place]

    def _suspect(self, level: str, side: str) -> bool:
        """Whether the mirrored other side and the volume leave a doubt that a mass is whole, or its twin is."""
        look = self.looks[level]
        masses = list(look.masses.values())
        if level == "C2":
            return False
        low = comparison("second_opinion_below")
        ratio = neighbour_ratio(self.volumes, level, side)
        unlike = any(mass.filled_fraction < low for mass in masses) or len(masses) != len(SIDES)
        return unlike or ratio < low or bool(look.lumps)

    def _found_ill(self, level: str, side: str) -> bool:
        """Whether each of the neighbouring levels' masses finds it ill: levels differ by nature, not from all others.

        Volume alone is asked: beside an ill twin a whole mass looks as if it had a lump, and a lump only adds.
        """
        others = self._bones(nearest(level, side, self.sound))
        told = fractions(self.vertebrae[level], side, self.looks[level].bone, others, self.rooms)
        whole = (fraction >= comparison("ill_by_each_neighbour") for fraction in told)
        first = next(whole, None)
        return first is False and not any(whole)

    def _by_levels(self, look: SideBySide, side: str) -> Residual | None:
        """What the nearest masses of the neighbouring levels say, the middle one of them."""
        place = look.level, side
        if place not in self._laid:
            bone, others = self.looks[look.level].bone, self._bones(nearest(*place, self.sound))
            self._laid[place] = among_neighbours(self.vertebrae[look.level], side, bone, others, self.rooms)
        found = sorted((_residual(m, look, LEVELS, self.slack) for m in self._laid[place]), key=lambda r: r.fraction)
        return found[(len(found) - 1) // 2] if found else None

    def _bones(self, places: Iterable[Place]) -> list[tuple[Vertebra, str]]:
        return [(self.vertebrae[level], side) for level, side in places]


def _agreed(twin: Residual | None, kin: Residual | None) -> Residual:
    """One answer from the mirrored other side's and the neighbouring levels', one of which may be missing.

    Where only one shows the mass' own shape in what is left, it alone is right: the other was laid amiss. But what
    fills the place of a mass that lacks a facet of its twin's is made bone by a plain likeness to a neighbour alone.
    The height is the twin's, as long as it fits the volume: a neighbour's mass that lies a little askew reaches past
    the bone above or below.
    """
    if twin is None or kin is None:
        only = kin if twin is None else twin
        by_mirror, by_levels = (float("nan") if one is None else one.fraction for one in (twin, kin))
        return replace(only, by_mirror=by_mirror, by_levels=by_levels)
    both = {"by_mirror": twin.fraction, "by_levels": kin.fraction}
    hidden = [one.judged_by == UNDER_MATCHED for one in (twin, kin)]
    if hidden[0] != hidden[1]:
        shown = not twin.absent_facets or kin.mass.core_share >= comparison("core_shown_well")
        # More bone than fills the twin's room, lump and all, is not this mass: the neighbour's lies on something else.
        there = kin.fraction <= twin.mass.filled_fraction + comparison("references_agree")
        return replace(kin if hidden[0] and shown and there else twin, **both)
    fraction = weighed(twin.fraction, kin.fraction)
    return replace(
        twin,
        fraction=fraction,
        height_fraction=fitting_height(twin.height_fraction, kin.height_fraction, fraction),
        reference=f"{twin.reference} and the {LEVELS}",
        **both,
    )


def with_height(fraction: float, height_fraction: float) -> float:
    """Return a volume's fraction averaged with the height's where the two fit.

    What thins a mass from above and below takes the same share of both. They err by themselves, the volume by what the
    two sides differ in width and depth, the height by how an edge is rounded. What takes bone from the side only takes
    more volume than height and leaves the volume alone to tell.
    """
    fits = abs(fraction - height_fraction) <= comparison("height_fits")
    return 0.5 * (fraction + height_fraction) if fits else fraction


def fitting_height(by_mirror: float, by_levels: float, fraction: float) -> float:
    """Return the height by the mirrored other side, unless it contradicts the volume's ``fraction`` and the other fits.

    A lump on the other side, at its foramen say, makes that tall where it should be low.
    """
    off = abs(by_mirror - fraction)
    return by_levels if off > comparison("references_agree") and abs(by_levels - fraction) < off else by_mirror


def weighed(by_mirror: float, by_levels: float) -> float:
    """Return one fraction from the mirrored other side's and the neighbouring levels'; the other where one is nan.

    Two sides differ less than two levels, so each counts by how far it errs; where they contradict each other, nothing
    says which of them was misled.
    """
    known = [one for one in (by_mirror, by_levels) if one == one]
    if len(known) < 2:
        return known[0] if known else float("nan")
    agree = abs(by_mirror - by_levels) <= comparison("references_agree")
    share = comparison("mirror_weight") if agree else 0.5
    return share * by_mirror + (1.0 - share) * by_levels


def hidden_filling(level: str, side: str, residuals: Mapping[Place, Residual]) -> tuple[np.ndarray, ...]:
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
    # So little is the edge of the lamina and the artery's ring, or calcification, as well as the mass.
    remnant = mass.filled_fraction < comparison("remnant_share")
    if not (remnant or shapeless(mass, slack) or excess >= slack * comparison("excess_doubt_mm3")):
        return Residual(
            fraction=mass.filled_fraction, height_fraction=mass.height_fraction, judged_by=MIRRORED_VOLUME,
            absent_facets=0, reference=reference, excess_mm3=excess, mass=mass,
        )  # fmt: skip
    if mass.core_share >= comparison("core_share") and not remnant:
        # A lump only adds: the lower columns are those that it does not fill. A fifth of the columns lies so far below
        # the median, and below the volume; more so where another level's mass, laid on this one, ends elsewhere.
        low = mass.free_columns_fraction
        below = comparison("columns_below_levels" if reference == LEVELS else "columns_below_volume")
        return Residual(
            fraction=min(low + below, mass.filled_fraction),
            height_fraction=min(low + comparison("columns_below_height"), mass.height_fraction), judged_by=CORE_SEEN,
            absent_facets=0, reference=reference, excess_mm3=excess, mass=mass,
        )  # fmt: skip
    return Residual(
        fraction=mass.credible_fraction, height_fraction=mass.credible_height_fraction, judged_by=UNDER_MATCHED,
        absent_facets=mass.absent_facets, reference=reference, excess_mm3=excess, mass=mass,
    )  # fmt: skip

"""Which lateral masses are what they seem: measured, changed, or gone.

A construction always finds something: with a mass cut away and calcified tissue in its place, a complete and
plausible mass was returned every time. So each side is laid upon the other side and upon the next levels' same
side, and where it is not found again, the side that is less like its neighbours is the ill one. All limits are
proposals of this project, set on parts cut from four real columns: all 48 healthy sides of six columns (C3 to C6)
pass; of 192 removed masses 187 are told as absent, 4 pass as measured; of 160 cut, bitten or overgrown ones 11 pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.anatomy.likeness import Half, Likeness, likeness
from planner.anatomy.mirror import MirrorComparison, compare
from planner.anatomy.pattern import resemblance
from planner.anatomy.readout import Readout
from planner.anatomy.vertebra import Status
from planner.geometry.axes import OPPOSITE, SIDES
from planner.reference.levels import order

# Found again on the other side or at the next level (shares): so much is a healthy mass,
LIKE_WHOLE, LIKE_REAR = 0.72, 0.75
# so much within the looser distance is an uneven but healthy one if also volume, rear face and facets agree,
UNEVEN_WHOLE, UNEVEN_REAR, UNEVEN_CLOSE, UNEVEN_REAR_CLOSE = 0.60, 0.78, 0.50, 0.33
VOLUME_RATIO = (0.75, 1.3)
SAME_SHARE, LEAST_REAR = 0.65, 0.7
REAR_OFFSET_MM = 2.5
# and less than this is no mass.
GONE_WHOLE = 0.45
# Where both sides are gone alike only the neighbours tell, and only if they look more like lateral masses.
UNLIKE_NEIGHBOURS, LESS_A_MASS = 0.26, 0.6
PATTERN_WEIGHT = 0.5
HEIGHT_MM = (5.0, 24.0)
WIDTH_MM = (6.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one side's lateral mass is known, how sure (0 to 1), the reason in words and the comparison behind it."""

    status: Status
    reason: str
    comparison: MirrorComparison | None
    sure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What is known of one side before it is judged; a likeness is None where the reference shows no mass."""

    readout: Readout
    side: str
    half: Half
    comparison: MirrorComparison | None
    mirrored: Likeness | None
    beside: Likeness | None
    neighbours: tuple[Half, ...]

    @property
    def has_mass(self) -> bool:
        return self.side in self.readout.masses

    @property
    def like(self) -> bool:
        """True where this side shows the shape of the other side's mass, or of the next level's."""
        found = self.mirrored if self.beside is None else self.beside.best(self.mirrored)
        return _like(found) or (self._agrees and (_uneven(found) or (_uneven_rear(found) and self._same_rear)))

    @property
    def _same_rear(self) -> bool:
        """True where both facets and most of the rear face lie where the mirrored ones do."""
        c = self.comparison
        return c is not None and c.facets == 2 and c.same_share >= SAME_SHARE

    @property
    def _agrees(self) -> bool:
        c = self.comparison
        return (
            c is not None
            and c.facets >= 1
            and VOLUME_RATIO[0] <= c.volume_ratio <= VOLUME_RATIO[1]
            and abs(c.rear_offset_mm) <= REAR_OFFSET_MM
        )

    @property
    def unlike_neighbours(self) -> bool:
        """True where this side lacks the next levels' mass and looks less like one itself."""
        if self.beside is None or self.beside.whole >= UNLIKE_NEIGHBOURS:
            return False
        return resemblance(self.half) < LESS_A_MASS * max(resemblance(half) for half in self.neighbours)


def _like(likeness: Likeness | None) -> bool:
    return likeness is not None and likeness.whole >= LIKE_WHOLE and likeness.rear >= LIKE_REAR


def _uneven(found: Likeness | None) -> bool:
    return (
        found is not None
        and found.whole >= UNEVEN_CLOSE
        and found.rear >= UNEVEN_REAR_CLOSE
        and found.whole_loose >= UNEVEN_WHOLE
        and found.rear_loose >= UNEVEN_REAR
    )


def _uneven_rear(found: Likeness | None) -> bool:
    return found is not None and found.whole >= LIKE_WHOLE and found.rear_loose >= LEAST_REAR


def judge_masses(readouts: Mapping[str, Readout]) -> dict[tuple[str, str], Verdict]:
    """Return a verdict for each level from C3 downwards and side."""
    levels = sorted((name for name in readouts if name not in ("C1", "C2")), key=order)
    halves = {(level, side): Half.of(readouts[level], side) for level in levels for side in SIDES}
    mirrored = {key: likeness(halves[key[0], OPPOSITE[key[1]]], halves[key]) for key in halves}
    near = {key: _neighbours(*key, halves, mirrored) for key in halves}
    sides = {
        (level, side): _Side(
            readout=readouts[level], side=side, half=halves[level, side], comparison=compare(readouts[level], side),
            mirrored=mirrored[level, side], beside=_beside(halves[level, side], near[level, side]),
            neighbours=near[level, side],
        )
        for level, side in halves
    }  # fmt: skip
    verdicts: dict[tuple[str, str], Verdict] = {}
    for level in levels:
        pair = {side: sides[level, side] for side in SIDES}
        ill = _ill_side(pair)
        for side in SIDES:
            verdicts[level, side] = _verdict(pair[side], ill)
    return verdicts


def _neighbours(level: str, side: str, halves: Mapping, mirrored: Mapping) -> tuple[Half, ...]:
    """The same side one level up and down. One that is not like its own other side is no reference: it may be ill."""
    return tuple(
        half for key, half in halves.items()
        if key[1] == side
        and abs(order(key[0]) - order(level)) == 1
        and (_like(mirrored[key]) or _uneven(mirrored[key]))
    )  # fmt: skip


def _beside(half: Half, neighbours: tuple[Half, ...]) -> Likeness | None:
    """Likeness to the neighbours, part by part the better; None without a sound one."""
    best = None
    for neighbour in neighbours:
        found = likeness(neighbour, half)
        if found is not None:
            best = found.best(best)
    return best


def _ill_side(pair: Mapping[str, _Side]) -> str | None:
    """``left``, ``right``, or None where the two are alike."""
    missing = [side for side in SIDES if not pair[side].has_mass]
    if missing:
        return missing[0] if len(missing) == 1 else None
    unlike = [side for side in SIDES if not pair[side].like]
    if len(unlike) < 2:
        return unlike[0] if unlike else None
    return min(SIDES, key=lambda side: _health(pair[side]))


def _health(side: _Side) -> float:
    """How much a side is like its neighbours and like a lateral mass at all; only for comparing two sides."""
    alike = 0.0 if side.beside is None else side.beside.whole + side.beside.rear
    return alike + PATTERN_WEIGHT * resemblance(side.half)


def _verdict(side: _Side, ill: str | None) -> Verdict:
    c = side.comparison
    if not side.has_mass:
        return Verdict(status=Status.ABSENT, reason="no lateral mass found", comparison=c)
    if side.unlike_neighbours:
        share = f"{100 * side.beside.whole:.0f} % of the next level's mass is found here"
        return Verdict(status=Status.ABSENT, reason=f"no lateral mass: {share}", comparison=c)
    mass = side.readout.masses[side.side]
    if not (HEIGHT_MM[0] <= mass.height_mm <= HEIGHT_MM[1] and WIDTH_MM[0] <= mass.width_mm <= WIDTH_MM[1]):
        size = f"implausible size: height {mass.height_mm:.1f} mm, width {mass.width_mm:.1f} mm"
        status = Status.ABSENT if _gone(side) else Status.EXTRAPOLATED
        return Verdict(status=status, reason=size, comparison=c)
    if ill == side.side:
        found = "" if side.mirrored is None else f", {100 * side.mirrored.whole:.0f} % of its shape found again"
        told = "differs from the other side" + found
        if c is not None:
            told += f", bone {100 * c.volume_ratio:.0f} % of it, rear surface {c.rear_offset_mm:+.1f} mm"
        status = Status.ABSENT if _gone(side) else Status.EXTRAPOLATED
        return Verdict(status=status, reason=told, comparison=c)
    if ill is not None:
        reason = "the other side is changed; this one could not be compared with it"
        return Verdict(status=Status.MEASURED, reason=reason, comparison=c, sure=0.9)
    sure = 1.0 if _like(side.mirrored) else 0.7
    return Verdict(status=Status.MEASURED, reason="", comparison=c, sure=sure)


def _gone(side: _Side) -> bool:
    shares = [found.whole for found in (side.mirrored, side.beside) if found is not None]
    return bool(shares) and max(shares) < GONE_WHOLE

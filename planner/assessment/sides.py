"""A vertebra against its mirror image: the lumps one side has alone, and each lateral mass against the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.bending import bent, unevenness_mm
from planner.assessment.excess import Excess, excess_of
from planner.assessment.grading import comparison
from planner.assessment.lateral_mass import Box, MassComparison, compare, mirrored_reference, room_of
from planner.assessment.lumps import about_canal, measured_lumps, thick_pieces
from planner.assessment.mirror import Mirror, in_own_frame, mirror_of
from planner.assessment.occupancy import centers, height_over, in_front, occupied
from planner.assessment.proof import by_foramen, holds
from planner.geometry.axes import OPPOSITE, SIDES, SIGN
from planner.geometry.crossings import Solid
from planner.geometry.surface import Surface

# Not a round number: faces of a mesh that lie on round ones do not fall on the grid.
_MARGIN_MM = 4.13
_MIDLINE_MM = 4.0
# Excess this close to a lateral mass' room belongs to it.
_AT_MASS_MM = 4.0
# A mass that is gone takes the pedicle's root and the canal's corner with it.
AROUND_MASS_MM = 10.0
_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideBySide:
    """The bone and its mirror image as solids (local mm), lumps of excess, the lateral masses that can be compared with
    the other side's, each side's own room and the bone in it (mm3) where its borders are measured, how many of a side's
    facets are measured, and how far the mirror image lies off the bone when it is bent onto it (median, nan if it
    cannot be)."""

    level: str
    bone: Solid
    mirrored: Solid
    lumps: tuple[Excess, ...]
    masses: Mapping[str, MassComparison]
    rooms: Mapping[str, Box]
    volumes: Mapping[str, float]
    facets: Mapping[str, int]
    unevenness_mm: float = float("nan")

    def excess_at(self, side: str) -> float:
        """Volume of proven excess in and next to the room of this side's lateral mass, mm3."""
        return self.excess_in(self.masses[side].box)

    def excess_in(self, box: Box) -> float:
        """Volume of proven excess in and next to a room, mm3."""
        low, high = box.low - _AT_MASS_MM, box.high + _AT_MASS_MM
        return float(
            sum(
                lump.core_mm3 * ((lump.points >= low) & (lump.points <= high)).all(axis=1).mean()
                for lump in self.lumps
            )
        )

    def sparing(self, side: str, usual: Solid | None) -> SideBySide:
        """The same without attached excess at a side's own room: there it is the other side that lacks bone.

        ``usual`` is where other levels have bone about there; excess beyond that stays where it is thick enough to be
        more than what one level has and the next has not. Where the other side shows all the bone, nothing is spared.
        """
        other = self.masses.get(OPPOSITE[side])
        if other is not None and min(other.filled_fraction, other.credible_fraction) >= comparison("lacking_ratio"):
            return self
        return self.beyond(side, self.rooms[side], usual)

    def beyond(self, side: str, room: Box, usual: Solid | None, least_share: float = 0.0) -> SideBySide:
        """The same, with excess about a side's mass (its ``room``) only where it lies beyond ``usual``, piece by piece.

        Without any ``usual`` nothing attached stays there. Pieces that are no thicker than what one level has and the
        next has not are left out, and so are the films on the others, and those of which less than ``least_share`` is
        known to stand well outside.
        """
        low, high = room.low - AROUND_MASS_MM, room.high + AROUND_MASS_MM

        def there(x: np.ndarray) -> np.ndarray:
            return ((x >= low) & (x <= high)).all(axis=1) & (SIGN[side] * x[:, 0] > 0)

        return self._without(there, usual, least_share=least_share)

    def sparing_lamina(self, side: str, medial_l: float, front_p: float, usual: Solid | None = None) -> SideBySide:
        """The same without attached excess on a side's lamina, where the other side has none to be compared with.

        The lamina reaches from the midline to ``medial_l`` and lies behind ``front_p``, local mm. What lies beyond
        ``usual``, where other levels have bone about there, stays; in the canal if their bone is behind it.
        """

        def there(x: np.ndarray) -> np.ndarray:
            l = SIGN[side] * x[:, 0]
            return (l > -_MIDLINE_MM) & (l < medial_l) & (x[:, 1] > front_p)

        def placed(lump: Excess) -> Excess:
            if usual is None or lump.risen_mm3 < comparison("canal_rise_mm3") or not there(lump.points).any():
                return lump
            if in_front(usual, lump.points).mean() < 0.5:
                return lump
            return replace(lump, in_canal_mm3=lump.volume_mm3, canal_points=lump.points)

        return self._without(there, usual, placed)

    def covered(self) -> np.ndarray:
        """Where (n, 3), local mm, lumps hide the bone."""
        return _hidden(self.lumps)

    def firm(self, roughness: float) -> SideBySide:
        """The same without what was seen faintly and does not stand out enough for a column of this ``roughness``."""
        held = [lump for lump in self.lumps if holds(self.level, lump, roughness)]
        weak = [not by_foramen(self.level, lump, roughness) for lump in held]
        return replace(
            self,
            lumps=tuple(replace(k, plugging_mm3=0.0) if w else k for k, w in zip(held, weak, strict=True)),
        )

    def _without(
        self, there: Callable[[np.ndarray], np.ndarray], usual: Solid | None,
        placed: Callable[[Excess], Excess] = lambda lump: lump, least_share: float = 0.0,
    ) -> SideBySide:  # fmt: skip
        """The same with what of the attached excess ``there`` lies beyond ``usual``, piece by piece; see `beyond`."""

        def spared(x: np.ndarray) -> np.ndarray:
            return there(x) if usual is None else there(x) & usual.at(x)

        rest = self.less(spared)
        kept: list[Excess] = []
        for lump in rest.lumps:
            if lump in self.lumps:
                kept.append(lump)
                continue
            if usual is not None and len(lump.heights):
                lump = replace(lump, heights=np.minimum(lump.heights, height_over(usual, lump.points)))
            # What narrows a foramen is there, however thin the part of it is that other levels have no bone for.
            names = thick_pieces(lump.points, comparison("spared_ball_mm" if not lump.plugging_mm3 else "plug_ball_mm"))
            parts = [lump.part(names == name) for name in np.unique(names[names > 0])]
            kept += [placed(part) for part in parts if part.risen_mm3 >= least_share * part.volume_mm3]
        return replace(rest, lumps=tuple(kept))

    def less(self, usual: Callable[[np.ndarray], np.ndarray]) -> SideBySide:
        """The same without the attached excess at points (n, 3), local mm, where bone is usual after all.

        What grows into the canal stays whole unless much of it is usual: its wall was closed in the mirror image, too.
        And so does what narrows a foramen and lies nowhere else: bone lost on the other side narrows none on this.
        """
        kept = []
        for lump in self.lumps:
            spared = usual(lump.points)
            whole = lump.grown_into_canal and spared.mean() < comparison("growth_usual_share")
            whole |= lump.plug and lump.plugging_mm3 > 0
            if lump.detached or not spared.any() or whole:
                kept.append(lump)
            elif not spared.all():
                kept.append(lump.part(~spared))
        return replace(self, lumps=tuple(kept))


def side_by_side(vertebra: Vertebra) -> SideBySide:
    """Lay a vertebra over its mirror image and compare."""
    local = in_own_frame(vertebra)
    mirror = mirror_of(vertebra)
    image = mirror.surface(local)
    low = np.minimum(local.bounds[0], image.bounds[0]) - _MARGIN_MM
    high = np.maximum(local.bounds[1], image.bounds[1]) + _MARGIN_MM
    spacing = comparison("voxel_mm")
    closed = vertebra.surface.is_closed
    bone, mirrored = (occupied(one, spacing, low, high, closed) for one in (local, image))
    references = {side: mirrored_reference(vertebra, side, mirror) for side in SIDES}
    found = {side: compare(vertebra, side, bone, mirrored, one) for side, one in references.items() if one is not None}
    rooms = {side: room for side in SIDES if (room := room_of(vertebra, side)) is not None}
    places = centers(bone)
    lumps = excess_of(vertebra, bone, mirrored, mirror)
    lacking = {
        OPPOSITE[side]
        for side, mass in found.items()
        if mass is None or mass.filled_fraction < comparison("lacking_ratio")
    }
    lumps, uneven = _measured(vertebra, local, image, mirror, lumps, lacking)
    return SideBySide(
        level=vertebra.level,
        bone=bone,
        mirrored=mirrored,
        lumps=lumps,
        masses={side: mass for side, mass in found.items() if mass is not None},
        rooms=rooms,
        volumes={side: float(room.holds(places).sum() * spacing**3) for side, room in rooms.items()},
        facets={
            side: sum(vertebra.facets[f"{kind}_{side}"].status is Status.MEASURED for kind in ("superior", "inferior"))
            for side in SIDES
        },
        unevenness_mm=uneven,
    )


def _measured(
    vertebra: Vertebra, local: Surface, image: Surface, mirror: Mirror, lumps: tuple[Excess, ...], lacking: set[str]
) -> tuple[tuple[Excess, ...], float]:
    """The lumps against the bent mirror image, and how far that lies off the bone.

    Twice, for what covers the bone is known only after the first time.
    """
    seen, uneven = tuple(lump for lump in lumps if lump.plug or not lump.faint), float("nan")
    canal = about_canal(vertebra, local)
    for _ in range(_ROUNDS):
        reference = bent(vertebra, image, _hidden(seen))
        if reference is None:
            break
        uneven = uneven if uneven == uneven else unevenness_mm(vertebra, reference)
        seen = measured_lumps(vertebra, local, reference, mirror, lumps, lacking, canal)
        if not seen:
            break
    return seen, uneven


def _hidden(lumps: tuple[Excess, ...]) -> np.ndarray:
    return np.concatenate([_covering(lump) for lump in lumps]) if lumps else np.zeros((0, 3))


def _covering(lump: Excess) -> np.ndarray:
    """What of a lump (n, 3) hides the bone: not its low rim, which may be the two sides' difference and is bent away.

    In the canal all of it does: growths there are low.
    """
    if not len(lump.heights) or lump.in_canal_mm3 > 0:
        return lump.points
    return lump.points[lump.heights > comparison("covering_mm")]

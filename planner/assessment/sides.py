"""Everything on one vertebra that is judged against its mirrored other side: lateral masses and excess bone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.excess import Excess, excess_of
from planner.assessment.finding import Finding
from planner.assessment.grading import comparison
from planner.assessment.lateral_mass import MassComparison, compare, neighbour_ratio, residual
from planner.assessment.mirror import in_own_frame, mirror_of
from planner.assessment.occupancy import occupied
from planner.assessment.reporting import finding, percent, point, whose
from planner.geometry.axes import OPPOSITE, SIDES
from planner.geometry.surface import Surface

_MARGIN_MM = 4.0
# Excess this close to a lateral mass' room belongs to it.
_AT_MASS_MM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideBySide:
    """A vertebra against its mirror image: excess lumps, and each lateral mass where it can be compared."""

    level: str
    lumps: tuple[Excess, ...]
    masses: Mapping[str, MassComparison]

    def excess_at(self, side: str) -> float:
        """Volume of excess in and next to a lateral mass' room, mm3."""
        box = self.masses[side].box
        low, high = box.low - _AT_MASS_MM, box.high + _AT_MASS_MM
        return float(
            sum(
                lump.volume_mm3 * ((lump.points >= low) & (lump.points <= high)).all(axis=1).mean()
                for lump in self.lumps
            )
        )


def side_by_side(vertebra: Vertebra) -> SideBySide:
    """Lay a vertebra over its mirror image and compare."""
    local = in_own_frame(vertebra)
    mirror = mirror_of(vertebra)
    image = mirror.surface(local)
    low = np.minimum(local.bounds[0], image.bounds[0]) - _MARGIN_MM
    high = np.maximum(local.bounds[1], image.bounds[1]) + _MARGIN_MM
    spacing = comparison("voxel_mm")
    bone, mirrored = occupied(local, spacing, low, high), occupied(image, spacing, low, high)
    found = {side: compare(vertebra, side, bone, mirrored, mirror) for side in SIDES}
    return SideBySide(
        level=vertebra.level,
        lumps=excess_of(vertebra, bone, mirrored, mirror),
        masses={side: mass for side, mass in found.items() if mass is not None},
    )


def mass_ratios(looks: Mapping[str, SideBySide]) -> dict[tuple[str, str], tuple[float, float, str, str]]:
    """Return {(level, side): (residual fraction, height fraction, how judged, reference)} of a column.

    The reference is the mirrored other side unless that side is itself ill: smaller than its neighbours by
    more than the table allows, while this side is not. Then the neighbouring levels' median is used.
    """
    volumes = {
        (level, side): look.masses[side].volume_mm3
        for level, look in looks.items()
        for side in look.masses
        if look.excess_at(side) < comparison("excess_doubt_mm3")
    }
    out = {}
    for level, look in looks.items():
        for side, mass in look.masses.items():
            fraction, height, how = residual(mass, look.excess_at(side))
            reference = f"{OPPOSITE[side]} side mirrored"
            twin = neighbour_ratio(volumes, level, OPPOSITE[side])
            if twin < comparison("ill_reference_ratio"):
                own = neighbour_ratio(volumes, level, side)
                if own == own:
                    fraction, reference = own, "median of the neighbouring levels"
            out[level, side] = (fraction, height, how, reference)
    return out


def mass_findings(
    vertebra: Vertebra, look: SideBySide, ratios: Mapping[tuple[str, str], tuple[float, float, str, str]]
) -> Iterator[Finding]:
    """Yield at most one ``lateral_mass`` finding per side: the gravest that holds."""
    level = vertebra.level
    for side, mass in look.masses.items():
        fraction, height, how, reference = ratios[level, side]
        excess = look.excess_at(side)
        mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
        evidence = {
            "residual_fraction": fraction, "height_fraction": height, "absent_facets": mass.absent_facets,
            "reference": reference, "judged_by": how, "filled_fraction": mass.filled_fraction,
            "matched_surface_share": mass.matched_share, "rear_offset_mm": mass.rear_offset_mm,
            "reference_volume_mm3": mass.reference_mm3, "excess_here_mm3": excess,
            "center_status": str(mark.status) if mark is not None else "absent",
        }  # fmt: skip
        filled = (
            f" The room itself is {percent(mass.filled_fraction)} filled, {excess:.0f} mm³ of excess lies at it: "
            "what fills it is not counted as bone."
            if how != "volume in the mirrored room"
            else ""
        )
        compared = f"compared with the {reference}"
        texts = {
            "lateral_mass.destroyed": f"Lateral mass {whose(level, side)} destroyed: {percent(fraction)} residual bone, "
            f"{compared}; {mass.absent_facets} of its facets absent.{filled}",
            "lateral_mass.thinned": f"Lateral mass {whose(level, side)} thinned: height {percent(height)}, residual bone "
            f"{percent(fraction)}, {compared}.{filled}",
            "lateral_mass.small": f"Lateral mass {whose(level, side)} small: {percent(fraction)} of its volume, {compared}.",
        }
        for code, text in texts.items():
            found = finding(code, level, side, text, evidence)
            if found is not None:
                yield found
                break


def excess_findings(vertebra: Vertebra, look: SideBySide) -> Iterator[Finding]:
    """Yield lumps of excess bone, and apart from them what lies in the canal."""
    level = vertebra.level
    for lump in look.lumps:
        place = vertebra.frame.to_world(lump.center)
        evidence = {"volume_mm3": lump.volume_mm3, "center": point(place), "detached": lump.detached}
        piece = "A separate piece" if lump.detached else "Excess bone or calcification"
        text = f"{piece} at {whose(level, lump.side)}: {lump.volume_mm3:.0f} mm³ that the mirrored side does not have; not counted as bone."
        found = finding("excess_bone", level, lump.side, text, evidence)
        if found is not None:
            yield found
        inside = {"volume_mm3": lump.in_canal_mm3, "center": point(place)}
        text = f"Excess bone or calcification in the canal at {whose(level, lump.side)}: {lump.in_canal_mm3:.0f} mm³."
        found = finding("excess_bone.intraspinal", level, lump.side, text, inside)
        if found is not None:
            yield found


def declared_mass_findings(vertebrae: Mapping[str, Vertebra], masses: Mapping[str, Surface]) -> Iterator[Finding]:
    """Yield one ``excess_bone`` for each mass the user declared, at the nearest level."""
    for name, mass in masses.items():
        level = min(vertebrae, key=lambda k: np.linalg.norm(vertebrae[k].frame.origin - mass.center), default=None)
        if level is None:
            continue
        l = vertebrae[level].frame.to_local(mass.center)[0]
        side = "midline" if abs(l) < 3.0 else ("left" if l > 0 else "right")
        volume = abs(mass.volume_mm3)
        evidence = {"volume_mm3": volume, "center": point(mass.center), "declared": name}
        text = f"Mass '{name}' as declared, nearest {whose(level, side)}: {volume:.0f} mm³; not bone, no purchase."
        found = finding("excess_bone", level, side, text, evidence)
        if found is not None:
            yield found

"""Findings about the lateral masses and about excess bone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Finding
from planner.assessment.reporting import finding, percent, point, whose
from planner.assessment.residual import CORE_SEEN, UNDER_MATCHED, Residual
from planner.assessment.sides import SideBySide
from planner.geometry.surface import Surface


def mass_findings(
    vertebra: Vertebra, look: SideBySide, residuals: Mapping[tuple[str, str], Residual]
) -> Iterator[Finding]:
    """Yield at most one ``lateral_mass`` finding per side: the gravest that holds."""
    level = vertebra.level
    for side, mass in look.masses.items():
        left = residuals[level, side]
        fraction, height, excess = left.fraction, left.height_fraction, left.excess_mm3
        mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
        evidence = {
            "residual_fraction": fraction, "height_fraction": height, "absent_facets": left.absent_facets,
            "reference": left.reference, "judged_by": left.judged_by, "filled_fraction": mass.filled_fraction,
            "credible_fraction": mass.credible_fraction, "matched_surface_share": mass.matched_share, "rear_offset_mm": mass.rear_offset_mm,
            "reference_volume_mm3": mass.reference_mm3, "excess_here_mm3": excess,
            "center_status": str(mark.status) if mark is not None else "absent",
        }  # fmt: skip
        filled = (
            f" The room itself is {percent(mass.filled_fraction)} filled, {excess:.0f} mm³ of excess lies at it: "
            "what fills it is not counted as bone."
            if left.judged_by in (UNDER_MATCHED, CORE_SEEN)
            else ""
        )
        compared = f"compared with the {left.reference}"
        how_thin = (
            f" rostrocaudally: a core of about {percent(height)} of the height is seen, what lies under the lump is not"
            if left.judged_by == CORE_SEEN
            else f": rostrocaudal height {percent(height)}, residual bone {percent(fraction)}"
        )
        texts = {
            "lateral_mass.destroyed": f"Lateral mass {whose(level, side)} destroyed: {percent(fraction)} residual bone, "
            f"{compared}; {left.absent_facets} of its facets absent.{filled}",
            "lateral_mass.thinned": f"Lateral mass {whose(level, side)} thinned{how_thin}, {compared}.{filled}",
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
        outside = {"volume_mm3": lump.volume_mm3 - lump.in_canal_mm3}
        found = finding("excess_bone", level, lump.side, text, evidence, outside)
        if found is not None:
            yield found
        inside = {"volume_mm3": lump.in_canal_mm3, "center": point(place)}
        text = f"Excess bone or calcification in the canal at {whose(level, lump.side)}: {lump.in_canal_mm3:.0f} mm³."
        found = finding("excess_bone.intraspinal", level, lump.side, text, inside)
        if found is not None:
            yield found


def declared_mass_findings(
    vertebrae: Mapping[str, Vertebra], masses: Mapping[str, Surface]
) -> Iterator[Finding]:
    """Yield one ``excess_bone`` for each mass the user declared, at the nearest level."""
    for name, mass in masses.items():
        level = min(
            vertebrae, key=lambda k: np.linalg.norm(vertebrae[k].frame.origin - mass.center), default=None
        )
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

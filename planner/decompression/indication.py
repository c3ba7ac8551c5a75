"""Which laminae come off, and the measurement that asks for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.alignment import sagittal_diameter
from planner.assessment.finding import Assessment, MotionSegment
from planner.errors import LevelError
from planner.reference.levels import order, parse_levels
from planner.reference.tables import rows


def _limit(name: str) -> float:
    row = next(row for row in rows("decompression", "indication") if row["name"] == name)
    return row.get("below", row.get("above"))


def indicated(vertebrae: Mapping[str, Vertebra], assessment: Assessment, choice: str = "auto") -> dict[str, str]:
    """Return {level: reason} for the laminae to take, from the head down; empty when nothing asks for it.

    ``auto`` fires only on a measurement: a bony canal short from front to back, a slip whose oblique room is
    reduced (both laminae of the segment), or excess bone in the canal. ``none`` never does; ``C3-C4`` or a
    list names the levels.
    """
    if choice == "none":
        return {}
    if choice != "auto":
        asked = parse_levels(choice)
        absent = [level for level in asked if level not in vertebrae]
        if absent:
            raise LevelError(
                f"Decompression is asked for {', '.join(absent)}, which the case does not hold.",
                f"The case holds {', '.join(vertebrae)}.",
            )
        return dict.fromkeys(asked, "as asked")
    reasons: dict[str, list[str]] = {}
    for level, vertebra in vertebrae.items():
        diameter = sagittal_diameter(vertebra)
        if diameter is not None and diameter < _limit("canal_ap_mm"):
            reasons.setdefault(level, []).append(
                f"bony canal {diameter:.1f} mm from front to back, under {_limit('canal_ap_mm'):.0f} mm"
            )
    for segment in assessment.segments:
        told = _pinched(segment, assessment)
        for level in (segment.upper, segment.lower) if told else ():
            reasons.setdefault(level, []).append(told)
    for finding in assessment.findings:
        volume = finding.evidence.get("volume_mm3", 0.0)
        if finding.code == "excess_bone.intraspinal" and volume >= _limit("intraspinal_mm3"):
            reasons.setdefault(finding.level, []).append(
                f"{volume:.0f} mm³ of excess bone or calcification in the canal ({finding.side})"
            )
    return {level: "; ".join(reasons[level]) for level in sorted(reasons, key=order)}


def _pinched(segment: MotionSegment, assessment: Assessment) -> str:
    others = [s.pincer_mm for s in assessment.segments if s is not segment and s.pincer_mm == s.pincer_mm]
    usual = float(np.median(others)) if others else float("nan")
    found = assessment.finding("alignment.listhesis", segment.name, "midline")
    slip = found.evidence["slip_mm"] if found is not None and segment.listhesis_mm > 0 else 0.0
    unstable = any(facet.state in ("perched", "locked") for facet in segment.facets.values())
    limit = _limit("pincer_ratio_unstable" if unstable else "pincer_ratio")
    if not (slip > _limit("slip_mm") and segment.pincer_mm < limit * usual):
        return ""
    return (
        f"{segment.name} slip {slip:.1f} mm leaves {segment.pincer_mm:.1f} mm between the lamina "
        f"above and the body below (other segments {usual:.1f} mm)"
    )

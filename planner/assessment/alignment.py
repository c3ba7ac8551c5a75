"""What the motion segments and the canal give cause to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Finding, MotionSegment
from planner.assessment.grading import comparison
from planner.assessment.reporting import finding


def segment_findings(segments: Sequence[MotionSegment]) -> Iterator[Finding]:
    """Yield slips, facets out of place and canals too narrow, segment by segment from above."""
    for segment in segments:
        yield from _slip(segment, [s for s in segments if s is not segment])
        yield from _facets(segment)
        yield from _pincer(segment, [s for s in segments if s is not segment])


def _slip(segment: MotionSegment, others: Sequence[MotionSegment]) -> Iterator[Finding]:
    # Rear rims are rounded differently above and below a disc, and healthy columns read up to 2 mm backwards
    # all along. So the step against the other segments counts too, as far as that goes: the larger forwards,
    # the lesser backwards.
    slip = segment.listhesis_mm
    usual = _median([s.listhesis_mm for s in others])
    usual = float(np.clip(usual, -comparison("usual_backward_mm"), 0.0)) if usual == usual else 0.0
    step = slip - usual
    graded = max(slip, step) if slip > 0 else min(-slip, max(0.0, -step))
    name = "anterolisthesis" if slip > 0 else "retrolisthesis"
    text = f"{segment.name} {name} {abs(slip):.1f} mm ({abs(segment.listhesis_percent):.0f} % of the endplate below), "
    text += f"a step of {abs(step):.1f} mm against the other segments."
    found = finding(
        "alignment.listhesis", segment.name, "midline", text,
        {"listhesis_mm": slip, "percent": segment.listhesis_percent, "step_mm": step, "slip_mm": graded},
    )  # fmt: skip
    if found is not None:
        yield found


def _facets(segment: MotionSegment) -> Iterator[Finding]:
    for side, facet in segment.facets.items():
        if facet.state not in ("subluxed", "perched", "locked"):
            continue
        overlap, gap = facet.overlap_percent, facet.gap_mm
        apart = f"gap {gap:z.1f} mm"
        if facet.state == "locked" and gap < 0:
            apart = f"{-gap:.1f} mm in front of the facet below"
        text = f"{segment.name} {side} facet {facet.state}: overlap {overlap:.0f} %, {apart}."
        if facet.state != "subluxed":
            text += " Disc and ligaments are not seen: MRI before a reduction."
        found = finding(
            f"facet.{facet.state}", segment.name, side, text,
            {"overlap_percent": facet.overlap_percent, "gap_mm": facet.gap_mm},
        )  # fmt: skip
        if found is not None:
            yield found


def _pincer(segment: MotionSegment, others: Sequence[MotionSegment]) -> Iterator[Finding]:
    """A canal pinched obliquely at a slip; never asked where there is no slip."""
    if finding("alignment.listhesis", "", "", "", {"slip_mm": max(0.0, segment.listhesis_mm)}) is None:
        return
    usual = _median([s.pincer_mm for s in others])
    ratio = segment.pincer_mm / usual if usual > 0 else float("nan")
    text = (
        f"{segment.name}: the canal is pinched at the slip, {segment.pincer_mm:.1f} mm between the lower body's rear "
        f"corner and the lamina above (other segments {usual:.1f} mm). Bone only; disc, ligament and cord are not seen."
    )
    found = finding(
        "canal.stenosis", segment.name, "midline", text,
        {"pincer_mm": segment.pincer_mm, "other_segments_mm": usual, "pincer_ratio": ratio},
    )  # fmt: skip
    if found is not None:
        yield found


def canal_findings(vertebrae: Mapping[str, Vertebra]) -> Iterator[Finding]:
    """Yield levels whose bony canal is short from front to back."""
    for level, vertebra in vertebrae.items():
        diameter = sagittal_diameter(vertebra)
        if diameter is None:
            continue
        text = f"{level}: bony canal {diameter:.1f} mm from front to back."
        found = finding("canal.stenosis", level, "midline", text, {"canal_ap_mm": diameter})
        if found is not None:
            yield found


def sagittal_diameter(vertebra: Vertebra) -> float | None:
    """Return the bony canal from front to back in mm, or None where it is not measured.

    The greater of the diameter between the two landmarks and the least diameter of the ring: where the rear wall
    and the spinolaminar point stand at different heights the first reads an oblique line, and a canal that is
    narrow is narrow by both.
    """
    read = [
        vertebra.measures[key]
        for name in ("canal_ap", "canal_ap_min")
        if (key := (name, "midline")) in vertebra.measures
    ]
    return max(read, default=None)


def _median(values: Sequence[float]) -> float:
    known = [v for v in values if v == v]
    return float(np.median(known)) if known else float("nan")

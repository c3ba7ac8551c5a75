"""The decompression of a column: one entry per lamina that comes off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.decompression.extent import Decompression
from planner.decompression.indication import indicated
from planner.decompression.resection import canal_areas, facet_preserved_percent, resected
from planner.decompression.trough import Width, canal_middle, cut, groove, narrow, trough_line
from planner.fixation.anchor import Fixation
from planner.geometry.axes import SIDES, SIGN
from planner.reference.levels import levels as all_levels
from planner.reference.levels import order


def plan_decompression(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    fixations: Sequence[Fixation],
    *,
    decompress: str = "auto",
) -> tuple[Decompression, ...]:
    """Return what is taken off at each level, from the head down; empty when nothing measured asks for it.

    Troughs are narrow by default and move out to the groove of the lateral mass on a side where excess bone in
    the canal lies lateral to them. A lamina that holds a translaminar screw is never taken in silence: the
    conflict leads the reason. Bone only: nothing here says that the cord is free.
    """
    reasons = indicated(vertebrae, assessment, decompress)
    return tuple(
        _at(vertebrae[level], reason, assessment, fixations, _above(level, vertebrae, reasons))
        for level, reason in reasons.items()
    )


def _above(level: str, vertebrae: Mapping[str, Vertebra], taken: Mapping[str, str]) -> str | None:
    """The level above, if its lamina stays."""
    names = list(all_levels())
    above = names[order(level) - 1] if order(level) else None
    return above if above in vertebrae and above not in taken else None


def _at(
    vertebra: Vertebra, reason: str, assessment: Assessment, fixations: Sequence[Fixation], above: str | None
) -> Decompression:
    level = vertebra.level
    width = _width(vertebra, assessment)
    removed, volume, note = resected(vertebra, width)
    facets = facet_preserved_percent(vertebra, width)
    before, after, limit = canal_areas(vertebra, width)
    remarks = [*_screw_conflicts(level, fixations), reason, width.reason]
    remarks += _options(vertebra, width, assessment)
    remarks += _facet_remarks(facets)
    remarks += [f"canal area after {limit}", *([note] if note else [])]
    remarks.append("bone only: disc, ligament and cord are not seen")
    return Decompression(
        level=level, procedure=_procedure(level, above, fixations),
        trough={side: trough_line(vertebra, width.limit(side)) for side in SIDES},
        removed=removed, removed_volume_mm3=volume, facet_preserved_percent=facets,
        canal_area_before_mm2=before, canal_area_after_mm2=after,
        unprotected=tuple(_unprotected(level, assessment)), reason="; ".join(remarks),
    )  # fmt: skip


def _procedure(level: str, above: str | None, fixations: Sequence[Fixation]) -> str:
    text = f"laminectomy {level}"
    if above is not None:
        text += f"; offered: undercut of the caudal edge of {above} by about {cut('undercut_depth_mm'):.0f} mm (dome)"
        if any(_translaminar(f, above) for f in fixations):
            text += f", only as far as the translaminar screw in {above} allows"
    return text


def _translaminar(fixation: Fixation, level: str) -> bool:
    return fixation.level == level and fixation.chosen is not None and fixation.chosen.anchor == "translaminar"


def _screw_conflicts(level: str, fixations: Sequence[Fixation]) -> Iterator[str]:
    for fixation in fixations:
        if _translaminar(fixation, level):
            side = fixation.chosen.lamina_side or "same"
            yield (
                f"conflict: the {side} lamina of {level} holds the translaminar screw of the {fixation.side} rod; "
                "another anchor there, or keep this lamina"
            )


def _width(vertebra: Vertebra, assessment: Assessment) -> Width:
    """Narrow, and out to the groove on a side where excess in the canal lies lateral to the narrow trough."""
    width = narrow(vertebra)
    middle = canal_middle(vertebra)[0]
    wide = [
        side
        for side in SIDES
        for f in assessment.findings
        if f.code == "excess_bone.intraspinal" and f.level == vertebra.level and f.side == side
        and SIGN[side] * (vertebra.frame.to_local(f.evidence["center"])[0] - middle)
        > SIGN[side] * (width.limit(side) - middle)
    ]  # fmt: skip
    return groove(vertebra, width, tuple(dict.fromkeys(wide))) if wide else width


def _options(vertebra: Vertebra, width: Width, assessment: Assessment) -> Iterator[str]:
    wide = groove(vertebra, narrow(vertebra))
    if (wide.left, wide.right) != (width.left, width.right):
        yield f"option: troughs at the grooves, {wide.left - wide.right:.1f} mm wide"


def _facet_remarks(facets: Mapping[str, float]) -> Iterator[str]:
    for side, kept in facets.items():
        lost = 100.0 - kept
        if lost > cut("facet_critical_percent"):
            yield f"{side} facet loses {lost:.0f} %, over {cut('facet_critical_percent'):.0f} %: unstable without fixation"
        elif lost > cut("facet_caution_percent"):
            yield f"{side} facet loses {lost:.0f} %, over {cut('facet_caution_percent'):.0f} %"


def _unprotected(level: str, assessment: Assessment) -> Iterator[str]:
    for finding in assessment.findings:
        if finding.level != level:
            continue
        if finding.code == "lamina.defect":
            yield (
                f"no bony protection here: {level} {finding.side} lamina, defect of {finding.evidence['area_mm2']:.0f} mm² "
                f"{finding.evidence['lateral_mm']:.0f} mm from the midline; start from intact bone"
            )
        elif finding.code == "lamina.absent":
            yield f"no bony protection here: {level} {finding.side} lamina absent; start from intact bone"

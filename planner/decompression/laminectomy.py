"""The decompression of a column: one entry per lamina that comes off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment, Finding
from planner.assessment.segment import pincer, rear_corner
from planner.decompression.extent import Decompression, Undercut
from planner.decompression.indication import indicated
from planner.decompression.laminoplasty import common_hinge, laminoplasty
from planner.decompression.posterior_only import posterior_only
from planner.decompression.resection import canal_areas, facet_preserved_percent, resected
from planner.decompression.trough import Width, canal_middle, cut, groove, narrow, trough_line
from planner.decompression.undercut import undercut
from planner.fixation.anchor import Fixation
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.solid import skin, solid
from planner.reference.levels import levels as all_levels
from planner.reference.levels import order

NARROW, GROOVE = "narrow", "groove"
TROUGHS = (NARROW, GROOVE)


def plan_decompression(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    fixations: Sequence[Fixation],
    *,
    decompress: str = "auto",
    trough: str = NARROW,
    undercut_edges: bool = False,
    unstable: Mapping[str, str] | None = None,
    alternatives: bool = True,
) -> tuple[Decompression, ...]:
    """Return what is taken off at each level, from the head down; empty when nothing measured asks for it.

    Troughs are ``narrow`` by default and move out to the groove of the lateral mass on a side where excess bone in
    the canal lies lateral to them; ``groove`` asks for that on both sides. The laminae above and below that stay are
    offered an undercut; with ``undercut_edges`` it is done, and such a level has an entry of its own. ``unstable``
    says by segment (``C3-C4``) what makes it so: a laminoplasty is not offered there. Without ``alternatives``
    neither undercuts nor laminoplasties are worked out. A lamina that holds a
    translaminar screw is never taken in silence: the conflict leads the reason. Bone only: nothing here says that
    the cord is free.
    """
    reasons = indicated(vertebrae, assessment, decompress)
    remarks = posterior_only(vertebrae, assessment) if reasons else ()
    hinge = common_hinge([vertebrae[level] for level in reasons], assessment) if reasons else ""
    found = [
        _at(vertebrae[level], reason, assessment, fixations, trough,
            tuple(_domes(level, vertebrae, reasons, fixations)) if alternatives else (),
            _unstable_at(level, unstable or {}) if alternatives else None, remarks, undercut_edges,
            _pincers(level, vertebrae, reasons), hinge)
        for level, reason in reasons.items()
    ]  # fmt: skip
    if undercut_edges:
        found += [_domed(vertebrae[one.level], one) for entry in found for one in entry.undercuts if not one.conflict]
    return tuple(sorted(found, key=lambda entry: order(entry.level)))


def _domes(
    level: str, vertebrae: Mapping[str, Vertebra], taken: Mapping[str, str], fixations: Sequence[Fixation]
) -> Iterator[Undercut]:
    """The undercuts at the edges of the laminae next to a level that stay: the caudal edge above, the cranial below."""
    for edge, step in (("caudal", -1), ("cranial", 1)):
        name = next((n for n in all_levels() if order(n) == order(level) + step), None)
        if name in vertebrae and name not in taken:
            found = undercut(vertebrae[name], edge, fixations)
            if found is not None:
                yield found


def _pincers(level: str, vertebrae: Mapping[str, Vertebra], taken: Mapping[str, str]) -> tuple[float, float]:
    """Oblique room from the body below to this lamina, and to the next one above if that stays, scan pose."""
    below = next((v for v in vertebrae.values() if order(v.level) == order(level) + 1), None)
    corner = rear_corner(below, "superior") if below is not None else None
    if corner is None:
        return float("nan"), float("nan")
    above = next((v for v in vertebrae.values() if order(v.level) == order(level) - 1), None)
    after = float("nan") if above is None or above.level in taken else pincer(above, corner)
    return pincer(vertebrae[level], corner), after


def _unstable_at(level: str, unstable: Mapping[str, str]) -> str:
    return next((why for segment, why in unstable.items() if level in segment.split("-")), "")


def _domed(vertebra: Vertebra, dome: Undercut) -> Decompression:
    """An undercut that is done, as an entry of the level whose lamina stays."""
    bone, piece = solid(vertebra.surface), solid(dome.removed)
    return Decompression(
        level=dome.level, procedure=f"undercut of the {dome.edge} edge of {dome.level} (dome)",
        trough={side: np.empty((0, 3)) for side in SIDES}, removed=dome.removed,
        removed_volume_mm3=dome.removed_volume_mm3, facet_preserved_percent=dict.fromkeys(SIDES, 100.0),
        canal_area_before_mm2=dome.canal_area_before_mm2, canal_area_after_mm2=dome.canal_area_after_mm2,
        unprotected=(), left=skin(bone - piece),
        reason=(
            f"as asked; {dome.depth_mm:.0f} mm from the edge, {dome.lamina_left_mm:.1f} mm of lamina left behind it; "
            "areas at the edge; bone only: disc, ligament and cord are not seen"
        ),
    )  # fmt: skip


def _at(
    vertebra: Vertebra, reason: str, assessment: Assessment, fixations: Sequence[Fixation], trough: str,
    domes: tuple[Undercut, ...], unstable: str | None, posterior: Sequence[str], done: bool,
    pincers: tuple[float, float], hinge: str,
) -> Decompression:  # fmt: skip
    level = vertebra.level
    width = _width(vertebra, assessment, trough)
    cut_out = resected(vertebra, width)
    facets = facet_preserved_percent(vertebra, width)
    before, after, limit = canal_areas(vertebra, width)
    needed = [*_screw_conflicts(level, fixations)]
    remarks = [*needed, reason, width.reason]
    remarks += _options(vertebra, width, trough)
    remarks += _facet_remarks(facets)
    remarks += [f"canal area after {limit}", *([cut_out.note] if cut_out.note else []), *posterior]
    remarks.append("bone only: disc, ligament and cord are not seen")
    return Decompression(
        level=level, procedure=_procedure(level, domes, done),
        trough={side: trough_line(vertebra, width.limit(side)) for side in SIDES},
        removed=cut_out.removed, left=cut_out.left, removed_volume_mm3=cut_out.volume_mm3,
        facet_preserved_percent=facets, canal_area_before_mm2=before, canal_area_after_mm2=after,
        unprotected=tuple(_unprotected(level, assessment)), reason="; ".join(remarks), width_mm=width.mm,
        pincer_before_mm=pincers[0], pincer_after_mm=pincers[1],
        residual=tuple(_residual(vertebra, width, assessment)), undercuts=domes,
        laminoplasty=(
            None
            if unstable is None
            else laminoplasty(vertebra, assessment, unstable, needed[0] if needed else "", hinge)
        ),
    )  # fmt: skip


def _procedure(level: str, domes: Sequence[Undercut], done: bool) -> str:
    text = f"laminectomy {level}"
    for dome in domes:
        if done and not dome.conflict:
            continue
        text += f"; offered: undercut of the {dome.edge} edge of {dome.level} by about {dome.depth_mm:.0f} mm (dome)"
        if dome.conflict:
            text += f", but {dome.conflict}"
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


def _width(vertebra: Vertebra, assessment: Assessment, trough: str) -> Width:
    """Narrow, and out to the groove on a side where excess in the canal lies lateral to the narrow trough."""
    width = narrow(vertebra)
    if trough == GROOVE:
        return groove(vertebra, width)
    middle = canal_middle(vertebra)[0]
    wide = [
        f.side for f, l, _ in _excess_in_canal(vertebra, assessment)
        if f.side in SIDES and SIGN[f.side] * (l - middle) > SIGN[f.side] * (width.limit(f.side) - middle)
    ]  # fmt: skip
    return groove(vertebra, width, tuple(dict.fromkeys(wide))) if wide else width


def _excess_in_canal(vertebra: Vertebra, assessment: Assessment) -> Iterator[tuple[Finding, float, float]]:
    """(finding, l, p) of each excess in the canal of the level."""
    for f in assessment.findings:
        if f.code == "excess_bone.intraspinal" and f.level == vertebra.level and f.evidence.get("center") is not None:
            l, p, _ = vertebra.frame.to_local(np.asarray(f.evidence["center"], float))
            yield f, float(l), float(p)


def _residual(vertebra: Vertebra, width: Width, assessment: Assessment) -> Iterator[str]:
    front = canal_middle(vertebra)[1]
    for f, l, p in _excess_in_canal(vertebra, assessment):
        if p < front:
            where = "in front of the cut"
        elif not width.right < l < width.left:
            where = "lateral to the trough"
        else:
            continue
        volume = f.evidence.get("volume_mm3", float("nan"))
        yield f"residual: the middle of {volume:.0f} mm³ of excess in the canal ({f.side}) lies {where} and stays"


def _options(vertebra: Vertebra, width: Width, trough: str) -> Iterator[str]:
    other = narrow(vertebra) if trough == GROOVE else groove(vertebra, narrow(vertebra))
    if (other.left, other.right) != (width.left, width.right):
        yield f"option: {'narrow troughs' if trough == GROOVE else 'troughs at the grooves'}, {other.mm:.1f} mm wide"


def _facet_remarks(facets: Mapping[str, float]) -> Iterator[str]:
    for side, kept in facets.items():
        lost = 100.0 - kept
        if lost > cut("facet_critical_percent"):
            most = cut("facet_critical_percent")
            yield f"{side} facet loses {lost:.0f} %, over {most:.0f} %: unstable without fixation"
        elif lost > cut("facet_caution_percent"):
            yield f"{side} facet loses {lost:.0f} %, over {cut('facet_caution_percent'):.0f} %"


def _unprotected(level: str, assessment: Assessment) -> Iterator[str]:
    for finding in assessment.findings:
        if finding.level != level:
            continue
        if finding.code == "lamina.defect":
            yield (
                f"no bony protection here: {level} {finding.side} lamina, defect of "
                f"{finding.evidence['area_mm2']:.0f} mm² {finding.evidence['lateral_mm']:.0f} mm from the midline; "
                "start from intact bone"
            )
        elif finding.code == "lamina.absent":
            yield f"no bony protection here: {level} {finding.side} lamina absent; start from intact bone"

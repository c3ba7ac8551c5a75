"""The block of one fixation: the chosen anchor and the alternatives in the same fields."""

from __future__ import annotations

from typing import Any

from planner.document.values import number, point
from planner.fixation.anchor import Candidate, Fixation, Refusal

_NO_ANCHOR = dict.fromkeys(
    (
        "entry",
        "tip",
        "angles",
        "entry_offset_mm",
        "lamina_side",
        "screw",
        "purchase_mm",
        "cortex",
        "tip_to_far_cortex_mm",
        "clearance_mm",
        "breach_probability",
        "grade",
        "certificate",
    )
)


def fixation_block(fixation: Fixation) -> dict[str, Any]:
    """One level and side. Where no anchor was chosen every number is null and ``anchor`` says ``none``."""
    if fixation.chosen is None:
        body = {"anchor": "none", "technique": None, **_NO_ANCHOR}
    else:
        body = _candidate(fixation.chosen)
    body |= {"status": fixation.status.value, "reason": fixation.reason}
    return {
        "level": fixation.level,
        "side": fixation.side,
        **_ordered(body),
        "alternatives": [alternative(a) for a in fixation.alternatives],
        "unseen": list(fixation.unseen),
    }


def alternative(considered: Candidate | Refusal) -> dict[str, Any]:
    """Another technique of the same level and side with why it was not taken; a refusal has no numbers."""
    if isinstance(considered, Candidate):
        return _ordered(_candidate(considered))
    return _ordered(
        {
            "anchor": considered.anchor,
            "technique": considered.technique,
            "status": "rejected",
            "reason": considered.reason,
            **_NO_ANCHOR,
        }
    )


def _ordered(body: dict[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("anchor", "technique", "status", "reason", *_NO_ANCHOR)}


def _candidate(c: Candidate) -> dict[str, Any]:
    return {
        "anchor": c.anchor,
        "technique": c.technique,
        "status": c.status.value,
        "reason": c.reason,
        "entry": point(c.trajectory.entry),
        "tip": point(c.trajectory.tip),
        "angles": {
            "lateral_deg": number(c.angles.lateral_deg),
            "cephalad_deg": number(c.angles.cephalad_deg),
            "cephalad_reference": c.angles.cephalad_reference,
            "to_facet_deg": number(c.angles.to_facet_deg),
            "to_dorsal_surface_deg": number(c.angles.to_dorsal_surface_deg),
        },
        "entry_offset_mm": {
            "medial": number(c.entry_offset.medial),
            "cranial": number(c.entry_offset.cranial),
            "from": c.entry_offset.origin,
        },
        "lamina_side": c.lamina_side,
        "screw": {
            "diameter_mm": number(c.screw.diameter_mm),
            "length_mm": number(c.screw.length_mm),
            "family": c.screw.family,
        },
        "purchase_mm": number(c.purchase_mm),
        "cortex": c.cortex,
        "tip_to_far_cortex_mm": number(c.tip_to_far_cortex_mm),
        "clearance_mm": {hazard: number(mm) for hazard, mm in c.clearance_mm.items()},
        "breach_probability": {
            "profile": c.breach.profile,
            "samples": c.breach.samples,
            "seed": c.breach.seed,
            **{
                hazard: {"any": number(b.any, 4), "over_2mm": number(b.over_2mm, 4)}
                for hazard, b in c.breach.hazards.items()
            },
        },
        "grade": c.grade,
        "certificate": {
            "bound_mm": number(c.certificate.bound_mm),
            "evaluations": c.certificate.evaluations,
            "grid_mm": number(c.certificate.grid_mm),
        },
    }

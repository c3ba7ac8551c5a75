"""The blocks of what is built and what is taken away: construct and decompression."""

from __future__ import annotations

from typing import Any

from planner.consequences import Option
from planner.construct.plan import Construct, Reduction, Rod
from planner.decompression.extent import Decompression, Laminoplasty, Undercut
from planner.document.values import direction, number, plain, point, points


def construct_block(construct: Construct) -> dict[str, Any]:
    """Heads, rods and conflicts are in the planned pose, which ``reduction`` leads to."""
    return {
        "reduction": _reduction(construct.reduction),
        "rods": [rod_block(rod) for rod in construct.rods],
        "conflicts": [
            {
                "code": c.code,
                "side": c.side,
                "levels": list(c.levels),
                "text": c.text,
                "options": list(c.options),
                "source": c.source,
            }
            for c in construct.conflicts
        ],
        "changes": list(construct.changes),
        "ends": [{"end": e.end, "level": e.level, "text": e.text, "source": e.source} for e in construct.ends],
        "bill_of_materials": [
            {"item": b.item, "quantity": b.quantity, "levels": list(b.levels)} for b in construct.bill_of_materials
        ],
    }


def _reduction(reduction: Reduction) -> dict[str, Any]:
    """Each level's motion as ``x -> rotation x + translation``; rows of the rotation in order."""
    return {
        "segment": reduction.segment,
        "reason": reduction.reason,
        "share": number(reduction.share),
        "transforms": {
            level: {
                "rotation": [direction(row) for row in motion.rotation],
                "translation_mm": point(motion.translation),
            }
            for level, motion in reduction.motions.items()
        },
        "before": plain(reduction.before),
        "after": plain(reduction.after),
    }


def rod_block(rod: Rod) -> dict[str, Any]:
    """A rod in the planned pose."""
    return {
        "side": rod.side,
        "levels": list(rod.levels),
        "points": points(rod.points),
        "length_mm": number(rod.length_mm),
        "diameter_mm": number(rod.diameter_mm),
        "min_bend_radius_mm": number(rod.min_bend_radius_mm),
        "bending_guide": {
            "bends": [
                {
                    "level": b.level,
                    "at_mm": number(b.at_mm),
                    "angle_deg": number(b.angle_deg),
                    "lordosis_deg": number(b.lordosis_deg),
                    "inward_deg": number(b.inward_deg),
                }
                for b in rod.bends
            ],
            "miss_mm": number(rod.guide_miss_mm),
        },
        "heads": [
            {
                "level": head.level,
                "center": point(head.center),
                "tilt_deg": number(head.tilt_deg),
                "offset_mm": number(head.offset_mm),
            }
            for head in rod.heads
        ],
    }


def decompression_block(extent: Decompression) -> dict[str, Any]:
    """``undercuts`` are offered at the laminae next to this one; ``laminoplasty`` is the alternative at this level."""
    return {
        "level": extent.level,
        "procedure": extent.procedure,
        "width_mm": number(extent.width_mm),
        "trough": {side: points(line) for side, line in extent.trough.items()},
        "removed_volume_mm3": number(extent.removed_volume_mm3),
        "facet_preserved_percent": {side: number(percent) for side, percent in extent.facet_preserved_percent.items()},
        "canal_area_mm2": _before_after(extent.canal_area_before_mm2, extent.canal_area_after_mm2),
        "pincer_mm": _before_after(extent.pincer_before_mm, extent.pincer_after_mm),
        "unprotected": list(extent.unprotected),
        "residual": list(extent.residual),
        "undercuts": [_undercut(dome) for dome in extent.undercuts],
        "laminoplasty": extent.laminoplasty and _laminoplasty(extent.laminoplasty),
        "reason": extent.reason,
    }


def _before_after(before: float, after: float) -> dict[str, Any]:
    return {"before": number(before), "after": number(after)}


def _undercut(dome: Undercut) -> dict[str, Any]:
    return {
        "level": dome.level,
        "edge": dome.edge,
        "depth_mm": number(dome.depth_mm),
        "removed_volume_mm3": number(dome.removed_volume_mm3),
        "lamina_left_mm": number(dome.lamina_left_mm),
        "canal_area_mm2": _before_after(dome.canal_area_before_mm2, dome.canal_area_after_mm2),
        "conflict": dome.conflict,
    }


def _laminoplasty(door: Laminoplasty) -> dict[str, Any]:
    return {
        "offered": door.offered,
        "reason": door.reason,
        "hinge": door.hinge or None,
        "opening_mm": number(door.opening_mm),
        "opening_deg": number(door.opening_deg),
        "gutter_volume_mm3": number(door.gutter_volume_mm3),
        "canal_area_mm2": _before_after(door.canal_area_before_mm2, door.canal_area_after_mm2),
        "contact_mm3": number(door.contact_mm3),
    }


def option_block(option: Option) -> dict[str, Any]:
    """One row of the options compared; ``chosen`` is what this plan does."""
    return {
        "choice": option.choice,
        "option": option.name,
        "chosen": option.chosen,
        "offered": option.offered,
        "reason": option.reason,
        "numbers": {name: number(value) for name, value in option.numbers.items()},
        "anchors": dict(option.anchors),
        "conflicts": list(option.conflicts),
    }

"""The blocks of what is built and what is taken away: construct and decompression."""

from __future__ import annotations

from typing import Any

from planner.construct.plan import Construct, Reduction, Rod
from planner.decompression.extent import Decompression
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
        "bill_of_materials": [
            {"item": b.item, "quantity": b.quantity, "levels": list(b.levels)} for b in construct.bill_of_materials
        ],
    }


def _reduction(reduction: Reduction) -> dict[str, Any]:
    """Each level's motion as ``x -> rotation x + translation``; rows of the rotation in order."""
    return {
        "segment": reduction.segment,
        "reason": reduction.reason,
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
    return {
        "level": extent.level,
        "procedure": extent.procedure,
        "trough": {side: points(line) for side, line in extent.trough.items()},
        "removed_volume_mm3": number(extent.removed_volume_mm3),
        "facet_preserved_percent": {side: number(percent) for side, percent in extent.facet_preserved_percent.items()},
        "canal_area_mm2": {
            "before": number(extent.canal_area_before_mm2),
            "after": number(extent.canal_area_after_mm2),
        },
        "unprotected": list(extent.unprotected),
        "reason": extent.reason,
    }

"""Where the troughs run: their half width about the canal's middle, and their lines on the dorsal surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.geometry.axes import OPPOSITE, SIDES, SIGN
from planner.reference.tables import rows

_STEP_MM = 0.5
_BEHIND_MM = 45.0


def cut(name: str) -> float:
    """A number of the ``cut`` rows."""
    return next(row["value"] for row in rows("decompression", "cut") if row["name"] == name)


def cord_width_mm(level: str) -> float:
    """The cord's transverse width by the norm of its level, mm; never measured on a surface."""
    return next(row["width_mm"] for row in rows("decompression", "cord") if level in row["levels"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """The cut in the vertebra's frame: lateral limits l (left > right), and how they were chosen."""

    left: float
    right: float
    reason: str

    @property
    def mm(self) -> float:
        return self.left - self.right

    def limit(self, side: str) -> float:
        return self.left if side == "left" else self.right


def narrow(vertebra: Vertebra) -> Width:
    """Troughs just wider than the cord, never beyond the canal's width. The cord's width is assumed."""
    cord = cord_width_mm(vertebra.level)
    half = (cord + cut("wider_than_cord_mm")) / 2
    canal = vertebra.measures.get(("canal_width", "midline"))
    if canal is not None:
        half = min(half, canal / 2)
    middle = canal_middle(vertebra)[0]
    reason = f"narrow, {2 * half:.1f} mm wide: cord {cord:.1f} mm (norm, assumed) + {cut('wider_than_cord_mm')} mm"
    return Width(left=middle + half, right=middle - half, reason=reason)


def groove(vertebra: Vertebra, width: Width, sides: tuple[str, ...] = SIDES) -> Width:
    """Move the named sides out to the groove between lamina and lateral mass, never beyond the canal.

    Where a side's groove is not measured, the other side's distance from the midline is taken; with neither
    the side stays as it was.
    """
    middle = canal_middle(vertebra)[0]
    limits = {"left": width.left, "right": width.right}
    moved = []
    for side in sides:
        for name in (side, OPPOSITE[side]):
            mark = vertebra.landmarks.get(f"lateral_mass_medial_border_{name}")
            if mark is None or not mark.measured:
                continue
            reach = abs(vertebra.frame.to_local(mark.xyz)[0] - middle)
            canal = vertebra.measures.get(("canal_width", "midline"), 2 * reach)
            # Outwards only: a groove read nearer than the narrow trough is no groove.
            now = SIGN[side] * (limits[side] - middle)
            out = min(reach, canal / 2)
            if out > now:
                limits[side] = middle + SIGN[side] * out
                moved.append(side)
            break
    if not moved:
        return width
    reason = f"{width.reason}; {' and '.join(moved)} at the groove of the lateral mass"
    return Width(left=limits["left"], right=limits["right"], reason=reason)


def canal_middle(vertebra: Vertebra) -> np.ndarray:
    """The middle of the canal in local (l, p, s) mm: half-way between the sections' extremes; nan without sections."""
    outlines = [vertebra.frame.to_local(outline) for outline in vertebra.canal.sections]
    if not outlines:
        return np.full(3, np.nan)
    return np.median([(o.min(axis=0) + o.max(axis=0)) / 2 for o in outlines], axis=0)


def trough_line(vertebra: Vertebra, limit: float) -> np.ndarray:
    """Return the (n, 3) line of a trough on the dorsal surface, world mm, from above downwards.

    Rays from behind at one distance from the midline; only what lies behind the middle of the canal counts.
    (0, 3) where there is no lamina to cut.
    """
    middle = canal_middle(vertebra)
    heights = np.arange(25.0, -25.1, -_STEP_MM)
    origins = np.stack([np.full(len(heights), limit), np.full(len(heights), middle[1] + _BEHIND_MM), heights], axis=1)
    ahead = np.tile(-vertebra.frame.posterior, (len(origins), 1))
    hits, _ = vertebra.surface.first_hit(vertebra.frame.to_world(origins), ahead)
    local = vertebra.frame.to_local(hits)
    return hits[np.isfinite(local[:, 0]) & (local[:, 1] > middle[1])]

"""What speaks against decompression from behind alone: kyphosis, and a canal whose front crosses the K-line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.decompression.trough import cut
from planner.geometry.axes import Frame
from planner.reference.levels import order


def k_line_mm(vertebrae: Mapping[str, Vertebra]) -> tuple[float, str]:
    """Return (room, level): the least distance in mm by which the rear walls of the bodies stay in front of the line.

    The line runs from mid-canal at C2 to mid-canal at C7, or the lowest level there is below C4; negative where a
    body, or bone grown on its rear wall in the midline, crosses it. Bone only: disc and ligament are not seen.
    (nan, "") where it cannot be drawn.
    """
    known = [v for v in sorted(vertebrae.values(), key=lambda v: order(v.level)) if _middle(v) is not None]
    known = [v for v in known if order("C2") <= order(v.level) <= order("C7")]
    if len(known) < 3 or known[0].level != "C2" or order(known[-1].level) <= order("C4"):
        return float("nan"), ""
    top, bottom = _middle(known[0]), _middle(known[-1])
    # The column's own sagittal plane: rear walls are in front where the line lies further back than they.
    frame = Frame.from_axes(bottom, np.mean([v.frame.left for v in known], axis=0), top - bottom)
    rooms = {}
    for vertebra in known[1:-1]:
        wall = _rear_wall(vertebra)
        if np.isfinite(wall).any():
            rooms[vertebra.level] = float(-np.nanmax(frame.to_local(wall)[:, 1]))
    if not rooms:
        return float("nan"), ""
    level = min(rooms, key=rooms.__getitem__)
    return rooms[level], level


def posterior_only(vertebrae: Mapping[str, Vertebra], assessment: Assessment) -> tuple[str, ...]:
    """Return the warnings on decompression from behind alone; none where the column is lordotic and the line free."""
    out = []
    curve = assessment.lordosis
    if curve is not None and curve.angle_deg < 0:
        out.append(
            f"warning: {curve.upper}-{curve.lower} lies in {-curve.angle_deg:.0f}° of kyphosis, over which the cord "
            "does not drift back"
        )
    room, level = k_line_mm(vertebrae)
    if room < cut("k_line_mm"):
        out.append(f"warning: bone at {level} crosses the K-line by {-room:.1f} mm: from behind alone may not do")
    return tuple(out)


def _middle(vertebra: Vertebra) -> np.ndarray | None:
    mark = vertebra.landmarks.get("canal_center")
    return mark.xyz if mark is not None and mark.measured else None


def _rear_wall(vertebra: Vertebra) -> np.ndarray:
    """Points (n, 3) of the canal's front in the midline, world mm."""
    middle = vertebra.frame.to_local(_middle(vertebra))
    heights = middle[2] + np.arange(-4.0, 4.1, 1.0)
    origins = np.column_stack([np.full(len(heights), middle[0]), np.full(len(heights), middle[1]), heights])
    hits, _ = vertebra.surface.first_hit(
        vertebra.frame.to_world(origins), np.tile(-vertebra.frame.posterior, (len(origins), 1))
    )
    return hits

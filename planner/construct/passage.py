"""The straight way through two rings: what is seen of the canal when one looks along it past a slip."""

from __future__ import annotations

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.geometry.axes import Frame


def passage_mm2(upper: Vertebra, lower: Vertebra) -> float:
    """Return the area common to both canals, projected along the mean of the two vertebrae's axes; mm2.

    Each canal is the outline nearest to its centre. A slip makes it smaller, which no axial slice shows. Bone only;
    nan where an outline is missing.
    """
    from manifold3d import CrossSection

    frame = Frame.from_axes(lower.frame.origin, lower.frame.left, upper.frame.superior + lower.frame.superior)
    rings = []
    for vertebra in (upper, lower):
        outline = _ring(vertebra)
        if outline is None:
            return float("nan")
        flat = frame.to_local(outline)[:, :2]
        turns = float(np.sum(flat[:, 0] * np.roll(flat[:, 1], -1) - np.roll(flat[:, 0], -1) * flat[:, 1]))
        rings.append(CrossSection([flat if turns > 0 else flat[::-1]]))
    return float((rings[0] ^ rings[1]).area())


def _ring(vertebra: Vertebra) -> np.ndarray | None:
    mark = vertebra.landmarks.get("canal_center")
    if mark is None or not mark.located or not vertebra.canal.sections:
        return None
    return min(vertebra.canal.sections, key=lambda o: float(np.linalg.norm(o.mean(axis=0) - mark.xyz)))

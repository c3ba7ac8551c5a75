"""What grows on the inside of a lamina: its thickness against that of the other side, place by place.

The canal's walls of healthy people are uneven by more than a thin calcification rises; thickness is not, for an
uneven wall shifts the outer surface of the lamina with the inner one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.lamina import HALF_HEIGHT_MM, LaminaLook
from planner.geometry.axes import OPPOSITE, SIGN
from planner.geometry.crossings import Solid

# Where a growth is looked for: beside the spinous process, over the canal, about the middle of the lamina's height.
_FROM_MM, _OVER_CANAL, _HALF_MM = 2.5, 0.85, 6.0
# Bone ending deeper than this is no lamina's.
_DEEPEST_MM, _DEEPEST_TWIN_MM = 11.0, 7.0
_EDGE_MM = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """Bone on the inside of a lamina that the other side's lacks: its volume, greatest height, place (local mm)."""

    volume_mm3: float
    height_mm: float
    center: np.ndarray


def growth_inside(
    vertebra: Vertebra, looks: Mapping[str, LaminaLook | None], side: str, mirrored: Solid
) -> Growth | None:
    """Return the largest growth inside one lamina, or None where nothing stands out or a side is not seen.

    ``mirrored`` is the mirror image of the bone, local mm. What grows ends beyond it: a lamina that is merely looked
    at under another angle than the other one seems thicker too, but lies within the mirror image.
    """
    from scipy.ndimage import label, median_filter

    own, twin = looks[side], looks[OPPOSITE[side]]
    width = vertebra.measures.get(("canal_width", "midline"), float("nan"))
    if own is None or twin is None or width != width:
        return None
    # The two looks' first axes run the same way across the neck.
    other = twin.inner[::-1]
    rise = own.inner - other
    l = SIGN[side] * own.nodes[..., 0]
    over_canal = np.isfinite(rise) & (own.inner < _DEEPEST_MM) & (other < _DEEPEST_TWIN_MM) & (l > _FROM_MM)
    v = np.abs(np.linspace(-HALF_HEIGHT_MM, HALF_HEIGHT_MM, rise.shape[1]))[None, :]
    rise = median_filter(np.where(over_canal, rise, 0.0), 3)
    seed = np.where((l < _OVER_CANAL * width / 2) & (v < _HALF_MM), rise, 0.0)
    if seed.max(initial=0.0) < comparison("lamina_growth_mm"):
        return None
    labels, _ = label(rise > _EDGE_MM)
    part = labels == labels[np.unravel_index(int(seed.argmax()), seed.shape)]
    volume = float(rise[part].sum()) * comparison("lamina_grid_mm") ** 2
    if float(seed[part].sum()) * comparison("lamina_grid_mm") ** 2 < comparison("lamina_growth_mm3"):
        return None
    high = part & (rise > comparison("lamina_growth_mm") / 2) & np.isfinite(own.ends).all(axis=-1)
    if not high.any() or np.median(_outside(mirrored, own.ends[high])) < comparison("lamina_growth_mm") / 2:
        return None
    center = np.average(own.nodes[part], axis=0, weights=rise[part])
    return Growth(volume_mm3=volume, height_mm=float(seed.max()), center=center)


def _outside(solid: Solid, points: np.ndarray) -> np.ndarray:
    """Distance in mm of (n, 3) points from a solid's voxels, those off its grid to the grid's edge."""
    from scipy.ndimage import distance_transform_edt

    away = distance_transform_edt(~solid.filled, sampling=solid.spacing_mm)
    index = np.rint((points - solid.low) / solid.spacing_mm).astype(int)
    return away[tuple(np.clip(index, 0, np.array(away.shape) - 1).T)]

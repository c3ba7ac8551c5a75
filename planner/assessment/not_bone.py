"""What of a level's surface is told as excess, as a surface of its own: no screw may start in it or hold by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.excess import Excess, ball
from planner.assessment.finding import Finding
from planner.assessment.grading import comparison
from planner.assessment.masks import dilated
from planner.assessment.masses import is_told
from planner.assessment.mirror import in_own_frame
from planner.assessment.occupancy import occupied
from planner.assessment.residual import Residual, hidden_filling
from planner.assessment.sides import SideBySide
from planner.assessment.soundness import Place
from planner.geometry.mask_surface import mask_surface
from planner.geometry.surface import Surface

_MARGIN_MM = 2.5
_SKIN_MM = 0.75
_SMOOTHING_VOXELS = 0.7


def found_excess(
    vertebra: Vertebra,
    look: SideBySide,
    residuals: Mapping[Place, Residual],
    findings: Iterable[Finding],
    allowance: float,
    roughness: float,
) -> Surface | None:
    """Return what of a level's surface its ``findings`` tell as excess, world mm; None without any.

    That is the lumps, and what fills the place of lost bone where a finding counts it. The other arguments are those
    of `planner.assessment.masses.excess_findings`, which made the findings.
    """
    level = vertebra.level
    told = [lump for lump in look.lumps if is_told(level, lump, allowance, roughness)]
    filled = [f.side for f in findings if f.evidence.get("within_the_mass_mm3") or "in_place_of" in f.evidence]
    return excess_surface(vertebra, told, [part for side in filled for part in hidden_filling(level, side, residuals)])


def excess_surface(vertebra: Vertebra, lumps: Sequence[Excess], filling: Sequence[np.ndarray]) -> Surface | None:
    """Return the surface, world mm, round ``lumps`` and what fills the place of lost bone; None without any.

    ``filling`` are (n, 3) voxel centres in local mm on the coarse lattice of the comparison. Outwards the surface
    stands clear of the bone's, so that no skin of a lump is left that would pass for bone; inwards it lies within a
    voxel's half of where the lump was measured to end.
    """
    fine, coarse = comparison("fine_voxel_mm"), comparison("voxel_mm")
    corners = (coarse - fine) / 2 * np.stack(np.meshgrid(*[(-1.0, 1.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    spread = [*(lump.points for lump in lumps if lump.detached), *filling]
    points = [lump.points for lump in lumps if not lump.detached]
    points += [(some[:, None] + corners).reshape(-1, 3) for some in spread]
    if not sum(map(len, points)):
        return None
    every = np.concatenate(points)
    low = fine * np.floor((every.min(axis=0) - _MARGIN_MM) / fine)
    local = in_own_frame(vertebra)
    bone = occupied(local, fine, low, every.max(axis=0) + _MARGIN_MM, vertebra.surface.is_closed)
    mask = np.zeros(bone.filled.shape, bool)
    mask[tuple(np.rint((every - bone.low) / fine).astype(int).T)] = True
    mask |= dilated(mask, ball(_SKIN_MM / fine)) & ~bone.filled
    found = mask_surface(mask, bone.low, fine, _SMOOTHING_VOXELS)
    return found.mapped(vertebra.frame.axes.T, vertebra.frame.origin)

"""What of a level's surface is told as excess, as a surface of its own: no screw may start in it or hold by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.excess import Excess, ball
from planner.assessment.grading import comparison
from planner.assessment.masks import dilated
from planner.assessment.mirror import in_own_frame
from planner.assessment.occupancy import occupied
from planner.geometry.surface import Surface

_MARGIN_MM = 2.5
_SKIN_MM = 0.75
_SMOOTHING_VOXELS = 0.7


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
    return _surface_of(vertebra, mask, bone.low, fine)


def _surface_of(vertebra: Vertebra, mask: np.ndarray, low: np.ndarray, spacing_mm: float) -> Surface:
    import igl
    from scipy.ndimage import gaussian_filter

    soft = 0.5 - gaussian_filter(mask.astype(float), _SMOOTHING_VOXELS)
    soft[np.abs(soft) < 1e-6] = 1e-6
    # libigl counts with the first axis fastest.
    nodes = np.stack(
        np.meshgrid(*(low[k] + spacing_mm * np.arange(mask.shape[k]) for k in range(3)), indexing="ij"), axis=-1
    )
    nodes = nodes.transpose(2, 1, 0, 3).reshape(-1, 3)
    vertices, faces, _ = igl.marching_cubes(soft.transpose(2, 1, 0).ravel(), nodes, *mask.shape, 0.0)
    surface = Surface(vertices=vertebra.frame.to_world(vertices), faces=np.asarray(faces, np.int64))
    if surface.volume_mm3 < 0:
        surface = Surface(vertices=surface.vertices, faces=np.ascontiguousarray(surface.faces[:, ::-1]))
    return surface

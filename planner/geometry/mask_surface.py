"""The surface round the set voxels of a mask."""

from __future__ import annotations

import numpy as np

from planner.geometry.surface import Surface


def mask_surface(
    mask: np.ndarray, low: np.ndarray, spacing_mm: float | np.ndarray, smoothing_voxels: float
) -> Surface:
    """Return the closed surface round a mask (n, m, k), by marching cubes (libigl) on the mask blurred a little.

    ``low`` is the first voxel's centre, ``spacing_mm`` one number or three; vertices are in their coordinates. Nothing
    may be set within two voxels of the mask's edge.
    """
    import igl
    from scipy.ndimage import gaussian_filter

    soft = 0.5 - gaussian_filter(mask.astype(float), smoothing_voxels)
    soft[np.abs(soft) < 1e-6] = 1e-6
    axes = [a + s * np.arange(n) for a, s, n in zip(low, np.broadcast_to(spacing_mm, 3), mask.shape, strict=True)]
    # libigl counts with the first axis fastest.
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).transpose(2, 1, 0, 3).reshape(-1, 3)
    vertices, faces, _ = igl.marching_cubes(soft.transpose(2, 1, 0).ravel(), nodes, *mask.shape, 0.0)
    surface = Surface(vertices=vertices, faces=np.asarray(faces, np.int64))
    if surface.volume_mm3 < 0:
        surface = Surface(vertices=vertices, faces=np.ascontiguousarray(surface.faces[:, ::-1]))
    return surface

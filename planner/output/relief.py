"""Soft shade in hollows and behind edges, from the depth of the picture alone.

The depth is unsharp-masked (Luft, Colditz and Deussen 2006, "Image enhancement by unsharp masking the depth
buffer"): what lies deeper than its surroundings is darkened a little. It costs a fraction of ray-based
ambient occlusion, which software rendering would take longer over than the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

# Width in mm of what counts as surroundings, darkening a mm of depth, and its limit. Chosen by eye.
_SCALES = ((1.2, 0.16, 0.16), (5.0, 0.05, 0.2))


def shaded(
    picture: np.ndarray,
    depth_mm: np.ndarray,
    mm_per_pixel: float,
    clear: Iterable[tuple[int, int, int, int]] = (),
) -> np.ndarray:
    """Darken hollows of a picture (h, w, 3) by its depth (h, w) in mm, nan where nothing was drawn.

    ``clear`` are rectangles (left, bottom, right, top; pixels from the lower left corner) left as they are.
    """
    from scipy.ndimage import gaussian_filter

    depth = depth_mm[::2, ::2]
    solid = np.isfinite(depth)
    depth = np.where(solid, depth, 0.0).astype(np.float32)
    weight = solid.astype(np.float32)
    dark = np.zeros_like(depth)
    for width_mm, gain, limit in _SCALES:
        sigma = width_mm / (2.0 * mm_per_pixel)
        around = gaussian_filter(depth, sigma, truncate=2.5)
        share = gaussian_filter(weight, sigma, truncate=2.5)
        hollow = depth - around / np.maximum(share, 1e-3)
        dark += np.clip(gain * hollow, 0.0, limit)
    dark = gaussian_filter(np.where(solid, dark, 0.0), 1.0)
    light = 1.0 - dark.repeat(2, axis=0).repeat(2, axis=1)[: picture.shape[0], : picture.shape[1]]
    for left, bottom, right, top in clear:
        light[picture.shape[0] - top : picture.shape[0] - bottom, left:right] = 1.0
    return (picture * light[..., None]).astype(np.uint8)


def depth_of(plotter: Any) -> np.ndarray:
    """Depth in mm of what a plotter with parallel projection shows, larger is farther; nan for background."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    reader = vtkWindowToImageFilter()
    reader.SetInput(plotter.render_window)
    reader.SetInputBufferTypeToZBuffer()
    reader.ShouldRerenderOff()
    reader.Update()
    image = reader.GetOutput()
    width, height, _ = image.GetDimensions()
    z = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width)[::-1]
    near, far = plotter.camera.clipping_range
    return np.where(z < 1.0, near + z * (far - near), np.nan)

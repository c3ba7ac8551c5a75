"""One still picture of what stands on a stage: smooth at its edges, drawn only where something is.

Solid things are drawn twice as large as asked for and halved: with software rendering that takes half the time of as
many samples a pixel, and smooths what is lit as well as what it ends at. Of what is seen through every pixel is
painted several times, and samples are quicker.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from planner.output import palette
from planner.output.drawing import SAMPLES, aim, picture_of
from planner.output.views import Camera

_FINER = 2
_RIM = 4  # pixels


def still(plotter: Any, camera: Camera, solid: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """What a plotter shows from a camera, on background: colours (h, w, 3) and depth in mm (h, w), nan for background.

    Larger depth is farther. The plotter's window has another size afterwards, and one sample a pixel.
    """
    from PIL import Image, ImageColor

    width, height = camera.size
    picture = np.full((height, width, 3), ImageColor.getrgb(palette.BACKGROUND), np.uint8)
    depth = np.full((height, width), np.nan, np.float32)
    left, foot, right, top = _filled(plotter, camera)
    if left >= right or foot >= top:
        return picture, depth
    finer = _FINER if solid else 1
    size = (finer * (right - left), finer * (top - foot))
    beside = np.array([left + right - width, foot + top - height]) / 2 * camera.mm_per_pixel
    plotter.render_window.SetMultiSamples(0 if solid else SAMPLES)
    plotter.render_window.SetSize(*size)  # `plotter.window_size` would draw at once
    aim(
        plotter,
        Camera(
            axes=camera.axes, focus=camera.focus + beside @ camera.axes[:2], mm_per_pixel=camera.mm_per_pixel / finer,
            size=size,
        ),
    )  # fmt: skip
    part = (slice(height - top, height - foot), slice(left, right))
    drawn = np.ascontiguousarray(picture_of(plotter))
    picture[part] = Image.fromarray(drawn).reduce(finer) if solid else drawn
    z = picture_of(plotter, depth=True)[::finer, ::finer]
    plotter.render_window.SetMultiSamples(0)
    near, far = plotter.camera.clipping_range
    depth[part] = np.where(z < 1.0, near + z * (far - near), np.nan)
    return picture, depth


def _filled(plotter: Any, camera: Camera) -> tuple[int, int, int, int]:
    """The part of the picture (left, foot, right, top, pixels) outside which nothing can be drawn."""
    low_high = np.array(plotter.renderer.ComputeVisiblePropBounds()).reshape(3, 2)
    if (low_high[:, 0] > low_high[:, 1]).any():
        return 0, 0, 0, 0
    corners = camera.pixels(np.array(list(product(*low_high))))
    low = np.clip(np.floor(corners.min(axis=0)) - _RIM, 0, camera.size)
    high = np.clip(np.ceil(corners.max(axis=0)) + _RIM, 0, camera.size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])

"""Soft shade in hollows and behind edges, from the depth of the picture alone.

The depth is unsharp-masked (Luft, Colditz and Deussen 2006, "Image enhancement by unsharp masking the depth
buffer"): what lies deeper than its surroundings is darkened a little. It costs a fraction of ray-based
ambient occlusion, which software rendering would take longer over than the picture itself.
"""

from __future__ import annotations

import numpy as np

# Width in mm of what counts as surroundings, darkening a mm of depth, and its limit. Chosen by eye.
_SCALES = ((1.2, 0.16, 0.16), (5.0, 0.05, 0.2))
_STEPS = (2, 4)
_RIM = 40  # pixels about what was drawn


def shaded(picture: np.ndarray, depth_mm: np.ndarray, mm_per_pixel: float) -> np.ndarray:
    """Darken hollows of a picture (h, w, 3) by its depth (h, w) in mm, nan where nothing was drawn.

    Each width is worked on in a picture as much smaller as it allows: the shade is soft.
    """
    from scipy.ndimage import gaussian_filter, zoom

    drawn = np.isfinite(depth_mm)
    if not drawn.any():
        return picture
    (top, foot), (left, right) = (
        np.clip(np.flatnonzero(drawn.any(axis=k))[[0, -1]] + [-_RIM, _RIM + 1], 0, drawn.shape[1 - k]) for k in (1, 0)
    )
    whole, part = picture.copy(), (slice(top, foot), slice(left, right))
    picture, depth_mm = picture[part], depth_mm[part]
    height, width = depth_mm.shape
    dark = np.zeros((-(-height // 2), -(-width // 2)), np.float32)
    for (width_mm, gain, limit), step in zip(_SCALES, _STEPS, strict=True):
        depth = depth_mm[::step, ::step]
        solid = np.isfinite(depth)
        weight = solid.astype(np.float32)
        depth = np.where(solid, depth, 0.0).astype(np.float32)
        sigma = width_mm / (step * mm_per_pixel)
        around = gaussian_filter(depth, sigma, truncate=2.0)
        share = gaussian_filter(weight, sigma, truncate=2.0)
        hollow = np.clip(gain * (depth - around / np.maximum(share, 1e-3)), 0.0, limit)
        soft = gaussian_filter(np.where(solid, hollow, 0.0), 1.0)
        if step > 2:
            soft = zoom(soft, step / 2, order=1)[: dark.shape[0], : dark.shape[1]]
        dark[: soft.shape[0], : soft.shape[1]] += soft
    dark[~np.isfinite(depth_mm[::2, ::2])] = 0.0
    light = (1.0 - dark).repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    whole[part] = (picture * light[..., None]).astype(np.uint8)
    return whole

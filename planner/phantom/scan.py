"""Bones as a scan gives them: voxels of a spacing, blurred and noisy, thresholded; a surface with its steps.

The chain is that of a CT segmentation: partial volume, the blur of the scanner, noise, a threshold, one label
a voxel, and a surface that is smoothed only lightly. Blur, noise and smoothing are proposals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.errors import InputError
from planner.geometry.mask_surface import mask_surface
from planner.geometry.surface import Surface
from planner.phantom.column import Column
from planner.phantom.meshing import largest_piece
from planner.phantom.solid import Solid

_BLUR_VOXELS = 0.45
_NOISE = 0.06
"""Of the step from air to bone, before the threshold at half of it."""
_SMOOTHING_VOXELS = 0.6
_MARGIN_MM = 4.0
_BLOCK_MM = 2.0
LEAST_MM, MOST_MM = 0.2, 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelMap:
    """Labels (i, j, k) of voxels; ``low + spacing_mm * (i, j, k)`` is a voxel's middle in LPS mm; 0 is no bone."""

    labels: np.ndarray
    spacing_mm: np.ndarray
    low: np.ndarray
    names: Mapping[int, str]

    def mask(self, name: str) -> np.ndarray:
        """The voxels of one name, as bool (i, j, k)."""
        number = next(number for number, known in self.names.items() if known == name)
        return self.labels == number


def spacing(text: str) -> tuple[float, float, float]:
    """Read ``1`` or ``0.4x0.4x1.0`` (left, posterior, superior) as a voxel's size in mm.

    >>> spacing("0.4x0.4x1")
    (0.4, 0.4, 1.0)
    """
    parts = text.lower().replace(",", "x").split("x")
    try:
        found = tuple(float(part) for part in parts)
    except ValueError:
        found = ()
    if len(found) not in (1, 3) or not all(LEAST_MM <= one <= MOST_MM for one in found):
        raise InputError(
            f"'{text}' is no voxel size.", f"Write 0.5 or 0.4x0.4x1.0, each from {LEAST_MM} to {MOST_MM} mm."
        )
    return found if len(found) == 3 else found * 3


def label_map(column: Column, spacing_mm: tuple[float, float, float], numbers: Mapping[str, int]) -> LabelMap:
    """Scan a column, bone and mass together; `numbers` gives each level its label.

    A voxel that two levels claim goes to the one that fills more of it. The noise is drawn from the column's
    seed: the same column and spacing give the same map.
    """
    step = np.asarray(spacing_mm, float)
    solids = {level: column.solid(level) for level in column.bones}
    low = np.floor((np.min([s.box[0] for s in solids.values()], axis=0) - _MARGIN_MM) / step) * step
    high = np.max([s.box[1] for s in solids.values()], axis=0) + _MARGIN_MM
    shape = tuple(np.ceil((high - low) / step).astype(int) + 1)
    labels = np.zeros(shape, np.uint8)
    most = np.full(shape, 0.5, np.float32)
    for level, solid in solids.items():
        where, filled = _filled(solid, low, step, shape, [column.seed or 0, 31, int(level[1:])])
        wins = filled > most[where]
        labels[where][wins] = numbers[level]
        most[where][wins] = filled[wins]
    for level, number in numbers.items():
        if level in solids:
            _drop_specks(labels, number)
    return LabelMap(
        labels=labels, spacing_mm=step, low=low, names={numbers[level]: level for level in solids}
    )  # fmt: skip


def surfaces(scan: LabelMap) -> dict[str, Surface]:
    """The surface of every label: lightly smoothed, its terraces kept, in one piece and closed."""
    return {name: _surface(scan, name) for name in scan.names.values()}


def _filled(
    solid: Solid, low: np.ndarray, step: np.ndarray, shape: tuple[int, ...], seed: list[int]
) -> tuple[tuple[slice, ...], np.ndarray]:
    """The part of the grid a solid can reach and how much of each voxel there it fills, as a scanner sees it."""
    from scipy.ndimage import gaussian_filter

    first = np.maximum(np.floor((solid.box[0] - _MARGIN_MM / 2 - low) / step).astype(int), 0)
    last = np.minimum(np.ceil((solid.box[1] + _MARGIN_MM / 2 - low) / step).astype(int) + 1, shape)
    where = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    axes = [low[k] + step[k] * np.arange(first[k], last[k]) for k in range(3)]
    value = _values(solid, axes)
    share = np.clip(0.5 - value / float(step.max()), 0.0, 1.0)
    seen = gaussian_filter(share, _BLUR_VOXELS)
    noise = np.random.default_rng(seed).standard_normal(seen.shape)
    return where, (seen + _NOISE * gaussian_filter(noise, 0.5) / 0.42).astype(np.float32)


def _values(solid: Solid, axes: list[np.ndarray]) -> np.ndarray:
    """The field on a grid, read at every node near the surface and by blocks elsewhere."""
    step = np.array([axis[1] - axis[0] for axis in axes])
    block = np.maximum(np.round(_BLOCK_MM / step).astype(int), 1)
    coarse = [axis[::count] for axis, count in zip(axes, block, strict=True)]
    full = solid(_nodes(coarse)).reshape([len(c) for c in coarse])
    for k, count in enumerate(block):
        full = np.repeat(full, count, axis=k).take(range(len(axes[k])), axis=k)
    # A tenth more than a block's diagonal: the fields are distances to first order only.
    near = np.abs(full) < 1.1 * np.linalg.norm((block - 1) * step) + step.max()
    full[near] = solid(np.column_stack([axes[k][i] for k, i in enumerate(np.nonzero(near))]))
    return full


def _nodes(axes: list[np.ndarray]) -> np.ndarray:
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def _drop_specks(labels: np.ndarray, number: int) -> None:
    """Keep the largest piece of a label."""
    from scipy.ndimage import label

    pieces, count = label(labels == number)
    if count > 1:
        largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
        labels[(pieces != largest) & (pieces > 0)] = 0


def _surface(scan: LabelMap, name: str) -> Surface:
    mask = np.pad(scan.mask(name), 3)
    places = np.argwhere(mask)
    first, last = places.min(axis=0) - 3, places.max(axis=0) + 4
    part = mask[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    low = scan.low + (first - 3) * scan.spacing_mm
    return largest_piece(mask_surface(part, low, scan.spacing_mm, _SMOOTHING_VOXELS))

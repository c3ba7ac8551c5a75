"""Bone, or what looks like bone, that the mirrored vertebra does not have.

It is excess against a reference, nothing more: an osteophyte, healed callus and calcification look alike on a
surface. It fills no deficit and gives a screw no purchase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.grading import comparison
from planner.assessment.mirror import Mirror
from planner.assessment.occupancy import centers
from planner.geometry.crossings import Solid

# The spinous process is not compared: its tips differ most between healthy sides. It is left out as a wedge
# behind the arch, this wide at the spinolaminar point and wider by this much per mm further back.
_WEDGE_MM = 5.0
_WEDGE_SLOPE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Excess:
    """One lump of excess: its voxel centres (n, 3) in local mm, its volume, and whether it is a separate piece.

    ``in_canal_mm3`` is the part that lies where the mirrored side has free canal.
    """

    points: np.ndarray
    volume_mm3: float
    in_canal_mm3: float
    detached: bool

    @property
    def center(self) -> np.ndarray:
        return self.points.mean(axis=0)

    @property
    def side(self) -> str:
        l = self.center[0]
        return "midline" if abs(l) < 3.0 else ("left" if l > 0 else "right")


def canal_voxels(vertebra: Vertebra, grid: Solid) -> np.ndarray:
    """Return the voxels of the free canal: inside the outline of the nearest section of the canal."""
    free = np.zeros(grid.filled.shape, bool)
    canal, frame = vertebra.canal, vertebra.frame
    if not len(canal.centerline):
        return free
    heights = frame.to_local(canal.centerline)[:, 2]
    l, p, s = (grid.coordinates(k) for k in range(3))
    spread = np.stack(np.meshgrid(l, p, indexing="ij"), axis=-1).reshape(-1, 2)
    for k, height in enumerate(s):
        if heights.min() - grid.spacing_mm <= height <= heights.max() + grid.spacing_mm:
            outline = frame.to_local(canal.sections[int(np.abs(heights - height).argmin())])[:, :2]
            free[:, :, k] = inside_outline(spread, outline).reshape(len(l), len(p))
    return free


def inside_outline(points: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Which (n, 2) points lie inside a closed (k, 2) outline, by the parity of crossings."""
    a, b = outline, np.roll(outline, -1, axis=0)
    rise = b[:, 1] - a[:, 1]
    spans = (a[:, 1] > points[:, None, 1]) != (b[:, 1] > points[:, None, 1])
    slope = np.divide(b[:, 0] - a[:, 0], rise, out=np.zeros_like(rise), where=rise != 0)
    meets = a[:, 0] + (points[:, None, 1] - a[:, 1]) * slope
    return ((spans & (points[:, None, 0] < meets)).sum(axis=1) % 2).astype(bool)


def excess_of(vertebra: Vertebra, bone: Solid, mirrored: Solid, mirror: Mirror) -> tuple[Excess, ...]:
    """Return the lumps of bone outside the mirrored envelope, largest first.

    Attached lumps lie more than a margin outside the envelope (less where the mirrored side has free canal)
    and are thicker than a sheet. Pieces that do not touch the vertebra count whole.
    """
    from scipy.ndimage import binary_dilation, binary_opening, distance_transform_edt, label

    spacing = bone.spacing_mm
    pieces, count = label(bone.filled, np.ones((3, 3, 3)))
    if count == 0:
        return ()
    size = np.bincount(pieces.ravel())
    size[0] = 0
    body = pieces == size.argmax()
    outside = distance_transform_edt(~mirrored.filled, sampling=spacing)
    far = body & (outside > comparison("envelope_margin_mm"))
    far = binary_opening(far, _ball(1.5 / spacing))
    nodes = np.stack(np.meshgrid(*(bone.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    tip = (
        vertebra.local("spinolaminar_point")[1]
        if vertebra.landmarks["spinolaminar_point"].located
        else np.inf
    )
    behind = nodes[..., 1] - tip
    spinous = (behind > 0) & (np.abs(nodes[..., 0]) < _WEDGE_MM + _WEDGE_SLOPE * behind)
    canal = canal_voxels(vertebra, bone)
    twin = Solid(low=bone.low, spacing_mm=spacing, filled=canal).at(mirror.back(nodes))
    # Where no ring of bone closes, the outline is a bridge over gaps, and bone beside it proves nothing.
    in_canal = _deep(bone.filled & twin & vertebra.canal.closed, outside, spacing)
    # The lump itself reaches back to the envelope; the margin only decides where one begins.
    grown = binary_dilation(far & ~spinous, _ball(1.0 / spacing)) & body & (outside > 0.5)
    lumps = grown | in_canal | (bone.filled & ~body)
    labels, count = label(lumps, np.ones((3, 3, 3)))
    voxel = spacing**3
    found = []
    for index in range(1, count + 1):
        mask = labels == index
        if mask.sum() * voxel < 8.0:
            continue
        found.append(
            Excess(
                points=centers(bone, mask),
                volume_mm3=float(mask.sum() * voxel),
                in_canal_mm3=float((mask & (in_canal | (twin & ~body))).sum() * voxel),
                detached=not (mask & body).any(),
            )
        )
    return tuple(sorted(found, key=lambda lump: -lump.volume_mm3))


def _deep(inside: np.ndarray, outside: np.ndarray, spacing: float) -> np.ndarray:
    """Lumps inside the canal that somewhere stand well beyond the mirrored wall; asymmetric walls do not."""
    from scipy.ndimage import label

    labels, count = label(inside & (outside > comparison("canal_margin_mm")), np.ones((3, 3, 3)))
    deep = np.bincount(labels[outside > comparison("canal_depth_mm")], minlength=count + 1) * spacing**3
    keep = deep >= comparison("canal_deep_mm3")
    keep[0] = False
    return keep[labels]


def _ball(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    i, j, k = np.ogrid[-reach : reach + 1, -reach : reach + 1, -reach : reach + 1]
    return i * i + j * j + k * k <= radius * radius + 1e-9

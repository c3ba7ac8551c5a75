"""The widest screw that still fits a lateral mass: the useful number of a deficit.

`screw_corridor_diameter` is the diameter of the widest capsule of 10 mm length, its tip rounded, that lies in bone
within the window of the free technique. Of its first 2 mm nothing is asked, for a screw has to come in somewhere: with
the entry cortex counted half of the healthy masses look deficient. Masses, lumps and what has not the shape of bone are
not bone, and the vertebral artery's tube is none: its radius is the largest of the measured foramen, the other
side's and the norm, so that a narrowed foramen never makes room.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.grading import comparison
from planner.geometry.axes import OPPOSITE, SIGN, unit
from planner.geometry.crossings import Solid, solid
from planner.reference.hazards import foramen_norm_mm
from planner.reference.techniques import AUTO, technique_at

LENGTH_MM, ENTRY_MM = 10.0, 2.0
TIP_MM = 1.75
"""The rounded tip: full width ends this far before it, as on a screw of 3.5 mm."""
_STEP_MM, _DEPTH_STEP_MM = 0.4, 0.5
_AROUND_MM = np.array([7.0, 14.0, 8.0])
_REACH_MM = np.array([10.0, 6.0, 12.0])
_TURN_DEG = 5.0
_AXES = 100
_AT_ONCE = 10
_LARGEST_MM = 6.0


def screw_corridor_mm(vertebra: Vertebra, side: str, not_bone: Collection[np.ndarray] = ()) -> float:
    """Return the diameter of the widest screw's corridor; 0 where none fits, nan where the mass has no centre.

    ``not_bone`` are (n, 3) points, local mm, of voxels in the surface that are no bone.
    """
    from scipy.ndimage import distance_transform_edt

    technique = technique_at(AUTO, vertebra.level)
    mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
    if technique is None or technique.anchor != "lateral_mass" or mark is None or not mark.located:
        return float("nan")
    center, sign = vertebra.frame.to_local(mark.xyz), SIGN[side]
    triangles = vertebra.frame.to_local(vertebra.surface.vertices)[vertebra.surface.faces]
    low, high = center - _AROUND_MM, center + _REACH_MM
    if sign < 0:
        low[0], high[0] = center[0] - _REACH_MM[0], center[0] + _AROUND_MM[0]
    grid = solid(triangles, _STEP_MM, low, high)
    bone = grid.filled.copy()
    _take_out(bone, grid, not_bone)
    nodes = np.stack(np.meshgrid(*(grid.coordinates(k) for k in range(3)), indexing="ij"), axis=-1)
    bone &= ~_artery(vertebra, side, nodes)
    entries = _entries(vertebra, center, sign, technique)
    if not len(entries):
        return 0.0
    room = distance_transform_edt(bone, sampling=_STEP_MM)
    directions = _directions(technique, sign)
    start = np.repeat(entries, len(directions), axis=0)
    ahead = np.tile(directions, (len(entries), 1))
    depths = np.arange(ENTRY_MM, LENGTH_MM - TIP_MM + 1e-6, _DEPTH_STEP_MM)
    # The axes with the most bone about them past the entry, where the surface is near whatever the axis.
    deep = _at(room, grid, start[:, None] + depths[None, depths >= 2 * ENTRY_MM, None] * ahead[:, None]).min(axis=1)
    best = np.argsort(-deep, kind="stable")[:_AXES]
    return 2.0 * _widest(bone, grid, start[best], ahead[best], depths)


def _widest(bone: np.ndarray, grid: Solid, start: np.ndarray, ahead: np.ndarray, depths: np.ndarray) -> float:
    """Greatest radius to which an axis has bone all round, square to it at every depth, and on it as far as the tip.

    The most promising axes come first: of the others only those are looked at that have bone where the best has none.
    """
    to_tip = np.arange(ENTRY_MM, LENGTH_MM, _DEPTH_STEP_MM)
    on_axis = _at(bone, grid, start[:, None] + to_tip[None, :, None] * ahead[:, None]).all(axis=1)
    start, ahead = start[on_axis], ahead[on_axis]
    radii = np.append(np.arange(0.0, _LARGEST_MM, _STEP_MM / 2), _LARGEST_MM)
    turn = np.linspace(0.0, 2 * np.pi, 12, endpoint=False)
    u = np.cross(ahead, [0.0, 0.0, 1.0])
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(ahead, u)
    spokes = np.cos(turn)[None, :, None] * u[:, None] + np.sin(turn)[None, :, None] * v[:, None]
    along = start[:, None] + depths[None, :, None] * ahead[:, None]
    def whole(axes: np.ndarray, k: int) -> np.ndarray:
        ring = along[axes][:, :, None] + radii[k] * spokes[axes][:, None]
        return axes[_at(bone, grid, ring).all(axis=(1, 2))]

    best = 0
    for first in range(0, len(start), _AT_ONCE):
        axes = np.arange(first, min(first + _AT_ONCE, len(start)))
        # First the radius at which the best so far fails, for few get past it.
        for k in (best, *range(best)):
            axes = whole(axes, k)
        while len(axes):
            best += 1
            if best == len(radii) - 1:
                return float(radii[best])
            axes = whole(axes, best)
    return float(radii[best])


def _at(values: np.ndarray, grid: Solid, points: np.ndarray) -> np.ndarray:
    """Values of the grid's nearest nodes at points (..., 3); 0 or False outside it."""
    flat, inside = 0, True
    for k, count in enumerate(values.shape):
        node = np.rint((points[..., k] - grid.low[k]) / _STEP_MM).astype(int)
        inside = inside & (node >= 0) & (node < count)
        flat = flat * count + node
    return np.where(inside, values.ravel()[np.where(inside, flat, 0)], values.dtype.type(0))


def _take_out(bone: np.ndarray, grid: Solid, not_bone: Collection[np.ndarray]) -> None:
    """Clear the cells within reach of each point of what is no bone; those points lie one coarse voxel apart."""
    reach = int(np.ceil(comparison("voxel_mm") / 2 / _STEP_MM))
    for points in not_bone:
        index = np.rint((points - grid.low) / _STEP_MM).astype(int)
        index = index[((index >= -reach) & (index < np.array(bone.shape) + reach)).all(axis=1)]
        for shift in np.ndindex(*(2 * reach + 1,) * 3):
            at = index + np.array(shift) - reach
            at = at[((at >= 0) & (at < np.array(bone.shape))).all(axis=1)]
            bone[tuple(at.T)] = False


def _artery(vertebra: Vertebra, side: str, nodes: np.ndarray) -> np.ndarray:
    own, twin = vertebra.foramina[side], vertebra.foramina[OPPOSITE[side]]
    seen = [one for one in (own, twin) if one.status is Status.MEASURED]
    usual = foramen_norm_mm(vertebra.level)
    if not seen or usual is None:
        return np.zeros(nodes.shape[:-1], bool)
    flip = np.ones(3) if own.status is Status.MEASURED else np.array([-1.0, 1.0, 1.0])
    middle = vertebra.frame.to_local(seen[0].center) * flip
    along = vertebra.frame.direction_to_local(seen[0].axis) * flip
    radius = max([usual, *(one.diameter_mm for one in seen)]) / 2
    away = nodes - middle
    away = away - (away @ along)[..., None] * along
    return np.einsum("...i,...i->...", away, away) < radius**2


def _entries(vertebra: Vertebra, center: np.ndarray, sign: int, technique) -> np.ndarray:
    """Entry points on the dorsal surface, local mm, over the technique's window about the centre of the mass."""
    l = -sign * (technique.medial_mm + np.arange(-1, 1.01, 0.4) * technique.medial_window_mm)
    s = technique.cranial_mm + np.arange(-1, 1.01, 0.4) * technique.cranial_window_mm
    across, up = (g.ravel() for g in np.meshgrid(l, s, indexing="ij"))
    start = center + np.column_stack([across, np.full_like(across, 12.0), up])
    hits, _ = vertebra.surface.first_hit(
        vertebra.frame.to_world(start), np.tile(-vertebra.frame.posterior, (len(start), 1))
    )
    local = vertebra.frame.to_local(hits)
    return local[np.isfinite(local[:, 1]) & (np.abs(local[:, 1] - center[1]) < 6.0)]


def _directions(technique, sign: int) -> np.ndarray:
    """Unit vectors forwards over the technique's window, local."""

    def over(middle: float, half: float) -> np.ndarray:
        return np.radians(np.linspace(middle - half, middle + half, int(2 * half / _TURN_DEG) + 1))

    lateral, up = np.meshgrid(
        over(technique.lateral_deg, technique.lateral_window_deg),
        over(technique.sagittal_deg, technique.sagittal_window_deg),
        indexing="ij",
    )
    out = np.stack([sign * np.sin(lateral) * np.cos(up), -np.cos(lateral) * np.cos(up), np.sin(up)], axis=-1)
    return np.array([unit(d) for d in out.reshape(-1, 3)])

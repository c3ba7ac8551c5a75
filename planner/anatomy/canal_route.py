"""A second opinion on the pose, without any template: the canal's shadow, the mirror plane, the solid body.

It shares no step with the registration before the endplates, so that where the two agree a gross error is
unlikely, and where they differ somebody has to look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.registration import Cloud
from planner.anatomy.silhouette import CanalShadow, canal_shadow
from planner.anatomy.symmetry import best_mirror_plane
from planner.geometry.axes import across
from planner.geometry.crossings import solid

LEAN_DEG = 9.0  # the canal rises backwards against the endplates' axis by this, in the mean (-1 to 23 on 16 bones)
C2_LEAN_DEG = 21.0
ANGLES, OFFSETS_MM, TRIAL_SAMPLES = 30, (-3.0, 0.0, 3.0), 200
REACH_MM = 26.0
MIRROR_LIMIT_MM = 0.9
DEEP_MM = 2.0
UNCLEAR = (
    0.18,
    0.82,
)  # share of the deep bone behind the canal; healthy bone shows under 0.15
SOLID_MM = 1.0
QUICK_SAMPLES = 1000
MIDLINE_MM = 8.0
FIRM_SHEAR = 0.35
DENS_MM = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalRoute:
    """Axes as rows L, P, S and an origin on the canal, in the cloud's coordinates.

    ``upright_known`` is False where the bone does not tell head from foot; L and S may then both be reversed.
    """

    axes: np.ndarray
    origin: np.ndarray
    mirror_residual_mm: float
    radius_mm: float
    upright_known: bool


def canal_route(
    cloud: Cloud,
    triangles: np.ndarray,
    tree,
    level: str,
    superior: np.ndarray | None = None,
) -> CanalRoute | None:
    """Return the pose read from canal and symmetry, or None where the ring is open or nothing mirrors.

    ``triangles`` (n, 3, 3) are the surface's in the cloud's coordinates; ``superior`` is the head's direction where
    one is declared: the search is then limited to 50 degrees about it.
    """
    shadow = canal_shadow(cloud.points, superior, 50.0)
    if shadow is None:
        return None
    left, point, residual = _mirror(cloud, tree, shadow)
    if residual > MIRROR_LIMIT_MM:
        return None
    axis = shadow.axis - (shadow.axis @ left) * left
    axis /= np.linalg.norm(axis)
    posterior = np.cross(axis, left)
    center = shadow.point - ((shadow.point - point) @ left) * left
    local = (cloud.points - center) @ np.array([left, posterior, axis]).T
    behind = _bulk_behind(triangles, np.array([left, posterior, axis]), center)
    if behind is None:
        return None
    if behind:
        left, posterior, local = -left, -posterior, local * [-1, -1, 1]
    up = _headward(local, level) if superior is None else int(np.sign(axis @ superior))
    if up < 0:
        left, axis = -left, -axis
    lean = np.radians(C2_LEAN_DEG if level == "C2" else LEAN_DEG)
    superior_axis = axis * np.cos(lean) - posterior * np.sin(lean)
    posterior_axis = posterior * np.cos(lean) + axis * np.sin(lean)
    return CanalRoute(
        axes=np.array([left, posterior_axis, superior_axis]), origin=center, mirror_residual_mm=residual,
        radius_mm=shadow.radius_mm, upright_known=up != 0,
    )  # fmt: skip


def _mirror(cloud: Cloud, tree, shadow: CanalShadow) -> tuple[np.ndarray, np.ndarray, float]:
    """The best mirror plane that holds the canal's axis, then freely refined."""
    a, b = across(shadow.axis)
    source = cloud.points[:TRIAL_SAMPLES]
    trials = []
    for angle in np.arange(ANGLES) * np.pi / ANGLES:
        normal = np.cos(angle) * a + np.sin(angle) * b
        for offset in OFFSETS_MM:
            height = (source - shadow.point) @ normal - offset
            near = np.abs(height) < REACH_MM
            distance, _ = tree.query(source[near] - 2 * height[near, None] * normal)
            distance.sort()
            trials.append((float(distance[: int(0.75 * len(distance))].mean()), angle, offset))
    _, angle, offset = min(trials)
    normal = np.cos(angle) * a + np.sin(angle) * b
    axes = np.array([normal, np.cross(shadow.axis, normal), shadow.axis])
    return best_mirror_plane(cloud, tree, axes, shadow.point + offset * normal, samples=QUICK_SAMPLES)


def _bulk_behind(triangles: np.ndarray, axes: np.ndarray, center: np.ndarray) -> bool | None:
    """True if the deep bone near the midline, which is the body, lies on the +P side of the canal; None if unclear."""
    from scipy.ndimage import binary_fill_holes, distance_transform_edt

    local = (triangles - center) @ axes.T
    low, high = (
        local.reshape(-1, 3).min(axis=0) - 1.0,
        local.reshape(-1, 3).max(axis=0) + 1.0,
    )
    bone = solid(local, SOLID_MM, low, high)
    middle = np.abs(bone.coordinates(0)) <= MIDLINE_MM
    # Some surfaces hold an inner shell, the border of cortex and spongiosa.
    filled = binary_fill_holes(bone.filled)
    depth = np.maximum(distance_transform_edt(filled) * SOLID_MM - DEEP_MM, 0.0)[middle] ** 2
    weight = depth.sum(axis=(0, 2))
    behind = float(weight[bone.coordinates(1) > 0].sum() / max(weight.sum(), 1e-9))
    return None if UNCLEAR[0] <= behind <= UNCLEAR[1] else behind > UNCLEAR[1]


def _headward(local: np.ndarray, level: str) -> int:
    """+1 or -1 for the canal axis' sense, 0 where the bone does not tell.

    C2: the dens, the part of the body that reaches furthest along the axis. Elsewhere the arch, which is
    sheared backwards and down.
    """
    middle = np.abs(local[:, 0]) < 5.0
    if level == "C2":
        front = local[middle & (local[:, 1] < -4.0), 2]
        if len(front) > 50:
            high, low = np.percentile(front, 99), np.percentile(front, 1)
            rear = np.median(local[local[:, 1] > 8.0, 2]) if (local[:, 1] > 8.0).any() else 0.0
            reach = (high - rear) - (rear - low)
            if abs(reach) > DENS_MM:
                return 1 if reach > 0 else -1
    arch = local[(np.abs(local[:, 0]) < 12.0) & (local[:, 1] > 6.0)]
    if len(arch) < 100:
        return 0
    shear = float(np.corrcoef(arch[:, 1], arch[:, 2])[0, 1])
    return 0 if abs(shear) < FIRM_SHEAR else (-1 if shear > 0 else 1)

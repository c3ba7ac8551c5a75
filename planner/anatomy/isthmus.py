"""The narrowest section of a bridge of bone: the pedicle between canal and foramen, the pars of C2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from planner.anatomy.sounding import Sounding
from planner.geometry.axes import SIGN


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A closed section of bone: its centroid, the local unit normal of the plane (forwards), width, height, area."""

    center: np.ndarray
    axis: np.ndarray
    width_mm: float
    height_mm: float
    area_mm2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which planes are searched: yaw towards the midline, pitch, shifts along the axis, half size of the cut.

    Sections under ``least_mm2`` are bars of the transverse process, not the bridge. ``valleys`` places are
    searched finely: C2's neck has several of nearly equal area.
    """

    yaw_deg: tuple[float, float]
    pitch_deg: tuple[float, float]
    shift_mm: tuple[float, float]
    half_mm: float
    least_mm2: float
    valleys: int


PEDICLE = Window(yaw_deg=(20, 70), pitch_deg=(-25, 25), shift_mm=(-4, 4), half_mm=8.0, least_mm2=10.0, valleys=2)
# At C7 and T1 the bar in front of a small foramen is as near, and thinner than any pedicle.
LOW_PEDICLE = Window(yaw_deg=(20, 70), pitch_deg=(-25, 25), shift_mm=(-4, 4), half_mm=9.0, least_mm2=22.0, valleys=2)
PARS = Window(yaw_deg=(0, 60), pitch_deg=(-10, 50), shift_mm=(-3, 3), half_mm=11.0, least_mm2=30.0, valleys=3)
ALMOST, APART_MM = 1.6, 2.0
# Of planes within this share of the smallest section near it, the mean: the one smallest changes by chance.
EQUAL, EQUAL_MM = 1.05, 1.5
# Two sides are read as a pair: a millimetre between one and the other mirrored counts as so much more area.
UNLIKE_PER_MM, UNLIKE_MOST = 0.06, 0.5
NEAR_MM = 3.5  # from the middle of the plane
BEFORE_FORAMEN_MM = 3.2  # from the foramen's middle to the pedicle's, towards the midline
REACH_MM = 5.0  # from a seed, in the transverse plane
REACH_UP_MM = 3.5  # and along S: bars of the transverse process lie lower


def sections_near(sounding: Sounding, side: str, seeds: np.ndarray, window: Window) -> list[Cut]:
    """Return the smallest cuts near the seeds (n, 3), one for each valley; none where no plane is closed."""
    starts = _search(
        sounding, side, seeds, window.half_mm, window.least_mm2, 1.0,
        np.arange(window.yaw_deg[0], window.yaw_deg[1] + 1, 10.0),
        np.arange(window.pitch_deg[0], window.pitch_deg[1] + 1, 12.5),
        np.arange(window.shift_mm[0], window.shift_mm[1] + 0.1, 1.0),
    )  # fmt: skip
    cuts = []
    for _, yaw, pitch, center in _distinct(starts, window.valleys):
        fine = _search(
            sounding, side, center[None], window.half_mm, window.least_mm2, 0.5,
            np.clip(yaw + np.arange(-6, 7, 3.0), *window.yaw_deg),
            np.clip(pitch + np.arange(-6, 7, 3.0), *window.pitch_deg),
            np.arange(-1.0, 1.1, 0.5),
        )  # fmt: skip
        if fine:
            cut = _measure(sounding, side, *_middle(fine), window.half_mm)
            if cut is not None:
                cuts.append(cut)
    return cuts


def narrowest(cuts: Mapping[str, list[Cut]]) -> dict[str, Cut]:
    """Return the bridge of each side: the smallest sections that resemble each other mirrored.

    A cut mass leaves a thin bar behind the pedicle, and two valleys of one bridge may be nearly equal; the other
    side tells which is meant. A side without any section is left out.
    """
    found = {side: some for side, some in cuts.items() if some}
    if len(found) < 2:
        return {side: min(some, key=lambda cut: cut.area_mm2) for side, some in found.items()}
    (a, left), (b, right) = found.items()
    least = {side: min(cut.area_mm2 for cut in some) for side, some in found.items()}

    def cost(pair: tuple[Cut, Cut]) -> float:
        apart = np.linalg.norm(pair[0].center - pair[1].center * [-1, 1, 1])
        unlike = min(UNLIKE_PER_MM * apart, UNLIKE_MOST)
        return pair[0].area_mm2 / least[a] + pair[1].area_mm2 / least[b] + unlike

    one, other = min(product(left, right), key=cost)
    return {a: one, b: other}


def _distinct(starts: list, most: int) -> list:
    """The smallest sections that lie apart: on a 1 mm grid two valleys of nearly equal depth change places."""
    chosen: list = []
    for start in starts:
        if start[0] > ALMOST * starts[0][0] or len(chosen) == most:
            break
        if all(np.linalg.norm(start[3] - other[3]) > APART_MM for other in chosen):
            chosen.append(start)
    return chosen


def _middle(fine: list) -> tuple[float, float, np.ndarray]:
    """(yaw, pitch, centre) in the middle of the planes that are almost as small as the smallest."""
    least, _, _, center = fine[0]
    near = [f for f in fine if f[0] <= EQUAL * least and np.linalg.norm(f[3] - center) <= EQUAL_MM]
    weight = [EQUAL + 0.01 - f[0] / least for f in near]
    yaw, pitch, center = (np.average([f[k] for f in near], axis=0, weights=weight) for k in (1, 2, 3))
    return float(yaw), float(pitch), center


def _axes(side: str, yaw_deg, pitch_deg) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(axis, across, up): forwards along the bridge; horizontal across it; upwards across it. Each (..., 3)."""
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    axis = np.stack(
        [
            -SIGN[side] * np.sin(yaw) * np.cos(pitch),
            -np.cos(yaw) * np.cos(pitch),
            np.sin(pitch),
        ],
        axis=-1,
    )
    across = np.stack([np.cos(yaw), -SIGN[side] * np.sin(yaw), np.zeros_like(yaw)], axis=-1)
    return axis, across, np.cross(across, axis)


def _search(sounding, side, seeds, half, least, step, yaws, pitches, shifts):
    """[(area, yaw, pitch, center)] of the closed components near the seeds over all planes, smallest first."""
    from scipy.ndimage import label

    yaw, pitch, shift, seed = (
        g.ravel()
        for g in np.meshgrid(
            np.unique(yaws),
            np.unique(pitches),
            shifts,
            np.arange(len(seeds)),
            indexing="ij",
        )
    )
    axis, across, up = _axes(side, yaw, pitch)
    origin = seeds[seed] + axis * shift[:, None]
    grid = np.arange(-half, half + step / 2, step)
    points = (
        origin[:, None, None]
        + across[:, None, None] * grid[None, :, None, None]
        + up[:, None, None] * grid[None, None, :, None]
    )
    bone = sounding.solid.at(points)
    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1, :, 1] = in_plane[1, 1, :] = True
    labels, count = label(bone, in_plane)
    if not count:
        return []
    area = np.bincount(labels.ravel(), minlength=count + 1) * step**2
    good = area >= least
    for edge in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        good[np.unique(edge)] = False
    good[0] = False
    # Only the component nearest to the middle of its plane is the bridge.
    away = np.hypot(*np.meshgrid(grid, grid, indexing="ij"))
    distance = np.full(count + 1, np.inf)
    np.minimum.at(distance, labels.ravel(), np.broadcast_to(away, labels.shape).ravel())
    good &= distance < NEAR_MM
    # Sums over each component's cells, all at once: where it lies in its plane, and which plane that is.
    weight = np.bincount(labels.ravel(), minlength=count + 1)
    plane, a, b = np.nonzero(labels)
    which = labels[plane, a, b]
    middle_a = np.bincount(which, weights=grid[a], minlength=count + 1) / np.maximum(weight, 1)
    middle_b = np.bincount(which, weights=grid[b], minlength=count + 1) / np.maximum(weight, 1)
    of_plane = np.zeros(count + 1, int)
    of_plane[which] = plane
    found = []
    for best in np.argsort(np.where(good, area, np.inf))[: good.sum()]:
        n = of_plane[best]
        center = origin[n] + across[n] * middle_a[best] + up[n] * middle_b[best]
        off = np.abs(seeds - center)
        if ((np.hypot(off[:, 0], off[:, 1]) <= REACH_MM) & (off[:, 2] <= REACH_UP_MM)).any():
            found.append((float(area[best]), float(yaw[n]), float(pitch[n]), center))
    return found


def _measure(sounding, side, yaw, pitch, center, half) -> Cut | None:
    """Section at one plane on a 0.25 mm grid. Width is the 90th percentile of the horizontal chords."""
    from scipy.ndimage import label

    step = 0.25
    axis, across, up = _axes(side, np.array([yaw]), np.array([pitch]))
    grid = np.arange(-half, half + step / 2, step)
    points = center + across * grid[:, None, None] + up * grid[None, :, None]
    bone = sounding.solid_about(center, half * np.sqrt(2), step).at(points)
    labels, count = label(bone)
    if not count:
        return None
    away = np.where(labels > 0, np.hypot(*np.meshgrid(grid, grid, indexing="ij")), np.inf)
    part = labels == labels.ravel()[int(np.argmin(away))]
    a, b = np.nonzero(part)
    chords = part.sum(axis=0)
    chords = chords[chords > 0] * step
    return Cut(
        center=center + across[0] * grid[a].mean() + up[0] * grid[b].mean(),
        axis=axis[0],
        width_mm=float(np.percentile(chords, 90)),
        height_mm=float(part.any(axis=0).sum() * step),
        area_mm2=float(part.sum() * step**2),
    )


def pedicle_seeds(side: str, l: float, wall_p: float, body_s: float) -> np.ndarray:
    """Two starts at |l| = ``l``, at the height of the upper half of the body."""
    return np.array([[SIGN[side] * l, wall_p - 0.5, body_s + h] for h in (0.5, 3.0)])


def pars_seeds(side: str, foramen_l: float, wall_p: float, body_s: float) -> np.ndarray:
    """Two starts behind and medial to C2's foramen."""
    return np.array([[SIGN[side] * (abs(foramen_l) - d), wall_p + 3.5, body_s + 1.0] for d in (2.0, 4.0)])

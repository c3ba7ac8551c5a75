"""The lateral mass of C3-C7: its four borders and the centre of its posterior face, by profiles of the rear map.

Constructions follow the written definitions: the valley towards the lamina, the free lateral edge, the rear rim
of the superior facet, the tip of the inferior articular process; the centre is the first hit from behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.sounding import MAP_MM, Sounding
from planner.geometry.axes import SIGN

CHORD_START_MM = 5.0  # |l| where the chord from lamina to lateral edge begins
EDGE_SLOPE = 3.0  # the rear falls more than this (mm per mm) at the free lateral edge
EDGE_RUN_MM = 0.5
EDGE_DROP_MM = 5.0
INNER_DROP_MM = 4.0  # between neighbouring columns: from the rear of the mass to the front of an open canal
START_LATERAL_MM = 2.5
# How far from the foramen's |l| the valley and the lateral edge can lie: gates, from the proportions of the bone.
VALLEY_REACH_MM = 7.5
EDGE_REACH_MM = 12.5
LEAST_WIDTH_MM = 5.0
JUMP_MM = 1.0  # between neighbouring heights: the profile leaves the articular process
RIM_SECTIONS_MM = (-1.5, -0.75, 0.0, 0.75, 1.5)
LEDGE_MM = 6.0  # the rim may overhang the facet by a ledge, so steps forwards are allowed to be larger
CHORDS_MM = (18.0, 20.0, 22.0)
LEAST_FACET_MM = 3.0  # the rim lies at least this far below the top of the process
ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MassBorders:
    """Local points of one lateral mass. ``corner_spread_mm`` is the disagreement of the three estimates of the
    superior rim, ``valley_mm`` the depth of the medial valley below its chord; both tell how sure they are."""

    medial: np.ndarray
    lateral: np.ndarray
    superior: np.ndarray
    inferior: np.ndarray
    center: np.ndarray
    top: np.ndarray
    corner_spread_mm: float
    valley_mm: float

    @property
    def width_mm(self) -> float:
        return float(abs(self.lateral[0] - self.medial[0]))

    @property
    def height_mm(self) -> float:
        return float(abs(self.superior[2] - self.inferior[2]))


def find_mass(sounding: Sounding, side: str, about_l: float, start_s: float, front_p: float) -> MassBorders | None:
    """Return the borders of one side, or None where the profiles do not show a mass.

    ``about_l`` is the foramen's |l|, about which the mass lies; ``start_s`` a first height on the posterior
    face; ``front_p`` lies in front of the articular process, so that the transverse process is not mistaken
    for it.
    """
    l, s = about_l + START_LATERAL_MM, start_s
    found = None
    for _ in range(ROUNDS):
        sagittal = _sagittal(sounding, side, l, s, front_p)
        if sagittal is None:
            return found
        inferior, superior, top, spread = sagittal
        s = (inferior[2] + superior[2]) / 2
        axial = _axial(sounding, side, l, s, about_l)
        if axial is None:
            return found
        medial, lateral, valley = axial
        before, l = l, (abs(medial[0]) + abs(lateral[0])) / 2
        center_p = sounding.rear[sounding.column(SIGN[side] * l), sounding.row(s)]
        if not np.isfinite(center_p):
            return found
        found = MassBorders(
            medial=medial, lateral=lateral, superior=superior, inferior=inferior,
            center=np.array([SIGN[side] * l, center_p, s]), top=top, corner_spread_mm=spread, valley_mm=valley,
        )  # fmt: skip
        if abs(before - l) < MAP_MM / 2:
            break
    return found


def _sagittal(sounding: Sounding, side: str, l: float, s: float, front_p: float):
    """(inferior, superior, top, spread) of the sagittal section at |l|.

    The rim is the median over neighbouring sections: one section alone is thrown off by a lip or a pit.
    """
    x = SIGN[side] * l
    inferior = lowest_point(sounding, x, front_p)
    process = _articular_process(sounding, x, s, front_p)
    if inferior is None or process is None:
        return None
    rims: list[float] = []
    for beside in RIM_SECTIONS_MM:
        near = _articular_process(sounding, x + beside, s, front_p)
        if near is not None:
            rims += [float(near[1][k]) for k in _corners(*near)]
    p, h = process
    if not rims:
        return None
    at = int(np.argmin(np.abs(h - np.median(rims))))
    superior = np.array([x, p[at], h[at]])
    low, high = np.percentile(rims, (20, 80))
    return inferior, superior, np.array([x, p[-1], h[-1]]), float(high - low)


def _articular_process(sounding: Sounding, x: float, s: float, front_p: float) -> tuple[np.ndarray, np.ndarray] | None:
    """(rear p, heights) of the articular process in the section at l = x, from its foot to its top."""
    rear = sounding.rear[sounding.column(x)]
    heights = sounding.depth.v
    k = sounding.row(s)
    if not np.isfinite(rear[k]) or rear[k] < front_p:
        behind = np.flatnonzero(np.isfinite(rear) & (rear > front_p))
        if not len(behind):
            return None
        k = int(behind[np.argmin(np.abs(behind - k))])
    top = k
    while top + 1 < len(rear) and np.isfinite(rear[top + 1]) and rear[top + 1] > front_p:
        if rear[top] - rear[top + 1] > LEDGE_MM:
            break
        top += 1
    bottom = k
    while bottom > 0 and np.isfinite(rear[bottom - 1]) and abs(rear[bottom - 1] - rear[bottom]) < JUMP_MM:
        bottom -= 1
    if (top - bottom) * MAP_MM < 4.0:
        return None
    return rear[bottom : top + 1], heights[bottom : top + 1]


def lowest_point(sounding: Sounding, x: float, front_p: float) -> np.ndarray | None:
    """Lowest point of the inferior articular process in a 0.5 mm strip about l = x, behind ``front_p``."""
    vertical = sounding.vertical
    lowest = vertical.lowest()
    strip = np.flatnonzero(np.abs(vertical.u - x) <= 0.3)
    behind = np.flatnonzero(vertical.v > front_p)
    if not len(strip) or not len(behind):
        return None
    block = lowest[np.ix_(strip, behind)]
    if not np.isfinite(block).any():
        return None
    i, j = np.unravel_index(np.nanargmin(block), block.shape)
    return np.array([x, vertical.v[behind[j]], block[i, j]])


def _corners(p: np.ndarray, h: np.ndarray) -> list[int]:
    """Indices of the rim on a rear profile, from below upwards, by three chords of different length.

    The rim is where the profile stands furthest out from the chord that ends at the top of the process. A
    chord across most of the mass was the steadiest estimate on real bone (median error 0.3 mm, 1.9 at the
    90th percentile); two fitted lines or the departure from the facet's line erred by more.
    """
    points = np.column_stack([p, h])
    estimates: list[int] = []
    for length_mm in CHORDS_MM:
        start = max(0, len(p) - 1 - round(length_mm / MAP_MM))
        chord = points[-1] - points[start]
        length = np.linalg.norm(chord)
        if length > 1e-6:
            rel = points[start:] - points[start]
            out = (rel[:, 0] * chord[1] - rel[:, 1] * chord[0]) / length
            estimates.append(start + int(np.argmax(out[: max(1, len(out) - round(LEAST_FACET_MM / MAP_MM))])))
    return estimates


def axial_profile(sounding: Sounding, side: str, s: float) -> tuple[np.ndarray, np.ndarray]:
    """(|l|, rear p) from the midline outwards at a height, on the 0.25 mm map."""
    l = np.arange(0.0, 36.0, MAP_MM)
    column = np.rint((SIGN[side] * l - sounding.depth.u[0]) / MAP_MM).astype(int)
    ok = (column >= 0) & (column < len(sounding.depth.u))
    rear = np.full(len(l), np.nan)
    rear[ok] = sounding.rear[column[ok], sounding.row(s)]
    return l, rear


def _axial(sounding: Sounding, side: str, at: float, s: float, about_l: float):
    """(medial, lateral, valley depth) of the axial section at a height; ``at`` is the present |l|."""
    l, rear = axial_profile(sounding, side, s)
    edge = _lateral_edge(rear, round(at / MAP_MM), round((about_l + EDGE_REACH_MM) / MAP_MM))
    if edge is None:
        return None
    inner = np.arange(round(CHORD_START_MM / MAP_MM), edge + 1)
    inner = inner[np.isfinite(rear[inner])]
    if len(inner) < 8:
        return None
    cut = _inner_edge(rear, round(at / MAP_MM), int(inner[0]))
    if cut is not None:
        # No lamina comes to this mass, as after a laminectomy: its medial border is where the bone ends.
        medial = np.array([SIGN[side] * l[cut], rear[cut], s])
        return medial, np.array([SIGN[side] * l[edge], rear[edge], s]), 0.0
    a, b = inner[0], edge
    chord = rear[a] + (rear[b] - rear[a]) * (l[inner] - l[a]) / (l[b] - l[a])
    there = (l[inner] >= about_l - VALLEY_REACH_MM) & (l[inner] <= l[edge] - LEAST_WIDTH_MM)
    if not there.any():
        return None
    depth = np.where(there, chord - rear[inner], -np.inf)
    deepest = int(inner[np.argmax(depth)])
    sign = SIGN[side]
    medial = np.array([sign * l[deepest], rear[deepest], s])
    lateral = np.array([sign * l[edge], rear[edge], s])
    return medial, lateral, float(depth.max())


def _inner_edge(rear: np.ndarray, start: int, end: int) -> int | None:
    """Index where the rear profile, followed towards the midline, falls into the canal; None where an arch goes on."""
    for i in range(min(start, len(rear) - 1), end, -1):
        if not np.isfinite(rear[i]):
            return None
        if not np.isfinite(rear[i - 1]) or rear[i] - rear[i - 1] > INNER_DROP_MM:
            return i
    return None


def _lateral_edge(rear: np.ndarray, start: int, end: int) -> int | None:
    """Index where the rear profile turns forwards: sharply, or, on a rounded edge, by 5 mm in all."""
    run = round(EDGE_RUN_MM / MAP_MM)
    highest = -np.inf
    for i in range(start, min(end, len(rear) - run - 1)):
        if not np.isfinite(rear[i]):
            return i - 1 if i > 0 and np.isfinite(rear[i - 1]) else None
        highest = max(highest, rear[i])
        if not np.isfinite(rear[i + run]) or rear[i] - rear[i + run] > EDGE_SLOPE * EDGE_RUN_MM:
            return i
        if highest - rear[i] > EDGE_DROP_MM:
            return i
    return None

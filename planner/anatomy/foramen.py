"""The transverse foramina: enclosed holes beside the canal, linked over heights to tunnels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Body
from planner.anatomy.sounding import Sounding
from planner.geometry.axes import SIGN
from planner.geometry.crossings import solid

GRID_MM = 0.25
COARSE_MM = 0.4  # for asking whether a plane closes the ring at all
LATERAL_MM = (7.0, 30.0)
AREA_MM2 = (2.0, 120.0)
# A hole elsewhere is another gap of the bone: distance from the midline, and in front of the body's rear wall.
PLACE_L_MM = (10.5, 25.0)
PLACE_P_MM = (-12.0, 3.5)
# Slivers where a groove just closes are no foramen: a sound ring has at least this inscribed radius, absolute
# and against the mean radius. C2's canal bends, so slanting cuts of its mouths are told apart by size first;
# a smaller ring is accepted only where no plane shows a sound one.
SOUND = {"C2": (1.5, 0.7)}
USUAL_SOUND = (1.5, 0.55)
LEAST = (0.8, 0.55)
LONG_SLICES = 8  # 2 mm
# Within a sound tunnel narrower planes are a stricture, not a groove about to open, if sound ones lie on both sides
# of them or if they are as narrow as that over 1 mm: the end of a groove tapers from plane to plane.
STRICTURE_SLICES = 4
STRICTURE_EVEN_MM = 0.2
AXIS_RUN_MM = 2.0
AXIS_TURN_DEG = 35.0
SHORT_LEAN_DEG = 25.0  # the axis of a short tunnel leans from S by no more
TILTS_DEG = (10.0, 20.0, 30.0, 40.0)
GENTLE_DEG = 20.0  # a sound ring in planes up to this tilt goes before a narrow one in the axial plane


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tunnel:
    """A foramen in local coordinates: where its largest inscribed circle is smallest, and its axis."""

    center: np.ndarray
    axis: np.ndarray
    diameter_mm: float
    tilt_deg: float
    slices: int


def find_foramen(sounding: Sounding, body: Body, level: str, side: str) -> Tunnel | None:
    """Return a side's transverse foramen, or None where no plane up to 40 degrees of tilt closes a ring."""
    pivot = np.array([SIGN[side] * 15.0, body.wall[1] - 2.0, body.center[2]])
    reach_s = (-12.0, 14.0) if level == "C2" else (-10.0, 10.0)
    triangles = sounding.triangles - pivot
    near = (np.abs(triangles[:, 0]) < [24.0, 22.0, 28.0]).all(axis=1)
    triangles = triangles[near]

    def look(least: tuple[float, float], turns: list[np.ndarray], slices: int = 1):
        """The soundest tunnel over planes of one tilt; coarse first."""
        coarse = [_tunnel(triangles, turn, least, side, reach_s, COARSE_MM) for turn in turns]
        best = max(
            (k for k in range(len(turns)) if coarse[k]),
            key=lambda k: coarse[k][4],
            default=None,
        )
        found = None
        if best is not None:
            found = _tunnel(triangles, turns[best], least, side, reach_s, GRID_MM, strictures=True)
        return found if found and found[3] >= slices else None

    sound = SOUND.get(level, USUAL_SOUND)
    tunnel, tilt = look(sound, [np.eye(3)]), 0.0
    if tunnel is None:
        # A long tunnel is a narrowed foramen, not a sliver: no slanting cut of the same hole may make it wide again.
        # But a second, narrow hole is common behind the foramen proper, whose ring may close in a tilted plane only:
        # a sound ring elsewhere goes before it.
        tunnel = look(LEAST, [np.eye(3)], LONG_SLICES)
        for tilt_deg in (t for t in TILTS_DEG if t <= GENTLE_DEG):
            other = look(sound, _turns(tilt_deg))
            if other is not None:
                if tunnel is None or _apart(tunnel, other):
                    tunnel, tilt = other, tilt_deg
                break
    for least, tilt_deg in [(least, t) for least in dict.fromkeys([sound, LEAST]) for t in (0.0, *TILTS_DEG)]:
        if tunnel is not None:
            break
        tunnel, tilt = look(least, _turns(tilt_deg) if tilt_deg else [np.eye(3)]), tilt_deg
    if tunnel is None:
        return None
    center, axis, diameter, slices, _ = tunnel
    if slices * GRID_MM < AXIS_RUN_MM:
        axis = _upright(axis)
    return Tunnel(
        center=center + pivot,
        axis=axis,
        diameter_mm=diameter,
        tilt_deg=tilt,
        slices=slices,
    )


def _apart(a: tuple, b: tuple) -> bool:
    """True if two tunnels are different holes: their circles do not touch, seen along S."""
    return bool(np.linalg.norm((a[0] - b[0])[:2]) > (a[2] + b[2]) / 2)


def _upright(axis: np.ndarray) -> np.ndarray:
    """An axis that leans from S by 25 degrees at most: that only a tilted plane closes the ring proves no lean."""
    across = np.linalg.norm(axis[:2])
    most = np.tan(np.radians(SHORT_LEAN_DEG))
    if across <= most * axis[2]:
        return axis
    upright = np.array([*(axis[:2] * most / across), 1.0])
    return upright / np.linalg.norm(upright)


def _turns(tilt_deg: float) -> list[np.ndarray]:
    """Rotations about the pivot by one tilt, in eight directions."""
    from scipy.spatial.transform import Rotation

    return [
        Rotation.from_rotvec(np.radians(tilt_deg) * np.array([np.cos(a), np.sin(a), 0.0])).as_matrix()
        for a in np.arange(8) * np.pi / 4
    ]


def _tunnel(triangles, rotation, least, side, reach_s, grid_mm, strictures=False):
    """(center, axis, diameter, slices, weight) about the pivot: the soundest tunnel in planes turned by ``rotation``.

    With ``strictures`` the diameter is that of its narrowest place, sound or not.
    """
    from scipy.ndimage import distance_transform_edt, label

    turned = triangles @ rotation.T
    # Box about the pivot, which lies 15 mm beside the midline.
    outer, inner = LATERAL_MM[1] - 15.0, LATERAL_MM[0] - 15.0
    low_l, high_l = (inner, outer) if side == "left" else (-outer, -inner)
    low = np.array([low_l, -13.0, reach_s[0]])
    high = np.array([high_l, 11.0, reach_s[1]])
    grid = solid(turned, grid_mm, low, high)
    free = ~grid.filled
    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[:, 1, 1] = in_plane[1, :, 1] = True
    labels, count = label(free, in_plane)
    size = np.bincount(labels.ravel(), minlength=count + 1) * grid_mm**2
    good = (size >= AREA_MM2[0]) & (size <= AREA_MM2[1])
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        good[np.unique(edge)] = False
    good[0] = False
    holes = good[labels]
    if not holes.any():
        return None
    tunnels, number = label(holes, np.ones((3, 3, 3), bool))
    best = None
    for t in range(1, number + 1):
        member = tunnels == t
        ks = np.flatnonzero(member.any(axis=(0, 1)))
        rings, narrow = [], []
        for k in ks:
            plane = member[:, :, k]
            radius = float(distance_transform_edt(np.pad(plane, 1)).max()) * grid_mm - grid_mm / 4
            area = plane.sum() * grid_mm**2
            i, j = np.nonzero(plane)
            center = np.array([i.mean(), j.mean(), k]) * grid_mm + low
            if radius < least[0] or radius < least[1] * np.sqrt(area / np.pi):
                narrow.append((radius, k))
            elif _in_place(center @ rotation, side):
                rings.append((radius, k, center))
        if not rings:
            continue
        weight = sum(r[0] for r in rings)
        if best is None or weight > best[0]:
            best = (weight, rings, narrow)
    if best is None:
        return None
    rings = best[1]
    radius, _, center = min(rings, key=lambda r: r[0])
    if strictures:
        radius = min([radius, *_stricture(best[2], [r[1] for r in rings])])
    points = np.array([r[2] for r in rings])
    # A short tunnel says little about its direction: then the plane's normal stands for the axis.
    axis = np.array([0.0, 0.0, 1.0])
    if len(points) * grid_mm >= AXIS_RUN_MM:
        line = np.linalg.svd(points - points.mean(axis=0))[2][0]
        line = line if line[2] > 0 else -line
        if line[2] >= np.cos(np.radians(AXIS_TURN_DEG)):
            axis = line
    return center @ rotation, axis @ rotation, 2 * radius, len(rings), best[0]


def _stricture(narrow: list[tuple[float, int]], sound: list[int]) -> list[float]:
    """Radii of the narrow planes (radius, number) that are a stricture of the tunnel whose sound planes are given."""
    found: list[float] = []
    start = 0
    for end in range(1, len(narrow) + 1):
        if end < len(narrow) and narrow[end][1] == narrow[end - 1][1] + 1:
            continue
        run = narrow[start:end]
        start = end
        within = min(sound) < run[0][1] and run[-1][1] < max(sound)
        least = min(radius for radius, _ in run)
        if within or sum(radius < least + STRICTURE_EVEN_MM for radius, _ in run) >= STRICTURE_SLICES:
            found.append(least)
    return found


def _in_place(center: np.ndarray, side: str) -> bool:
    """True where a hole centre, given about the pivot, lies where a transverse foramen can be."""
    beside = 15.0 + SIGN[side] * center[0]
    behind_wall = center[1] - 2.0
    return PLACE_L_MM[0] <= beside <= PLACE_L_MM[1] and PLACE_P_MM[0] <= behind_wall <= PLACE_P_MM[1]

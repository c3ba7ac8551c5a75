"""The spinal canal of one vertebra: its centre, its spinolaminar point, its free outline at each height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.body import Body
from planner.anatomy.sounding import MAP_MM, Sounding

BOX_MM = 22.0
LEAST_AREA_MM2 = 60.0
MIDLINE_MM = 5.0
BEHIND_WALL_MM = 4.0
STEEPEST = 2.0  # the inner lamina ends where its profile runs steeper than this
DEEPEST_MM = 6.0  # or lies this far behind its foremost point
TILT_STEP_DEG = 2.5
TILT_MOST_DEG = 45.0
RAYS = 72
BRIDGED_MM = 8.0  # where no ray at all meets bone
REACH_MM = 20.0
WIDTH_BELOW_MM = 3.0  # from C2's pars; further down the transverse planes leave the ring in front


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalSpace:
    """Local geometry of the canal.

    ``center`` follows the definition; ``closed`` is True where an axial plane closes the ring. ``sections``
    are (72, 3) outlines one millimetre apart in height, gaps between the bones bridged by interpolation, and
    ``coverage`` (n,) the share of each outline that is bone.
    """

    center: np.ndarray
    closed: bool
    spinolaminar: np.ndarray | None
    lamina_span: tuple[float, float] | None
    sections: np.ndarray
    coverage: np.ndarray
    least_ap_mm: float


def measure_canal(sounding: Sounding, body: Body) -> CanalSpace:
    """Find the canal behind a body. An open ring is allowed: the centre is then half-way to the lamina."""
    spinolaminar, span = _spinolaminar(sounding, body)
    center = _enclosed_center(sounding, body, 0.0)
    closed = center is not None
    tilt = TILT_STEP_DEG
    while center is None and tilt <= TILT_MOST_DEG:
        # Where no axial plane closes the ring, the least tilted plane that does. Laminae hang below the body,
        # so planes that fall towards the back come first.
        center = _enclosed_center(sounding, body, -tilt)
        if center is None:
            center = _enclosed_center(sounding, body, tilt)
        tilt += TILT_STEP_DEG
    if center is None:
        if spinolaminar is not None:
            center = np.array([0.0, (body.wall[1] + spinolaminar[1]) / 2, (body.center[2] + spinolaminar[2]) / 2])
        else:
            center = body.wall + [0.0, 7.0, 0.0]
    sections, coverage = _sections(sounding, body, center, span)
    return CanalSpace(
        center=center, closed=closed, spinolaminar=spinolaminar, lamina_span=span,
        sections=sections, coverage=coverage, least_ap_mm=_least_ap(sounding, body, span),
    )  # fmt: skip


def _enclosed_center(sounding: Sounding, body: Body, tilt_deg: float) -> np.ndarray | None:
    """Centroid of the hole that a ring of bone encloses, in the nearest plane with this sagittal tilt.

    Planes turn about the rear wall at the body centre's height; a positive tilt rises towards the back.
    """
    from scipy.ndimage import label

    solid = sounding.solid
    l, p, s = (solid.coordinates(axis) for axis in range(3))
    i = np.flatnonzero(np.abs(l) <= BOX_MM)
    rise = (p - body.wall[1]) * np.tan(np.radians(tilt_deg))
    k = np.flatnonzero(np.abs(s - body.center[2]) <= (10.0 if tilt_deg == 0 else 3.0))
    if not len(k):
        return None
    # Row by row (constant p) the plane is a horizontal line, shifted by its rise.
    rows = k[None, :] + np.rint(rise / solid.spacing_mm).astype(int)[:, None]
    inside = (rows >= 0) & (rows < len(s))
    block = solid.filled[i[0] : i[-1] + 1][:, np.arange(len(p))[:, None], rows.clip(0, len(s) - 1)] & inside
    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[:, 1, 1] = in_plane[1, :, 1] = True
    labels, count = label(~block, in_plane)
    size = np.bincount(labels.ravel(), minlength=count + 1).astype(float)
    good = size * solid.spacing_mm**2 >= LEAST_AREA_MM2
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        good[np.unique(edge)] = False
    good[0] = False
    if not good.any():
        return None
    best = None
    for which in np.flatnonzero(good):
        a, b, c = np.nonzero(labels == which)
        center = np.array([l[i[0] + a].mean(), p[b].mean(), s[k[c[0]]] + rise[b].mean()])
        off = abs(s[k[c[0]]] - body.center[2])
        if abs(center[0]) <= MIDLINE_MM and center[1] > body.wall[1] and (best is None or off < best[0]):
            best = (off, center)
    return None if best is None else best[1]


def _spinolaminar(sounding: Sounding, body: Body) -> tuple[np.ndarray | None, tuple[float, float] | None]:
    """Inner surface of the lamina in the midline at half its height, and the heights it spans."""
    profile = first_entry_behind(sounding, 0.0, body.wall[1] + BEHIND_WALL_MM)
    s = sounding.depth.v
    with np.errstate(invalid="ignore"):
        gentle = np.isfinite(profile)
        gentle[1:] &= ~(np.abs(np.diff(profile)) > STEEPEST * MAP_MM)
    near = np.abs(s - body.center[2]) < 20.0
    run = longest_run(gentle & near)
    if run is None or (run[1] - run[0]) * MAP_MM < 2.0:
        return None, None
    a, b = run
    part = profile[a : b + 1]
    kept = longest_run(part <= np.nanmin(part) + DEEPEST_MM)
    b = a + kept[1]
    a = a + kept[0]
    middle = (a + b) // 2
    return np.array([0.0, profile[middle], s[middle]]), (float(s[a]), float(s[b]))


def _least_ap(sounding: Sounding, body: Body, span: tuple[float, float] | None) -> float:
    """Shortest distance from the rear wall point to the inner lamina in the midline; nan without an arch."""
    if span is None:
        return float("nan")
    s = sounding.depth.v
    inner = first_entry_behind(sounding, 0.0, body.wall[1] + BEHIND_WALL_MM)
    lamina = np.column_stack([inner, s])[(s >= span[0]) & (s <= span[1]) & np.isfinite(inner)]
    return float(np.linalg.norm(lamina - body.wall[1:], axis=1).min()) if len(lamina) else float("nan")


def first_entry_behind(sounding: Sounding, l: float, start_p: float) -> np.ndarray:
    """(ns,) p of the first entry into bone behind ``start_p`` on each height of a sagittal section."""
    depth = sounding.depth
    i = sounding.column(l)
    n = len(depth.v)
    a, b = np.searchsorted(depth.line, [i * n, (i + 1) * n])
    line, height, entering = depth.line[a:b] - i * n, depth.height[a:b], depth.entering[a:b]
    keep = entering & (height > start_p)
    out = np.full(n, np.nan)
    # Assigned from the rearmost to the foremost, so that the first entry remains.
    out[line[keep][::-1]] = height[keep][::-1]
    return out


def longest_run(mask: np.ndarray) -> tuple[int, int] | None:
    """First and last index of the longest run of True; None if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    k = int(np.argmax(ends - starts))
    return int(starts[k]), int(ends[k] - 1)


def _sections(
    sounding: Sounding, body: Body, center: np.ndarray, span: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    low, high = body.center[2] - 8.0, body.center[2] + 8.0
    if span is not None:
        low, high = min(low, span[0]), max(high, span[1])
    heights = np.arange(np.ceil(low), np.floor(high) + 0.5, 1.0)
    angles = np.linspace(0.0, 2 * np.pi, RAYS, endpoint=False)
    ray = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(RAYS)])
    steps = np.arange(1.0, REACH_MM + 0.01, 0.25)
    # The canal leans: its centre follows the rear wall of the body at each height.
    origins = np.array([[center[0], center[1], s] for s in heights])
    points = origins[:, None, None, :] + ray[None, :, None, :] * steps[None, None, :, None]
    hit = sounding.solid.at(points)
    found = hit.any(axis=2)
    radius = np.where(found, steps[np.argmax(hit, axis=2)] - 0.125, np.nan)
    coverage = found.mean(axis=1)
    sections = np.empty((len(heights), RAYS, 3))
    overall = float(np.nanmedian(radius)) if found.any() else BRIDGED_MM
    ever = found.any(axis=0)
    typical = np.full(RAYS, overall)
    typical[ever] = np.nanmedian(radius[:, ever], axis=0)
    for k in range(len(heights)):
        r, ok = radius[k], found[k]
        if ok.sum() < RAYS // 3:
            r = typical
        elif not ok.all():
            r = np.interp(angles, angles[ok], r[ok], period=2 * np.pi)
        # A ray that slips out beside the body reaches far; the canal does not.
        r = np.minimum(r, typical + 3.0)
        sections[k] = origins[k] + ray * r[:, None]
    return sections, coverage


def canal_width(sounding: Sounding, body: Body, height: float) -> float:
    """Greatest clear width along L, 1-8 mm behind the body wall, in the axial plane at ``height``.

    nan where no line there meets bone on both sides.
    """
    solid = sounding.solid
    j = [solid.index(1, body.wall[1] + d) for d in np.arange(1.0, 8.01, 0.5)]
    i0 = solid.index(0, 0.0)
    block = solid.filled[:, j, solid.index(2, height)]
    left, right = block[i0:], block[: i0 + 1][::-1]
    closed = left.any(axis=0) & right.any(axis=0) & ~block[i0]
    width = (np.argmax(left, axis=0) + np.argmax(right, axis=0) - 1) * solid.spacing_mm
    return float(width[closed].max()) if closed.any() else float("nan")


def canal_width_about(sounding: Sounding, body: Body, height: float) -> float:
    """Median of the greatest clear widths from ``height`` to 3 mm below it; nan where nothing is closed.

    At the height of C2's pars a plane may pass over the lamina's upper edge, where the walls fall away to the sides:
    there the greatest width is 1 mm too great in the median and 2.5 mm at most, this one right to half a millimetre.
    """
    widths = [canal_width(sounding, body, height - down) for down in np.arange(0.0, WIDTH_BELOW_MM + 0.01, MAP_MM)]
    return float(np.nanmedian(widths)) if np.isfinite(widths).any() else float("nan")

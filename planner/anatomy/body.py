"""The vertebral body: its depth, its endplates and its rear wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.anatomy.sounding import FINE_MM, Sounding

HALF_WIDTH_MM = 5.0  # endplates are fitted within this distance of the midline
DEPTH_SHARE = (0.15, 0.85)
OUTLIER_MM, OUTLIER_RANGE_MM = 1.2, 0.4
EDGE_MM = {
    "superior": 3.0,
    "inferior": 4.0,
}  # a column further from the plane ends the endplate
PIT_MM = 0.5
# A plane that leans to one side or leaves out so many columns is not that of a free endplate: healthy ones of four
# columns lean by 0.06 at most and keep 0.82 of the columns at least; with a 10 mm ball on them 0.54 and 0.7.
GROWN_SUPPORT, GROWN_SLOPE = 0.72, 0.25
BESIDE_MM = (1.5, 4.0)
VOID_MM = 4.0  # gaps in the body up to this are inner voids, not the canal
C2_BODY_MM = 12.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Endplate:
    """A fitted plane ``s = height + slope_l * l + slope_p * p`` and the endplate's midline limits in p.

    ``support`` is the share of columns on the plane. ``grown`` is True where something stands out of the endplate
    on one side and the plane was fitted to the other.
    """

    height: float
    slope_l: float
    slope_p: float
    anterior: float
    posterior: float
    residual_mm: float
    support: float
    grown: bool = False

    def at(self, l: np.ndarray | float, p: np.ndarray | float) -> np.ndarray | float:
        return self.height + self.slope_l * l + self.slope_p * p

    @property
    def normal(self) -> np.ndarray:
        """Local unit normal, towards the head."""
        n = np.array([-self.slope_l, -self.slope_p, 1.0])
        return n / np.linalg.norm(n)

    @property
    def center(self) -> np.ndarray:
        p = (self.anterior + self.posterior) / 2
        return np.array([0.0, p, float(self.at(0.0, p))])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """Local geometry of the body. ``superior`` is None at C2, which has the dens instead."""

    front_p: float
    wall_p: float
    superior: Endplate | None
    inferior: Endplate
    center: np.ndarray
    wall: np.ndarray


def measure_body(sounding: Sounding, level: str) -> Body | None:
    """Return the body's geometry, or None where no body is found about the frame's origin."""
    depth = _depth(sounding)
    if depth is None:
        return None
    front, wall = depth
    inferior = fit_endplate(sounding, "inferior", front, wall)
    superior = None if level == "C2" else fit_endplate(sounding, "superior", front, wall)
    if inferior is None or (superior is None and level != "C2"):
        return None
    center = (
        _c2_center(sounding, inferior, front, wall) if superior is None else (superior.center + inferior.center) / 2
    )
    posterior = _wall_at(sounding, 0.0, center[2])
    if posterior is None:
        return None
    return Body(
        front_p=front, wall_p=wall, superior=superior, inferior=inferior, center=center,
        wall=np.array([0.0, posterior[1], center[2]]),
    )  # fmt: skip


def _wall_at(sounding: Sounding, l: float, s: float) -> tuple[float, float] | None:
    """(front, rear wall) of the run of bone that holds the body on the line along P at (l, s)."""
    runs = sounding.runs_along_p(l, s, VOID_MM)
    runs = runs[runs[:, 1] - runs[:, 0] > 3.0] if len(runs) else runs
    if not len(runs):
        return None
    distance = np.maximum(0.0, np.maximum(runs[:, 0], -runs[:, 1]))
    return tuple(runs[int(np.argmin(distance))])


def _depth(sounding: Sounding) -> tuple[float, float] | None:
    found = [_wall_at(sounding, l, s) for l in (-2.0, 0.0, 2.0) for s in (-2.0, 0.0, 2.0)]
    found = [f for f in found if f is not None]
    if len(found) < 4:
        return None
    front, wall = np.median(np.array(found), axis=0)
    return float(front), float(wall)


def fit_endplate(sounding: Sounding, which: str, front: float, wall: float) -> Endplate | None:
    """Fit one endplate by columns along S; None where fewer than a quarter of them meet bone.

    The body is waisted, so its depth at mid-height only gives a first plane; the second is fitted over the
    same share of the endplate's own depth. On hand-checked bones this brings the pitch from 1.6 to 0.3 degrees
    (median).
    """
    first = _fit(sounding, which, front, wall)
    if first is None or first.posterior - first.anterior < 0.6 * (wall - front):
        return first
    return _fit(sounding, which, first.anterior, first.posterior) or first


def _fit(sounding: Sounding, which: str, front: float, wall: float) -> Endplate | None:
    crossings = sounding.vertical
    heights = crossings.topmost() if which == "superior" else crossings.lowest()
    columns = np.flatnonzero(np.abs(crossings.u) <= HALF_WIDTH_MM + 1e-9)
    span = front + np.array(DEPTH_SHARE) * (wall - front)
    # A row at either end counts by its share within the span, or the plane would jump as rows come and go.
    inside = np.minimum(crossings.v - span[0], span[1] - crossings.v) / (crossings.v[1] - crossings.v[0]) + 0.5
    rows = np.flatnonzero(inside > 0)
    l, p = np.meshgrid(crossings.u[columns], crossings.v[rows], indexing="ij")
    s = heights[np.ix_(columns, rows)]
    ok = np.isfinite(s)
    if ok.sum() < 0.25 * ok.size or ok.sum() < 12:
        return None
    share = np.broadcast_to(np.minimum(inside[rows], 1.0), ok.shape)[ok]
    (height, slope_l, slope_p), kept = robust_plane(l[ok], p[ok], s[ok], share)
    grown = False
    if kept.sum() < GROWN_SUPPORT * ok.size or abs(slope_l) > GROWN_SLOPE:
        inner = _inner(heights, crossings.u, which)[np.ix_(columns, rows)]
        there = np.isfinite(inner)
        plane, on_it = robust_plane(l[there], p[there], inner[there])
        if on_it.sum() > kept.sum() and abs(plane[1]) <= GROWN_SLOPE:
            grown, (height, slope_l, slope_p), kept, s, ok = (
                True,
                plane,
                on_it,
                inner,
                there,
            )
    residual = s[ok] - (height + slope_l * l[ok] + slope_p * p[ok])
    line = sounding.midline
    profile = (line.topmost() if which == "superior" else line.lowest())[0]
    if grown:
        profile = _beside(_inner(heights, crossings.u, which), crossings.u, crossings.v, line.v)
    off = np.abs(profile - (height + slope_p * line.v))
    edge = EDGE_MM[which]
    good = _bridged(np.isfinite(off) & (off < edge))
    from_middle = np.abs(line.v - (front + wall) / 2)
    start = int(np.argmin(np.where(good, from_middle, np.inf) if good.any() else from_middle))
    a = b = start
    while a > 0 and good[a - 1]:
        a -= 1
    while b < len(good) - 1 and good[b + 1]:
        b += 1
    return Endplate(
        height=height, slope_l=slope_l, slope_p=slope_p,
        anterior=float(line.v[a]), posterior=float(line.v[b]),
        residual_mm=float(np.sqrt(np.mean(residual[kept] ** 2))), support=float(kept.sum() / ok.size), grown=grown,
    )  # fmt: skip


def _inner(heights: np.ndarray, l: np.ndarray, which: str) -> np.ndarray:
    """The heights with, of each line and its mirror image, the one further in: what grows on one side is left out."""
    image = np.rint((-l - l[0]) / (l[1] - l[0])).astype(int)
    image = np.where((image >= 0) & (image < len(l)), image, np.arange(len(l)))
    return (np.fmin if which == "superior" else np.fmax)(heights, heights[image])


def _beside(heights: np.ndarray, l: np.ndarray, p: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Profile over ``at`` of the lines beside the midline, whose own is covered; nan where there is no bone."""
    columns = np.flatnonzero((np.abs(l) >= BESIDE_MM[0]) & (np.abs(l) <= BESIDE_MM[1]))
    found = np.isfinite(heights[columns]).mean(axis=0) > 0.5
    profile = np.full(len(p), np.nan)
    profile[found] = np.nanmedian(heights[np.ix_(columns, found)], axis=0)
    return np.interp(at, p, profile, left=np.nan, right=np.nan)


def _bridged(good: np.ndarray) -> np.ndarray:
    """``good`` with gaps of up to 0.5 mm closed: a pit in the endplate does not end it."""
    from scipy.ndimage import binary_closing

    width = round(PIT_MM / FINE_MM)
    padded = np.pad(good, width)
    return binary_closing(padded, np.ones(width + 1, bool))[width:-width]


def robust_plane(
    l: np.ndarray, p: np.ndarray, s: np.ndarray, share: np.ndarray | float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return ((height, slope_l, slope_p), kept): least absolute residuals first, then points over 1.2 mm off
    are dropped and the rest refitted by least squares. ``share`` (n,) weighs the points."""
    design = np.column_stack([np.ones_like(l), l, p])
    share = np.broadcast_to(share, s.shape)
    weight = share
    for _ in range(12):
        root = np.sqrt(weight)[:, None]
        coefficients = np.linalg.lstsq(design * root, s * root[:, 0], rcond=None)[0]
        weight = share / np.maximum(np.abs(s - design @ coefficients), 0.05)
    kept = np.ones(len(s), bool)
    for _ in range(5):
        off = np.abs(s - design @ coefficients)
        kept = off <= OUTLIER_MM
        if kept.sum() < 6:
            kept[:] = True
            break
        # Points are let go over a range: one that comes and goes at a sharp limit would make the plane jump.
        root = np.sqrt(share * np.clip((OUTLIER_MM + OUTLIER_RANGE_MM - off) / (2 * OUTLIER_RANGE_MM), 0.0, 1.0))
        coefficients = np.linalg.lstsq(design * root[:, None], s * root, rcond=None)[0]
    return coefficients, kept


def _c2_center(sounding: Sounding, inferior: Endplate, front: float, wall: float) -> np.ndarray:
    """Mid-sagittal centroid of C2's body from its endplate to 12 mm above it."""
    solid = sounding.solid
    i = solid.index(0, 0.0)
    p, s = np.meshgrid(solid.coordinates(1), solid.coordinates(2), indexing="ij")
    above = s - inferior.at(0.0, p)
    inside = solid.filled[i] & (above >= 0) & (above <= C2_BODY_MM) & (p >= front - 2.0) & (p <= wall + 2.0)
    if not inside.any():
        p0 = (front + wall) / 2
        return np.array([0.0, p0, float(inferior.at(0.0, p0)) + C2_BODY_MM / 2])
    return np.array([0.0, p[inside].mean(), s[inside].mean()])

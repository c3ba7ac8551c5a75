"""The building parts of a synthetic bone: superellipsoids, tapered rods, swept plates, slabs."""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import unit
from planner.phantom.solid import Solid

UP = np.array([0.0, 0.0, 1.0])


def axes_from(normal: np.ndarray, left: np.ndarray = (1.0, 0.0, 0.0)) -> np.ndarray:
    """Rows (u, v, n): n along `normal`, u as near to `left` as it can be, right-handed."""
    n = unit(normal)
    u = unit(np.asarray(left, float) - (n @ left) * n)
    return np.array([u, np.cross(n, u), n])


def _super_norm(q: np.ndarray, radii: np.ndarray, power: float | tuple[float, float]) -> np.ndarray:
    """First-order distance to the superellipsoid |q/r|^power = 1 (value over gradient)."""
    scaled = np.maximum(np.abs(q) / radii, 1e-9)
    level = (scaled**power).sum(axis=-1) ** (1.0 / power)
    slope = np.sqrt((((scaled / level[..., None]) ** (power - 1) / radii) ** 2).sum(axis=-1))
    return (level - 1.0) / slope


def ellipsoid(center: np.ndarray, radii: np.ndarray, axes: np.ndarray | None = None, power: float = 2.0) -> Solid:
    """A (super)ellipsoid: `power` 2 is round, 4 a pillow; `axes` rows are its own directions."""
    center, radii = np.asarray(center, float), np.asarray(radii, float)
    axes = np.eye(3) if axes is None else axes
    half = np.abs(axes).T @ radii
    return Solid(
        field=lambda x: _super_norm((x - center) @ axes.T, radii, power),
        box=np.array([center - half, center + half]),
    )


def rod(start: np.ndarray, end: np.ndarray, start_radius: float, end_radius: float) -> Solid:
    """A round rod with ball ends whose radius changes evenly from start to end."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    d = b - a
    length = float(d @ d)

    def field(x: np.ndarray) -> np.ndarray:
        t = np.clip((x - a) @ d / length, 0.0, 1.0)
        return np.linalg.norm(x - a - t[:, None] * d, axis=1) - (start_radius + t * (end_radius - start_radius))

    r = max(start_radius, end_radius)
    return Solid(field=field, box=np.array([np.minimum(a, b) - r, np.maximum(a, b) + r]))


def curve(knots: np.ndarray, count: int) -> np.ndarray:
    """`count` points of the natural cubic through the (k, d) knots, even in the knots' chord length."""
    from scipy.interpolate import CubicSpline

    knots = np.asarray(knots, float)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots[:, :3], axis=0), axis=1))])
    return CubicSpline(along, knots, bc_type="natural")(np.linspace(0.0, along[-1], count))


def sweep(
    knots: np.ndarray, half_thickness: np.ndarray, half_height: np.ndarray, height: np.ndarray,
    power: float = 2.5, count: int = 28,
) -> Solid:  # fmt: skip
    """A plate or bar swept along a curve.

    At each knot the cross-section is a superellipse with `half_height` along the direction `height`
    (one (3,) vector or one per knot) and `half_thickness` across it. Ends are rounded by the thickness.
    """
    knots = np.asarray(knots, float)
    k = len(knots)
    heights = np.broadcast_to(np.asarray(height, float), (k, 3))
    both = np.column_stack([
        knots, np.broadcast_to(half_thickness, k), np.broadcast_to(half_height, k), heights,
    ])  # fmt: skip
    line = curve(both, count)
    center, thick, tall = line[:, :3], line[:, 3], line[:, 4]
    tangent = unit(np.gradient(center, axis=0))
    h = unit(line[:, 5:] - (line[:, 5:] * tangent).sum(axis=1, keepdims=True) * tangent)
    across = np.cross(tangent, h)
    step = np.linalg.norm(np.diff(center, axis=0), axis=1).mean()
    # Single precision about the sweep's own middle: enough to tell which section is the nearest.
    middle = center.mean(axis=0)
    near, tall_axis = (center - middle).astype(np.float32), h.astype(np.float32)
    tall_at, square = (near * tall_axis).sum(axis=1), (near * near).sum(axis=1)
    twice = -2.0 * near.T

    def field(x: np.ndarray) -> np.ndarray:
        # Squared distance to each section's middle, its height counted little: the plate is tall, not thick.
        # The point's own square is the same for all sections and left out.
        y = (x - middle).astype(np.float32)
        score = y @ tall_axis.T
        score -= tall_at
        score *= score
        score *= np.float32(-(1.0 - 0.3**2))
        score += y @ twice
        score += square
        index = score.argmin(axis=1)
        d = x - center[index]
        w = (d * tangent[index]).sum(axis=1)
        t = np.clip(index + w / step, 0, count - 1)
        low = np.minimum(t.astype(int), count - 2)
        f = t - low
        a = thick[low] * (1 - f) + thick[low + 1] * f
        b = tall[low] * (1 - f) + tall[low + 1] * f
        c = center[low] * (1 - f)[:, None] + center[low + 1] * f[:, None]
        d = x - c
        u, v, w = ((d * e[index]).sum(axis=1) for e in (across, h, tangent))
        beyond = np.where((t <= 0) | (t >= count - 1), np.abs(w), 0.0)
        q = np.column_stack([np.hypot(u, beyond), v])
        return _super_norm(q, np.column_stack([a, b]), power)

    reach = np.maximum(thick, tall)[:, None]
    return Solid(field=field, box=np.array([(center - reach).min(axis=0), (center + reach).max(axis=0)]))


def slab(center: np.ndarray, normal: np.ndarray, box: np.ndarray) -> Solid:
    """Everything on the side of a plane that `normal` points away from, for use inside `box` only."""
    center, normal = np.asarray(center, float), unit(normal)
    return Solid(field=lambda x: (x - center) @ normal, box=box)

"""The shapes of screws, heads and rods as closed surfaces. For drawing: the numbers stay in the document."""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import unit
from planner.geometry.surface import Surface

# Proportions of a common 3.5 mm polyaxial screw, drawn, never calculated with.
THREAD_PITCH_MM = 1.3
CORE_RATIO = 0.72
TIP_LENGTH_MM = 2.5
HEAD_WALL_MM = 1.5
HEAD_BASE_MM = 2.0
HEAD_HEIGHT_MM = 7.5
SLOT_HALF_WIDTH_MM = 2.0
_AROUND = 28
_ROUND = 20  # of balls: 0.03 mm short of a radius of 2.7 mm at worst
_ALONG_MM = 0.22


def shaft(entry: np.ndarray, tip: np.ndarray, diameter_mm: float) -> Surface:
    """A threaded shaft from ``entry`` to ``tip`` (world LPS mm) whose crests reach ``diameter_mm``.

    The last 2.5 mm taper to a point; the first ring is a circle about the entry, square to the axis.
    """
    axis = np.asarray(tip, float) - entry
    length = float(np.linalg.norm(axis))
    depth = np.linspace(0.0, length, max(8, int(length / _ALONG_MM)))
    angle = np.linspace(0.0, 2 * np.pi, _AROUND, endpoint=False)
    turn = (depth[:, None] / THREAD_PITCH_MM - angle[None, :] / (2 * np.pi)) % 1.0
    crest = np.clip(1.6 - 3.2 * np.abs(turn - 0.5), 0.0, 1.0) * np.clip(depth, 0.0, 1.0)[:, None]
    taper = np.clip((length - depth) / TIP_LENGTH_MM, 0.0, 1.0)[:, None] ** 0.7
    radius = 0.5 * diameter_mm * (CORE_RATIO + (1 - CORE_RATIO) * crest) * taper
    return _swept(entry, unit(axis), depth, radius, angle)


def head(seat: np.ndarray, axis: np.ndarray, diameter_mm: float, rod_direction: np.ndarray | None = None) -> Surface:
    """A polyaxial tulip whose rod seat is at ``seat`` and which opens along ``axis``.

    The slot runs along ``rod_direction`` made square to the axis; without one, towards the patient's head.
    """
    axis = unit(np.asarray(axis, float))
    along = np.array([0.0, 0.0, 1.0]) if rod_direction is None else np.asarray(rod_direction, float)
    along = along - (along @ axis) * axis
    along = unit(along) if np.linalg.norm(along) > 1e-6 else _across(axis)
    outer = diameter_mm / 2
    inner = outer - HEAD_WALL_MM
    foot = seat - (HEAD_BASE_MM + 1.75) * axis
    bowl = np.array([0.0, 0.35, 1.0, HEAD_BASE_MM])
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    rings = np.array([0.0, 0.72, 1.0, 1.0])[:, None] * outer * np.ones_like(angle)
    parts = [_swept(foot, axis, bowl, rings, angle)]
    low, high = HEAD_BASE_MM, HEAD_HEIGHT_MM
    section = np.array([[inner, high], [outer, high], [outer, low], [inner, low]])
    # Each corner sweeps as far as the slot's flat walls let it, so that the walls are parallel.
    reach = np.pi / 2 - np.arcsin(SLOT_HALF_WIDTH_MM / section[:, 0])
    across = np.cross(axis, along)
    for middle in (0.5 * np.pi, 1.5 * np.pi):
        sweep = (middle + np.linspace(-1, 1, 12)[:, None] * reach)[..., None]
        radial = np.cos(sweep) * along + np.sin(sweep) * across
        parts.append(capped(foot + section[:, :1] * radial + section[:, 1:] * axis))
    return joined(parts)


def tube(points: np.ndarray, radius_mm: float, around: int = 24) -> Surface:
    """A round bar along a polyline (n, 3), with flat ends; its frame is carried along without twist."""
    points = np.asarray(points, float)
    keep = np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6]
    points = points[keep]
    tangent = unit(np.gradient(points, axis=0))
    side = _across(tangent[0])
    rings = []
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    for center, t in zip(points, tangent, strict=True):
        side = unit(side - (side @ t) * t)
        rings.append(center + radius_mm * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * np.cross(t, side)))
    return capped(np.array(rings))


def capsules(points: np.ndarray, radius_mm: float) -> Surface:
    """Everything within a radius of a polyline (n, 3): round at its bends and ends, as clearances see a tube."""
    from manifold3d import Manifold, OpType

    balls = [Manifold.sphere(radius_mm, _ROUND).translate(tuple(map(float, point))) for point in points]
    pieces = [Manifold.batch_hull([a, b]) for a, b in zip(balls, balls[1:], strict=False)]
    mesh = Manifold.batch_boolean(pieces or balls, OpType.Add).to_mesh()
    return Surface(vertices=np.asarray(mesh.vert_properties[:, :3], float), faces=np.asarray(mesh.tri_verts, np.int64))


def joined(parts: list[Surface]) -> Surface:
    """Several surfaces as one, side by side in the arrays."""
    offsets = np.cumsum([0, *(len(p.vertices) for p in parts[:-1])])
    return Surface(
        vertices=np.concatenate([p.vertices for p in parts]),
        faces=np.concatenate([p.faces + o for p, o in zip(parts, offsets, strict=True)]),
    )


def _across(axis: np.ndarray) -> np.ndarray:
    """Some unit vector square to an axis, always the same one."""
    least = np.eye(3)[int(np.argmin(np.abs(axis)))]
    return unit(np.cross(axis, least))


def _swept(origin: np.ndarray, axis: np.ndarray, depth: np.ndarray, radius: np.ndarray, angle: np.ndarray) -> Surface:
    """Rings of ``radius`` (depths, angles) about an axis, closed at both ends."""
    u = _across(axis)
    v = np.cross(axis, u)
    radial = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v
    return capped(origin + depth[:, None, None] * axis + radius[:, :, None] * radial)


def capped(rings: np.ndarray) -> Surface:
    """Rings (n, k, 3), counter-clockwise seen against the sweep, joined and closed by fans."""
    n, k, _ = rings.shape
    i = np.arange(n - 1)[:, None] * k
    j = np.arange(k)[None, :]
    a, b = (i + j).ravel(), (i + (j + 1) % k).ravel()
    sides = np.concatenate([np.c_[a, b, b + k], np.c_[a, b + k, a + k]])
    j = j.ravel()
    first, last = n * k, n * k + 1
    caps = np.concatenate(
        [
            np.c_[np.full(k, first), (j + 1) % k, j],
            np.c_[np.full(k, last), (n - 1) * k + j, (n - 1) * k + (j + 1) % k],
        ]
    )
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    return Surface(vertices=vertices, faces=np.concatenate([sides, caps]))

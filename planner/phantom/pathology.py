"""Operators that make a healthy synthetic column ill. Each returns the column with its truth in the log.

Local coordinates are the level's own (l, p, s). Everything is drawn from the given seed alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.geometry.axes import SIGN
from planner.phantom.column import Bone, Column
from planner.phantom.grain import noise, waves
from planner.phantom.parts import axes_from, ellipsoid, rod
from planner.phantom.shape import Shape
from planner.phantom.solid import Solid, union
from planner.phantom.truth import ForamenProbe, mass_extent, raster, region_volume, round_all, solid_volume


def rough(solid: Solid, seed: list[int], height_mm: float, longest_mm: float = 9.0, shortest_mm: float = 3.5) -> Solid:
    """A solid with a noisy surface, up to about twice `height_mm` in or out."""
    wave = waves(seed, 18, longest_mm, shortest_mm)
    return Solid(field=lambda x: solid(x) + height_mm * noise(x, wave), box=solid.box + [[-2.5], [2.5]])


def pillar_middle(shape: Shape, side: str) -> np.ndarray:
    """Middle of the articular pillar between its two facets, local."""
    return (shape.superior_facet.center + shape.inferior_facet.center) / 2 * [SIGN[side], 1, 1]


def mass_region(shape: Shape, side: str) -> np.ndarray:
    """(2, 3) local box that holds the lateral mass: behind the foramen's rear wall, beside the lamina."""
    c = shape.mass_center
    front = shape.foramen[1] + shape.foramen_diameter / 2 + 1.0
    box = np.array([
        [c[0] - shape.mass_width / 2, front, c[2] - 14.0],
        [c[0] + shape.mass_width / 2 + 3.0, c[1] + 4.0, c[2] + 19.0],
    ])  # fmt: skip
    if side == "right":
        box = np.array([[-box[1, 0], *box[0, 1:]], [-box[0, 0], *box[1, 1:]]])
    return box


def destroy_lateral_mass(column: Column, level: str, side: str, seed: int = 0) -> Column:
    """Bite away almost all of a lateral mass; pedicle base, foramen ring and lamina stay.

    Logged: `residual_fraction`, bone left in `mass_region` over bone before.
    """
    here = column.bones[level]
    shape, sign = here.shape, SIGN[side]
    middle = pillar_middle(shape, side)
    along = shape.superior_facet.center - shape.inferior_facet.center
    axes = axes_from(along * [sign, 1, 1])
    # From the canal, whose side wall the pillar's inner part is, to beyond the mass.
    inner, outer = shape.canal_width / 2 - 1.0, middle[0] * sign + shape.mass_width / 2 + 4.4
    middle = np.array([sign * (inner + outer) / 2, middle[1] + 1.2, middle[2]])
    bite = ellipsoid(middle, [(outer - inner) / 2, 7.4, 13.5], axes, 2.6)
    bite = rough(bite, [seed, 11, int(level[1])], 0.45)
    # What carries the artery's ring and the pedicle is spared.
    f, r = shape.foramen * [sign, 1, 1], shape.foramen_diameter / 2
    ring = rod(f - [0, 0, 4.5], f + [0, 0, 3.5], r + 2.0, r + 2.0)
    bite = bite.without(ring, 1.0)
    region = mass_region(shape, side)
    new = replace(here, solid=without_crumbs(here.solid.without(bite, 1.2), region))
    before, after = region_volume(here.solid, region), region_volume(new.solid, region)
    return column.changed(
        new, operator="destroy_lateral_mass", level=level, side=side, seed=seed,
        volume_before_mm3=round(before, 1), volume_after_mm3=round(after, 1),
        residual_fraction=round(after / before, 3),
    )  # fmt: skip


def without_crumbs(solid: Solid, region: np.ndarray, step_mm: float = 0.5) -> Solid:
    """The solid less what hangs on nothing in a (2, 3) box: pieces that do not reach 2 mm beyond it."""
    from scipy.ndimage import label

    points, shape = raster(region + [[-2.0], [2.0]], step_mm)
    names, count = label((solid(points) < 0).reshape(shape))
    edge = np.ones(shape, bool)
    edge[1:-1, 1:-1, 1:-1] = False
    for crumb in np.setdiff1d(np.arange(1, count + 1), names[edge]):
        lost = points[(names == crumb).ravel()]
        middle = (lost.min(axis=0) + lost.max(axis=0)) / 2
        radius = float(np.linalg.norm(lost - middle, axis=1).max()) + step_mm
        solid = solid.without(ellipsoid(middle, [radius] * 3))
    return solid


def thin_lateral_mass(column: Column, level: str, side: str, keep: float = 0.5, seed: int = 0) -> Column:
    """Flatten a lateral mass from above and below to about `keep` of its height, blending into the lamina.

    Logged: the height of bone in the sagittal plane through the middle of the mass, before and after, and
    the residual volume fraction.
    """
    here = column.bones[level]
    shape, sign = here.shape, SIGN[side]
    c = shape.mass_center
    middle = pillar_middle(shape, side)
    front = shape.foramen[1] + shape.foramen_diameter / 2
    wave = waves([seed, 12, int(level[1])], 14, 12.0, 5.0)

    squeeze = 1.0 / keep - 1.0

    def field(x: np.ndarray) -> np.ndarray:
        height = x[:, 2] - middle[2]
        inner, inner_slope = _step(x[:, 0] * sign, c[0] - shape.mass_width / 2 - 1.5, c[0] - shape.mass_width / 2 + 2.5)
        behind, behind_slope = _step(x[:, 1], front - 0.5, front + 4.0)
        weight = inner * behind * (1.0 + 0.10 * noise(x, wave))
        move = np.clip(height * squeeze * weight, -14.0, 14.0)
        # The warp stretches the field by at most this much; without it the value would not be a distance.
        stretch = 1.0 + squeeze * (weight + np.abs(height) * np.hypot(inner_slope * behind, inner * behind_slope))
        return here.solid(x + np.outer(move, [0.0, 0.0, 1.0])) / stretch

    new = replace(here, solid=Solid(field=field, box=here.solid.box))
    region = mass_region(shape, side)
    before, after = (mass_extent(one.solid, shape, sign) for one in (here, new))
    volume = region_volume(here.solid, region)
    return column.changed(
        new, operator="thin_lateral_mass", level=level, side=side, seed=seed, keep=keep,
        height_before_mm=round(before, 2), height_after_mm=round(after, 2), height_ratio=round(after / before, 3),
        residual_fraction=round(region_volume(new.solid, region) / volume, 3),
    )  # fmt: skip


def lamina_hole(
    column: Column, level: str, side: str, lateral_mm: float, up_mm: float, area_mm2: float, seed: int = 0
) -> Column:
    """Bore a through-hole of about `area_mm2` across the lamina, `lateral_mm` from the midline.

    `up_mm` is measured along the lamina from its half height. Logged: the hole's middle on the plate, its
    direction, and its area across that direction at mid-thickness.
    """
    here = column.bones[level]
    center, normal = lamina_point(here, side, lateral_mm, up_mm)
    radius = float(np.sqrt(area_mm2 / np.pi))
    bore = rough(rod(center - 4.5 * normal, center + 5.5 * normal, radius, radius), [seed, 13], 0.12, 6.0, 3.0)
    new = replace(here, solid=here.solid.without(bore, 0.3))
    return column.changed(
        new, operator="lamina_hole", level=level, side=side, seed=seed,
        center_lps=round_all(here.pose(center)), direction_lps=round_all(here.pose.rotation @ normal),
        area_mm2=round(hole_area(here.solid, new.solid, center, normal), 2),
    )  # fmt: skip


def lamina_point(here: Bone, side: str, lateral_mm: float, up_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """A point at mid-thickness of the lamina and the outward normal there, local, found on the solid."""
    shape, mirror = here.shape, np.array([SIGN[side], 1.0, 1.0])
    apex, corner = shape.lamina_ends
    a = np.radians(shape.lamina_lean)
    lean = np.array([0.0, -np.sin(a), np.cos(a)])
    share = (lateral_mm - apex[0]) / (corner[0] - apex[0])
    normal = shape.lamina_out * mirror
    guess = ((1 - share) * apex + share * corner) * mirror + up_mm * lean + normal * shape.lamina_thickness / 2
    t = np.arange(-6.0, 7.0, 0.05)
    inside = here.solid(guess + t[:, None] * normal) < 0
    runs = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    spans = runs.reshape(-1, 2)
    if not len(spans):
        return guess, normal
    first, last = min(spans, key=lambda span: abs(t[span[0] : span[1]].mean()))
    return guess + t[first:last].mean() * normal, normal


def hole_area(before: Solid, after: Solid, center: np.ndarray, normal: np.ndarray) -> float:
    """Area of what was bone and is none, in the plane through `center` across `normal` (0.1 mm raster)."""
    axes = axes_from(normal)
    grid = np.arange(-6.0, 6.05, 0.1)
    u, v = (g.ravel() for g in np.meshgrid(grid, grid))
    x = center + u[:, None] * axes[0] + v[:, None] * axes[1]
    return float(((before(x) < 0) & (after(x) >= 0)).sum() * 0.01)


def nodular(here: Bone, balls: list[tuple[np.ndarray, float]], seed: int, roughness_mm: float) -> Solid:
    """Noisy union of balls given in a level's coordinates, as a solid in the world."""
    lumps = union([(ellipsoid(center, [radius] * 3), 2.0) for center, radius in balls])
    return rough(lumps, [seed, 14], roughness_mm).moved(here.pose.rotation, here.pose.offset)


def add_mass(
    column: Column, level: str, name: str, balls: list[tuple[np.ndarray, float]], seed: int = 0,
    roughness_mm: float = 0.35, where: str = "paraspinal",
) -> Column:  # fmt: skip
    """Attach a nodular calcified mass to a level: a noisy union of balls given in the level's coordinates.

    Logged: volume of the mass outside the bone and its middle.
    """
    here = column.bones[level]
    mass = nodular(here, balls, seed, roughness_mm)
    volume, middle = solid_volume(here.gained(mass), 0.4)
    return column.changed(
        replace(here, masses=(*here.masses, mass)), operator="add_mass", level=level, name=name, where=where,
        seed=seed, volume_mm3=round(volume, 1), center_lps=round_all(middle),
    )  # fmt: skip


def narrow_foramen(column: Column, level: str, side: str, to_mm: float, seed: int = 0) -> Column:
    """Let a calcified mass grow from the foramen's rear outer wall until about `to_mm` of its width is left.

    Logged: the diameter of the largest circle at the narrowest place, before and after.
    """
    here = column.bones[level]
    shape, sign = here.shape, SIGN[side]
    f, r = shape.foramen * [sign, 1, 1], shape.foramen_diameter / 2
    probe = ForamenProbe.across(here.pose, f, r)
    bone = here.in_world(probe.points)
    toward = np.array([sign * 0.75, 0.55, 0.0]) / np.hypot(0.75, 0.55)
    low, high = 0.0, 2 * r
    for _ in range(8):
        reach = (low + high) / 2
        plug = nodular(here, _plug(f + [0, 0, -2.4], toward, r, reach), seed, 0.2)
        left = probe.narrowest(bone, plug(probe.points))
        low, high = (reach, high) if left > to_mm else (low, reach)
    balls = _plug(f + [0, 0, -2.4], toward, r, low)
    done = add_mass(column, level, f"foramen_{side}", balls, seed, 0.2, "in and beside the transverse foramen")
    after = probe.narrowest(bone, done.bones[level].with_masses(probe.points))
    return done.changed(
        done.bones[level], operator="narrow_foramen", level=level, side=side,
        diameter_before_mm=round(probe.narrowest(bone), 2), diameter_after_mm=round(after, 2),
    )  # fmt: skip


def _plug(at: np.ndarray, toward: np.ndarray, r: float, reach: float) -> list[tuple[np.ndarray, float]]:
    """Balls that fill the bore from the side `toward` over `reach` mm."""
    ball = 3.2
    edge = at + toward * (r - reach + ball)
    return [
        (edge, ball), (edge + [0.0, 0.0, 1.6], ball), (edge + [0.0, 0.0, 3.2], ball),
        (edge + [0.4, 1.5, -2.8], ball - 0.2),
        (edge + toward * 2.0 + [0, 0.8, -4.6], ball),
    ]  # fmt: skip


def _step(x: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Smooth step from 0 at `low` to 1 at `high`, and its slope."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t), 6 * t * (1 - t) / (high - low)

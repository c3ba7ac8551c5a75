"""A synthetic column: bones seated on one another, with lordosis, discs and joint spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from planner.geometry.surface import Surface
from planner.phantom.meshing import mesh, without_specks
from planner.phantom.pose import Pose
from planner.phantom.shape import LEVELS, Shape, seat, shapes
from planner.phantom.solid import Solid, both_sides, union
from planner.phantom.vertebra import bone, transverse_process

_JOINT_SPACE_MM = 1.0
_PROCESS_SPACE_MM = 0.5
_TIP_STEPS_MM = (0.8, 1.6, 2.4, 3.2)
_CONTACT_SPACE_MM = 0.5
"""Least space that is left to a neighbour: a joint's before anything is moved, a mass' and a moved bone's after."""
_FILLET_MM = 1.0
"""How softly a mass runs into the bone it grows from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bone:
    """One level: its shape, its solid in its own coordinates, its pose in the world, and its masses (world)."""

    level: str
    shape: Shape
    solid: Solid
    pose: Pose
    masses: tuple[Solid, ...] = ()

    @cached_property
    def in_world(self) -> Solid:
        return self.solid.moved(self.pose.rotation, self.pose.offset)

    @cached_property
    def with_masses(self) -> Solid:
        """Bone and mass as one solid, as a thresholded scan shows them."""
        return union([(self.in_world, 0.0), *((mass, _FILLET_MM) for mass in self.masses)])

    def gained(self, mass: Solid) -> Solid:
        """What a further mass adds to the level: its part outside bone and other masses, with the fillet about it."""
        more = union([(self.with_masses, 0.0), (mass, _FILLET_MM)]).without(self.with_masses)
        return Solid(field=more.field, box=mass.box + [[-_FILLET_MM], [_FILLET_MM]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a person was drawn besides the seed: sex, spread, posture, and measures set by hand."""

    sex: str | None = None
    spread: float = 1.0
    lordosis_deg: float | None = None
    changes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """Bones from the head down, and the log of what was done to them.

    `fused` names the levels whose joints with the level below may touch it.
    """

    bones: Mapping[str, Bone]
    seed: int | None = None
    log: tuple[dict, ...] = field(default_factory=tuple)
    plan: Plan = field(default_factory=Plan)
    fused: frozenset[str] = frozenset()

    def changed(self, *bones: Bone, **entry: object) -> Column:
        """The column with some bones replaced and, if `entry` is given, one more line in its log."""
        new = {**self.bones, **{one.level: one for one in bones}}
        return replace(self, bones=new, log=(*self.log, entry) if entry else self.log)

    def solid(self, level: str, *, masses: bool = True) -> Solid:
        """A level's solid in the world, cleared of the level below it."""
        here = self.bones[level]
        return self._cleared(here.with_masses if masses else here.in_world, level, masses)

    def gained(self, level: str, number: int) -> Solid:
        """What a level's mass of this number in the end adds to its surface: outside the bone and the masses before it,
        cleared of the level below."""
        here = self.bones[level]
        before = replace(here, masses=here.masses[:number])
        return self._cleared(before.gained(here.masses[number]), level, True)

    def _cleared(self, solid: Solid, level: str, masses: bool) -> Solid:
        below = self._below(level)
        if below is None:
            return solid
        space = below.with_masses if masses else below.in_world
        return solid.without(grown(space, 0.0 if level in self.fused else _CONTACT_SPACE_MM), 0.4)

    def mass(self, level: str) -> Solid | None:
        """A level's masses alone, as far as they lie outside its bone; None if it has none."""
        here = self.bones[level]
        if not here.masses:
            return None
        whole = union([(mass, 1.0) for mass in here.masses]).without(grown(here.in_world, 0.05))
        below = self._below(level)
        return whole if below is None else whole.without(grown(below.with_masses, _CONTACT_SPACE_MM), 0.4)

    def _below(self, level: str) -> Bone | None:
        levels = list(self.bones)
        place = levels.index(level) + 1
        return self.bones[levels[place]] if place < len(levels) else None

    def surface(self, level: str, step_mm: float = 0.5, *, masses: bool = True) -> Surface:
        """Mesh of one level in the world (LPS mm); a mass that does not touch the bone is a piece of its own.

        So is one that grew from bone which was lost.
        """
        apart = masses and bool(self.bones[level].masses)
        surface = mesh(self.solid(level, masses=masses), step_mm, largest_only=not apart)
        return without_specks(surface) if apart else surface

    def surfaces(self, step_mm: float = 0.5) -> dict[str, Surface]:
        """Meshes of all levels, bone and mass together."""
        return {level: self.surface(level, step_mm) for level in self.bones}


def grown(solid: Solid, by_mm: float) -> Solid:
    """The solid with `by_mm` more all around, to first order."""
    return Solid(field=lambda x: solid(x) - by_mm, box=solid.box + [[-by_mm], [by_mm]])


def column(
    levels: tuple[str, ...] = LEVELS, seed: int | None = None, *, sex: str | None = None, spread: float = 1.0,
    lordosis_deg: float | None = None, changes: Mapping[str, Mapping[str, float]] | None = None,
) -> Column:  # fmt: skip
    """Return a healthy column of neighbouring levels in the world: upright, its middle at the origin.

    Each bone sits on the one below across the disc, turned by its share of the lordosis. Where grain would
    let two bones meet, the upper one is cleared so that a joint space of 1 mm is left. `lordosis_deg` from the
    first level to the last, < 0 for kyphosis, instead of the person's own; `changes` sets measures by level.
    """
    plan = Plan(sex=sex, spread=spread, lordosis_deg=lordosis_deg, changes=changes or {})
    every = shapes(levels, seed, sex, spread, _posed(levels, seed, plan))
    poses = {levels[-1]: Pose()}
    for upper, lower in reversed(list(zip(levels[:-1], levels[1:], strict=True))):
        poses[upper] = poses[lower].after(seat(every[upper], every[lower]))
    poses = _upright(poses)
    plain = {level: bone(every[level], seed) for level in levels}
    for above, level in zip(levels[:-1], levels[1:], strict=True):
        # Where a tall articular process would run into the transverse process above it, the tip gives way: clearing
        # the process instead would open the ring of its foramen.
        way = _way_of_process(every[above], every[level])
        plain[level] = plain[level].without(grown(way, _PROCESS_SPACE_MM), 0.7)
    bones = {}
    for level, below in zip(levels, (*levels[1:], None), strict=True):
        solid = plain[level]
        if below is not None:
            relative = seat(every[level], every[below]).inverse
            space = plain[below].moved(relative.rotation, relative.offset)
            solid = solid.without(grown(space, _JOINT_SPACE_MM), 0.4)
        bones[level] = Bone(level=level, shape=every[level], solid=solid, pose=poses[level])
    return Column(bones=bones, seed=seed, plan=plan)


def _way_of_process(above: Shape, level: Shape) -> Solid:
    """The transverse processes above a level, in its coordinates, and the way from there out through its facets.

    A blade of the tip left between process and joint would be torn.
    """
    up = seat(above, level)
    process = transverse_process(above).moved(up.rotation, up.offset)
    normal = level.superior_facet.normal
    steps = [process.moved(np.eye(3), out * normal) for out in _TIP_STEPS_MM]
    return both_sides(union([(process, 0.0), *((step, 0.0) for step in steps)]))


def _posed(levels: tuple[str, ...], seed: int | None, plan: Plan) -> dict[str, dict[str, float]]:
    """The measures to set: those by hand, and the posture's share of each disc."""
    changes = {level: dict(plan.changes.get(level, {})) for level in levels}
    if plan.lordosis_deg is not None and len(levels) > 1:
        for level in levels[1:]:
            changes[level]["lordosis"] = plan.lordosis_deg / (len(levels) - 1)
    return changes


def _upright(poses: dict[str, Pose]) -> dict[str, Pose]:
    """Turn the column about the left axis until the line through its bodies is as upright as a chord can be."""
    from planner.phantom.pose import about, tilt

    centers = np.array([pose.offset for pose in poses.values()])
    middle = centers.mean(axis=0)
    chord = centers[-1] - centers[0]
    chord = chord * np.sign(chord[2])
    whole = about(middle, tilt(np.degrees(np.arctan2(chord[1], chord[2]))), -middle)
    return {level: whole.after(poses[level]) for level in sorted(poses)}

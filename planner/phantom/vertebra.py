"""One synthetic vertebra, in its own coordinates."""

from __future__ import annotations

from planner.geometry.surface import Surface
from planner.phantom import axis_bone, subaxial
from planner.phantom.grain import grained
from planner.phantom.meshing import mesh
from planner.phantom.shape import Shape, shapes
from planner.phantom.solid import Solid


def bone(shape: Shape, seed: int | None = None) -> Solid:
    """Field of one bone; with a seed bent and roughened as one person's, without one symmetric and smooth."""
    solid = axis_bone.axis_bone(shape) if shape.level == "C2" else subaxial.subaxial(shape)
    return solid if seed is None else grained(solid, seed, int(shape.level[1:]))


def transverse_process(shape: Shape) -> Solid:
    """The left transverse process of a bone, with the ring about the foramen, clear of its joints; without grain."""
    return (axis_bone.cleared_process if shape.level == "C2" else subaxial.transverse_process)(shape)


def vertebra(level: str, *, seed: int | None = None, step_mm: float = 0.5) -> Surface:
    """Return a synthetic C2 to C7 in its own coordinates.

    x is the patient's left, y posterior, z superior (the mean normal of the endplates; at C2 that of the
    lower one); the origin is the middle of the body. Without a seed the measures are the means of
    ``morphometry.toml`` and x = 0 is an exact plane of symmetry; a seed draws a person and its asymmetry.
    """
    return mesh(bone(shapes((level,), seed)[level], seed), step_mm)


def template(level: str, step_mm: float = 0.5) -> Surface:
    """Return the mean, symmetric bone of a level as a template for registration; frame as `vertebra`."""
    return vertebra(level, seed=None, step_mm=step_mm)

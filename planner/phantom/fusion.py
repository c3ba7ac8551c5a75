"""A facet joint that has grown together."""

from __future__ import annotations

from dataclasses import replace

from planner.geometry.axes import SIGN
from planner.phantom.column import Column
from planner.phantom.displacement import below_of
from planner.phantom.parts import axes_from, ellipsoid
from planner.phantom.truth import round_all, solid_volume


def fused_facet(column: Column, level: str, side: str) -> Column:
    """Fill the joint between a level and the one below with bone, which belongs to the one below.

    The two bones touch there without a gap, as a scan of an ankylosed joint shows; elsewhere the joint space
    stays. Logged: volume and middle of the bridge.
    """
    lower = below_of(column, level)
    base, mirror = column.bones[lower], [SIGN[side], 1.0, 1.0]
    facet = base.shape.superior_facet
    center, normal = facet.center * mirror, facet.normal * mirror
    half = [facet.width / 2 + 0.8, facet.height / 2 + 0.6, 1.5]
    bridge = ellipsoid(center + 0.6 * normal, half, axes_from(normal), 3.0)
    filled = bridge.without(column.bones[level].in_world.moved(*_into(base)))
    volume, middle = solid_volume(filled.without(base.solid), 0.4)
    new = replace(base, solid=base.solid.joined(bridge, 0.6))
    done = replace(column, fused=column.fused | {level})
    return done.changed(
        new, operator="fused_facet", level=level, lower=lower, side=side, bridge_mm3=round(volume, 1),
        center_lps=round_all(base.pose(middle)),
    )  # fmt: skip


def _into(base):
    """Rotation and offset from the world into a bone's own coordinates."""
    back = base.pose.inverse
    return back.rotation, back.offset

"""The whole construct: the reduction, a rod on each side, what speaks against it, and what it takes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.construct.conflicts import conflicts_of
from planner.construct.ends import ends_of
from planner.construct.motion import moved_trajectory
from planner.construct.plan import BillItem, Conflict, Construct, Reduction, Rod
from planner.construct.reduction import plan_reduction, unstable_segments
from planner.construct.rod import bend_rod
from planner.construct.rod_gap import rod_in_bone
from planner.construct.rules import rule
from planner.fixation.anchor import Fixation
from planner.geometry.axes import SIDES
from planner.reference.levels import order


def plan_construct(
    vertebrae: Mapping[str, Vertebra],
    assessment: Assessment,
    fixations: Sequence[Fixation],
    *,
    reduce: str = "auto",
    reduction: Reduction | None = None,
    conflicts: Sequence[Conflict] = (),
    changes: Sequence[str] = (),
) -> Construct:
    """Put the chosen anchors on rods, in the pose the column is planned to have.

    Heads, rods and conflicts are in planned pose; trajectories are carried there with their level. A side
    with fewer than two anchors has no rod. An unmet rule is a named conflict; nothing is altered to meet it.
    A ``reduction`` planned before (to grade the anchors in both poses) is taken as it is, and so are ``conflicts``
    found before (a decompression that steps onto an anchor's bone) and ``changes`` made for the rods.
    """
    if reduction is None:
        reduction = plan_reduction(vertebrae, assessment, reduce)
    anchored = sorted((f for f in fixations if f.chosen is not None), key=lambda f: order(f.level))
    rods = []
    lateral = np.mean([motion.rotation @ vertebrae[v].frame.left for v, motion in reduction.motions.items()], axis=0)
    for side in SIDES:
        own = [f for f in anchored if f.side == side]
        paths = [moved_trajectory(f.chosen.trajectory, reduction.motions[f.level]) for f in own]
        rod = bend_rod(side, [f.level for f in own], paths, lateral)
        if rod is not None:
            rods.append(rod)
    # A level nobody asked to plan is no skipped level of a rod.
    levels = sorted({f.level for f in fixations}, key=order)
    unstable = [*unstable_segments(assessment)]
    if reduction.segment and reduction.segment not in unstable:
        unstable.append(reduction.segment)
    planned = [name for name in unstable if set(name.split("-")) <= set(levels)]
    found = [
        *conflicts,
        *conflicts_of(rods, levels, planned, lordosis_deg(vertebrae, reduction.motions, levels)),
        *(one for rod in rods for one in rod_in_bone(rod, vertebrae, reduction.motions, assessment)),
    ]
    return Construct(
        reduction=reduction, rods=tuple(rods), conflicts=tuple(found),
        bill_of_materials=bill(anchored, rods), ends=tuple(ends_of(rods, unstable)), changes=tuple(changes),
    )  # fmt: skip


def lordosis_deg(vertebrae: Mapping[str, Vertebra], motions: Mapping, levels: Sequence[str]) -> float:
    """Return the angle between the axes of the first and last level in planned pose, lordosis positive.

    In the sagittal plane of the lowest level; nan with fewer than two levels.
    """
    known = [level for level in levels if level in vertebrae]
    if len(known) < 2:
        return float("nan")
    top, bottom = known[0], known[-1]
    axis = motions[top].rotation @ vertebrae[top].frame.superior
    base = motions[bottom].rotation @ vertebrae[bottom].frame.axes.T
    _, p, s = axis @ base
    return float(np.degrees(np.arctan2(p, s)))


def bill(anchored: Sequence[Fixation], rods: Sequence[Rod]) -> tuple[BillItem, ...]:
    """Return screws by family and size, set screws, and rods by stocked length."""
    screws: dict[str, list[str]] = defaultdict(list)
    for fixation in anchored:
        screw = fixation.chosen.screw
        screws[f"{screw.family} screw {screw.diameter_mm:g} x {screw.length_mm:g} mm"].append(fixation.level)
    items = [
        BillItem(item=name, quantity=len(levels), levels=tuple(sorted(levels, key=order)))
        for name, levels in sorted(screws.items())
    ]
    if anchored:
        levels = tuple(dict.fromkeys(f.level for f in anchored))
        items.append(BillItem(item="set screw", quantity=len(anchored), levels=levels))
    step = rule("rod_step_mm")
    for rod in rods:
        stocked = step * math.ceil(rod.length_mm / step)
        items.append(
            BillItem(
                item=(f"rod {rod.diameter_mm:g} mm, cut from {stocked:g} mm to {rod.length_mm:.0f} mm ({rod.side})"),
                quantity=1,
                levels=rod.levels,
            )
        )
    return tuple(items)

"""The construct: rods through the heads, reduction of a slip, and what speaks against it."""

from planner.construct.assembly import plan_construct
from planner.construct.both_poses import graded_in_both_poses
from planner.construct.reduction import plan_reduction, unstable_segments
from planner.construct.seating import seated

__all__ = ["graded_in_both_poses", "plan_construct", "plan_reduction", "seated", "unstable_segments"]

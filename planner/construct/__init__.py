"""The construct: rods through the heads, reduction of a slip, and what speaks against it."""

from planner.construct.assembly import plan_construct

__all__ = ["plan_construct"]

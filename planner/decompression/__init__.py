"""Which laminae come off, where the troughs run, what is gained and what is left."""

from planner.decompression.bone_left import graded_on_bone_left
from planner.decompression.laminectomy import plan_decompression

__all__ = ["graded_on_bone_left", "plan_decompression"]

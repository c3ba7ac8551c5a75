"""Which laminae come off, where the troughs run, what is gained and what is left."""

from planner.decompression.laminectomy import plan_decompression

__all__ = ["plan_decompression"]

"""Screw trajectories: hazards, techniques, the corridor search, breach risk and the fall-back ladder."""

from planner.fixation.ladder import plan_fixations, try_every_technique

__all__ = ["plan_fixations", "try_every_technique"]

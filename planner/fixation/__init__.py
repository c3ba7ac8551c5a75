"""Screw trajectories: hazards, techniques, the corridor search, breach risk and the fall-back ladder."""

"""``planner view``: a plan or a case in 3D."""

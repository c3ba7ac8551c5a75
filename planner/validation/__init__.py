"""Hold what the program says against truth, and against itself on disturbed input: `planner validate`."""

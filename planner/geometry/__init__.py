"""Axes and frames, surfaces, fields and trajectories. Millimetres and degrees, LPS throughout."""

"""Synthetic cervical vertebrae and columns from published morphometry, with built-in pathology and its truth.

Everything is an implicit solid (`Solid`) until it is meshed, so bones, masses and bites join smoothly and
every mesh is closed. A phantom serves to develop, test and teach; it validates nothing about patients.
"""

from planner.phantom.vertebra import template, vertebra

__all__ = ["template", "vertebra"]

"""Synthetic cervical vertebrae and columns from published morphometry, with built-in pathology and its truth.

Everything is an implicit solid (`Solid`) until it is meshed, so bones, masses and bites join smoothly and
every mesh is closed. A phantom serves to develop, test and teach; it validates nothing about patients.
"""

from planner.phantom.built import truth
from planner.phantom.column import Bone, Column, column
from planner.phantom.displacement import perch, slip
from planner.phantom.pathology import (
    add_mass,
    destroy_lateral_mass,
    lamina_hole,
    narrow_foramen,
    thin_lateral_mass,
)
from planner.phantom.shape import LEVELS, Shape, measures, shapes
from planner.phantom.source_case import source_case
from planner.phantom.vertebra import template, vertebra

__all__ = [
    "LEVELS",
    "Bone",
    "Column",
    "Shape",
    "add_mass",
    "column",
    "destroy_lateral_mass",
    "lamina_hole",
    "measures",
    "narrow_foramen",
    "perch",
    "shapes",
    "slip",
    "source_case",
    "template",
    "thin_lateral_mass",
    "truth",
    "vertebra",
]

"""Measurements against norms: what is deficient, how the column is aligned, how much room the canal has."""

from planner.assessment.examination import assess

__all__ = ["assess"]

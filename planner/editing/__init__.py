"""A hand on a plan: one screw moved, graded again at once, undone, and kept beside what was proposed."""

from planner.editing.bench import Bench, bench_of
from planner.editing.hand import Editing, begin

__all__ = ["Bench", "Editing", "begin", "bench_of"]

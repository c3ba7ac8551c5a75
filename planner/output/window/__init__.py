"""The 3D window: a plan looked at from all sides, and its screws moved by hand."""

from planner.output.window.opening import require_screen, show
from planner.output.window.window import Window

__all__ = ["Window", "require_screen", "show"]

"""Files to a `Case`: meshes and folders of meshes, with frame, unit, side and level checks."""

from planner.reading.models import SOURCE_CASE, bundled_model
from planner.reading.read import read_case

__all__ = ["SOURCE_CASE", "bundled_model", "read_case"]

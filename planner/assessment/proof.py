"""What proves a lump if the rigid mirror image does not: its height above the bent one, or a foramen it narrows.

Both ask for the more the rougher the bone is: unevenness stands out, too.
"""

from __future__ import annotations

from planner.assessment.excess import Excess
from planner.assessment.grading import comparison


def by_height(level: str, lump: Excess, roughness: float = 1.0, share: float = 1.0) -> bool:
    """Whether enough of a lump, or of a ``share`` of it, stands well outside the bent mirror image.

    Not at C2, where an artery's groove on one side or a facet cut short leaves as much on the other.
    """
    return level != "C2" and share * lump.risen_mm3 >= comparison("risen_mm3") * roughness**2


def by_foramen(level: str, lump: Excess, roughness: float = 1.0) -> bool:
    """Whether a lump reaches into a foramen that is narrower than its twin and stands out clearly about it.

    A foramen that is smaller by nature has no thicker wall for it. C2 is asked for more: its foramina turn and differ.
    """
    least = comparison("plugging_mm3" if level != "C2" else "plugging_c2_mm3")
    return lump.plugging_mm3 >= least * roughness**2


def holds(level: str, lump: Excess, roughness: float = 1.0) -> bool:
    """Whether a lump is more than what was seen faintly and may be the bone's unevenness."""
    return not lump.faint or by_height(level, lump, roughness) or by_foramen(level, lump, roughness)

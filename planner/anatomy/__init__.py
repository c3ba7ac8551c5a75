"""One vertebra understood: its pose, its landmarks with how sure we are, its canal and foramina."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.anatomy.vertebra import Vertebra
    from planner.geometry.surface import Surface


def understand(
    surfaces: Mapping[str, Surface],
    *,
    pose: str = "patient",
    required: Collection[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Vertebra]:
    """See `planner.anatomy.understanding.understand`; imported on first use."""
    from planner.anatomy.understanding import understand as work

    return work(surfaces, pose=pose, required=required, progress=progress)

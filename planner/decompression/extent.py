"""What the decompression consists of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.geometry.surface import Surface


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decompression:
    """Bone removal at one level, in scan pose.

    ``trough`` maps a side to the (n, 3) line of the trough on the dorsal surface, from above downwards;
    ``removed`` is the bone that comes off. ``facet_preserved_percent`` by side. ``unprotected`` are
    sentences where no bone lies over the dura.
    """

    level: str
    procedure: str
    trough: Mapping[str, np.ndarray]
    removed: Surface
    removed_volume_mm3: float
    facet_preserved_percent: Mapping[str, float]
    canal_area_before_mm2: float
    canal_area_after_mm2: float
    unprotected: tuple[str, ...]
    reason: str

"""Registration templates: a surface sample of a synthetic vertebra in its own frame, with a nearest-point table.

The templates are made by this project's phantom code from published morphometry (``python -m
planner.phantom.registration``); no patient's bone is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """Points (n, 3) and outward normals in the template's frame: origin in the body centre, x left, y
    posterior, z superior, endplates level. ``nearest`` tabulates the index of the nearest point on a grid."""

    name: str
    points: np.ndarray
    normals: np.ndarray
    low: np.ndarray
    spacing_mm: float
    nearest: np.ndarray

    def closest(self, points: np.ndarray) -> np.ndarray:
        """(...,) index of the template point nearest to each point (..., 3), to the table's resolution."""
        index = np.rint((points - self.low) / self.spacing_mm).astype(np.int32)
        index = np.clip(index, 0, np.array(self.nearest.shape) - 1)
        return self.nearest[index[..., 0], index[..., 1], index[..., 2]]


def template_name(level: str) -> str:
    """Which template a level is registered to."""
    return "C2" if level == "C2" else "C7" if level in ("C7", "T1") else "C4"


@cache
def load_template(name: str) -> Template:
    """Return the template ``C2``, ``C4`` or ``C7``."""
    with (files("planner.anatomy") / "data" / "templates.npz").open("rb") as stream, np.load(stream) as arrays:
        return Template(
            name=name,
            points=arrays[f"{name}_points"].astype(float),
            normals=arrays[f"{name}_normals"].astype(float),
            low=arrays[f"{name}_low"],
            spacing_mm=float(arrays["spacing_mm"]),
            nearest=arrays[f"{name}_nearest"],
        )

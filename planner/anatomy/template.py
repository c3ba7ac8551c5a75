"""Registration templates: a surface sample of a synthetic vertebra in its own frame, with a nearest-point table.

The templates are made by this project's phantom code from published morphometry (``python -m
planner.phantom.templates``); no patient's bone is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

TABLE_MM = 1.5
MARGIN_MM = 18.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """Points (n, 3) and outward normals in the template's frame: origin in the body centre, x left, y
    posterior, z superior, endplates level. ``nearest`` tabulates the index of the nearest point on a grid."""

    name: str
    points: np.ndarray
    normals: np.ndarray
    low: np.ndarray
    nearest: np.ndarray

    def closest(self, points: np.ndarray) -> np.ndarray:
        """(...,) index of the template point nearest to each point (..., 3), to the table's resolution."""
        index = np.rint((points - self.low) / TABLE_MM).astype(np.int32)
        index = np.clip(index, 0, np.array(self.nearest.shape) - 1)
        return self.nearest[index[..., 0], index[..., 1], index[..., 2]]


def template_name(level: str) -> str:
    """Which template a level is registered to."""
    return "C2" if level == "C2" else "C7" if level in ("C7", "T1") else "C4"


@cache
def load_template(name: str) -> Template:
    """Return the template ``C2``, ``C4`` or ``C7``; its table is built on first use (about 0.1 s)."""
    from scipy.spatial import cKDTree

    with (files("planner.anatomy") / "data" / "templates.npz").open("rb") as stream, np.load(stream) as arrays:
        points = arrays[f"{name}_points"].astype(float)
        normals = arrays[f"{name}_normals"].astype(float)
    low = points.min(axis=0) - MARGIN_MM
    size = np.ceil((points.max(axis=0) + MARGIN_MM - low) / TABLE_MM).astype(int) + 1
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1) * TABLE_MM + low
    nearest = cKDTree(points).query(grid.reshape(-1, 3), workers=-1)[1].astype(np.int32).reshape(size)
    return Template(name=name, points=points, normals=normals, low=low, nearest=nearest)

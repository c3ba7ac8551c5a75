"""The registration templates of the anatomy room, sampled from mean synthetic bones.

``python -m planner.phantom.registration planner/anatomy/data/templates.npz`` makes the shipped file again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from planner.phantom.vertebra import template

LEVELS = ("C2", "C4", "C7")
POINTS = 8000
TABLE_MM = 1.5
MARGIN_MM = 15.0


def write_templates(path: Path) -> None:
    """Write, for each template in its own frame, samples and a table of the nearest sample.

    ``<level>_points`` and ``<level>_normals`` are (8000, 3); ``<level>_nearest`` (i, j, k) indexes the sample
    nearest to ``<level>_low + spacing_mm * (i, j, k)``.
    """
    from scipy.spatial import cKDTree

    arrays: dict[str, np.ndarray] = {"spacing_mm": np.array(TABLE_MM)}
    for level in LEVELS:
        points, normals = template(level).sampled(POINTS, seed=0)
        low = points.min(axis=0) - MARGIN_MM
        size = np.ceil((points.max(axis=0) + MARGIN_MM - low) / TABLE_MM).astype(int) + 1
        nodes = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1) * TABLE_MM + low
        nearest = cKDTree(points).query(nodes.reshape(-1, 3))[1].reshape(size)
        arrays[f"{level}_points"] = points.astype(np.float32)
        arrays[f"{level}_normals"] = normals.astype(np.float32)
        arrays[f"{level}_low"] = low
        arrays[f"{level}_nearest"] = nearest.astype(np.int16)
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


if __name__ == "__main__":
    write_templates(Path(sys.argv[1]))

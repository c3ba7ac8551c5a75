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


def write_templates(path: Path) -> None:
    """Write ``<level>_points`` and ``<level>_normals`` (8000, 3) of each template, in the template's frame."""
    arrays: dict[str, np.ndarray] = {}
    for level in LEVELS:
        points, normals = template(level).sampled(POINTS, seed=0)
        arrays[f"{level}_points"] = points.astype(np.float32)
        arrays[f"{level}_normals"] = normals.astype(np.float32)
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


if __name__ == "__main__":
    write_templates(Path(sys.argv[1]))

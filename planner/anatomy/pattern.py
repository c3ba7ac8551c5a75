"""Lateral masses as they should be: four of the project's own synthetic ones, to tell which of two is the ill one.

A pattern is too unlike any one patient to say that a mass is ill (healthy masses resemble it by 0.1 to 0.8); of two
unlike sides of one bone the healthier one resembles it more, in 9 of 10 damaged bones.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from planner.anatomy.lateral_mass import MassBorders
from planner.anatomy.likeness import Half, likeness
from planner.geometry.surface import Surface

LEVELS = ("C3", "C4", "C5", "C6")
POINTS = ("medial", "lateral", "superior", "inferior", "center", "top")
KEPT = 3000


def resemblance(half: Half) -> float:
    """How much a half looks like a lateral mass at all: the best of four patterns, 0 to 4."""
    found = [like for pattern in patterns() if (like := likeness(pattern, half)) is not None]
    return max((f.whole + f.rear + f.whole_loose + f.rear_loose for f in found), default=0.0)


@cache
def patterns() -> tuple[Half, ...]:
    """The patterns of C3 to C6, in (|l|, p, s) of their own bones."""
    from scipy.spatial import cKDTree

    with (files("planner.anatomy") / "data" / "patterns.npz").open("rb") as stream, np.load(stream) as arrays:
        return tuple(
            Half(
                points=arrays[f"{level}_points"].astype(float), normals=arrays[f"{level}_normals"].astype(float),
                tree=cKDTree(arrays[f"{level}_points"]),
                borders=MassBorders(
                    **dict(zip(POINTS, arrays[f"{level}_borders"], strict=True)), corner_spread_mm=0.0, valley_mm=0.0
                ),
                side="left", wall=arrays[f"{level}_wall"], foramen_l=float(arrays[f"{level}_foramen_l"]),
            )
            for level in LEVELS
        )  # fmt: skip


def write_patterns(surfaces: Mapping[str, Surface], file: Path) -> None:
    """Read the left masses of healthy bones (world LPS mm, upright) and keep them as patterns."""
    from planner.anatomy.pose import find_pose
    from planner.anatomy.readout import read_bone

    arrays: dict[str, np.ndarray] = {}
    for level in LEVELS:
        readout = read_bone(surfaces[level], find_pose(surfaces[level], level, np.eye(3)).frame, level)
        half = Half.of(readout, "left")
        step = max(1, len(half.points) // KEPT)
        arrays[f"{level}_points"] = half.points[::step].astype(np.float32)
        arrays[f"{level}_normals"] = half.normals[::step].astype(np.float32)
        arrays[f"{level}_borders"] = np.array([getattr(half.borders, name) for name in POINTS])
        arrays[f"{level}_wall"], arrays[f"{level}_foramen_l"] = half.wall, np.array(half.foramen_l)
    np.savez_compressed(file, **arrays)


def _main(folder: str, file: str) -> None:
    import trimesh

    meshes = {level: trimesh.load_mesh(Path(folder) / f"{level}.ply") for level in LEVELS}
    surfaces = {
        level: Surface(vertices=np.asarray(m.vertices, float), faces=np.asarray(m.faces, np.int64))
        for level, m in meshes.items()
    }
    write_patterns(surfaces, Path(file))


if __name__ == "__main__":
    _main(*sys.argv[1:3])

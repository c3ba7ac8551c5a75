"""Surfaces the size of a vertebra, and files of them."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh


def ring(lift: float = 0.0, scale: float = 1.0) -> trimesh.Trimesh:
    """A closed ring, 56 x 44 x 12 mm about the S axis, that no mirror maps to itself."""
    mesh = trimesh.creation.torus(20.0, 6.0, major_sections=32, minor_sections=12)
    v = np.array(mesh.vertices)
    v[:, 0] *= 1.1 + 0.08 * np.sin(v[:, 1] / 6.0)
    v[:, 1] = 0.85 * v[:, 1] + 0.02 * v[:, 0] ** 2 / 10.0
    v[:, 2] += lift + 0.1 * v[:, 0]
    # float32 is what binary STL keeps; starting from it makes every format exact.
    return trimesh.Trimesh((v * scale).astype(np.float32).astype(float), mesh.faces, process=False)


@pytest.fixture(name="ring")
def ring_fixture():
    return ring


@pytest.fixture
def column(tmp_path):
    """Write a folder of rings, one a level, 15 mm apart from the head down; return the folder."""

    def write(*levels: str, suffix: str = "stl", step: float = 15.0, scale: float = 1.0):
        folder = tmp_path / "case"
        folder.mkdir()
        for number, level in enumerate(levels):
            ring(-step * number, scale).export(folder / f"{level}.{suffix}")
        return folder

    return write

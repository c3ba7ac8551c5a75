"""Bones as a scan gives them."""

import numpy as np
import pytest

from planner.errors import InputError
from planner.phantom import column
from planner.phantom.meshing import genus, is_manifold
from planner.phantom.scan import label_map, spacing, surfaces

NUMBERS = {"C4": 4, "C5": 5}


@pytest.fixture(scope="module")
def pair():
    return column(("C4", "C5"), seed=1)


@pytest.fixture(scope="module")
def scan(pair):
    return label_map(pair, (0.6, 0.6, 1.2), NUMBERS)


def test_spacing_is_one_number_or_three():
    assert spacing("0.5") == (0.5, 0.5, 0.5)
    assert spacing("0.4x0.4x1.25") == (0.4, 0.4, 1.25)
    for text in ("0.05", "1x2", "fine", "9"):
        with pytest.raises(InputError):
            spacing(text)


def test_the_map_holds_both_levels_with_their_volumes(pair, scan):
    assert set(np.unique(scan.labels)) == {0, 4, 5}
    for level in NUMBERS:
        volume = scan.mask(level).sum() * scan.spacing_mm.prod()
        assert volume == pytest.approx(pair.surface(level, 1.0).volume_mm3, rel=0.05)
    places = np.argwhere(scan.mask("C4")) * scan.spacing_mm + scan.low
    assert np.allclose(places.mean(axis=0), pair.surface("C4", 1.2).vertices.mean(axis=0), atol=2.0)


def test_the_surfaces_are_closed_near_the_bone_and_have_steps(pair, scan):
    for level, surface in surfaces(scan).items():
        smooth = pair.surface(level, 0.9)
        assert surface.is_closed
        assert is_manifold(surface)
        assert surface.volume_mm3 > 0
        assert genus(surface) == 3
        assert 0.05 < smooth.closest(surface.vertices)[0].mean() < 0.35
        # Terraces: far more of the scan's surface faces straight up or down than of the bone's.
        flat = [
            one.face_areas_mm2[np.abs(one.face_normals[:, 2]) > 0.98].sum() / one.area_mm2 for one in (surface, smooth)
        ]
        assert flat[0] > 1.3 * flat[1]


def test_the_same_column_gives_the_same_map(pair, scan):
    assert np.array_equal(label_map(pair, (0.6, 0.6, 1.2), NUMBERS).labels, scan.labels)

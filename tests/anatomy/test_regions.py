"""Regions of the bundled reference column: every face named, each part where anatomy has it."""

import numpy as np
import pytest

from planner.anatomy.regions import Region, region_areas, regions
from planner.geometry.axes import SIDES, SIGN


@pytest.mark.parametrize("level", ["C2", "C4", "C6"])
def test_every_part_is_there_on_both_sides_and_areas_add_up(reference, level):
    vertebra = reference[level]
    names = regions(vertebra)
    areas = region_areas(vertebra, names)
    mass = Region.ARTICULAR_PROCESS if level == "C2" else Region.LATERAL_MASS
    bridge = Region.PARS if level == "C2" else Region.PEDICLE
    for part in (mass, bridge, Region.LAMINA, Region.TRANSVERSE_PROCESS, "superior_facet", "inferior_facet"):
        for side in SIDES:
            assert areas[f"{part}_{side}"] > 30.0, (level, part, side)
    assert areas[Region.BODY] > 400.0 and areas[Region.SPINOUS_PROCESS] > 150.0
    assert (Region.DENS in areas) == (level == "C2")
    assert sum(areas.values()) == pytest.approx(vertebra.surface.area_mm2, rel=1e-6)


def test_parts_lie_where_anatomy_has_them(reference):
    vertebra = reference["C5"]
    names = regions(vertebra)
    local = vertebra.frame.to_local(vertebra.surface.triangles.mean(axis=1))
    wall = vertebra.local("posterior_body_wall")[1]
    assert np.median(local[names == Region.BODY, 1]) < wall < np.median(local[names == Region.SPINOUS_PROCESS, 1])
    for side in SIDES:
        away = SIGN[side] * local[:, 0]
        assert away[names == f"lateral_mass_{side}"].min() > 0
        assert np.median(away[names == f"lamina_{side}"]) < np.median(away[names == f"lateral_mass_{side}"])
        foramen = vertebra.frame.to_local(vertebra.foramina[side].center)
        assert np.median(local[names == f"transverse_process_{side}", 1]) < foramen[1] + 3.0

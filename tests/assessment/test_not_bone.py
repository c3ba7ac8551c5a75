"""What is told as excess is handed on as a surface: all of the lump to its skin, none of the bone it grows from."""

import numpy as np
import pytest

from planner.assessment import assess


def points(low, high, step=1.0):
    axes = [np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def test_a_lump_is_a_surface_to_its_skin_and_the_bone_beneath_it_is_not(blocks):
    low, high = [14.0, 24.0, -4.0], [21.0, 31.0, 4.0]
    column = blocks.column(C4={"solid": blocks.bone() + blocks.block(low, high)})
    found = assess(column).excess
    assert list(found) == ["C4"]
    assert found["C4"].is_closed
    frame = column["C4"].frame
    # The bone's rear face is at 25 mm: behind it lies the lump alone, up to its own faces.
    lump = points([14.2, 26.0, -3.8], [20.8, 30.8, 3.8], 0.4)
    bone = points([12.0, 12.0, -7.0], [23.0, 24.0, 7.0])
    assert found["C4"].contains(frame.to_world(lump)).mean() > 0.99
    assert not found["C4"].contains(frame.to_world(bone)).any()


def test_a_healthy_column_has_no_excess(blocks):
    assert assess(blocks.column()).excess == {}


@pytest.mark.parametrize("origin", [[34.0, 8.0, 0.0], [-34.0, 8.0, 0.0]])
def test_a_piece_apart_is_excess_too(blocks, origin):
    piece = blocks.ball(origin, 3.0)
    column = blocks.column(C4={"solid": blocks.bone() + piece})
    found = assess(column).excess["C4"]
    inside = found.contains(column["C4"].frame.to_world(np.array([origin, [origin[0], origin[1] + 2.0, origin[2]]])))
    assert inside.all()

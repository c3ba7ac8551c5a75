"""Lumps and growths of known volume on blocks that are bent unevenly, as two healthy sides are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment.bending import bent
from planner.assessment.lumps import holds_ball
from planner.assessment.mirror import in_own_frame, mirror_of
from planner.assessment.sides import side_by_side
from planner.geometry.surface import Surface

LENGTH_MM = 40.0


def waved(vertebra, phase, height_mm=0.7):
    """A vertebra whose every vertex is moved by long waves: its two sides differ by up to 2 mm."""
    x = vertebra.surface.vertices
    turn = np.array([[1.0, 0.3, 0.2], [0.2, 1.0, -0.4], [-0.3, 0.4, 1.0]])
    moved = x + height_mm * np.sin(2 * np.pi / LENGTH_MM * x @ turn.T + phase + np.arange(3.0))
    return replace(vertebra, surface=Surface(vertices=moved, faces=vertebra.surface.faces))


def seen(blocks, phase, lump):
    """(what is seen on a waved bone with a lump, the volume the lump has there)."""
    whole, plain = (
        waved(blocks.vertebra("C4", solid=one), phase, 0.5) for one in (blocks.bone() + lump, blocks.bone())
    )
    return side_by_side(whole).lumps, whole.surface.volume_mm3 - plain.surface.volume_mm3


def off(surface, reference):
    points, _ = reference.sampled(3000, seed=7)
    return surface.closest(points)[0]


@pytest.mark.parametrize("phase", [0.0, 1.5])
def test_a_bent_mirror_image_lies_on_the_bone(blocks, phase):
    bone = waved(blocks.vertebra("C4"), phase)
    local = in_own_frame(bone)
    image = mirror_of(bone).surface(local)
    before, after = off(local, image), off(local, bent(bone, image, np.zeros((0, 3))))
    assert np.quantile(after, 0.9) < 0.35 < np.quantile(before, 0.9)
    assert np.median(after) < 0.4 * np.median(before)


def test_a_reference_is_not_drawn_into_a_lump(blocks):
    lump = blocks.block([16, 24, -4], [23, 26, 4])
    bone = blocks.vertebra("C4", solid=blocks.bone() + lump)
    image = mirror_of(bone).surface(in_own_frame(bone))
    covered = np.stack(np.meshgrid(np.arange(16, 23), np.arange(25, 27), np.arange(-4, 5), indexing="ij"), -1)
    reference = bent(bone, image, covered.reshape(-1, 3).astype(float))
    # Its rear face stays where the mass ends.
    hits, _ = reference.first_hit(np.array([[19.5, 40.0, 0.0]]), np.array([[0.0, -1.0, 0.0]]))
    assert hits[0, 1] == pytest.approx(25.0, abs=0.2)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(phase=st.floats(0.0, 6.2))
def test_a_lump_keeps_its_volume_however_the_bone_is_bent(blocks, phase):
    found, volume = seen(blocks, phase, blocks.block([16, 24, -4], [23, 31, 4]))
    largest = max(found, key=lambda one: one.volume_mm3)
    assert largest.side == "left"
    assert largest.volume_mm3 == pytest.approx(volume, rel=0.10)


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0])
def test_a_growth_under_a_lamina_is_found_and_measured(blocks, phase):
    found, volume = seen(blocks, phase, blocks.block([3, 19.5, -4], [9, 23, 3]))
    inside = [one for one in found if one.grown_into_canal]
    assert [one.side for one in inside] == ["left"]
    assert inside[0].volume_mm3 == pytest.approx(volume, rel=0.15)


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0])
def test_a_wall_that_is_only_uneven_is_no_growth(blocks, phase):
    assert not [one for one in side_by_side(waved(blocks.vertebra("C4"), phase)).lumps if one.in_canal_mm3]


def test_a_sheet_holds_no_ball():
    def voxels(*size):
        return 0.5 * np.argwhere(np.ones(size, bool))

    assert holds_ball(voxels(9, 9, 9), 1.5)
    assert not holds_ball(voxels(20, 20, 4), 1.5)
    assert not holds_ball(np.zeros((0, 3)), 1.5)

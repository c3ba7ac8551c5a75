"""Removed bone and excess come back from their files as they were, and are drawn from a plan folder too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.document import plan_document
from planner.output.plan_meshes import read_excess, read_removed, write_excess, write_removed
from planner.output.scene import scene_of


@pytest.fixture
def cut_plan(sample_plan):
    """The sample plan, with a whole block as the bone that comes off."""
    first = sample_plan.decompression[0]
    bone = sample_plan.vertebrae[first.level].surface
    return replace(sample_plan, decompression=(replace(first, removed=bone),))


def test_what_is_written_is_read_again(cut_plan, tmp_path):
    (path,) = write_removed(cut_plan, tmp_path)
    level = cut_plan.decompression[0].level
    assert path.name == f"removed_{level}.ply"
    assert b"comment SPACE=LPS" in path.read_bytes()[:300]
    again = read_removed(plan_document(cut_plan), tmp_path)
    surface = cut_plan.decompression[0].removed
    np.testing.assert_allclose(again[level].vertices, surface.vertices, atol=1e-4)
    np.testing.assert_array_equal(again[level].faces, surface.faces)
    scene = scene_of(plan_document(cut_plan), {level: surface}, again)
    assert [item.level for item in scene.group("removed")] == [level]


def test_a_missing_file_is_no_error(cut_plan, tmp_path):
    assert read_removed(plan_document(cut_plan), tmp_path) == {}


def test_nothing_is_written_where_nothing_comes_off(sample_plan, tmp_path):
    assert write_removed(replace(sample_plan, decompression=()), tmp_path) == []
    assert not list(tmp_path.iterdir())


def test_excess_is_read_again_and_drawn_with_its_level(sample_plan, tmp_path):
    level, vertebra = next(iter(sample_plan.vertebrae.items()))
    plan = replace(sample_plan, assessment=replace(sample_plan.assessment, excess={level: vertebra.surface}))
    (path,) = write_excess(plan, tmp_path)
    assert path.name == f"excess_{level}.ply"
    document = plan_document(plan)
    again = read_excess(document, tmp_path)
    np.testing.assert_allclose(again[level].vertices, vertebra.surface.vertices, atol=1e-4)
    (item,) = scene_of(document, {}, excess=again).group("mass")
    assert item.level == level
    assert read_removed(document, tmp_path) == {}

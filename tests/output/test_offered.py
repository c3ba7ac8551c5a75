"""What is offered lies beside the plan as closed meshes that say where they are; what is done does not."""

from dataclasses import replace

import numpy as np
import pytest

from planner.decompression.extent import Laminoplasty, Undercut
from planner.output.offered import offered, write_offered
from planner.reading.formats import read_surfaces


@pytest.fixture
def plan(sample_plan):
    (cut,) = sample_plan.decompression
    dome = Undercut(
        level="C4", edge="caudal", depth_mm=5.0, removed=cut.removed, removed_volume_mm3=80.0, lamina_left_mm=2.0,
        canal_area_before_mm2=200.0, canal_area_after_mm2=220.0,
    )  # fmt: skip
    door = Laminoplasty(level="C5", offered=True, reason="", hinge="left", lamina=cut.removed, gutters=cut.removed)
    return replace(sample_plan, decompression=(replace(cut, undercuts=(dome,), laminoplasty=door),))


def test_what_is_offered_is_written_and_read_back(plan, tmp_path):
    files = write_offered(plan, tmp_path)
    assert {f.name for f in files} == {"offered_undercut_C4.ply", "offered_door_C5.ply", "offered_gutters_C5.ply"}
    (part,) = read_surfaces(tmp_path / "offered_undercut_C4.ply")
    assert np.allclose(part.vertices, plan.decompression[0].undercuts[0].removed.vertices, atol=1e-4)
    assert b"SPACE=LPS" in (tmp_path / "offered_door_C5.ply").read_bytes()[:300]


def test_what_is_done_or_refused_is_not_offered(plan, sample_plan):
    (cut,) = plan.decompression
    refused = replace(cut, laminoplasty=Laminoplasty(level="C5", offered=False, reason="unstable"))
    assert list(offered((refused,))) == ["offered_undercut_C4.ply"]
    done = replace(cut, level="C4", undercuts=(), laminoplasty=None)
    assert "offered_undercut_C4.ply" not in offered((done, cut))
    assert offered(sample_plan.decompression) == {}

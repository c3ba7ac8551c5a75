"""Real columns are read whole and unrepaired, in the axes their folder is in."""

import os
from pathlib import Path

import numpy as np
import pytest

from planner.errors import FrameError
from planner.reading import read_case

ROOT = os.environ.get("PLANNER_REAL_DATA")
pytestmark = pytest.mark.skipif(not ROOT, reason="PLANNER_REAL_DATA does not name a folder of real columns")
AXES = {
    "verse_gl003": "RAS",
    "barrett_cspine": "RAS",
    "spl_head_neck": "RAS",
    "umtri_parametric": "LPS",
    "artisynth_dynjaw": "LPS",
    "myosim_neck": "ASR",
}


def column(name):
    folder = Path(ROOT) / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not in PLANNER_REAL_DATA")
    return folder


@pytest.mark.parametrize("name", AXES)
def test_a_real_column_is_read_as_it_is(name):
    case = read_case([column(name)], space=AXES[name])
    assert list(case.bones)[:7] == ["C1", "C2", "C3", "C4", "C5", "C6", "C7"]
    assert not any(f.repairs for f in case.files)
    assert all(bone.surface.volume_mm3 > 5000 for bone in case.bones.values())
    heights = [bone.surface.center[2] for bone in case.bones.values()]
    assert (np.diff(heights) < -8).all()


def test_axes_that_lay_the_column_down_are_asked_about():
    with pytest.raises(FrameError, match="off the head-foot axis"):
        read_case([column("myosim_neck")])

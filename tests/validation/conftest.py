"""Real columns, planned once each and shared by every test of outside truth."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path

import numpy as np
import pytest

from planner.geometry.axes import space_to_lps
from planner.planning import PlanOptions, make_plan
from planner.reading import read_case

LEVELS = ("C2", "C3", "C4", "C5", "C6")
AXES = {
    "verse_gl003": "RAS",
    "barrett_cspine": "RAS",
    "spl_head_neck": "RAS",
    "umtri_parametric": "LPS",
    "artisynth_dynjaw": "LPS",
    "myosim_neck": "ASR",
}


def _folder(name: str) -> Path:
    root = os.environ.get("PLANNER_REAL_DATA")
    if not root:
        pytest.skip("PLANNER_REAL_DATA does not name a folder of real columns")
    if not (Path(root) / name).is_dir():
        pytest.skip(f"{name} is not in PLANNER_REAL_DATA")
    return Path(root) / name


@functools.cache
def _plan(folder: Path, space: str):
    return make_plan(read_case([folder], space=space), PlanOptions(levels=LEVELS))


@pytest.fixture(scope="session", params=sorted(AXES))
def planned(request):
    """(name, plan) of each real column."""
    return request.param, _plan(_folder(request.param), AXES[request.param])


@pytest.fixture(scope="session", params=[n for n in sorted(AXES) if n not in ("spl_head_neck", "myosim_neck")])
def measured(request):
    """(name, plan, truth) of each real column with hand-checked truth; truth in LPS: {level: block}."""
    folder = _folder(request.param)
    turn = space_to_lps(AXES[request.param])
    truth = {}
    for level, block in json.loads((folder / "landmarks.json").read_text()).items():
        if level not in LEVELS:
            continue
        points = {
            name: (turn @ np.array(p["xyz"]), p.get("certainty", "good"))
            for name, p in block["points"].items()
            if p and p.get("xyz")
        }
        frame = {k: turn @ np.array(v) for k, v in block["frame"].items() if isinstance(v, list)}
        truth[level] = {
            "points": points, "frame": frame, "measures": block["measures"],
            "pitch_known": block["frame"].get("certainty") != "poor",
        }  # fmt: skip
    return request.param, _plan(folder, AXES[request.param]), truth

"""The bench of findings scores hand-made answers as they deserve; the columns themselves are drawn, not made."""

import json

import numpy as np
import pytest

from planner.phantom.catalogue import wish
from planner.validation import random_findings
from planner.validation.findings_table import scored
from planner.validation.random_columns import random_column


def entry(findings=(), residual=1.0, state="normal", slip=0.0, foramen=5.0):
    sides = ("left", "right")
    return {
        "seed": 1,
        "truth": {
            "operators": [
                {"operator": "thin_lateral_mass", "level": "C4", "side": "left", "residual_fraction": 0.5,
                 "height_ratio": 0.5},
                {"operator": "lamina_hole", "level": "C5", "side": "left", "center_lps": [0, 0, 0],
                 "direction_lps": [0, 1, 0], "area_mm2": 8.0},
                {"operator": "calcification", "level": "C4", "side": "left", "where": "dorsal", "volume_mm3": 400.0},
            ],
            "segments": {"C5-C6": {"slip_mm": 1.0, "state": dict.fromkeys(sides, "normal")}},
            "foramina": {"C4": {side: {"narrowest_diameter_mm": 5.2} for side in sides}},
        },
        "found": {
            "findings": list(findings),
            "residuals": {"C4": {"left": residual, "right": 1.0}},
            "foramina": {"C4": dict.fromkeys(sides, foramen)},
            "segments": {"C5-C6": {"slip_mm": slip, "state": dict.fromkeys(sides, state)}},
        },
        "seconds": {"assess": 1.0, "understand": 4.0},
    }  # fmt: skip


def told(code, level, side, **evidence):
    return {"code": code, "level": level, "side": side, "severity": "caution", "text": "", "evidence": evidence}


def values(made):
    out = {}
    for record in scored(made):
        out.setdefault(record.what, []).append(record.value)
    return out


def test_a_right_answer_has_full_marks():
    right = [
        told("lateral_mass.thinned", "C4", "left"),
        told("lamina.defect", "C5", "left", center=[1.0, 4.0, 0], area_mm2=8.1),
        told("excess_bone", "C4", "left", volume_mm3=420.0),
    ]
    found = values(entry(right, residual=0.52, slip=1.2))
    for what in ("thinned masses found", "ill masses given their grade", "lamina holes found", "excess found",
                 "lamina holes told that are there", "excess volume within 15 %", "facet state right"):  # fmt: skip
        assert set(found[what]) == {1.0}, what
    assert found["residual fraction, ill masses"] == [pytest.approx(0.02)]
    assert found["false alarms on healthy masses"] == [0.0]
    assert found["slip"] == [pytest.approx(0.2)]
    assert found["foramen diameter"] == pytest.approx([0.2, 0.2])


def test_a_wrong_answer_has_none():
    wrong = [
        told("lateral_mass.destroyed", "C4", "right"),
        told("lamina.defect", "C5", "right", center=[20.0, 0, 0], area_mm2=8.1),
        told("excess_bone", "C6", "left", volume_mm3=100.0),
    ]
    found = values(entry(wrong, residual=1.0, slip=3.0, state="perched", foramen=None))
    for what in ("thinned masses found", "lamina holes found", "lamina holes told that are there", "excess found",
                 "excess told that is there", "facet state right", "slip within 0.5 mm"):  # fmt: skip
        assert set(found[what]) == {0.0}, what
    assert found["false alarms on healthy masses"] == [1.0]
    assert all(value != value for value in found["foramen diameter"])


def test_a_seed_draws_the_same_column_and_every_wish_can_be_read():
    assert random_column(3) == random_column(3)
    requests = [random_column(seed) for seed in range(40)]
    assert len({r.pathologies for r in requests}) > 30
    kinds = {wish(text).pathology.name for r in requests for text in r.pathologies}
    assert {"destroy-lateral-mass", "thin-lateral-mass", "calcification", "lamina-hole", "perch", "lock"} <= kinds


def test_a_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(random_findings, "_code", lambda: "now")
    monkeypatch.setattr(random_findings, "one_column", lambda seed: made.append(seed) or {"seed": seed, "code": "now"})
    random_findings.entries(range(3), tmp_path)
    random_findings.entries(range(5), tmp_path)
    assert made == [0, 1, 2, 3, 4]
    monkeypatch.setattr(random_findings, "_code", lambda: "later")
    random_findings.entries(range(1), tmp_path)
    assert made[-1] == 0 and len(made) == 6
    assert len([json.loads(line) for line in (tmp_path / random_findings.FILE).read_text().splitlines()]) == 6


def test_a_hole_that_a_lump_closes_is_not_asked_for():
    """Light through a bored plate: all of the bore, and nothing once something lies behind it."""
    import trimesh

    from planner.geometry.surface import Surface
    from planner.validation.made_column import open_mm2

    plate = trimesh.creation.annulus(r_min=1.5, r_max=15.0, height=3.0, sections=96)
    lid = trimesh.creation.box([6.0, 6.0, 1.0]).apply_translation([0.0, 0.0, -3.0])
    hole = {"center_lps": [0.0, 0.0, 0.0], "direction_lps": [0.0, 0.0, 1.0], "area_mm2": 7.07}
    turn = trimesh.transformations.rotation_matrix(np.pi / 2, [1.0, 0.0, 0.0])
    for shut, area in (((plate,), 7.07), ((plate, lid), 0.0)):
        made = trimesh.util.concatenate([part.copy() for part in shut]).apply_transform(turn)
        surface = Surface(vertices=np.asarray(made.vertices), faces=np.asarray(made.faces))
        turned = {**hole, "direction_lps": [0.0, -1.0, 0.0]}
        assert open_mm2(surface, turned) == pytest.approx(area, abs=0.5)


def test_the_true_corners_of_a_body_lie_on_its_endplates_however_these_slope():
    """A block whose plates rise by 0.14 backwards and whose rear wall leans by 0.2 backwards on the way up."""
    from types import SimpleNamespace

    from planner.phantom.pose import Pose
    from planner.validation.made_column import _wall

    def solid(x):
        l, p, s = x.T
        return np.max([np.abs(l) - 8.0, p - 7.0 - 0.2 * s, -p - 8.0, np.abs(s - 0.14 * p) - 6.0], axis=0)

    bone = SimpleNamespace(shape=SimpleNamespace(posterior_wall=7.0), pose=Pose(), solid=solid)
    centers = {f"{name}_endplate_center": {"xyz": [0.0, 0.0, s]} for name, s in (("inferior", -6.0), ("superior", 6.0))}
    upper, lower, up = _wall(bone, centers)
    for corner, s in ((upper, 6.0), (lower, -6.0)):
        height = (s + 0.14 * 7.0) / (1.0 - 0.14 * 0.2)
        assert corner == pytest.approx([0.0, 7.0 + 0.2 * height, height], abs=0.06)
    assert up[1] / up[2] == pytest.approx(0.2, abs=0.01)

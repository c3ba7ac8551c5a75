"""Frames, landmarks and measures against hand-checked truth on real bone.

The truth repeats to 0.3-0.7 mm (1.9 mm at the superior border): agreement finer than that means nothing.
"""

import numpy as np

from planner.geometry.axes import angle_deg


def errors_of(plan, truth):
    """{(level, landmark): mm} over points of good or fair certainty; foramina across their axis."""
    out = {}
    for level, block in truth.items():
        up = block["frame"]["superior"]
        for name, (xyz, certainty) in block["points"].items():
            if certainty not in ("good", "fair"):
                continue
            off = plan.vertebrae[level].landmarks[name].xyz - xyz
            if name.startswith("transverse_foramen"):
                off = off - (off @ up) * up
            out[level, name] = float(np.linalg.norm(off))
    return out


def test_every_level_stands_upright_with_its_left_on_the_left(measured):
    _, plan, truth = measured
    left = [angle_deg(plan.vertebrae[v].frame.left, t["frame"]["left"]) for v, t in truth.items()]
    up = [
        angle_deg(plan.vertebrae[v].frame.superior, t["frame"]["superior"])
        for v, t in truth.items()
        if t["pitch_known"]
    ]
    assert max(left) <= 2.0
    assert np.median(up) <= 2.5
    assert max(up) <= 8.0


def test_a_column_without_truth_is_upright_too(planned):
    _, plan = planned
    for vertebra in plan.vertebrae.values():
        assert vertebra.frame.left[0] > 0.8
        assert vertebra.frame.superior[2] > 0.6
        assert vertebra.frame.posterior[1] > 0.6
        middle = vertebra.landmarks["body_center"].xyz
        assert (vertebra.landmarks["spinous_process_tip"].xyz - middle)[1] > 20.0


def test_landmarks_agree_with_hand_checked_truth(measured):
    _, plan, truth = measured
    errors = {k: e for k, e in errors_of(plan, truth).items() if not k[1].endswith("_tip")}
    assert len(errors) > 85
    assert np.isfinite(list(errors.values())).all(), [k for k, e in errors.items() if not np.isfinite(e)]
    assert np.mean(list(errors.values())) <= 1.0
    assert np.percentile(list(errors.values()), 95) <= 2.5


def test_foramina_and_lateral_masses_are_within_4_mm(measured):
    _, plan, truth = measured
    errors = {
        k: e for k, e in errors_of(plan, truth).items() if k[1].startswith(("transverse_foramen", "lateral_mass"))
    }
    assert len(errors) >= 46
    assert {k: round(e, 1) for k, e in errors.items() if not e <= 4.0} == {}


def test_measures_agree_with_hand_checked_truth(measured):
    _, plan, truth = measured
    off = {"transverse_foramen_diameter": [], "canal_ap_min": [], "canal_width": [], "lateral_mass_height": [],
           "lateral_mass_width": [], "lamina_thickness": [], "pedicle_width": []}  # fmt: skip
    for level, block in truth.items():
        for (name, side), value in plan.vertebrae[level].measures.items():
            key = name if side == "midline" else f"{name}_{side}"
            known = block["measures"].get(key)
            if name in off and known is not None and (level != "C2" or name.startswith("canal")):
                off[name].append(abs(value - known))
    assert all(len(values) >= 4 for values in off.values())
    medians = {name: float(np.median(values)) for name, values in off.items()}
    assert medians["transverse_foramen_diameter"] <= 0.5
    assert max(medians["canal_ap_min"], medians["canal_width"]) <= 1.0
    assert max(medians["lateral_mass_height"], medians["lateral_mass_width"]) <= 1.0
    assert max(medians["lamina_thickness"], medians["pedicle_width"]) <= 0.6

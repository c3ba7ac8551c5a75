"""The plan document has the agreed shape, says null where nothing was measured, and never varies."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from planner.document import INTENDED_USE, inspection_document, json_text, plan_document, write_json
from planner.errors import OutputError
from planner.fixation.anchor import AnchorStatus
from planner.planning import Inspection

NUMBER = (int, float)
MAYBE = (int, float, type(None))
POINT = "point"
ANCHORS = {
    "lateral_mass", "pars", "pedicle", "translaminar", "transfacet", "paravertebral_foramen", "none",
}  # fmt: skip

SCREW = {
    "anchor": str,
    "technique": (str, type(None)),
    "status": {s.value for s in AnchorStatus},
    "reason": str,
    "entry": POINT,
    "tip": POINT,
    "angles": {
        "lateral_deg": MAYBE,
        "cephalad_deg": MAYBE,
        "cephalad_reference": str,
        "to_facet_deg": MAYBE,
        "to_dorsal_surface_deg": MAYBE,
    },
    "entry_offset_mm": {"medial": MAYBE, "cranial": MAYBE, "from": str},
    "lamina_side": (str, type(None)),
    "screw": {"diameter_mm": NUMBER, "length_mm": NUMBER, "family": str},
    "purchase_mm": NUMBER,
    "cortex": {"unicortical", "bicortical"},
    "tip_to_far_cortex_mm": MAYBE,
    "clearance_mm": {str: MAYBE},
    "breach_probability": dict,
    "grade": str,
    "certificate": {"bound_mm": NUMBER, "evaluations": int, "grid_mm": NUMBER},
}
WITHOUT_SCREW = {key: type(None) for key in SCREW} | {
    "anchor": str, "technique": (str, type(None)), "status": SCREW["status"], "reason": str,
}  # fmt: skip
ANATOMY = {
    "frame": {"origin": POINT, "left": POINT, "posterior": POINT, "superior": POINT, "confidence": NUMBER},
    "landmarks": {
        str: {
            "xyz": (list, type(None)),
            "status": {"measured", "extrapolated", "absent"},
            "confidence": NUMBER,
            "method": str,
        }
    },
    "facets": {str: {"center": (list, type(None)), "normal": (list, type(None)), "area_mm2": MAYBE, "status": str}},
    "measurements": {
        str: {
            "value": MAYBE,
            "unit": {"mm", "mm2", "mm3", "deg", "ratio"},
            "side": {"left", "right", "midline"},
            "norm": (dict, type(None)),
            "z": MAYBE,
        }
    },
}
COMMON = {
    "schema": str,
    "space": {"LPS"},
    "units": {"length": {"mm"}, "angle": {"deg"}},
    "intended_use": {INTENDED_USE},
    "case": {
        "name": str,
        "files": [{"path": str, "sha256": str, "level": str, "faces": int, "repairs": [str]}],
        "side_attested": bool,
    },
    "levels": [str],
    "anatomy": {str: ANATOMY},
    "findings": [
        {
            "code": str,
            "level": str,
            "side": str,
            "severity": {"info", "caution", "deficient", "critical"},
            "text": str,
            "evidence": dict,
        }
    ],
    "alignment": {
        str: {
            "listhesis_mm": MAYBE,
            "listhesis_percent": MAYBE,
            "angle_deg": MAYBE,
            "facets": {str: {"overlap_percent": MAYBE, "gap_mm": MAYBE, "state": str}},
            "pincer_mm": MAYBE,
            "canal_min_area_mm2": MAYBE,
            "canal_min_ap_mm": MAYBE,
        }
    },
    "warnings": [str],
    "provenance": {
        "planner": str,
        "python": str,
        "packages": {str: (str, type(None))},
        "inputs": {str: str},
        "tables": {str: str},
        "seed": (int, type(None)),
        "options": (dict, type(None)),
    },
}
PLAN = COMMON | {
    "fixations": list,
    "construct": {
        "reduction": dict,
        "rods": [
            {
                "side": {"left", "right"},
                "levels": [str],
                "points": [POINT],
                "length_mm": NUMBER,
                "min_bend_radius_mm": MAYBE,
                "heads": [{"level": str, "tilt_deg": NUMBER, "offset_mm": NUMBER}],
            }
        ],
        "conflicts": list,
        "bill_of_materials": list,
    },
    "decompression": [
        {
            "level": str,
            "procedure": str,
            "trough": {"left": [POINT], "right": [POINT]},
            "removed_volume_mm3": NUMBER,
            "facet_preserved_percent": {"left": MAYBE, "right": MAYBE},
            "canal_area_mm2": {"before": MAYBE, "after": MAYBE},
            "unprotected": [str],
            "reason": str,
        }
    ],
}


def faults(value, shape, path="") -> list[str]:
    """Where a value differs from a shape: types, sets of allowed values, lists, dicts by name or type."""
    if shape == POINT:
        good = isinstance(value, list) and len(value) == 3 and all(isinstance(c, float) for c in value)
        return [] if good else [f"{path}: {value!r} is not a point"]
    if isinstance(shape, set):
        return [] if value in shape else [f"{path}: {value!r} is not one of {shape}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [f for i, v in enumerate(value) for f in faults(v, shape[0], f"{path}[{i}]")]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: not an object"]
        if set(shape) == {str}:
            return [f for k, v in value.items() for f in faults(v, shape[str], f"{path}.{k}")]
        missing = [f"{path}.{k} is missing" for k in shape if k not in value]
        return missing + [f for k in shape if k in value for f in faults(value[k], shape[k], f"{path}.{k}")]
    return [] if isinstance(value, shape) else [f"{path}: {value!r} is not {shape}"]


@pytest.fixture(scope="module")
def document(sample_plan):
    return plan_document(sample_plan)


@pytest.fixture(scope="module")
def inspection(sample_plan):
    return Inspection(
        case=sample_plan.case,
        levels=sample_plan.options.levels,
        vertebrae=sample_plan.vertebrae,
        assessment=sample_plan.assessment,
        warnings=(),
    )


def test_shape_check_finds_a_planted_fault(document):
    broken = json.loads(json_text(document))
    broken["case"]["side_attested"] = "no"
    del broken["findings"][0]["code"]
    assert faults(broken, PLAN) == [
        ".case.side_attested: 'no' is not <class 'bool'>",
        ".findings[0].code is missing",
    ]


def test_plan_has_the_agreed_shape(document):
    assert faults(document, PLAN) == []
    assert document["schema"] == "cervical-planner/plan/1"


def test_fixations_have_the_agreed_shape(document):
    for fixation in document["fixations"]:
        shape = SCREW if fixation["entry"] else WITHOUT_SCREW
        assert faults(fixation, shape | {"level": str, "side": {"left", "right"}, "unseen": [str]}) == []
        assert fixation["anchor"] in ANCHORS
        for other in fixation["alternatives"]:
            assert faults(other, SCREW if other["entry"] else WITHOUT_SCREW) == []
            assert set(other) == set(SCREW)


def test_skipped_side_has_null_numbers_and_a_reason(document):
    skipped = document["fixations"][0]
    assert (skipped["level"], skipped["side"], skipped["status"]) == ("C4", "left", "skipped")
    assert skipped["anchor"] == "none"
    assert skipped["reason"] == "the lateral mass is destroyed"
    assert skipped["alternatives"][0]["reason"] == "3.6 mm wide, under 4.0 mm"


def test_inspection_has_the_shared_blocks(inspection):
    found = inspection_document(inspection)
    assert faults(found, COMMON) == []
    assert not {"fixations", "construct", "decompression"} & set(found)


def test_nothing_measured_is_null(document):
    c4 = document["anatomy"]["C4"]
    assert c4["landmarks"]["dens_tip"]["xyz"] is None
    assert c4["facets"]["superior_left"]["center"] is None
    assert c4["measurements"]["pedicle_width_left"]["value"] is None
    assert document["fixations"][1]["angles"]["to_facet_deg"] is None
    assert document["findings"][1]["evidence"]["residual"] is None
    assert document["construct"]["rods"][0]["min_bend_radius_mm"] is None


def test_json_is_strict_and_keeps_points(document, sample_plan):
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again == json.loads(json_text(document))
    entry = sample_plan.fixations[1].chosen.trajectory.entry
    np.testing.assert_allclose(again["fixations"][1]["entry"], entry, atol=5e-4)


def test_numbers_of_a_point_stand_on_one_line(document):
    assert any(line.strip().startswith('"origin": [0.0, 0.0, 0.0]') for line in json_text(document).splitlines())


def test_same_plan_gives_the_same_text(document, sample_plan):
    assert json_text(plan_document(sample_plan)) == json_text(document)
    assert str(document["fixations"][1]["entry_offset_mm"]["cranial"]) == "0.0"


def test_provenance_names_inputs_tables_and_options(document):
    provenance = document["provenance"]
    assert provenance["inputs"] == {"case/C4.stl": "0" * 64, "case/C5.stl": "0" * 64}
    assert all(len(digest) == 64 for digest in provenance["tables"].values())
    assert "levels.toml" in provenance["tables"]
    assert provenance["packages"]["numpy"] == np.__version__
    assert provenance["seed"] == 7
    assert provenance["options"]["technique"] == {"C4/left": "magerl"}


def test_side_attested_follows_the_case(sample_plan):
    vouched = dataclasses.replace(sample_plan, case=dataclasses.replace(sample_plan.case, side_attested=True))
    assert plan_document(vouched)["case"]["side_attested"] is True


def test_write_leaves_nothing_half_written(tmp_path, document):
    path = write_json(document, tmp_path / "plan.json")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json_text(document))
    with pytest.raises(OutputError, match="cannot be written"):
        write_json(document, tmp_path / "absent" / "plan.json")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_hazards_hold_tubes_by_side_and_the_canal_by_rings(sample_plan):
    hazards = plan_document(sample_plan)["hazards"]
    canals = [h for h in hazards if h["name"] == "canal"]
    assert [(h["level"], h["side"]) for h in canals] == [("C4", "midline"), ("C5", "midline")]
    for canal in canals:
        rings = np.array(canal["rings"])
        frame = sample_plan.vertebrae[canal["level"]].frame
        assert rings.shape == (3, 48, 3)
        np.testing.assert_allclose(frame.to_local(rings)[..., 2], np.tile([[-5.0], [0.0], [5.0]], 48), atol=1e-3)
    tubes = [h for h in hazards if "path" in h]
    assert {(h["level"], h["side"], h["name"]) for h in tubes} >= {("C4", "left", "vertebral_artery")}
    assert all(h["radius_mm"] > 1 and len(h["path"]) >= 2 for h in tubes)

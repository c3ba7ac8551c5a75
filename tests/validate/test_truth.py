"""Truth is read in the files' axes and units, and what is uncertain is left out."""

import json

import numpy as np
import pytest

from planner.errors import InputError
from planner.reading import bundled_model
from planner.validation.truth import find_truth, load_truth

LABELS = {
    "_about": "made up",
    "C4": {
        "frame": {
            "left": [-1, 0, 0], "posterior": [0, -1, 0], "superior": [0, 0, 1], "origin": [0, 0, 10],
            "certainty": "poor",
        },
        "points": {
            "body_center": {"xyz": [1, 2, 3], "certainty": "good"},
            "canal_center": {"xyz": [1, 2, 3], "certainty": "poor"},
            "lamina_left": None,
        },
        "facets": {"superior_left": {"center": [1, 1, 1], "normal": [0, -2, 0], "certainty": "fair"}},
        "measures": {
            "canal_ap": 1.2, "lateral_mass_width_left": 1.5, "lateral_mass_depth_left": 0.7,
            "lateral_mass_depth_certainty_left": "poor",
        },
    },
}  # fmt: skip


@pytest.fixture
def labelled(tmp_path):
    file = tmp_path / "landmarks.json"
    file.write_text(json.dumps(LABELS))
    return file


def test_labels_are_turned_and_scaled(labelled):
    truth = load_truth(labelled, "RAS", unit_mm=10.0)
    bone = truth.bones["C4"]
    assert truth.kind == "real"
    assert bone.points["body_center"] == pytest.approx([-10, -20, 30])
    assert bone.frame.left == pytest.approx([1, 0, 0])
    assert bone.facets["superior_left"].normal == pytest.approx([0, 1, 0])
    assert bone.measures["canal_ap", "midline"] == pytest.approx(12.0)
    assert bone.measures["lateral_mass_width", "left"] == pytest.approx(15.0)


def test_the_uncertain_is_left_out(labelled):
    bone = load_truth(labelled).bones["C4"]
    assert set(bone.points) == {"body_center"}
    assert not bone.pitch_known
    assert ("lateral_mass_depth", "left") not in bone.measures


def test_truth_of_a_phantom_says_so_itself():
    truth = load_truth(find_truth(bundled_model("ssc-c3-c4")), "RAS", 10.0)
    assert truth.kind == "synthetic"
    assert np.linalg.norm(truth.bones["C2"].points["dens_tip"] - truth.bones["C2"].frame.origin) < 60
    assert ("lateral_mass_width", "left") not in truth.bones["C3"].measures
    assert ("lateral_mass_width", "right") in truth.bones["C3"].measures


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"C4": {}}', '{"levels": {"C4": {}}}'])
def test_a_file_that_is_no_truth_is_refused_in_words(tmp_path, text):
    file = tmp_path / "landmarks.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"landmarks\.json"):
        load_truth(file)


def test_a_folder_without_truth_has_none(tmp_path):
    assert find_truth(tmp_path) is None

"""Anchors and hazards are named the same everywhere."""

from __future__ import annotations

import pytest

from planner.output.wording import anchor_words, nearest_hazard


@pytest.mark.parametrize(
    ("anchor", "technique", "words"),
    [
        ("lateral_mass", "magerl", "lateral mass, Magerl"),
        ("lateral_mass", "roy-camille", "lateral mass, Roy-Camille"),
        ("pedicle", "pedicle", "pedicle"),
        ("translaminar", "translaminar", "translaminar"),
        ("none", None, "none"),
    ],
)
def test_anchor_is_named_with_its_technique(anchor, technique, words):
    assert anchor_words(anchor, technique) == words


def test_nearest_hazard_passes_over_what_was_not_measured():
    assert nearest_hazard({"canal": 3.0, "nerve_root": float("nan"), "vertebral_artery": -0.5, "x": None}) == (
        "vertebral artery",
        -0.5,
    )
    assert nearest_hazard({"canal": float("nan")}) is None
    assert nearest_hazard(None) is None

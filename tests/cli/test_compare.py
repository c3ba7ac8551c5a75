"""`planner compare` on two levels of the reference: every technique on every side, graded as the plan grades it."""

import json

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.reading.models import bundled_model
from planner.reference.techniques import every_technique_at


def planner(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def bones():
    return [bundled_model("reference") / f"{level}.ply" for level in ("C4", "C5")]


@pytest.fixture(scope="module")
def compared(bones, tmp_path_factory):
    out = tmp_path_factory.mktemp("compare") / "out"
    result = planner("compare", *bones, "--levels", "C4,C5", "--out", out)
    return result, json.loads((out / "comparison.json").read_text(encoding="utf-8"))


def test_every_technique_of_a_level_is_tried_on_both_sides(compared):
    result, document = compared
    assert result.exit_code == 0
    assert [(s["level"], s["side"]) for s in document["sides"]] == [
        (level, side) for level in ("C4", "C5") for side in ("left", "right")
    ]
    for side in document["sides"]:
        assert [t["technique"] for t in side["techniques"]] == [row.id for row in every_technique_at(side["level"])]


def test_the_grades_are_those_of_a_plan(compared, bones, tmp_path):
    _, document = compared
    planner("plan", *bones, "--levels", "C4,C5", "--no-pictures", "--quiet", "--out", tmp_path / "plan")
    plan = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    of_side = {(s["level"], s["side"]): s["techniques"] for s in document["sides"]}
    for fixation in plan["fixations"]:
        assert fixation["technique"] is not None
        same = next(t for t in of_side[fixation["level"], fixation["side"]] if t["technique"] == fixation["technique"])
        for key in ("status", "entry", "tip", "screw", "purchase_mm", "clearance_mm", "breach_probability"):
            assert same[key] == fixation[key]


def test_the_tables_name_every_technique(compared):
    result, _ = compared
    for words in ("Magerl", "Roy-Camille", "Riew corner to corner", "Louis", "paravertebral foramen", "P planned"):
        assert words in result.output


def test_nothing_is_written_unless_told(bones, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert planner("compare", bones[0], "--levels", "C4", "--quiet").exit_code == 0
    assert not list(tmp_path.iterdir())

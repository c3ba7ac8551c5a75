"""The catalogue of implants, generic and a user's own."""

import json

import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.construct.rules import rule, source
from planner.errors import TableError
from planner.reference.implants import catalogue, generic_anchors, head_size, implants, own_catalogue, rod_size

OWN = """
[[screw]]
anchor = "lateral_mass"
family = "house 4.0"
diameter_mm = 4.0
shortest_mm = 10
longest_mm = 14
step_mm = 1

[[head]]
name = "small head"
outer_diameter_mm = 7.5
height_mm = 10
offset_mm = 3.5
cone_deg = 30
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "house.toml"
    path.write_text(OWN)
    return path


def test_an_own_catalogue_holds_while_it_is_in_use(own):
    generic = catalogue("lateral_mass")
    with own_catalogue(own):
        assert catalogue("lateral_mass").lengths_mm == (10, 11, 12, 13, 14)
        assert catalogue("lateral_mass").diameter_mm == 4.0
        assert rule("tulip_diameter_mm") == head_size().outer_diameter_mm == 7.5
        assert source("cone_deg") == "house.toml"
        assert rod_size().diameter_mm == 3.5, "the generic rod where the own catalogue has none"
        assert generic_anchors() == ["pars", "pedicle", "paravertebral_foramen", "translaminar", "transfacet"]
        assert implants("screw")[0]["family"] == "house 4.0"
    assert catalogue("lateral_mass") == generic
    assert generic_anchors() == []
    assert rule("tulip_diameter_mm") == 9.0


def test_it_is_put_back_when_planning_fails(own):
    with pytest.raises(RuntimeError), own_catalogue(own):
        raise RuntimeError
    assert catalogue("lateral_mass").diameter_mm == 3.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("[[screw", "no TOML"),
        ("[[nail]]\nname = 'x'", "no kind of implant called 'nail'"),
        (OWN.replace('anchor = "lateral_mass"', 'anchor = "skull"'), "'skull' is no anchor"),
        (OWN.replace("diameter_mm = 4.0\n", "", 1), "screw 1: 'diameter_mm' must be a positive number"),
        (OWN.replace("step_mm = 1", "step_mm = 0"), "'step_mm' must be a positive number"),
        (OWN.replace("longest_mm = 14", "longest_mm = 4"), "longest is shorter"),
        (OWN.replace('family = "house 4.0"\n', ""), "'family' is missing"),
    ],
)
def test_a_wrong_catalogue_is_one_sentence_with_its_row(tmp_path, text, words):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(TableError, match=words), own_catalogue(path):
        pass


def test_a_catalogue_that_is_not_there(tmp_path):
    with pytest.raises(TableError, match="cannot be read"), own_catalogue(tmp_path / "none.toml"):
        pass


def test_the_command_lists_what_is_in_use(own):
    found = json.loads(CliRunner().invoke(main, ["implants", "--json"]).stdout)
    kinds = {row["kind"] for row in found["implants"]}
    assert kinds == {"screw", "head", "rod", "connector"}
    assert all(row["source"] for row in found["implants"])
    mine = json.loads(CliRunner().invoke(main, ["implants", "--implants", str(own), "--json"]).stdout)
    assert mine["implants"][0]["family"] == "house 4.0"
    wrong = CliRunner().invoke(main, ["implants", "--implants", "nowhere.toml"])
    assert wrong.exit_code == 1
    assert "cannot be read" in wrong.stderr

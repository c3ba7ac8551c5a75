"""Persons drawn from the table, read back from their meshes, and the command that does it for many."""

import json

import numpy as np
import pytest

from planner.phantom import LEVELS, measures, shapes, vertebra
from planner.phantom.check import compared, one_column, run, soundness
from planner.phantom.measured import measured
from planner.reference.tables import rows

PERSONS = 160
TABLE = {row["name"]: row for row in rows("morphometry", "measure")}


@pytest.fixture(scope="module")
def drawn():
    return {level: [measures(level, seed) for seed in range(PERSONS)] for level in ("C3", "C5", "C6")}


@pytest.mark.parametrize("name", ["canal_ap", "mass_width", "pedicle_width", "facet_angle", "body_depth"])
def test_persons_have_the_means_and_spreads_of_their_rows(drawn, name):
    for level, people in drawn.items():
        values = np.array([one[name] for one in people])
        assert abs(values.mean() - TABLE[name][level]) < 0.3 * TABLE[name]["sd"], level
        assert values.std() == pytest.approx(TABLE[name]["sd"], rel=0.25), level


def test_the_levels_of_a_person_resemble_one_another(drawn):
    for name in ("canal_width", "body_depth"):
        five, six = (np.array([one[name] for one in drawn[level]]) for level in ("C5", "C6"))
        assert 0.5 < np.corrcoef(five, six)[0, 1] < 0.97
    assert (
        np.corrcoef([o["body_depth"] for o in drawn["C5"]], [o["lower_endplate_width"] for o in drawn["C5"]])[0, 1]
        > 0.3
    )


def test_men_are_larger():
    for name in ("mass_width", "mass_height", "canal_ap"):
        gap = measures("C5", sex="male")[name] - measures("C5", sex="female")[name]
        assert gap == pytest.approx(TABLE[name]["sex"], abs=1e-9)
        assert measures("C5", 3, "male")[name] > measures("C5", 3, "female")[name]


def test_half_the_spread_is_half_the_deviation():
    mean, full, half = measures("C4"), measures("C4", 9), measures("C4", 9, spread=0.5)
    for name, value in full.items():
        assert half[name] - mean[name] == pytest.approx((value - mean[name]) / 2, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_the_mean_bone_measures_what_its_table_says(level):
    """Read with rays and sections on the mesh, by the glossary; within the spread between persons."""
    read = measured(vertebra(level, step_mm=0.9), shapes((level,))[level])
    assert len(read) >= 7
    for name, value in read.items():
        assert value == pytest.approx(TABLE[name][level], abs=0.9 * TABLE[name]["sd"]), name


def test_the_check_goes_on_where_it_stopped(tmp_path, monkeypatch):
    calls = []
    whole = one_column(0, 1.6)

    def fake(seed, step_mm):
        calls.append(seed)
        return {**whole, "seed": seed, "step_mm": step_mm}

    monkeypatch.setattr("planner.phantom.check.one_column", fake)
    file = tmp_path / "check.jsonl"
    run(2, file)
    columns = run(3, file)
    assert calls == [0, 1, 2]
    assert len(file.read_text().splitlines()) == 3
    found = compared(columns)
    assert {row.level for row in found} == set(LEVELS)
    assert all(row.source for row in found)
    sound = soundness(columns)
    assert sound.meshes == 18
    assert sound.closed == sound.manifold == 18
    json.dumps(columns)

"""Every number has a source, and every key of a source is in the bibliography."""

from importlib.resources import files

import pytest

from planner.errors import LevelError
from planner.reference.levels import levels, order, parse_levels
from planner.reference.norms import norm
from planner.reference.sources import cited
from planner.reference.tables import digests, load

TABLES = sorted(e.name[:-5] for e in (files("planner.reference") / "data").iterdir() if e.name.endswith(".toml"))


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_that_can_be_looked_up(name):
    for rows in load(name).values():
        for row in rows:
            assert row["source"].strip()
            assert all(cited(row["source"]).values())


def test_digests_cover_every_table():
    assert sorted(digests()) == [f"{name}.toml" for name in TABLES]


def test_levels_are_in_order_and_carry_both_codes():
    assert list(levels()) == ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1"]
    assert [level.verse for level in levels().values()] == list(range(1, 9))
    assert [level.totalsegmentator for level in levels().values()] == list(range(50, 42, -1))
    assert order("C1") == 0
    assert not levels()["C1"].plannable


@pytest.mark.parametrize("text", ["", "C1", "C6-C2", "C2-C6-C7", "L4", "C2,,C4"])
def test_levels_that_cannot_be_planned_are_refused(text):
    with pytest.raises(LevelError):
        parse_levels(text)


def test_a_norm_of_the_asked_sex_wins():
    general, female = norm("lateral_mass_height", "C4"), norm("lateral_mass_height", "C4", "female")
    assert general is None or general.source
    if female is not None:
        assert female.z(female.mean) == 0
        assert female.z(female.mean - female.sd) == pytest.approx(-1)
    assert norm("no_such_measure", "C4") is None

"""Rows sum up single errors and say honestly whether a bar is met."""

from dataclasses import replace

import numpy as np
import pytest

from planner.reference.tables import rows
from planner.validation.records import STATISTICS, Record, bars, summarised

BASE = Record(table="frame", what="L axis", unit="deg", kind="real", case="a", level="C4", part="", value=0.5)


def records(*values, **changes):
    return [replace(BASE, value=v, **changes) for v in values]


def test_statistics_of_a_row():
    (row,) = summarised(records(0.1, 0.2, 0.3, 0.6))
    assert (row.n, row.missing) == (4, 0)
    assert (row.median, row.mean, row.max) == pytest.approx((0.25, 0.3, 0.6))
    assert row.p95 == pytest.approx(np.percentile([0.1, 0.2, 0.3, 0.6], 95))
    assert row.met is True


def test_one_bar_of_two_missed_is_a_row_missed_and_the_worst_is_named():
    (row,) = summarised(records(0.1, 0.2, 0.3) + [replace(BASE, level="C6", value=2.1)])
    assert row.met is False
    assert row.worst[0] == "2.10 a C6"


def test_a_place_read_often_is_named_once():
    (row,) = summarised(records(2.5, 2.6, 2.7, level="C6") + records(2.2, level="C3"))
    assert row.worst == ("2.70 a C6", "2.20 a C3")


def test_real_and_synthetic_are_never_pooled():
    found = summarised(records(0.1, 0.2) + records(5.0, kind="synthetic"))
    assert [(r.kind, r.n, r.met) for r in found] == [("real", 2, True), ("synthetic", 1, False)]


def test_what_could_not_be_had_is_counted_and_not_averaged():
    (row,) = summarised(records(0.2, float("nan"), 0.4))
    assert (row.n, row.missing, row.mean) == (2, 1, pytest.approx(0.3))
    (row,) = summarised(records(float("nan")))
    assert row.met is None
    assert np.isnan(row.median)


def test_a_share_that_should_be_whole_names_those_that_failed():
    yes = records(1.0, 1.0, what="upright", unit="share")
    (row,) = summarised(yes)
    assert row.met is True
    assert row.worst == ()
    (row,) = summarised([*yes, replace(yes[0], value=0.0, level="C2")])
    assert row.met is False
    assert row.worst == ("0.00 a C2",)


def test_a_row_without_a_bar_is_neither_met_nor_missed():
    (row,) = summarised(records(99.0, what="no such row"))
    assert row.bar == ""
    assert row.met is None


def test_every_bar_of_the_table_can_be_used():
    for row in rows("validation", "bar"):
        assert row["statistic"] in STATISTICS
        for what in row["rows"]:
            assert bars(row["table"], what)

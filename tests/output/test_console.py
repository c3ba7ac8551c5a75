"""The terminal summary says everything a reader must not miss, within 100 columns."""

from __future__ import annotations

import io

import pytest

from planner.document import INTENDED_USE
from planner.output.console import print_inspection, print_plan
from planner.planning import Inspection


def printed(function, value, width=100, verbose=None, **options):
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=width, **options)
    function(value, console) if verbose is None else function(value, console, verbose=verbose)
    return out.getvalue()


@pytest.fixture(scope="module")
def text(sample_plan):
    return printed(print_plan, sample_plan)


def test_every_side_has_a_row_with_its_status(sample_plan, text):
    rows = [line for line in text.splitlines() if line.startswith(" C")]
    for f in sample_plan.fixations:
        row = next(line for line in rows if line.startswith(f" {f.level} {f.side}"))
        assert f.status.value in row
        if f.chosen:
            assert "3.5 × 12" in row
            assert "vertebral artery" in row
            assert "4%" in row


def test_a_breach_is_one_of_artery_or_canal_not_of_a_joint(sample_plan):
    """What the heading says, and what the report and the acceptance table count: a facet touched often is not it."""
    from dataclasses import replace

    from planner.fixation.anchor import Breach

    often = Breach(any=0.63, over_2mm=0.0)
    fixations = [
        f if f.chosen is None else replace(
            f, chosen=replace(
                f.chosen, breach=replace(f.chosen.breach, hazards={**f.chosen.breach.hazards, "superior_facet": often})
            ),
        )
        for f in sample_plan.fixations
    ]  # fmt: skip
    text = printed(print_plan, replace(sample_plan, fixations=tuple(fixations)))
    assert "4%" in text
    assert "63%" not in text


def test_verbose_tells_every_reason_and_refusal(sample_plan):
    flat = " ".join(printed(print_plan, sample_plan, verbose=True).split())
    for f in sample_plan.fixations:
        assert f"{f.level} {f.side}, {f.status.value}: {f.reason}" in flat
    assert "pedicle: 3.6 mm wide, under 4.0 mm" in flat


def test_the_default_says_why_only_where_a_side_is_not_simply_planned(sample_plan, text):
    why = text[text.index("\nWhy\n") : text.index("\nConstruct\n")]
    for f in sample_plan.fixations:
        assert (f"{f.level} {f.side}, " in why) == (f.status != "planned")
    assert "-v" in why


def test_a_facet_that_is_not_assessed_shows_a_dash(sample_plan):
    from dataclasses import replace

    (segment,) = sample_plan.assessment.segments
    unseen = replace(segment.facets["left"], state="not assessed", overlap_percent=0.0)
    segment = replace(segment, facets={"left": unseen, "right": segment.facets["right"]})
    plan = replace(sample_plan, assessment=replace(sample_plan.assessment, segments=(segment,)))
    shown = printed(print_plan, plan)
    row = next(line for line in shown.splitlines() if line.startswith(f" {segment.name} "))
    assert " -  " in row
    assert "not assessed," not in shown


def test_nothing_a_reader_must_know_is_missing(text):
    flat = " ".join(text.split())
    for words in (
        "NOT attested",
        "critical: The left C4 lateral mass is destroyed.",
        "conflict: One anchor holds the left side.",
        "Reduction of C4-C5: slip of 3.0 mm",
        "C5 laminectomy: canal of 10.5 mm at C4-C5",
        "A surface cannot show: vertebral artery lumen, bone density.",
        INTENDED_USE,
    ):
        assert words in flat
    assert "nan" not in flat
    assert flat.index("critical:") < flat.index("info:")


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider_than_the_terminal(sample_plan, width):
    assert max(map(len, printed(print_plan, sample_plan, width).splitlines())) <= width


def test_no_color_leaves_no_colour(sample_plan, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    shown = printed(print_plan, sample_plan, force_terminal=True)
    assert "\x1b[3" not in shown
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[3" in printed(print_plan, sample_plan, force_terminal=True, color_system="standard")


def test_inspection_shows_measurements_and_pose(sample_plan):
    inspection = Inspection(
        case=sample_plan.case,
        levels=sample_plan.options.levels,
        vertebrae=sample_plan.vertebrae,
        assessment=sample_plan.assessment,
        warnings=(),
    )
    text = printed(print_inspection, inspection)
    assert "canal ap [mm]" in text
    assert "95%" in text
    assert "dens_tip" in text
    assert "Fixation" not in text

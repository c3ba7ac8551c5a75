"""A plan document read again, and one that a hand has changed."""

from __future__ import annotations

import json

import pytest

from planner.construct import plan_construct
from planner.document import json_text, plan_document
from planner.document.again import edits_of, fixations_of, proposals_of, reduction_of
from planner.document.edited import edited_document
from planner.document.fixations import fixation_block
from planner.editing import Bench, begin
from planner.editing.hand import lengthened, restored
from planner.fixation.ladder import sides_of


@pytest.fixture(scope="module")
def document(sample_plan):
    return json.loads(json_text(plan_document(sample_plan)))


@pytest.fixture(scope="module")
def bench(sample_plan, document):
    sides = {
        (level, place.side): place
        for level in sample_plan.vertebrae
        for place in sides_of(sample_plan.vertebrae, sample_plan.assessment, level, execution="freehand", seed=7)
    }
    return Bench(
        vertebrae=sample_plan.vertebrae, assessment=sample_plan.assessment, reduction=reduction_of(document),
        proposal={(f.level, f.side): f for f in fixations_of(document)}, sides=sides,
    )  # fmt: skip


def same(a, b, within=0.0015):
    """Equal in everything, numbers within what three decimals of entry and tip leave."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], within) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y, within) for x, y in zip(a, b, strict=True))
    return a == b or (isinstance(a, float) and isinstance(b, float) and abs(a - b) < within)


def test_fixations_read_again_are_those_that_were_written(document):
    again = [fixation_block(f) for f in fixations_of(document)]
    assert same(again, document["fixations"])


def test_the_reduction_read_again_moves_the_same(document, sample_plan):
    again, first = reduction_of(document), sample_plan.construct.reduction
    for level, motion in first.motions.items():
        assert again.motions[level](sample_plan.vertebrae[level].frame.origin) == pytest.approx(
            motion(sample_plan.vertebrae[level].frame.origin), abs=1e-3
        )
    assert again.before == first.before


def test_an_edited_plan_holds_the_edit_and_the_proposal(document, bench):
    held = lengthened(begin(bench, ("C5", "left")), 1)
    edited = json.loads(json_text(edited_document(document, held)))
    before = {(f["level"], f["side"]): f for f in document["fixations"]}
    for block in edited["fixations"]:
        key = (block["level"], block["side"])
        assert block["edited"] == (key == ("C5", "left"))
        if not block["edited"]:
            assert {**block, "edited": None} == {**before[key], "edited": None}
    (moved,) = [b for b in edited["fixations"] if b["edited"]]
    assert moved["screw"]["length_mm"] == 14.0
    assert moved["certificate"]["bound_mm"] is None
    assert moved["proposal"] == before["C5", "left"]
    assert "C5 left" in edited["warnings"][-1]
    assert edited["anatomy"] == document["anatomy"]


def test_options_compared_with_the_proposal_are_set_aside_and_come_back(document, bench):
    with_options = {**document, "options_compared": [{"option": "C3-C4 in situ"}]}
    once = edited_document(with_options, lengthened(begin(bench, ("C5", "left")), 1))
    assert once["options_compared"] == []
    assert once["options_of_proposal"] == with_options["options_compared"]
    assert edited_document(once, begin(bench, ("C5", "left")))["options_compared"] == with_options["options_compared"]


def test_an_edited_plan_edited_again_keeps_the_first_proposal(document, bench):
    once = edited_document(document, lengthened(begin(bench, ("C5", "left")), 1))
    again = begin(bench, ("C5", "left"), edits_of(once))
    twice = edited_document(once, lengthened(again, 1))
    (moved,) = [b for b in twice["fixations"] if b["edited"]]
    assert moved["screw"]["length_mm"] == 16.0
    assert moved["proposal"]["screw"]["length_mm"] == 12.0
    assert sum(w.startswith("Screws moved by hand") for w in twice["warnings"]) == 1


def test_an_edited_plan_put_back_is_the_first_plan_again(document, bench):
    once = edited_document(document, lengthened(begin(bench, ("C5", "left")), 1))
    assert same([fixation_block(f) for f in proposals_of(once)], document["fixations"])
    back = edited_document(once, restored(begin(bench, ("C5", "left"), edits_of(once))))
    assert [{**f, "edited": None} for f in back["fixations"]] == [{**f, "edited": None} for f in document["fixations"]]
    assert back["warnings"] == document["warnings"]


def test_put_back_it_is_the_plan_again(document, bench):
    back = edited_document(document, restored(lengthened(begin(bench, ("C5", "left")), 1)))
    assert not any(f["edited"] for f in back["fixations"])
    assert back["warnings"] == document["warnings"]


def test_what_a_cut_does_to_an_anchor_is_told_until_that_anchor_moves(document, bench):
    told = {"code": "cut.anchor", "side": "right", "levels": ["C5"], "text": "t", "options": [], "source": "proposal"}
    with_cut = {**document, "construct": {**document["construct"], "conflicts": [told]}}
    elsewhere = edited_document(with_cut, lengthened(begin(bench, ("C5", "left")), 1))
    assert told in elsewhere["construct"]["conflicts"]
    there = edited_document(with_cut, lengthened(begin(bench, ("C5", "right")), 1))
    assert told not in there["construct"]["conflicts"]


def test_the_rod_of_a_side_that_was_not_touched_stays_as_it_was(document, bench):
    built = plan_construct(bench.vertebrae, bench.assessment, tuple(bench.proposal.values()), reduction=bench.reduction)
    assert {r.side for r in built.rods} == {"right"}
    edited = edited_document(document, lengthened(begin(bench, ("C5", "left")), 1))
    assert edited["construct"]["rods"] == document["construct"]["rods"]

from fixation_blocks import NOTHING, block_vertebra

from planner.fixation import plan_fixations
from planner.fixation.accord import in_accord
from planner.fixation.anchor import AnchorStatus, Breach, BreachProbability, Candidate, Fixation, Screw
from planner.fixation.preference import cost, weight


def breach(serious=0.0, deep=0.0, root=0.0):
    hazards = {
        "artery_or_canal": Breach(any=serious, over_2mm=deep),
        "vertebral_artery": Breach(any=serious, over_2mm=deep),
        "nerve_root": Breach(any=root, over_2mm=0.0),
    }
    return BreachProbability(profile="freehand", samples=1, seed=0, hazards=hazards)


def at(technique="magerl", purchase=12.0, cephalad=40.0, off=0.0, **risk):
    return cost(breach(**risk), purchase, cephalad, off, technique)


def test_equally_safe_the_recognised_technique_comes_before_the_free_window():
    assert at("magerl") < at("an") < at("anderson") < at("roy-camille") < at("auto")


def test_risk_weighs_more_than_names_and_length():
    assert at("auto", serious=0.0) < at("magerl", serious=0.05)
    assert at(serious=0.1) < at(serious=0.1, deep=0.02)
    assert at(root=0.0) < at(root=0.2)


def test_purchase_is_sought_up_to_enough_and_not_beyond():
    enough = weight("purchase_enough_mm")
    assert at(purchase=enough) < at(purchase=10.0)
    assert at(purchase=enough + 4) == at(purchase=enough)


def test_strange_and_steep_trajectories_cost():
    assert at(off=2.0) > at(off=0.0)
    assert at(cephalad=60.0) > at(cephalad=45.0) == at(cephalad=30.0)


def candidate(technique, price, status=AnchorStatus.PLANNED):
    return Candidate(
        anchor="lateral_mass", technique=technique, status=status, reason=technique, trajectory=None,
        angles=None, entry_offset=None, screw=Screw(diameter_mm=3.5, length_mm=14.0, family=""), purchase_mm=12.0,
        cortex="", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="", certificate=None, cost=price,
    )  # fmt: skip


def fixation(level, chosen, *others, side="left"):
    return Fixation(
        level=level, side=side, status=chosen.status, reason=chosen.reason, chosen=chosen, alternatives=others,
        unseen=(),
    )  # fmt: skip


def chosen(fixations):
    return [f.chosen.technique for f in in_accord(fixations)]


def test_one_technique_down_a_side_where_it_costs_little():
    low, change = 0.1, weight("change")
    column = [
        fixation("C3", candidate("magerl", low), candidate("an", 9.0)),
        fixation("C4", candidate("an", low), candidate("magerl", low + change)),
        fixation("C5", candidate("magerl", low), candidate("an", 9.0)),
    ]
    assert chosen(column) == ["magerl", "magerl", "magerl"]
    settled = in_accord(column)[1]
    assert settled.reason == "magerl"
    assert [a.technique for a in settled.alternatives] == ["an"], "the one it replaces stays on record"


def test_a_change_that_pays_stays_and_no_status_gets_worse():
    dear = 0.1 + 3 * weight("change")
    column = [
        fixation("C3", candidate("magerl", 0.1), candidate("an", 9.0)),
        fixation("C4", candidate("an", 0.1), candidate("magerl", dear)),
        fixation("C5", candidate("an", 0.1), candidate("magerl", 0.1, AnchorStatus.CAUTION)),
    ]
    assert chosen(column) == ["magerl", "an", "an"]


def test_the_other_side_and_a_named_technique_are_left_alone():
    named = fixation("C4", candidate("roy-camille", 5.0))
    right = fixation("C5", candidate("an", 0.1), candidate("magerl", 0.1), side="right")
    column = [fixation("C3", candidate("magerl", 0.1)), named, right]
    assert in_accord(column)[1:] == (named, right)


def test_the_plan_takes_the_candidate_of_least_cost():
    vertebra = block_vertebra()
    for fixation in plan_fixations(
        {"C4": vertebra}, NOTHING, ("C4",), technique={}, c2={}, execution="freehand", seed=1
    ):
        tried = [c for c in fixation.alternatives if isinstance(c, Candidate) and c.status is fixation.status]
        assert tried
        assert fixation.chosen.cost <= min(c.cost for c in tried) + 1e-4

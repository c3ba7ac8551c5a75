import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.fixation.acceptance import margin_mm, purchase_needed_mm, rank, status_of
from planner.fixation.anchor import AnchorStatus, Breach
from planner.reference.tables import rows

ANCHORS = ("lateral_mass", "pars", "translaminar", "pedicle")
HAZARDS = ("vertebral_artery", "canal", "nerve_root", "superior_facet", "inferior_facet", "neighbours")
CLEAR = dict.fromkeys(HAZARDS, 5.0)
SAFE = {"artery_or_canal": Breach(any=0.0, over_2mm=0.0)}
width = st.floats(0, 12)


def verdict(anchor, clearance=CLEAR, breach=SAFE, purchase=30.0, **more):
    return status_of(anchor, clearance_mm=clearance, breach=breach, purchase_mm=purchase, **more)


@pytest.mark.parametrize("anchor", ANCHORS)
def test_a_screw_with_room_everywhere_is_planned_and_says_nothing(anchor):
    assert verdict(anchor, width_mm=9.0) == verdict(anchor)
    assert verdict(anchor).status is AnchorStatus.PLANNED
    assert verdict(anchor).reasons == ()


def test_the_lateral_mass_row_is_the_decided_one():
    for value, status in ((1.0, "planned"), (0.99, "caution"), (0.5, "caution"), (0.49, "rejected")):
        assert verdict("lateral_mass", CLEAR | {"vertebral_artery": value}).status == status
        assert verdict("lateral_mass", CLEAR | {"canal": value}).status == status
    for value, status in ((10.0, "planned"), (9.9, "caution"), (8.0, "caution"), (7.9, "rejected")):
        assert verdict("lateral_mass", purchase=value).status == status
    for any_, deep, status in (
        (0.15, 0.01, "planned"),
        (0.16, 0, "caution"),
        (0, 0.05, "caution"),
        (0.31, 0, "rejected"),
    ):
        breach = {"artery_or_canal": Breach(any=any_, over_2mm=deep)}
        assert verdict("lateral_mass", breach=breach).status == status


@settings(max_examples=150, deadline=None)
@given(
    anchor=st.sampled_from(ANCHORS),
    values=st.lists(st.floats(-3, 4), min_size=6, max_size=6),
    which=st.integers(0, 5),
    more=st.floats(0, 3),
    grip=st.floats(0, 20),
    chance=st.floats(0, 1),
)
def test_more_room_more_purchase_or_less_risk_never_worsens_the_status(anchor, values, which, more, grip, chance):
    clearance = dict(zip(HAZARDS, values, strict=True))
    breach = {"artery_or_canal": Breach(any=chance, over_2mm=chance / 5)}
    before = rank(verdict(anchor, clearance, breach, grip).status)
    roomier = clearance | {HAZARDS[which]: values[which] + more}
    calmer = {"artery_or_canal": Breach(any=chance / 2, over_2mm=chance / 10)}
    assert rank(verdict(anchor, roomier, breach, grip).status) <= before
    assert rank(verdict(anchor, clearance, breach, grip + more).status) <= before
    assert rank(verdict(anchor, clearance, calmer, grip).status) <= before


def test_a_hazard_that_was_not_located_is_not_a_clear_one():
    without = {k: v for k, v in CLEAR.items() if k != "vertebral_artery"}
    assert verdict("lateral_mass", without).status is AnchorStatus.CAUTION
    assert verdict("pedicle", without).status is AnchorStatus.REJECTED
    assert "vertebral artery not located" in verdict("lateral_mass", without).reasons
    below_c6 = verdict("pedicle", without, conditions={"no_artery_in_bone"})
    assert below_c6.status is AnchorStatus.PLANNED, "no artery is expected in the bone of C7 and below"


def test_a_users_keep_out_is_graded_by_its_own_row():
    assert verdict("lateral_mass", CLEAR | {"tumour": 0.2}).status is AnchorStatus.REJECTED
    assert margin_mm("lateral_mass", "tumour") == 1.0


def test_pedicle_widths_and_the_artery_that_is_not_given():
    assert [verdict("pedicle", width_mm=w).status for w in (5.0, 4.9, 4.0, 3.9)] == [
        "planned", "caution", "caution", "rejected"
    ]  # fmt: skip
    assert verdict("pedicle", width_mm=float("nan")).status is AnchorStatus.REJECTED
    for condition in ("artery_not_given", "foramen_narrowed_other_side", "foramen_not_normal"):
        assert verdict("pedicle", conditions={condition}).status is AnchorStatus.CAUTION


def test_a_gravely_narrowed_foramen_bars_the_pedicle_and_says_why():
    barred = verdict("pedicle", conditions={"foramen_gravely_narrowed", "foramen_not_normal"})
    assert barred.status is AnchorStatus.REJECTED
    assert "CT angiogram" in barred.reasons[0]
    assert verdict("pars", conditions={"foramen_not_normal"}).status is AnchorStatus.CAUTION


def test_beside_a_high_riding_artery_the_pedicle_is_barred_and_the_pars_cautious():
    barred = verdict("pedicle", width_mm=6.0, conditions={"artery_rides_high"}, words={"high": "isthmus height 4.3 mm"})
    assert barred.status is AnchorStatus.REJECTED
    assert "isthmus height 4.3 mm" in barred.reasons[0]
    assert verdict("pars", conditions={"artery_rides_high"}).status is AnchorStatus.CAUTION
    assert verdict("translaminar", width_mm=6.0, conditions={"artery_rides_high"}).status is AnchorStatus.PLANNED


def test_a_salvage_screw_through_the_joint_is_never_planned():
    assert verdict("transfacet").status is AnchorStatus.PLANNED
    assert verdict("transfacet", conditions={"salvage"}).status is AnchorStatus.CAUTION


def test_every_anchor_has_its_rows_and_planned_never_has_under_ten_mm_of_purchase():
    for anchor in ANCHORS:
        assert {r["hazard"] for r in rows("acceptance", "clearance") if r["anchor"] == anchor} == {
            *HAZARDS,
            "avoid",
        }
        assert purchase_needed_mm(anchor)[0] >= 10.0
        assert purchase_needed_mm(anchor)[1] >= 8.0
    for row in rows("acceptance", "clearance"):
        assert row["planned_mm"] >= row["caution_mm"]

"""Options compared: the plan's own row says what the plan says, the others differ where they must."""

from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from planner.assessment import assess
from planner.consequences import Found, compared
from planner.construct import plan_construct, plan_reduction, unstable_segments
from planner.decompression import plan_decompression
from planner.fixation.anchor import AnchorStatus, Candidate, Fixation, Screw
from planner.geometry.axes import SIDES, SIGN
from planner.geometry.trajectory import Trajectory

LEVELS = ("C2", "C3", "C4", "C5", "C6")


@pytest.fixture(scope="module")
def blocks():
    path = Path(__file__).parent / "assessment" / "block_column.py"
    spec = spec_from_file_location("block_column", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def candidate(vertebra, side, anchor="lateral_mass", status=AnchorStatus.PLANNED):
    direction = np.array([0.4 * SIGN[side], -1.0, 0.5])
    path = Trajectory(
        entry=vertebra.landmarks[f"lateral_mass_center_{side}"].xyz,
        direction=direction / np.linalg.norm(direction), length_mm=14.0,
    )  # fmt: skip
    return Candidate(
        anchor=anchor, technique="magerl", status=status, reason=f"{anchor} here", trajectory=path, angles=None,
        entry_offset=None, screw=Screw(diameter_mm=3.5, length_mm=14.0, family="x"), purchase_mm=12.0,
        cortex="unicortical", tip_to_far_cortex_mm=1.5, clearance_mm={}, breach=None, grade="", certificate=None,
    )  # fmt: skip


def fixation(vertebra, side):
    status = AnchorStatus.SKIPPED if (vertebra.level, side) == ("C3", "left") else AnchorStatus.PLANNED
    chosen = candidate(vertebra, side) if status is AnchorStatus.PLANNED else None
    pedicle = candidate(vertebra, side, "pedicle", AnchorStatus.REJECTED)
    return Fixation(
        level=vertebra.level, side=side, status=status, reason="", chosen=chosen, alternatives=(pedicle,), unseen=()
    )


def plan(blocks, shift=(0.0, -8.0, 8.0), **options):
    column = blocks.column(LEVELS, {k: np.array(shift) for k in ("C2", "C3")})
    seen = assess(column)
    fixations = tuple(fixation(v, side) for v in column.values() for side in SIDES)
    decompress, trough = options.get("decompress", "auto"), options.get("trough", "narrow")
    reduction = plan_reduction(column, seen, options.get("reduce", "auto"), options.get("percent", 100.0) / 100)
    cuts = plan_decompression(
        column, seen, fixations, decompress=decompress, trough=trough, unstable=unstable_segments(seen)
    )
    return Found(
        vertebrae=column, assessment=seen, searched=fixations, fixations=fixations,
        construct=plan_construct(column, seen, fixations, reduction=reduction), decompression=cuts, masses={},
        decompress=decompress, trough=trough, reduce_percent=options.get("percent", 100.0),
    )  # fmt: skip


def of(options, choice):
    return [o for o in options if o.choice == choice]


def test_a_slip_is_shown_in_situ_half_way_and_reduced(blocks):
    found = plan(blocks)
    rows = of(compared(found), "reduction")
    assert [o.chosen for o in rows] == [False, False, True]
    slips = [o.numbers["listhesis_mm"] for o in rows]
    assert slips[0] == pytest.approx(8.0, abs=0.1)
    assert slips[0] > slips[1] > abs(slips[2])
    assert rows[2].numbers["pincer_mm"] == found.construct.reduction.after["pincer_mm"]
    assert rows[0].numbers["passage_mm2"] < rows[2].numbers["passage_mm2"]
    assert rows[2].conflicts == tuple(f"{c.code} {c.side} {'-'.join(c.levels)}" for c in found.construct.conflicts)


@pytest.mark.parametrize(("options", "own"), [({"reduce": "none"}, 0), ({"percent": 50.0}, 1), ({"percent": 30.0}, 1)])
def test_the_plans_own_share_is_the_row_that_is_marked(blocks, options, own):
    rows = of(compared(plan(blocks, **options)), "reduction")
    assert [k for k, o in enumerate(rows) if o.chosen] == [own]
    assert len(rows) == (4 if options == {"percent": 30.0} else 3)


def test_narrow_and_wide_troughs(blocks):
    narrow, wide = of(compared(plan(blocks, decompress="C3-C4")), "trough")
    assert (narrow.chosen, wide.chosen) == (True, False)
    for key in ("removed_volume_mm3", "canal_area_mm2"):
        assert narrow.numbers[key] < wide.numbers[key]
    assert narrow.numbers["facet_kept_percent"] >= wide.numbers["facet_kept_percent"]
    again = of(compared(plan(blocks, decompress="C3-C4", trough="groove")), "trough")
    assert [o.chosen for o in again] == [False, True]
    assert again[1].numbers == pytest.approx(wide.numbers, nan_ok=True)


def test_a_side_left_out_is_shown_with_what_else_was_considered(blocks):
    rows = of(compared(plan(blocks)), "C3 left")
    assert [(o.name, o.chosen, o.offered) for o in rows] == [
        ("C3 left: no screw", True, True),
        ("C3 left: pedicle", False, False),
    ]
    assert rows[0].anchors == {"left": 4, "right": 5}
    assert rows[1].anchors == {"left": 5, "right": 5}
    assert rows[1].reason == "pedicle here"


def test_an_open_door_only_where_nothing_is_unstable(blocks):
    (door,) = of(compared(plan(blocks, decompress="C3-C4")), "laminoplasty")
    assert not door.offered
    assert "C3-C4" in door.reason
    (offered,) = of(compared(plan(blocks, (0.0, 0.0, 0.0), decompress="C3-C4")), "laminoplasty")
    assert offered.offered
    assert offered.numbers["canal_area_mm2"] > 22 * 14
    assert offered.anchors == {}


def test_a_sound_column_has_nothing_to_compare(blocks):
    found = plan(blocks, (0.0, 0.0, 0.0))
    sound = tuple(
        replace(f, status=AnchorStatus.PLANNED, chosen=f.alternatives[0]) if f.chosen is None else f
        for f in found.fixations
    )
    assert compared(replace(found, fixations=sound, searched=sound)) == ()


def test_a_slip_that_cannot_be_reduced_is_shown_in_situ_alone(blocks):
    """Bones that meet at once leave no way to go, and nothing to divide by."""
    found = plan(blocks)
    stuck = replace(found.construct.reduction, share=0.0)
    still = replace(found, construct=replace(found.construct, reduction=stuck))
    assert [(o.name, o.chosen) for o in of(compared(still), "reduction")] == [("C3-C4 in situ", True)]


def test_nothing_is_the_same_as_in_situ(blocks):
    rows = of(compared(plan(blocks, percent=0.0)), "reduction")
    assert [o.chosen for o in rows] == [True, False, False]

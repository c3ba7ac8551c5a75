"""Lumps and growths of known volume on blocks that are bent unevenly, as two healthy sides are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.assessment import assess
from planner.assessment.bending import bent
from planner.assessment.excess import in_spinous_wedge
from planner.assessment.lumps import holds_ball, thick_pieces
from planner.assessment.masses import excess_findings
from planner.assessment.mirror import in_own_frame, mirror_of
from planner.assessment.occupancy import height_over, in_front
from planner.assessment.sides import side_by_side
from planner.assessment.soundness import roughness
from planner.geometry.crossings import Solid
from planner.geometry.surface import Surface

LENGTH_MM = 40.0


def waved(vertebra, phase, height_mm=0.7):
    """A vertebra whose every vertex is moved by long waves: its two sides differ by up to 2 mm."""
    x = vertebra.surface.vertices
    turn = np.array([[1.0, 0.3, 0.2], [0.2, 1.0, -0.4], [-0.3, 0.4, 1.0]])
    moved = x + height_mm * np.sin(2 * np.pi / LENGTH_MM * x @ turn.T + phase + np.arange(3.0))
    return replace(vertebra, surface=Surface(vertices=moved, faces=vertebra.surface.faces))


def seen(blocks, phase, lump):
    """(what is seen on a waved bone with a lump, the volume the lump has there)."""
    whole, plain = (
        waved(blocks.vertebra("C4", solid=one), phase, 0.5) for one in (blocks.bone() + lump, blocks.bone())
    )
    return side_by_side(whole).lumps, whole.surface.volume_mm3 - plain.surface.volume_mm3


def off(surface, reference):
    points, _ = reference.sampled(3000, seed=7)
    return surface.closest(points)[0]


@pytest.mark.parametrize("phase", [0.0, 1.5])
def test_a_bent_mirror_image_lies_on_the_bone(blocks, phase):
    bone = waved(blocks.vertebra("C4"), phase)
    local = in_own_frame(bone)
    image = mirror_of(bone).surface(local)
    before, after = off(local, image), off(local, bent(bone, image, np.zeros((0, 3))))
    assert np.quantile(after, 0.9) < 0.35 < np.quantile(before, 0.9)
    assert np.median(after) < 0.4 * np.median(before)


def test_a_reference_is_not_drawn_into_a_lump(blocks):
    lump = blocks.block([16, 24, -4], [23, 26, 4])
    bone = blocks.vertebra("C4", solid=blocks.bone() + lump)
    image = mirror_of(bone).surface(in_own_frame(bone))
    covered = np.stack(np.meshgrid(np.arange(16, 23), np.arange(25, 27), np.arange(-4, 5), indexing="ij"), -1)
    reference = bent(bone, image, covered.reshape(-1, 3).astype(float))
    # Its rear face stays where the mass ends.
    hits, _ = reference.first_hit(np.array([[19.5, 40.0, 0.0]]), np.array([[0.0, -1.0, 0.0]]))
    assert hits[0, 1] == pytest.approx(25.0, abs=0.2)


@settings(max_examples=4, deadline=None, derandomize=True)
@given(phase=st.floats(0.0, 6.2))
def test_a_lump_keeps_its_volume_however_the_bone_is_bent(blocks, phase):
    found, volume = seen(blocks, phase, blocks.block([16, 24, -4], [23, 31, 4]))
    largest = max(found, key=lambda one: one.volume_mm3)
    assert largest.side == "left"
    assert largest.volume_mm3 == pytest.approx(volume, rel=0.10)


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0])
def test_a_growth_under_a_lamina_is_found_and_measured(blocks, phase):
    found, volume = seen(blocks, phase, blocks.block([3, 19.5, -4], [9, 23, 3]))
    inside = [one for one in found if one.grown_into_canal]
    assert [one.side for one in inside] == ["left"]
    assert inside[0].volume_mm3 == pytest.approx(volume, rel=0.15)


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0])
def test_a_wall_that_is_only_uneven_is_no_growth(blocks, phase):
    assert not [one for one in side_by_side(waved(blocks.vertebra("C4"), phase)).lumps if one.in_canal_mm3]


def test_a_sheet_holds_no_ball():
    def voxels(*size):
        return 0.5 * np.argwhere(np.ones(size, bool))

    assert holds_ball(voxels(9, 9, 9), 1.5)
    assert not holds_ball(voxels(20, 20, 4), 1.5)
    assert not holds_ball(np.zeros((0, 3)), 1.5)


def test_pieces_are_parted_and_films_left_out():
    two = np.zeros((30, 8, 8), bool)
    two[:10] = two[20:] = True
    two[10:20, :, 0] = True
    names = thick_pieces(0.5 * np.argwhere(two), 1.25)
    where = np.argwhere(two)[:, 0]
    assert len(np.unique(names[names > 0])) == 2
    assert (names[where < 10] == names[where == 0][0]).all()
    assert not names[(where >= 14) & (where < 16)].any()


def test_a_piece_apart_is_not_counted_with_the_lump_before_it(blocks):
    lump, piece = blocks.block([16, 24, -4], [23, 30, 4]), blocks.block([16, 32, -4], [23, 36, 4])
    found = side_by_side(blocks.vertebra("C4", solid=blocks.bone() + lump + piece)).lumps
    volumes = {one.detached: one.volume_mm3 for one in found}
    assert len(found) == 2
    assert volumes[False] == pytest.approx(7 * 5 * 8, rel=0.12)
    assert volumes[True] == pytest.approx(7 * 4 * 8, rel=0.15)


@pytest.mark.parametrize("size", [1.0, 1.08])
def test_a_lump_beside_a_lost_mass_is_what_lies_beyond_the_neighbours_bone(blocks, size):
    """The other side has no mass to mirror, and the neighbours are of another size."""
    lost = blocks.side_block("right", [11.5, 9, -8], [24, 26, 8])
    lump = blocks.block([14, 24, -4], [21, 31, 4])
    around = {"solid": blocks.bone().scale((size, size, size))}
    column = blocks.column(C4={"solid": blocks.bone() - lost + lump}, C3=around, C5=around)
    found = assess(column).finding("excess_bone", "C4", "left")
    assert found.evidence["volume_mm3"] == pytest.approx(7 * 6 * 8, rel=0.15)


def test_a_growth_is_found_beside_an_absent_lamina(blocks):
    gone = blocks.block([-10.9, 21, -6], [-2, 26, 6])
    growth = blocks.block([3, 18.5, -4], [9, 23, 3])
    column = blocks.column(C4={"solid": blocks.bone() - gone + growth, "missing": ("lamina_right",)})
    found = assess(column).finding("excess_bone.intraspinal", "C4", "left")
    assert found.evidence["volume_mm3"] == pytest.approx(6 * 3.5 * 7, rel=0.2)


def test_a_lump_is_proven_by_its_height_unless_the_bone_is_rough(blocks):
    bone = blocks.vertebra("C4", solid=blocks.bone() + blocks.block([16, 24, -4], [23, 31, 4]))
    look = side_by_side(bone)
    faint = replace(look, lumps=tuple(replace(lump, core_mm3=30.0) for lump in look.lumps))
    risen = max(lump.risen_mm3 for lump in faint.lumps)
    assert risen == pytest.approx(7 * 4.5 * 8, rel=0.2)
    assert [one.side for one in excess_findings(bone, faint, {})] == ["left"]
    assert not list(excess_findings(bone, faint, {}, roughness=3.0))
    assert not list(excess_findings(replace(bone, level="C2"), faint, {}))


def test_the_spinous_process_proves_no_lump(blocks):
    bone = blocks.vertebra("C4")
    assert in_spinous_wedge(bone, np.array([[4.0, 30.0, 0.0], [17.0, 27.0, 0.0], [0.0, 20.0, 0.0]])).tolist() == [
        True, False, False,
    ]  # fmt: skip


def test_roughness_is_that_of_the_middle_level(blocks):
    look = side_by_side(blocks.vertebra("C4"))
    looks = {name: replace(look, unevenness_mm=x) for name, x in zip(("C3", "C4", "C5"), (0.1, 0.24, 3.0), strict=True)}
    assert roughness(looks) == pytest.approx(2.0)
    assert roughness({name: replace(look, unevenness_mm=0.05) for name in looks}) == 1.0
    assert roughness({"C4": look}) == np.inf


def test_heights_over_bone_and_places_before_a_wall():
    filled = np.zeros((10, 20, 10), bool)
    filled[:, 10:13] = True
    wall = Solid(low=np.zeros(3), spacing_mm=0.5, filled=filled)
    points = np.array([[2.0, 4.0, 2.0], [2.0, 5.5, 2.0], [2.0, 8.0, 2.0], [90.0, 4.0, 2.0]])
    assert height_over(wall, points).tolist() == [1.0, 0.0, 2.0, np.inf]
    assert in_front(wall, points).tolist() == [True, False, False, False]


def test_a_cap_too_low_for_a_core_is_measured_and_told(blocks):
    cap = blocks.block([12, 24, -6], [22, 28, 6])
    column = blocks.column(C4={"solid": blocks.bone() + cap})
    look = side_by_side(column["C4"])
    assert [(lump.side, lump.core_mm3) for lump in look.lumps] == [("left", 0.0)]
    found = assess(column).finding("excess_bone", "C4", "left")
    assert found.evidence["volume_mm3"] == pytest.approx(10 * 3 * 12, rel=0.15)


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0])
def test_a_bone_that_is_only_bent_has_no_cap(blocks, phase):
    assert not side_by_side(waved(blocks.vertebra("C4"), phase)).lumps


def test_a_growth_in_the_canal_is_counted_whole_and_once(blocks):
    """Beside a lump behind the same lamina: neither takes from the other, and nothing is counted twice."""
    growth, lump = blocks.block([3, 19.5, -4], [9, 23, 3]), blocks.block([4, 24, -4], [12, 29, 4])
    found = side_by_side(blocks.vertebra("C4", solid=blocks.bone() + growth + lump)).lumps
    assert sum(one.in_canal_mm3 for one in found) == pytest.approx(6 * 2.5 * 7, rel=0.1)
    assert sum(one.volume_mm3 - one.in_canal_mm3 for one in found) == pytest.approx(8 * 4 * 8, rel=0.1)
    points = np.concatenate([one.points for one in found])
    assert len(np.unique(np.rint(4 * points).astype(int), axis=0)) == len(points)


def test_an_arch_that_hangs_loose_is_the_vertebras_own(blocks):
    gone = [blocks.side_block(side, [10.5, 9, -8], [24, 26, 8]) for side in ("left", "right")]
    alone = side_by_side(blocks.vertebra("C4", solid=blocks.bone() - gone[0] - gone[1])).lumps
    assert not alone
    lump = blocks.block([4, 24, -4], [10, 30, 4])
    found = side_by_side(blocks.vertebra("C4", solid=blocks.bone() - gone[0] - gone[1] + lump)).lumps
    assert [(one.side, one.detached) for one in found] == [("left", False)]
    assert found[0].volume_mm3 == pytest.approx(6 * 5 * 8, rel=0.15)


def capped(blocks, foramina):
    """A cap before the left mass, too small for a core, that reaches into a foramen which was free before."""
    bone = blocks.vertebra(
        "C4", solid=blocks.bone() + blocks.block([14.5, 6.4, -2.5], [19.5, 10.5, 2.5]), foramina=foramina
    )
    places = {side: bone.frame.to_world([sign * 17.0, 6.5, 0.0]) for side, sign in (("left", 1.0), ("right", -1.0))}
    return replace(bone, foramina={side: replace(one, center=places[side]) for side, one in bone.foramina.items()})


def test_a_cap_that_narrows_a_foramen_is_proven_by_that(blocks):
    bone = capped(blocks, (4.5, 6.0))
    look = side_by_side(bone)
    (found,) = excess_findings(bone, look, {})
    assert (found.side, found.evidence["volume_mm3"]) == ("left", pytest.approx(5 * 3.6 * 5, rel=0.15))
    assert not list(excess_findings(bone, look.firm(3.0), {}))


def test_a_cap_beside_a_foramen_as_wide_as_its_twin_is_not_proven(blocks):
    bone = capped(blocks, (6.0, 6.0))
    assert not list(excess_findings(bone, side_by_side(bone), {}))


def test_what_narrows_a_foramen_is_not_spared_beside_an_ill_twin(blocks):
    bone = capped(blocks, (4.5, 6.0))
    look = side_by_side(bone)
    kept = look.less(lambda x: np.ones(len(x), bool))
    assert [one.side for one in kept.lumps] == ["left"]
    assert not look.firm(3.0).less(lambda x: np.ones(len(x), bool)).lumps

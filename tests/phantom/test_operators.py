"""What the operators log, against what is measured on the meshes by other means."""

import numpy as np
import pytest

from planner.errors import InputError
from planner.geometry.axes import SIGN, angle_deg
from planner.phantom import column, destroy_lateral_mass, lamina_hole, narrow_foramen, slip, thin_lateral_mass
from planner.phantom.arch_loss import lamina_absent, laminectomy
from planner.phantom.artery import high_riding_artery, plane_of_heights
from planner.phantom.built import as_built
from planner.phantom.calcification import calcification
from planner.phantom.displacement import lock, rotate
from planner.phantom.fusion import fused_facet
from planner.phantom.measured import measured
from planner.phantom.meshing import genus, pieces
from planner.phantom.parts import axes_from
from planner.phantom.pathology import mass_region
from planner.phantom.pose import Pose
from planner.phantom.reshaping import congenital_stenosis, narrow_pedicles
from planner.phantom.truth import ForamenProbe

STEP = 0.8


@pytest.fixture(scope="module")
def pair():
    return column(("C3", "C4"), seed=2, spread=0.6)


@pytest.fixture(scope="module")
def whole(pair):
    return {level: pair.surface(level, STEP) for level in ("C3", "C4")}


def inside(surface, here, box, step=0.45):
    """Volume of the mesh within a box of the level's own coordinates, by counting."""
    axes = [np.arange(low + step / 2, high, step) for low, high in box.T]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    return surface.contains(here.pose(points)).sum() * step**3


@pytest.mark.parametrize("operator", [destroy_lateral_mass, lambda c, *a: thin_lateral_mass(c, *a[:2], 0.5, a[2])])
def test_the_rest_of_a_mass_is_that_of_the_mesh(pair, whole, operator):
    ill = operator(pair, "C4", "left", 2)
    box = mass_region(pair.bones["C4"].shape, "left")
    here = pair.bones["C4"]
    share = inside(ill.surface("C4", STEP), here, box) / inside(whole["C4"], here, box)
    assert share == pytest.approx(ill.log[-1]["residual_fraction"], abs=0.05)


def test_holes_are_as_wide_as_logged(pair, whole):
    ill = lamina_hole(pair, "C4", "left", 6.5, 0.5, 11.0, 2)
    entry, after = ill.log[-1], ill.surface("C4", 0.5)
    assert genus(after) == 4
    axes = axes_from(np.array(entry["direction_lps"]))
    grid = np.arange(-5.0, 5.05, 0.1)
    u, v = (g.ravel() for g in np.meshgrid(grid, grid))
    plane = np.array(entry["center_lps"]) + u[:, None] * axes[0] + v[:, None] * axes[1]
    area = (whole["C4"].contains(plane) & ~after.contains(plane)).sum() * 0.01
    assert area == pytest.approx(entry["area_mm2"], rel=0.1)
    assert area == pytest.approx(11.0, rel=0.2)


@pytest.mark.parametrize("place", ["paraspinal", "dorsal", "intraspinal"])
def test_an_attached_mass_has_its_volume_and_place(pair, whole, place):
    wanted = 120.0 if place == "intraspinal" else 500.0
    ill = calcification(pair, "C4", "right", place, wanted, False, 3)
    entry = ill.log[-1]
    more = ill.surface("C4", STEP)
    assert more.volume_mm3 - whole["C4"].volume_mm3 == pytest.approx(entry["volume_mm3"], rel=0.05, abs=8.0)
    assert entry["volume_mm3"] == pytest.approx(wanted, rel=0.15)
    here = pair.bones["C4"]
    middle = here.pose.inverse(np.array(entry["center_lps"]))
    assert middle[0] < 0
    behind = middle[1] > here.shape.mass_center[1]
    assert behind == (place == "dorsal")


def test_a_separate_mass_is_a_piece_of_its_own_with_its_volume(pair, whole):
    ill = calcification(pair, "C4", "left", "dorsal", 400.0, True, 4)
    parts = pieces(ill.surface("C4", STEP))
    assert len(parts) == 2
    assert parts[1].volume_mm3 == pytest.approx(ill.log[-1]["volume_mm3"], rel=0.05)
    assert -parts[0].signed_distance(parts[1].vertices).max() > 1.2


def test_a_mass_that_makes_room_for_the_level_below_is_told_as_what_is_left_of_it(pair):
    """A plug of C3's foramen hangs down to C4's superior facet, and the upper level makes room for the lower."""
    ill = narrow_foramen(pair, "C3", "left", 2.0, 2)
    grown, told = (next(e for e in log if e["operator"] == "add_mass") for log in (ill.log, as_built(ill)))
    more = ill.surface("C3", STEP).volume_mm3 - ill.surface("C3", STEP, masses=False).volume_mm3
    assert told["volume_mm3"] == pytest.approx(more, rel=0.05)
    assert told["volume_mm3"] < 0.95 * grown["volume_mm3"], "nothing was taken away: the case shows nothing"


def test_a_narrowed_foramen_is_that_wide_on_the_mesh(pair):
    ill = narrow_foramen(pair, "C4", "right", 2.6, 2)
    surface, here = ill.surface("C4", 0.5), ill.bones["C4"]
    probe = ForamenProbe.across(here.pose, here.shape.foramen * [-1, 1, 1], here.shape.foramen_diameter / 2, 0.2)
    read = probe.narrowest(np.where(surface.contains(probe.points), -1.0, 1.0))
    assert read == pytest.approx(ill.log[-1]["diameter_after_mm"], abs=0.35)


def rear_walls(made):
    """How far the upper body's rear wall stands behind the lower's beside the disc, along the lower's own axis."""
    found = []
    for level, height in (("C3", "low"), ("C4", "high")):
        here = made.bones[level]
        surface = made.surface(level, STEP)
        shape = here.shape
        s = (shape.lower_rear_corner if height == "low" else shape.upper_rear_corner)[2]
        start = np.array([0.0, shape.posterior_wall + 5.0, s + (2.0 if height == "low" else -2.0)])
        hit = surface.first_hit(here.pose(start)[None], -here.pose.rotation[:, 1][None])[0][0]
        found.append(made.bones["C4"].pose.inverse(hit)[1])
    return found[0] - found[1]


def test_a_slip_is_that_far_on_the_meshes(pair):
    moved = slip(pair, "C3", 3.5)
    assert rear_walls(pair) - rear_walls(moved) == pytest.approx(moved.log[-1]["slip_mm"], abs=0.2)
    assert abs(rear_walls(pair)) < 0.9, "a healthy segment has no slip"


def test_a_turn_is_that_far(pair):
    moved = rotate(pair, "C3", 8.0)
    before, after = (one.bones["C3"].pose.rotation[:, 0] for one in (pair, moved))
    assert angle_deg(before, after) == pytest.approx(8.0, abs=0.1)
    assert after[1] > before[1], "the left side goes back when the front turns left"


def test_a_locked_facet_stands_in_front_of_the_one_below(pair):
    moved = lock(pair, "C3", "left", 4.0)
    entry = moved.log[-1]
    assert entry["slip_mm"] == pytest.approx(4.0, abs=0.2)
    assert entry["facet_overlap"]["right"] > 0.4
    here, base = moved.bones["C3"], moved.bones["C4"]
    tip = base.pose.inverse(here.pose(here.shape.inferior_facet.center))
    facet = base.shape.superior_facet
    assert (tip - facet.center) @ facet.normal < -1.5, "beneath the plane of the lower facet: in front of the process"
    upper, lower = (moved.surface(level, 0.9) for level in ("C3", "C4"))
    assert lower.signed_distance(upper.vertices).max() < -0.2


def test_a_fused_joint_has_no_gap_and_the_other_has_one(pair):
    ill = fused_facet(pair, "C3", "right")
    upper, lower = (ill.surface(level, STEP) for level in ("C3", "C4"))
    distance = lower.closest(upper.vertices)[0]
    side = ill.bones["C3"].pose.inverse(upper.vertices)[:, 0]
    assert distance[side < -5].min() < 0.1
    assert distance[side > 5].min() > 0.6
    more = lower.volume_mm3 - pair.surface("C4", STEP).volume_mm3
    assert more == pytest.approx(ill.log[-1]["bridge_mm3"], rel=0.25)


def test_a_laminectomy_removes_what_is_logged_and_opens_the_ring(pair, whole):
    ill = laminectomy(pair, "C3", "C4")
    for level in ("C3", "C4"):
        after = ill.surface(level, STEP)
        lost = whole[level].volume_mm3 - after.volume_mm3
        assert lost == pytest.approx(ill.log[-1]["removed_mm3"][level], rel=0.05)
        assert genus(after) == 2, "two foramina; the canal is open behind"
        local = ill.bones[level].pose.inverse(after.vertices)
        behind = local[:, 1] > ill.bones[level].shape.spinolaminar[1]
        assert np.abs(local[behind, 0]).min(initial=99.0) >= ill.log[-1]["width_mm"][level] / 2 - 0.6


def test_an_absent_lamina_is_gone_on_its_side_only(pair, whole):
    ill = lamina_absent(pair, "C4", "left", 2)
    after = ill.surface("C4", STEP)
    assert whole["C4"].volume_mm3 - after.volume_mm3 == pytest.approx(ill.log[-1]["removed_mm3"], rel=0.05)
    assert genus(after) == 2
    shape, pose = ill.bones["C4"].shape, ill.bones["C4"].pose
    apex, corner = shape.lamina_ends
    for side, there in (("left", False), ("right", True)):
        middle = ((apex + corner) / 2 + shape.lamina_out * shape.lamina_thickness / 2) * [SIGN[side], 1, 1]
        assert after.contains(pose(middle)[None])[0] == there


def test_a_high_artery_leaves_the_bone_that_is_logged():
    two = column(("C2", "C3"), seed=1, spread=0.6)
    ill = high_riding_artery(two, "right", 1.8)
    entry, here = ill.log[-1], ill.bones["C2"]
    assert entry["internal_height_mm"] == pytest.approx(1.8, abs=0.2)
    assert entry["internal_height_before_mm"] > 2.5 or np.isnan(entry["internal_height_before_mm"])
    surface = ill.surface("C2", 0.5)
    y, r = here.shape.foramen[1], here.shape.foramen_diameter / 2
    up, above = here.pose.rotation[:, 2], []
    for p in np.arange(y - r, y + r, 0.25):
        top = surface.first_hit(here.pose(np.array([plane_of_heights(here.shape, "right"), p, 30.0]))[None], -up[None])[
            0
        ][0]
        inner = surface.first_hit((top - 0.02 * up)[None], -up[None])[0][0]
        roof = here.pose.inverse(inner)[2]
        if roof > here.shape.foramen[2]:
            above.append(np.linalg.norm(top - inner))
    assert min(above) == pytest.approx(entry["internal_height_mm"], abs=0.35)


def test_narrow_canals_and_pedicles_are_as_narrow_on_the_mesh():
    ill = narrow_pedicles(congenital_stenosis(column(("C4", "C5"), seed=3, spread=0.6), "C4", 9.5, "C5"), "C4", 3.0)
    for level in ("C4", "C5"):
        here = ill.bones[level]
        surface = ill.surface(level, STEP).mapped(here.pose.inverse.rotation, here.pose.inverse.offset)
        read = measured(surface, here.shape)
        assert read["canal_ap"] == pytest.approx(ill.log[0]["canal_ap_mm"][level], abs=0.3)
        assert read["canal_ap"] == pytest.approx(9.5, abs=0.9)
        assert genus(surface) == 3
        if level == "C4":
            assert read["pedicle_width"] == pytest.approx(3.0, abs=0.6)


def test_measures_change_before_bones_do(pair):
    with pytest.raises(InputError, match="before"):
        congenital_stenosis(slip(pair, "C3", 2.0), "C3", 9.0)


def test_a_posture_is_taken():
    bent = column(("C3", "C4", "C5"), seed=1, lordosis_deg=-12.0)
    up = [bent.bones[level].pose.rotation[:, 2] for level in ("C3", "C5")]
    assert angle_deg(*up) == pytest.approx(12.0, abs=0.2)
    assert up[0][1] < up[1][1], "kyphosis: the upper level leans forwards"
    assert isinstance(bent.bones["C3"].pose, Pose)


def test_places_in_the_log_move_with_their_level(pair):
    holed = lamina_hole(pair, "C3", "left", 6.0, 0.0, 9.0, 3)
    before, after = holed.log[-1], slip(holed, "C3", 4.0).log[0]
    moved = np.array(after["center_lps"]) - before["center_lps"]
    assert np.linalg.norm(moved) == pytest.approx(4.0, abs=1.0)
    assert after["area_mm2"] == before["area_mm2"]


def test_a_destroyed_mass_leaves_no_crumbs_in_its_log(pair):
    ill = destroy_lateral_mass(pair, "C4", "left", 2)
    here, region = ill.bones["C4"], mass_region(pair.bones["C4"].shape, "left")
    of_all = inside(ill.surface("C4", 0.5), here, region, 0.5)
    assert of_all == pytest.approx(ill.log[-1]["volume_after_mm3"], abs=12.0)

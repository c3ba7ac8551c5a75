"""Single synthetic bones: closed, right side out, three handles, sides and sizes right."""

import numpy as np
import pytest

from planner.errors import LevelError, PlannerError
from planner.phantom import LEVELS, measures, template, vertebra
from planner.phantom.meshing import genus, is_manifold, mesh, pieces, reduced
from planner.phantom.parts import ellipsoid
from planner.phantom.solid import Solid

STEP = 0.8
# Volumes of dry and scanned adult bones run from about 6 (C3) to 20 cm3 (C2 of a large man).
PLAUSIBLE_CM3 = {"C2": (9, 20), "C3": (5.5, 12), "C4": (5.5, 12), "C5": (5.5, 13), "C6": (6, 14), "C7": (7, 17)}


@pytest.fixture(scope="module")
def bones():
    return {level: vertebra(level, seed=5, step_mm=STEP) for level in LEVELS}


@pytest.mark.parametrize("level", LEVELS)
def test_a_bone_is_a_closed_manifold_of_plausible_volume_with_three_handles(bones, level):
    bone = bones[level]
    assert bone.is_closed
    assert is_manifold(bone)
    assert len(pieces(bone)) == 1
    low, high = PLAUSIBLE_CM3[level]
    assert low < bone.volume_mm3 / 1000 < high  # positive: the winding points outwards
    assert genus(bone) == 3, "canal and two transverse foramina"


@pytest.mark.parametrize("level", LEVELS)
def test_body_lies_in_front_and_spinous_process_behind(bones, level):
    bone = bones[level]
    inside = bone.contains(np.array([[0.0, 0.0, 0.0], [0.0, 14.0, -1.0]]))
    assert inside.tolist() == [True, False], "origin in the body, canal empty"
    rear = bone.vertices[np.argmax(bone.vertices[:, 1])]
    assert abs(rear[0]) < 8
    assert rear[2] < 0, "the spinous process sinks"


def test_template_is_symmetric_and_level():
    bone = template("C4", STEP)
    mirrored = bone.vertices * [-1, 1, 1]
    distance = bone.closest(mirrored)[0]
    assert distance.mean() < 0.05
    assert distance.max() < 0.6
    grid = np.array([[l + 0.01, p, 0.0] for l in np.arange(-5, 6) for p in np.arange(-4.5, 4.6, 1.0)])
    normals = []
    for up in (1.0, -1.0):
        hit, _ = bone.first_hit(grid, np.tile([0.0, 0.0, up], (len(grid), 1)))
        slope = np.linalg.lstsq(np.column_stack([hit[:, :2], np.ones(len(hit))]), hit[:, 2], rcond=None)[0]
        normals.append([-slope[0], -slope[1], 1.0])
    pitch = np.degrees(np.arctan2(np.mean(normals, axis=0)[1], 1.0))
    assert abs(pitch) < 1.5


@pytest.mark.parametrize("level", ["C3", "C4", "C5", "C6"])
def test_foramina_have_the_bored_width(level):
    from planner.phantom.pose import Pose
    from planner.phantom.shape import shapes
    from planner.phantom.truth import ForamenProbe
    from planner.phantom.vertebra import bone

    shape = shapes((level,))[level]
    for sign in (1, -1):
        probe = ForamenProbe.across(Pose(), shape.foramen * [sign, 1, 1], shape.foramen_diameter / 2)
        assert probe.narrowest(bone(shape)(probe.points)) == pytest.approx(shape.foramen_diameter, abs=0.4)


def test_pedicles_are_as_wide_as_the_table_says():
    """Width across the pedicle, half-way between body and pillar, read from the mesh."""
    from planner.phantom.shape import shapes

    for level in ("C3", "C5"):
        shape = shapes((level,))[level]
        bone = template(level, 0.8)
        along = np.radians(np.linspace(25, 65, 17))
        start = np.array([shape.foramen[0] - 3.2, shape.posterior_wall - 0.4, 2.2])
        widths = []
        for a in along:
            across = np.array([np.cos(a), -np.sin(a), 0.0])
            ends = [bone.first_hit(start[None], sign * across[None])[0][0] for sign in (1.0, -1.0)]
            widths.append(np.linalg.norm(ends[0] - ends[1]))
        assert min(widths) == pytest.approx(shape.pedicle_width, abs=1.3)


def test_same_seed_same_mesh_other_seed_other_bone():
    one, same, other = (vertebra("C5", seed=seed, step_mm=1.6) for seed in (3, 3, 4))
    assert one.vertices.tobytes() == same.vertices.tobytes()
    assert one.faces.tobytes() == same.faces.tobytes()
    assert abs(one.volume_mm3 - other.volume_mm3) > 1


def test_a_seeded_bone_is_slightly_asymmetric(bones):
    gap = np.abs(bones["C4"].closest(bones["C4"].vertices * [-1, 1, 1])[0])
    assert 0.15 < gap.mean() < 1.2


def test_a_person_is_drawn_around_the_means():
    mean = measures("C4")
    drawn = np.array([measures("C4", seed)["mass_height"] for seed in range(40)])
    assert drawn.std() > 0.2
    assert abs(drawn.mean() - mean["mass_height"]) < 0.4


def test_an_unknown_level_is_named():
    with pytest.raises(LevelError, match="T1"):
        vertebra("T1")


def test_meshing_an_ellipsoid_meets_its_volume_and_reducing_keeps_it_closed():
    ball = mesh(ellipsoid([1.0, 2.0, 3.0], [6.0, 5.0, 4.0]), 0.4)
    assert ball.volume_mm3 == pytest.approx(4 / 3 * np.pi * 120, rel=0.01)
    small = reduced(ball, 1000)
    assert len(small.faces) <= 1000
    assert is_manifold(small)
    assert genus(small) == 0


def test_an_empty_solid_is_an_error():
    with pytest.raises(PlannerError, match="empty"):
        mesh(Solid(field=lambda x: np.full(len(x), 9.0), box=np.array([[-2.0] * 3, [2.0] * 3])), 0.5)


@pytest.mark.parametrize("level", ["C3", "C4", "C5", "C6"])
def test_a_screw_from_the_middle_of_the_mass_clears_the_foramen_at_the_published_angle(level):
    """Read on the mesh of the mean bone: the least lateral angle of a 3.5 mm screw, F5, within 3 degrees."""
    from planner.phantom.defined import foramen, lateral_mass
    from planner.phantom.shape import shapes
    from planner.reference.tables import rows

    angles = rows("validation", "least_lateral_angle")
    published = {row["level"]: row["angle_deg"] for row in angles if not row["medial_mm"]}
    shape = shapes((level,))[level]
    bone = template(level, STEP)
    mass, hole = lateral_mass(bone, shape, "left"), foramen(bone, shape, "left")
    out, ahead = hole.center[0] - mass.center[0], mass.center[1] - hole.center[1]
    least = np.degrees(np.arctan2(out, ahead) + np.arcsin((hole.diameter_mm / 2 + 1.75) / np.hypot(out, ahead)))
    assert least == pytest.approx(published[level], abs=3.0)


def test_the_masses_of_c7_stand_medial_to_their_foramina():
    """C7: the mass lies nearer to the midline than the foramen, at C3 to C5 further out (F11, F105)."""
    from planner.phantom.shape import shapes

    places = {level: shapes(LEVELS)[level] for level in LEVELS[1:]}
    assert places["C7"].mass_center[0] < places["C7"].foramen[0] - 1.0
    assert all(places[level].mass_center[0] > places[level].foramen[0] + 2.0 for level in ("C3", "C4", "C5"))

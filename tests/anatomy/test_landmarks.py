"""Landmarks of the bundled reference column: against how it was built, and under change of mesh and side."""

import numpy as np
import pytest

from planner.anatomy import understand
from planner.anatomy.vertebra import Status
from planner.geometry.axes import OPPOSITE, SIDES, SIGN
from planner.geometry.surface import Surface
from planner.reading import bundled_model, read_case

MIRROR = np.diag([-1.0, 1.0, 1.0])


def test_every_landmark_of_the_contract_is_there(reference):
    both = ["transverse_foramen", "lamina"]
    masses = [
        "lateral_mass_center",
        *(f"lateral_mass_{b}_border" for b in ("medial", "lateral", "superior", "inferior")),
    ]
    single = [
        "body_center",
        "inferior_endplate_center",
        "canal_center",
        "spinous_process_tip",
        "spinolaminar_point",
        "posterior_body_wall",
    ]
    for level, vertebra in reference.items():
        names = list(single)
        names += [f"{n}_{side}" for n in both for side in SIDES]
        if level == "C2":
            names += ["dens_tip", *(f"pars_isthmus_{side}" for side in SIDES)]
        else:
            names += [
                "superior_endplate_center",
                *(f"{n}_{side}" for n in [*masses, "pedicle_isthmus"] for side in SIDES),
            ]
        assert set(names) <= set(vertebra.landmarks)
        assert set(vertebra.facets) == {f"{n}_{side}" for n in ("superior", "inferior") for side in SIDES}


def test_a_healthy_column_is_measured_throughout(reference):
    for level in ("C2", "C3", "C4", "C5", "C6"):
        odd = {n: m.status for n, m in reference[level].landmarks.items() if m.status is not Status.MEASURED}
        assert odd == {}
        assert reference[level].pose.confidence > 0.8


def test_sides_are_the_patients(reference):
    for vertebra in reference.values():
        for name in vertebra.landmarks:
            for side in SIDES:
                if name.endswith(side) and vertebra.landmarks[name].located:
                    assert SIGN[side] * vertebra.local(name)[0] > 2.0, (vertebra.level, name)


def test_surface_landmarks_lie_on_the_surface(reference):
    for level in ("C3", "C4", "C5", "C6"):
        vertebra = reference[level]
        for side in SIDES:
            for name in (f"lateral_mass_center_{side}", f"lamina_{side}", f"lateral_mass_medial_border_{side}"):
                assert vertebra.surface.closest(vertebra.landmarks[name].xyz[None])[0][0] < 0.3


def test_facets_face_the_way_facets_face(reference):
    for level in ("C3", "C4", "C5", "C6"):
        for side in SIDES:
            up = reference[level].frame.direction_to_local(reference[level].facets[f"superior_{side}"].normal)
            down = reference[level].frame.direction_to_local(reference[level].facets[f"inferior_{side}"].normal)
            assert up[1] > 0.3
            assert up[2] > 0.3
            assert down[1] < -0.3
            assert down[2] < -0.3


def test_a_mirrored_bone_has_mirrored_landmarks(reference, reference_surfaces):
    levels = ("C3", "C5")
    flipped = understand({level: reference_surfaces[level].mapped(MIRROR) for level in levels})
    for level in levels:
        for side in SIDES:
            for name in ("lateral_mass_center", "transverse_foramen", "pedicle_isthmus"):
                here = reference[level].landmarks[f"{name}_{side}"].xyz @ MIRROR
                there = flipped[level].landmarks[f"{name}_{OPPOSITE[side]}"].xyz
                assert np.linalg.norm(here - there) < 1.5


@pytest.mark.parametrize("noise_mm", [0.3])
def test_noise_moves_landmarks_little(reference, reference_surfaces, noise_mm):
    surface = reference_surfaces["C4"]
    rng = np.random.default_rng(0)
    noisy = Surface(
        vertices=surface.vertices + rng.normal(0, noise_mm / 2, surface.vertices.shape), faces=surface.faces
    )
    found = understand({"C4": noisy})["C4"]
    moved = [
        np.linalg.norm(found.landmarks[n].xyz - m.xyz)
        for n, m in reference["C4"].landmarks.items()
        if m.located and not n.endswith("_tip")
    ]
    assert np.mean(moved) < 0.7


def test_a_mass_cut_away_is_not_measured(reference, reference_surfaces):
    surface, frame = reference_surfaces["C4"], reference["C4"].frame
    import trimesh

    box = trimesh.creation.box([30, 30, 60])
    box.apply_translation([9.0 + 15.0, reference["C4"].local("transverse_foramen_left")[1] + 4.0 + 15.0, 0.0])
    box.vertices = frame.to_world(box.vertices)
    rest = trimesh.boolean.difference([surface.trimesh(), box], engine="manifold")
    cut = Surface(vertices=np.asarray(rest.vertices), faces=np.asarray(rest.faces, np.int64))
    found = understand({**reference_surfaces, "C4": cut})["C4"]
    assert found.landmarks["lateral_mass_center_left"].status is Status.ABSENT
    assert np.isnan(found.landmarks["lateral_mass_center_left"].xyz).all()
    assert found.landmarks["lateral_mass_center_right"].status is Status.MEASURED


def test_a_ball_on_a_mass_is_not_measured_as_bone(reference, reference_surfaces):
    import trimesh

    surface = reference_surfaces["C5"]
    ball = trimesh.creation.icosphere(3, 7.0)
    ball.apply_translation(reference["C5"].landmarks["lateral_mass_center_right"].xyz + [0, 3.0, 0])
    joined = trimesh.boolean.union([surface.trimesh(), ball], engine="manifold")
    grown = Surface(vertices=np.asarray(joined.vertices), faces=np.asarray(joined.faces, np.int64))
    found = understand({**reference_surfaces, "C5": grown})["C5"]
    assert found.landmarks["lateral_mass_center_right"].status is not Status.MEASURED
    assert found.landmarks["lateral_mass_center_left"].status is Status.MEASURED
    for name in ("body_center", "transverse_foramen_left", "pedicle_isthmus_left", "lateral_mass_center_left"):
        assert np.linalg.norm(found.landmarks[name].xyz - reference["C5"].landmarks[name].xyz) < 1.0


def test_a_narrowed_foramen_is_not_made_wide_by_a_slanting_cut():
    case = read_case([bundled_model("ssc-c3-c4")])
    found = understand({level: case.bones[level].surface for level in ("C2", "C3")})
    assert found["C2"].foramina["left"].diameter_mm < 3.2
    assert found["C2"].foramina["right"].diameter_mm > 4.2


def test_masses_without_their_shape_are_absent_and_their_other_sides_are_not():
    case = read_case([bundled_model("ssc-c3-c4")])
    found = understand({level: case.bones[level].surface for level in ("C3", "C4", "C5")})
    assert found["C3"].landmarks["lateral_mass_center_left"].status is Status.ABSENT
    assert found["C4"].landmarks["lateral_mass_center_left"].status is not Status.MEASURED
    for level in ("C3", "C4"):
        assert found[level].landmarks["lateral_mass_center_right"].status is Status.MEASURED
    assert found["C5"].landmarks["lateral_mass_center_left"].status is Status.MEASURED

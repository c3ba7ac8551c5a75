"""Each table gives the known answer on readings whose errors are known."""

import numpy as np
import pytest

from planner.geometry.axes import Frame
from planner.validation.against_truth import frame, landmark_error, landmarks, measures
from planner.validation.calibration import calibration, rank_correlation
from planner.validation.disturbance import decimated, decimation, noise, random_rotation, rotation
from planner.validation.records import summarised
from planner.validation.registry import TABLES, tables

from .conftest import block, observed


def rows_of(records):
    return {row.what: row for row in summarised(records)}


def test_an_exact_reading_has_no_error(study, exact):
    made = study(exact)
    for table in (frame, landmarks, measures):
        for record in table(made):
            assert record.value == pytest.approx(1.0 if record.unit == "share" else 0.0, abs=1e-5), record


def test_a_shift_is_seen_in_every_point_but_along_the_foramen_axis(study):
    def answer(surfaces, pose):
        return {n: observed(n, h, shift=(0, 0, 2.0)) for n, h in (("C4", 0.0), ("C5", -20.0))}

    rows = rows_of(landmarks(study(answer)))
    assert rows["body_center"].mean == pytest.approx(2.0)
    assert rows["transverse_foramen"].max == pytest.approx(0.0, abs=1e-9)
    assert rows["all points"].met is False
    assert landmark_error("transverse_foramen_left", np.array([3.0, 0, 9]), np.zeros(3), np.eye(3)[2]) == 3.0


def test_an_absent_point_and_an_unread_bone_are_missing_not_zero(study):
    rows = rows_of(landmarks(study(lambda s, p: {"C4": observed("C4", drop=("canal_center",))})))
    assert rows["canal_center"].missing == 2
    assert rows["found"].mean < 0.6
    assert rows["found"].met is False
    axes = rows_of(frame(study(lambda s, p: {"C4": observed("C4")})))
    assert axes["upright"].mean == 0.5
    assert axes["L axis"].missing == 1


def test_a_frame_upside_down_is_found_out_and_a_poor_pitch_is_not_scored(study):
    def answer(surfaces, pose):
        seen = observed("C4")
        wrong = Frame(
            origin=seen.frame.origin, left=-seen.frame.left, posterior=seen.frame.posterior,
            superior=-seen.frame.superior,
        )  # fmt: skip
        from dataclasses import replace

        return {"C4": replace(seen, frame=wrong), "C5": observed("C5", -20.0)}

    rows = rows_of(frame(study(answer)))
    assert rows["upright"].mean == rows["left is left"].mean == 0.5
    assert rows["S axis"].n == 1


def test_a_case_without_truth_is_named_and_left_out(study, exact):
    made = study(exact, truth=False)
    assert landmarks(made) == []
    assert any("no truth" in note for note in made.notes)


def test_rotation_takes_the_reading_back_and_measures_its_scatter(study):
    def answer(surfaces, pose):
        """The column's own rigid motion, found again from its vertices, and a scatter of 0.5 mm on top."""
        assert pose == "auto"
        still = block(0.0).vertices
        moved = surfaces["C4"].vertices
        a, b = still - still.mean(axis=0), moved - moved.mean(axis=0)
        u, _, v = np.linalg.svd(a.T @ b)
        turn = (u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v).T
        shift = moved.mean(axis=0) - turn @ still.mean(axis=0)
        return {n: observed(n, h, jitter=scatter, rng=rng).mapped(turn, shift) for n, h in (("C4", 0.0), ("C5", -20.0))}

    rng = np.random.default_rng(1)
    scatter = 0.0
    made = study(answer, repeats=4)
    made.subjects[0]._intact = made.reader.__class__(lambda s, p: {})({})
    assert rows_of(rotation(made))["landmark"].max == pytest.approx(0.0, abs=1e-6)
    scatter = 0.5
    made = study(answer, repeats=4)
    made.subjects[0]._intact = made.reader.__class__(lambda s, p: {})({})
    row = rows_of(rotation(made))["landmark"]
    assert 0.3 < row.mean < 1.2
    assert row.met is False


def test_noise_and_decimation_compare_with_the_undisturbed_reading(study):
    first = block().vertices

    def answer(surfaces, pose):
        same = np.array_equal(surfaces["C4"].vertices, first)
        shift = (0, 0, 0) if same else (0, 0.9, 0)
        return {n: observed(n, h, shift=shift) for n, h in (("C4", 0.0), ("C5", -20.0))}

    made = study(answer)
    rows = rows_of(noise(made))
    assert rows["0.3 mm: landmark"].median == pytest.approx(0.9)
    assert rows["0.3 mm: landmark"].met is False
    assert decimation(made) == []
    assert any("nothing to decimate" in note for note in made.notes)


def test_a_decimated_surface_has_fewer_faces_and_stays_near():
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=4, radius=20.0)
    from planner.geometry.surface import Surface

    surface = Surface(vertices=np.array(ball.vertices) + 500.0, faces=np.array(ball.faces))
    less = decimated(surface, 1000)
    assert 900 <= len(less.faces) <= 1000
    assert less.is_closed
    assert surface.closest(less.vertices)[0].max() < 0.2
    assert decimated(less, 5000) is less


def test_random_rotations_are_proper():
    rng = np.random.default_rng(0)
    for _ in range(20):
        turn = random_rotation(rng)
        assert turn @ turn.T == pytest.approx(np.eye(3))
        assert np.linalg.det(turn) == pytest.approx(1.0)


def test_calibration_tells_honest_from_empty_confidence(study):
    def answers(honest):
        def answer(surfaces, pose):
            seen = {}
            for number, (n, h) in enumerate((("C4", 0.0), ("C5", -20.0))):
                off = 3.0 * number
                seen[n] = observed(n, h, shift=(0, off, 0), confidence=0.9 - 0.6 * number * (1 if honest else -0.1))
            return seen

        return answer

    for honest, met in ((True, True), (False, False)):
        made = study(answers(honest))
        made.read_all()
        rows = rows_of(calibration(made))
        assert rows["landmark confidence and error, rank correlation"].met is met
    assert np.isnan(rank_correlation(np.ones(5), np.arange(5.0)))


def test_every_table_can_be_imported_and_says_what_it_shows():
    from importlib import import_module

    assert len({t.name for t in TABLES}) == len(TABLES)
    for table in TABLES:
        module, name = table.function.split(":")
        assert callable(getattr(import_module(module), name))
        assert table.sentence.endswith(".")
    assert [t.name for t in tables(("damage", "frame"))] == ["frame", "damage"]

"""The bundled models and the command that writes them."""

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from planner.geometry.surface import Surface
from planner.phantom import add_mass, column
from planner.phantom.meshing import genus, is_manifold
from planner.phantom.models import write_models
from planner.phantom.named_columns import MODELS, Model

BUNDLED = Path(__file__).parents[2] / "models"


def read(path: Path) -> Surface:
    import trimesh

    found = trimesh.load(path, process=False)
    return Surface(vertices=np.array(found.vertices), faces=np.array(found.faces, np.int64))


def test_same_seed_same_bytes(tmp_path, monkeypatch):
    small = Model(title="Small", description="Two levels.", make=lambda seed: column(("C5", "C6"), seed=seed))
    monkeypatch.setitem(MODELS, "small", small)
    kept = [write_models(tmp_path / run, ("small",), seed=4, step_mm=1.5, faces=3000)[0] for run in "ab"]
    assert {one.name for one in kept[0].iterdir()} == {"C5.ply", "C6.ply", "truth.json", "model.toml"}
    for one in sorted(kept[0].iterdir()):
        assert one.read_bytes() == (kept[1] / one.name).read_bytes(), one.name


def test_the_separated_twin_holds_the_same_stuff_in_two_files(tmp_path, monkeypatch):
    def ill(seed):
        pair = column(("C5", "C6"), seed=seed)
        rear = pair.bones["C6"].shape.mass_center
        return add_mass(pair, "C6", "dorsal", [(rear + [0, 3, 0], 4.5)], seed)

    monkeypatch.setitem(MODELS, "ill", Model(title="Ill", description="Two levels.", masses="one surface", make=ill))
    together = write_models(tmp_path, ("ill",), seed=4, step_mm=0.9, faces=9000)[0]
    apart = write_models(tmp_path, ("ill",), seed=4, step_mm=0.9, faces=9000, separated=True)[0]
    assert sorted(one.name for one in apart.glob("mass_*")) == ["mass_C6.ply"]
    whole, bone, mass = read(together / "C6.ply"), read(apart / "C6.ply"), read(apart / "mass_C6.ply")
    assert bone.volume_mm3 + mass.volume_mm3 == pytest.approx(whole.volume_mm3, rel=0.02)
    assert bone.signed_distance(mass.vertices).max() < 0.3


@pytest.mark.parametrize("name", MODELS)
def test_bundled_files_are_those_of_the_card(name):
    card = tomllib.loads((BUNDLED / name / "model.toml").read_text(encoding="utf-8"))
    assert card["space"] == "LPS"
    assert card["units"] == "mm"
    assert {"C2.ply", "C7.ply", "truth.json"} <= set(card["sha256"])
    for file, digest in card["sha256"].items():
        assert hashlib.sha256((BUNDLED / name / file).read_bytes()).hexdigest() == digest
    header = (BUNDLED / name / "C2.ply").read_bytes()[:200]
    assert b"SPACE=LPS" in header


@pytest.mark.parametrize(
    ("name", "handles"),
    [
        ("reference", {"C2": 3, "C4": 3}),
        ("ssc-c3-c4", {"C2": 3, "C4": 6, "C5": 3}),
        ("high-riding-artery", {"C2": 3, "C3": 3}),
        ("congenital-stenosis", {"C4": 3, "C6": 3}),
        ("unilateral-dislocation", {"C5": 3, "C6": 3}),
        ("post-laminectomy", {"C2": 3, "C4": 2}),
    ],
)
def test_bundled_meshes_are_closed_and_have_their_handles(name, handles):
    """The source case's C4 has three lamina holes on top of canal and foramina; a laminectomy opens the canal."""
    for level, count in handles.items():
        surface = read(BUNDLED / name / f"{level}.ply")
        assert surface.is_closed
        assert is_manifold(surface)
        assert surface.volume_mm3 > 0
        assert genus(surface) == count, level


@pytest.mark.parametrize("name", ["ssc-c3-c4", "unilateral-dislocation"])
def test_bundled_neighbours_do_not_interpenetrate(name):
    surfaces = [read(BUNDLED / name / f"C{k}.ply") for k in range(2, 8)]
    for upper, lower in zip(surfaces[:-1], surfaces[1:], strict=True):
        assert lower.signed_distance(upper.vertices).max() < -0.1


def test_the_source_case_has_what_the_report_describes():
    import json

    known = json.loads((BUNDLED / "ssc-c3-c4" / "truth.json").read_text(encoding="utf-8"))
    log = {}
    for entry in known["operators"]:
        log.setdefault(entry["operator"], []).append(entry)
    destroyed, thinned, perched, narrowed = (
        log[name][0] for name in ("destroy_lateral_mass", "thin_lateral_mass", "perch", "narrow_foramen")
    )
    assert (destroyed["level"], destroyed["side"]) == ("C3", "left")
    assert destroyed["residual_fraction"] < 0.2
    assert (thinned["level"], thinned["side"]) == ("C4", "left")
    assert thinned["height_ratio"] == pytest.approx(0.5, abs=0.08)
    assert (perched["upper"], perched["side"]) == ("C3", "right")
    assert 3.5 <= perched["slip_mm"] <= 5.0
    assert perched["facet_overlap"]["right"] <= 0.05
    assert (narrowed["level"], narrowed["side"]) == ("C2", "left")
    assert 2.0 <= narrowed["diameter_after_mm"] <= 2.6
    assert sorted(hole["side"] for hole in log["lamina_hole"]) == ["left", "left", "right"]
    assert all(6 <= hole["area_mm2"] <= 15 for hole in log["lamina_hole"])
    assert {entry["level"] for entry in log["add_mass"]} == {"C2", "C3", "C4"}


def test_the_models_are_small_enough_to_ship():
    size = sum(path.stat().st_size for name in MODELS for path in (BUNDLED / name).iterdir())
    assert size < 25e6


def test_the_teaching_cases_have_what_their_titles_say():
    import json

    def log(name):
        (entry,) = json.loads((BUNDLED / name / "truth.json").read_text(encoding="utf-8"))["operators"]
        return entry

    artery = log("high-riding-artery")
    assert artery["internal_height_mm"] < 2.0
    assert artery["isthmus_height_mm"] < 5.0
    # Before, no groove reached this far inwards.
    assert np.isnan(artery["internal_height_before_mm"])
    assert max(log("congenital-stenosis")["canal_ap_mm"].values()) < 10.5
    assert sorted(log("congenital-stenosis")["canal_ap_mm"]) == ["C3", "C4", "C5", "C6"]
    locked = log("unilateral-dislocation")
    assert locked["facet_overlap"]["left"] == 0.0
    assert locked["facet_overlap"]["right"] > 0.5
    assert min(log("post-laminectomy")["removed_mm3"].values()) > 400

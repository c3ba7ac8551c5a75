"""A case is put together from names, and nothing is dropped or guessed on the way."""

import hashlib

import numpy as np
import pytest
import trimesh

from planner.errors import InputError, LevelError
from planner.reading import bundled_model, models, read_case
from planner.reading.again import read_again


def together(*meshes):
    return trimesh.util.concatenate(list(meshes))


def test_a_folder_gives_its_levels_from_the_head_down_and_lists_what_it_ignores(column, ring):
    folder = column("C1", "C2", "case7_C3", "vertebrae_C4")
    ring().export(folder / "vertebral_artery_L.stl")
    (folder / "notes.txt").write_text("x")
    case = read_case([folder])
    assert (case.name, list(case.bones)) == ("case", ["C1", "C2", "C3", "C4"])
    assert any("notes.txt" in note and "vertebral_artery_L.stl" in note for note in case.notes)
    assert any("LPS was assumed" in note for note in case.notes)
    assert not case.side_attested
    source = case.bones["C3"].source
    assert source.sha256 == hashlib.sha256((folder / "case7_C3.stl").read_bytes()).hexdigest()
    assert (source.level, source.faces) == ("C3", 768)
    assert read_case([folder], attest_sides=True).side_attested


def test_several_files_are_a_case(column):
    folder = column("C5", "C3", "C4", step=-15)
    with pytest.raises(LevelError):
        read_case([folder])
    case = read_case([folder / "C5.stl"])
    assert (case.name, list(case.bones)) == ("C5", ["C5"])


def test_a_combined_mesh_is_named_from_the_head_down_by_its_name(ring, tmp_path):
    chip = trimesh.creation.icosphere(1, 2.0).apply_translation([28, 0, -16])
    path = tmp_path / "scan_C3-C5.stl"
    together(ring(-15), ring(0), chip, ring(-30)).export(path)
    case = read_case([path])
    assert list(case.bones) == ["C3", "C4", "C5"]
    heights = [bone.surface.center[2] for bone in case.bones.values()]
    np.testing.assert_allclose(np.diff(heights), -15, atol=0.5)
    faces = {level: len(bone.surface.faces) for level, bone in case.bones.items()}
    assert faces == {"C3": 768, "C4": 768 + 80, "C5": 768}  # the chip stays with the bone it lies at


def test_a_combined_mesh_takes_the_levels_asked_for_only_if_their_number_fits(ring, tmp_path):
    path = tmp_path / "scan.stl"
    together(ring(0), ring(-15)).export(path)
    assert list(read_case([path], levels=("C4", "C5")).bones) == ["C4", "C5"]
    with pytest.raises(LevelError, match="2 separate bones, but 3 levels"):
        read_case([path], levels=("C4", "C5", "C6"))
    with pytest.raises(LevelError, match="2 separate bones and its name says no level"):
        read_case([path])


def test_a_lone_bone_is_never_given_a_level(ring, tmp_path):
    path = tmp_path / "bone.stl"
    ring().export(path)
    for asked in ((), ("C4",)):
        with pytest.raises(LevelError, match="one bone and its name says no level"):
            read_case([path], levels=asked)


def test_masses_and_keep_outs_are_never_bone(column, ring, tmp_path):
    folder = column("C3", "C4")
    stone = trimesh.creation.icosphere(2, 4.0).apply_translation([25, 5, 0])
    stone.export(folder / "calcification_C4.stl")
    stone.export(tmp_path / "stone.stl")
    stone.export(tmp_path / "a=b.stl")
    case = read_case(
        [folder],
        masses=[tmp_path / "stone.stl"],
        avoid=[f"{tmp_path / 'stone.stl'}=artery", str(tmp_path / "a=b.stl")],
    )
    assert list(case.bones) == ["C3", "C4"]
    assert set(case.masses) == {"calcification_C4", "stone"}
    assert set(case.avoid) == {"artery", "a=b"}
    assert {f.level for f in case.files} == {
        "C3", "C4", "mass:calcification_C4", "mass:stone", "avoid:artery", "avoid:a=b",
    }  # fmt: skip


def test_a_document_leads_back_to_the_same_case(column, ring, tmp_path):
    folder = column("C3", "C4", scale=0.1, step=150 / 10)
    trimesh.creation.icosphere(2, 0.4).export(folder / "mass.stl")
    case = read_case([folder], units="cm", space="RAS")
    block = {
        "files": [{"path": f.path, "sha256": f.sha256, "level": f.level, "unit_mm": f.unit_mm} for f in case.files],
        "space_of_files": case.space,
        "side_attested": True,
    }
    again = read_again(block)
    assert (list(again.bones), list(again.masses), again.side_attested) == (["C3", "C4"], ["mass"], True)
    for level, bone in case.bones.items():
        np.testing.assert_array_equal(again.bones[level].surface.vertices, bone.surface.vertices)
    ring(scale=0.1001).export(folder / "C3.stl")
    with pytest.raises(InputError, match="has changed"):
        read_again(block)
    (folder / "C3.stl").unlink()
    with pytest.raises(InputError, match="is not there"):
        read_again(block)


def test_bundled_models_are_found_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path)
    (tmp_path / "one").mkdir()
    assert bundled_model("one") == tmp_path / "one"
    with pytest.raises(InputError, match="no bundled model 'two'") as caught:
        bundled_model("two")
    assert "one" in caught.value.hint

"""Whatever is wrong with a case is one sentence and a hint, of the right kind."""

from contextlib import suppress

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import FrameError, InputError, LevelError, PlannerError
from planner.reading import read_case


def box(extents):
    return trimesh.creation.box(extents).subdivide().subdivide()


def nan_vertices(folder, ring):
    mesh = ring()
    vertices = np.array(mesh.vertices)
    vertices[5] = np.nan
    trimesh.Trimesh(vertices, mesh.faces, process=False).export(folder / "C4.ply")


def cut_short(folder, ring):
    (folder / "C4.stl").write_bytes(ring().export(file_type="stl")[:-1000])


BAD = {
    "empty folder": (lambda f, r: None, InputError, "no vertebral surface"),
    "empty file": (lambda f, r: (f / "C4.stl").touch(), InputError, "empty file"),
    "text named stl": (lambda f, r: (f / "C4.stl").write_text("Dear sir,\n" * 20), InputError, "is text"),
    "text named ply": (lambda f, r: (f / "C4.ply").write_text("Dear sir,\n"), InputError, "not a PLY"),
    "text named obj": (lambda f, r: (f / "C4.obj").write_text("Dear sir,\n"), InputError, "not an OBJ"),
    "text named vtp": (lambda f, r: (f / "C4.vtp").write_text("Dear sir,\n"), InputError, "not a VTP"),
    "text named vtk": (lambda f, r: (f / "C4.vtk").write_text("Dear sir,\n"), InputError, "not a VTK"),
    "text named glb": (lambda f, r: (f / "C4.glb").write_text("Dear sir,\n"), InputError, "as glTF"),
    "damaged vtp": (
        lambda f, r: (f / "C4.vtp").write_text("<VTKFile type='PolyData'>"),
        InputError,
        "C4.vtp",
    ),
    "no faces": (lambda f, r: (f / "C4.stl").write_bytes(bytes(84)), InputError, "no triangles"),
    "ascii without faces": (
        lambda f, r: (f / "C4.stl").write_text("solid x\nendsolid x\n"),
        InputError,
        "no triangles",
    ),
    "points without faces": (
        lambda f, r: (f / "C4.obj").write_text("v 0 0 0\nv 1 0 0\n"),
        InputError,
        "no triangles",
    ),
    "cut short": (cut_short, InputError, "cut short"),
    "nan vertices": (nan_vertices, InputError, "not finite"),
    "one triangle": (
        lambda f, r: (f / "C4.obj").write_text("v 0 0 0\nv 50 0 0\nv 0 50 9\nf 1 2 3\n"),
        InputError,
        "1 triangle",
    ),
    "few faces": (
        lambda f, r: trimesh.creation.box((50, 40, 20)).export(f / "C4.stl"),
        InputError,
        "too few",
    ),
    "metres": (lambda f, r: r(scale=0.001).export(f / "C4.stl"), FrameError, "too small"),
    "femur": (lambda f, r: box((70, 60, 450)).export(f / "C4.stl"), FrameError, "too large"),
    "tiny": (lambda f, r: r(scale=1e-9).export(f / "C4.ply"), FrameError, "too small"),
    "bad model file": (
        lambda f, r: (r().export(f / "C4.stl"), (f / "model.toml").write_text("space LPS")),
        InputError,
        "not valid TOML",
    ),
    "two files a level": (
        lambda f, r: (r().export(f / "C4.stl"), r().export(f / "case_C4.ply")),
        LevelError,
        "named C4",
    ),
    "upside down": (
        lambda f, r: (r(0).export(f / "C4.stl"), r(15).export(f / "C5.stl"), r(30).export(f / "C6.stl")),
        FrameError,
        "upside down",
    ),
    "two levels changed places": (
        lambda f, r: [r(z).export(f / f"{n}.stl") for n, z in (("C3", 45), ("C4", 15), ("C5", 30), ("C6", 0))],
        LevelError,
        "C5 lies above C4",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_folder(what, ring, tmp_path):
    write, kind, words = BAD[what]
    write(tmp_path, ring)
    with pytest.raises(kind, match=words) as caught:
        read_case([tmp_path])
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(("scale", "unit"), [(0.001, "m"), (0.1, "cm"), (1 / 25.4, "in")])
def test_a_bone_in_another_unit_is_asked_about(scale, unit, ring, tmp_path):
    ring(scale=scale).export(tmp_path / "C4.stl")
    with pytest.raises(FrameError) as caught:
        read_case([tmp_path])
    assert f"--units {unit}" in caught.value.hint
    bone = read_case([tmp_path], units=unit).bones["C4"].surface
    np.testing.assert_allclose(bone.bounds, ring().bounds, atol=1e-3)


@pytest.mark.parametrize("axes", [(1, 2, 0), (2, 0, 1)])
def test_a_column_that_lies_down_is_asked_about(axes, ring, tmp_path):
    for n, level in enumerate(["C3", "C4", "C5"]):
        mesh = ring(-15 * n)
        trimesh.Trimesh(np.array(mesh.vertices)[:, axes], mesh.faces, process=False).export(tmp_path / f"{level}.stl")
    with pytest.raises(FrameError, match="off the head-foot axis") as caught:
        read_case([tmp_path])
    assert "--space" in caught.value.hint
    assert len(read_case([tmp_path], pose="auto").bones) == 3


def test_paths_that_cannot_be_a_case(column, tmp_path):
    folder = column("C3", "C4")
    with pytest.raises(InputError, match="does not exist"):
        read_case([tmp_path / "nothing"])
    with pytest.raises(InputError, match="together with other files"):
        read_case([folder, folder / "C3.stl"])
    (tmp_path / "C4.docx").write_text("x")
    with pytest.raises(InputError, match="not in a format"):
        read_case([tmp_path / "C4.docx"])
    with pytest.raises(InputError, match="keep-out"):
        read_case([folder], avoid=["missing.stl=artery"])
    with pytest.raises(FrameError, match="three-letter"):
        read_case([folder], space="LP")
    with pytest.raises(FrameError, match="not a unit"):
        read_case([folder], units="yard")


@pytest.mark.parametrize("suffix", ["stl", "ply", "obj", "glb"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(suffix, data, ring, tmp_path):
    mesh = ring(scale=0.001 if suffix == "glb" else 1.0)
    whole = mesh.export(file_type=suffix)
    spoilt = bytearray(whole if isinstance(whole, bytes) else whole.encode())
    for place in data.draw(st.lists(st.integers(0, len(spoilt) - 1), max_size=8)):
        spoilt[place] = data.draw(st.integers(0, 255))
    del spoilt[data.draw(st.integers(0, len(spoilt))) :]
    path = tmp_path / f"C4.{suffix}"
    path.write_bytes(spoilt)
    with suppress(PlannerError):  # any other error fails the test
        case = read_case([path])
        assert np.isfinite(case.bones["C4"].surface.vertices).all()

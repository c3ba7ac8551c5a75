"""Every format gives the same bone in LPS millimetres, whatever axes and unit it is written in."""

import numpy as np
import pytest
import trimesh

from planner.errors import FrameError
from planner.geometry.axes import space_to_lps
from planner.reading import read_case
from planner.reading.formats import formats

LPS_TO_GLTF = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)


def same_bone(surface, mesh, atol=1e-5):
    """The same triangles at the same places, wound the same way, in any order."""

    def key(triangles):
        first = np.lexsort(triangles.transpose(2, 0, 1).reshape(3, -1).reshape(3, -1, 3), axis=-1)[:, :1]
        turned = np.take_along_axis(triangles, ((first + np.arange(3)) % 3)[:, :, None], axis=1).reshape(-1, 9)
        return turned[np.lexsort(np.round(turned, 3).T)]

    assert len(surface.faces) == len(mesh.faces)
    assert len(surface.vertices) == len(mesh.vertices)
    np.testing.assert_allclose(key(surface.triangles), key(np.array(mesh.triangles)), atol=atol)


def write_stl(mesh, path):
    mesh.export(path)


def write_ascii_stl(mesh, path):
    path.write_text(mesh.export(file_type="stl_ascii"))


def write_glb(mesh, path):
    scene = trimesh.Scene()
    scene.add_geometry(mesh, node_name="bone", geom_name="bone", transform=np.diag([1e-3, 1e-3, 1e-3, 1]) @ LPS_TO_GLTF)
    path.write_bytes(scene.export(file_type="glb"))


def write_vtk(mesh, path, writer_name=("vtkIOLegacy", "vtkPolyDataWriter"), space=None):
    from importlib import import_module

    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points, cells, polydata = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.array(mesh.vertices), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(np.array(mesh.faces, np.int64).ravel(), deep=True))
    polydata.SetPoints(points)
    polydata.SetPolys(cells)
    writer = getattr(import_module(f"vtkmodules.{writer_name[0]}"), writer_name[1])()
    if space and path.suffix == ".vtp":
        array = vtkStringArray()
        array.SetName("SPACE")
        array.InsertNextValue(space)
        polydata.GetFieldData().AddArray(array)
    elif space:
        writer.SetHeader(f"3D Slicer output. SPACE={space}")
    writer.SetFileName(str(path))
    writer.SetInputData(polydata)
    writer.Write()


def write_vtp(mesh, path, space=None):
    write_vtk(mesh, path, ("vtkIOXML", "vtkXMLPolyDataWriter"), space)


WRITERS = {
    "stl": ("C4.stl", write_stl),
    "ascii stl": ("C4.STL", write_ascii_stl),
    "ply": ("C4.ply", write_stl),
    "obj": ("C4.obj", write_stl),
    "vtk": ("C4.vtk", write_vtk),
    "vtp": ("C4.vtp", write_vtp),
    "glb": ("C4.glb", write_glb),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_round_trip_keeps_every_triangle(kind, ring, tmp_path):
    name, write = WRITERS[kind]
    write(ring(), tmp_path / name)
    case = read_case([tmp_path / name])
    same_bone(case.bones["C4"].surface, ring())
    assert case.bones["C4"].source.repairs == ()
    assert case.space_source == ("format" if kind == "glb" else "assumed")


@pytest.mark.parametrize("kind", sorted(set(WRITERS) - {"glb"}))
@pytest.mark.parametrize("space", ["RAS", "ASR", "LPI"])
def test_axes_and_unit_that_are_given_bring_back_the_bone(kind, space, ring, tmp_path):
    name, write = WRITERS[kind]
    matrix = np.eye(4)
    matrix[:3, :3] = space_to_lps(space).T * 0.1
    write(ring().apply_transform(matrix), tmp_path / name)
    case = read_case([tmp_path / name], space=space, units="cm")
    same_bone(case.bones["C4"].surface, ring(), atol=1e-4)
    assert case.bones["C4"].surface.volume_mm3 > 0
    assert (case.space, case.space_source) == (space, "--space")


def ras(mesh):
    return mesh.apply_transform(np.diag([-1.0, -1, 1, 1]))


def headed(kind, mesh, path):
    """Write a surface whose header says SPACE=RAS, the way 3D Slicer does."""
    if kind == "stl":
        data = bytearray(mesh.export(file_type="stl"))
        data[:80] = b"3D Slicer output. SPACE=RAS".ljust(80)
        path.write_bytes(data)
    elif kind == "ascii stl":
        text = mesh.export(file_type="stl_ascii").split("\n", 1)[1]
        path.write_text("solid 3D Slicer output. SPACE=RAS\n" + text)
    elif kind == "ply":
        head, rest = mesh.export(file_type="ply").split(b"\n", 1)
        path.write_bytes(head + b"\n" + rest.replace(b"\nelement", b"\ncomment SPACE=RAS\nelement", 1))
    elif kind == "obj":
        path.write_text("# SPACE=RAS\n" + mesh.export(file_type="obj"))
    else:
        WRITERS[kind][1](mesh, path, space="RAS")


@pytest.mark.parametrize("kind", sorted(set(WRITERS) - {"glb"}))
def test_a_header_states_the_axes_and_an_option_overrules_it(kind, ring, tmp_path):
    path = tmp_path / WRITERS[kind][0]
    headed(kind, ras(ring()), path)
    case = read_case([path])
    assert (case.space, case.space_source) == ("RAS", "header")
    same_bone(case.bones["C4"].surface, ring())
    overruled = read_case([path], space="LPS")
    assert any("headers say RAS" in note for note in overruled.notes)
    same_bone(overruled.bones["C4"].surface, ras(ring()))


def test_headers_that_disagree_are_an_error(ring, tmp_path):
    headed("stl", ras(ring()), tmp_path / "C3.stl")
    path = tmp_path / "C4.obj"
    path.write_text("# SPACE=LPS\n" + ring(-15).export(file_type="obj"))
    with pytest.raises(FrameError, match="disagree about their axes"):
        read_case([tmp_path])


def test_a_file_that_says_nothing_follows_one_that_does(ring, tmp_path):
    headed("stl", ras(ring()), tmp_path / "C3.stl")
    ras(ring(-15)).export(tmp_path / "C4.stl")
    case = read_case([tmp_path])
    assert (case.space, case.space_source) == ("RAS", "header")
    assert any("1 files do not state their axes; RAS was used" in note for note in case.notes)


def test_a_glb_is_not_mixed_with_files_of_other_axes(ring, tmp_path):
    write_glb(ring(), tmp_path / "C3.glb")
    ring(-15).export(tmp_path / "C4.stl")
    with pytest.raises(FrameError, match="axes its format fixes"):
        read_case([tmp_path])


def test_a_header_of_nonsense_axes_is_an_error(ring, tmp_path):
    (tmp_path / "C4.obj").write_text("# SPACE=XYZ\n" + ring().export(file_type="obj"))
    with pytest.raises(FrameError, match="SPACE=XYZ"):
        read_case([tmp_path])


def test_a_model_file_states_axes_and_unit(ring, tmp_path):
    ring(scale=0.1).apply_transform(np.diag([-1.0, -1, 1, 1])).export(tmp_path / "C4.ply")
    (tmp_path / "model.toml").write_text('space = "RAS"\nunits = "cm"\n')
    case = read_case([tmp_path])
    assert (case.space, case.space_source) == ("RAS", "model file")
    same_bone(case.bones["C4"].surface, ring(), atol=1e-4)


def test_mimics_comment_states_the_unit_of_an_obj(ring, tmp_path):
    path = tmp_path / "C4.obj"
    path.write_text("# 1 unit = 1000.000000 mm\n" + ring(scale=0.001).export(file_type="obj", digits=9))
    same_bone(read_case([path]).bones["C4"].surface, ring(), atol=1e-3)


def test_a_glb_with_named_nodes_is_several_bones(ring, tmp_path):
    scene = trimesh.Scene()
    to_gltf = np.diag([1e-3, 1e-3, 1e-3, 1]) @ LPS_TO_GLTF
    for name, lift in (("vertebrae_C3", 0), ("vertebrae_C4", -15), ("rod", -7)):
        scene.add_geometry(ring(lift), node_name=name, geom_name=name, transform=to_gltf)
    path = tmp_path / "column.glb"
    path.write_bytes(scene.export(file_type="glb"))
    case = read_case([path])
    assert list(case.bones) == ["C3", "C4"]
    assert any("rod" in note for note in case.notes)
    same_bone(case.bones["C4"].surface, ring(-15))


def test_every_registered_format_has_a_round_trip():
    covered = {name.lower().rpartition(".")[2] for name, _ in WRITERS.values()} | {"gltf"}
    assert {suffix[1:] for f in formats() for suffix in f.suffixes} == covered

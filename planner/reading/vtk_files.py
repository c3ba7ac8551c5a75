"""VTK's own polygon files: XML (VTP) and legacy (VTK)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.errors import InputError
from planner.reading.registry import FileSurface, reader, stated_space


@reader(".vtp", name="VTP", reads="SPACE in a field-data string array; strips and polygons become triangles")
def read_vtp(path: Path) -> list[FileSurface]:
    """Read an XML polygon file with VTK's reader."""
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    if b"<VTKFile" not in path.read_bytes()[:4096]:
        raise InputError(f"'{path}' is not a VTP file.", "Export the surface as STL, PLY, OBJ, VTP or GLB.")
    polydata = _read_quietly(vtkXMLPolyDataReader(), path)
    array = polydata.GetFieldData().GetAbstractArray("SPACE")
    stated = "" if array is None else f"SPACE={array.GetVariantValue(0).ToString()}"
    return [_triangles(polydata, stated, path)]


@reader(".vtk", name="VTK", reads="legacy polydata; SPACE= in the second line")
def read_vtk(path: Path) -> list[FileSurface]:
    """Read a legacy polydata file with VTK's reader."""
    from vtkmodules.vtkIOLegacy import vtkPolyDataReader

    head = path.read_bytes()[:4096].decode("latin-1").splitlines()
    if len(head) < 2 or not head[0].startswith("# vtk DataFile"):
        raise InputError(f"'{path}' is not a VTK file.", "Export the surface as STL, PLY, OBJ, VTP or GLB.")
    if not any(line.strip().upper().startswith("DATASET POLYDATA") for line in head):
        raise InputError(f"'{path}' holds no polygons.", "Export the surface as polydata.")
    return [_triangles(_read_quietly(vtkPolyDataReader(), path), head[1], path)]


def _read_quietly(vtk_reader, path: Path):
    """Run a VTK reader without its messages on stderr; its errors become one sentence."""
    from vtkmodules.vtkCommonCore import vtkObject

    shown = vtkObject.GetGlobalWarningDisplay()
    vtkObject.SetGlobalWarningDisplay(0)
    failures: list[str] = []
    try:
        vtk_reader.AddObserver("ErrorEvent", lambda *_: failures.append("error"))
        vtk_reader.SetFileName(str(path))
        vtk_reader.Update()
    finally:
        vtkObject.SetGlobalWarningDisplay(shown)
    if failures:
        raise InputError(f"'{path}' is damaged: VTK cannot read it.", "Copy or export the file again.")
    return vtk_reader.GetOutput()


def _triangles(polydata, header: str, path: Path) -> FileSurface:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter

    # VTK ends the whole process on cells that point nowhere, so they are looked at before it works on them.
    if not all(_sound(cells, polydata.GetNumberOfPoints()) for cells in (polydata.GetPolys(), polydata.GetStrips())):
        raise InputError(f"'{path}' is damaged: its cells do not fit its points.", "Export the file again.")
    triangulate = vtkTriangleFilter()
    triangulate.PassVertsOff()
    triangulate.PassLinesOff()
    triangulate.SetInputData(polydata)
    triangulate.Update()
    output = triangulate.GetOutput()
    if not output.GetNumberOfPolys():
        return FileSurface(vertices=np.empty((0, 3)), faces=np.empty((0, 3), int))
    return FileSurface(
        vertices=vtk_to_numpy(output.GetPoints().GetData()).astype(float),
        faces=vtk_to_numpy(output.GetPolys().GetConnectivityArray()).astype(np.int64).reshape(-1, 3),
        **stated_space(header, path),
    )


def _sound(cells, points: int) -> bool:
    """True if offsets rise from 0 to the number of corners and every corner is a point."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    offsets = vtk_to_numpy(cells.GetOffsetsArray())
    corners = vtk_to_numpy(cells.GetConnectivityArray())
    if not len(offsets):
        return not len(corners)
    rising = offsets[0] == 0 and offsets[-1] == len(corners) and bool((np.diff(offsets) >= 0).all())
    return rising and corners.min(initial=0) >= 0 and corners.max(initial=-1) < points

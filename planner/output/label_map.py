"""Label maps as files that viewers of scans read: NIfTI, or MetaImage."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.errors import OutputError

SUFFIXES = (".nii.gz", ".nii", ".mha")
_RAS = np.array([-1.0, -1.0, 1.0])


def write_label_map(path: Path, labels: np.ndarray, spacing_mm: np.ndarray, low: np.ndarray) -> None:
    """Write labels (i, j, k) whose voxel middles are ``low + spacing_mm * (i, j, k)`` in LPS mm.

    The suffix chooses the format. NIfTI is written in its own space, RAS, with its matrix; MetaImage in LPS.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkIOImage import vtkMetaImageWriter, vtkNIFTIImageWriter

    if not str(path).endswith(SUFFIXES):
        raise OutputError(f"'{path}' names no format of label maps.", f"Write {', '.join(SUFFIXES)}.")
    nifti = path.suffix != ".mha"
    spacing_mm, low = np.asarray(spacing_mm, float), np.asarray(low, float)
    # NIfTI's first two axes grow to the right and to the front: the array is turned, so no axis is mirrored.
    values = labels[::-1, ::-1, :] if nifti else labels
    if nifti:
        last = low + spacing_mm * (np.array(labels.shape) - 1)
        low = np.array([last[0], last[1], low[2]]) * _RAS
    image = vtkImageData()
    image.SetDimensions(*values.shape)
    image.SetSpacing(*spacing_mm)
    scalars = numpy_to_vtk(np.ascontiguousarray(values.ravel(order="F")), deep=True)
    image.GetPointData().SetScalars(scalars)
    if nifti:
        writer = vtkNIFTIImageWriter()
        matrix = vtkMatrix4x4()
        for axis in range(3):
            matrix.SetElement(axis, 3, low[axis])
        writer.SetQFormMatrix(matrix)
        writer.SetSFormMatrix(matrix)
    else:
        image.SetOrigin(*low)
        writer = vtkMetaImageWriter()
    writer.SetInputData(image)
    writer.SetFileName(str(path))
    writer.Write()
    if not path.is_file():
        raise OutputError(f"'{path}' could not be written.", "Is the disk full?")

"""Is it the size of a human cervical vertebra? If not, which unit would make it one."""

from __future__ import annotations

import numpy as np

from planner.errors import FrameError, InputError
from planner.reference.tables import rows


def known_units() -> dict[str, float]:
    """Millimetres in each unit that ``--units`` takes."""
    return {row["name"]: float(row["mm"]) for row in rows("reading", "unit")}


def limits(name: str) -> tuple[float, float]:
    """Return (least, greatest) of a row of the table ``reading``."""
    row = next(row for row in rows("reading", "size") if row["name"] == name)
    return row["least"], row["greatest"]


def check_size(vertices: np.ndarray, unit_mm: float, name: str, unit_source: str) -> None:
    """Raise `FrameError` unless a bone's bounding box, in the file's unit, is as large as a vertebra's."""
    least, greatest = limits("vertebra_diagonal_mm")
    extent = np.ptp(vertices, axis=0)
    diagonal = float(np.linalg.norm(extent))
    if least <= diagonal * unit_mm <= greatest:
        return
    box = " x ".join(f"{e:.3g}" for e in extent)
    fitting = [unit for unit, mm in known_units().items() if least <= diagonal * mm <= greatest]
    what = "too small" if diagonal * unit_mm < least else "too large"
    message = f"'{name}' measures {box} units, which is {what} for a vertebra in {unit_source}."
    if fitting:
        hint = f"Does it look right in {' or '.join(fitting)}? Then give --units {fitting[0]}."
    else:
        hint = "No usual unit makes it a vertebra's size: is it the right file, one bone and whole?"
    raise FrameError(message, hint)


def check_faces(count: int, name: str) -> None:
    """Raise `InputError` if a bone has too few faces to carry a vertebra's shape."""
    least = limits("faces")[0]
    if count < least:
        raise InputError(
            f"'{name}' has {count} faces, too few to show the shape of a vertebra.",
            f"Export the surface with at least {least} faces.",
        )

"""Ground truth of a case: hand-checked landmarks, or what a phantom was built with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.errors import InputError
from planner.geometry.axes import SIDES, Frame, space_to_lps
from planner.validation.observation import Plane

FILES = ("landmarks.json", "truth.json")
REAL, SYNTHETIC = "real", "synthetic"
POOR = "poor"
# A phantom's parameters under the names of our measures; the sides of an altered mass are left out.
_BUILT = {
    "canal_ap": "canal_ap",
    "canal_width": "canal_width",
    "pedicle_width": "pedicle_width",
    "pedicle_height": "pedicle_height",
    "mass_width": "lateral_mass_width",
    "mass_height": "lateral_mass_height",
    "foramen_diameter": "transverse_foramen_diameter",
    "lamina_thickness": "lamina_thickness",
    "lamina_height": "lamina_height",
}
_MIDLINE = ("canal_ap", "canal_ap_min", "canal_width")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoneTruth:
    """What is known of one bone in world LPS mm; points and facets of poor certainty are left out.

    ``pitch_known`` is False where the direction of S is too uncertain to score.
    """

    frame: Frame
    pitch_known: bool
    points: Mapping[str, np.ndarray]
    facets: Mapping[str, Plane]
    measures: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Truth of a column and its kind, ``real`` or ``synthetic``: the two are never pooled."""

    kind: str
    bones: Mapping[str, BoneTruth]


def find_truth(case: Path) -> Path | None:
    """The truth file in a case folder, if there is one."""
    return next((case / name for name in FILES if (case / name).is_file()), None)


def load_truth(path: Path, space: str = "LPS", unit_mm: float = 1.0) -> Truth:
    """Read a truth file; ``space`` and ``unit_mm`` are those of the case's files.

    A phantom's file says its own space. Raises InputError where the file is neither kind.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if "levels" in table:
            turn = space_to_lps(table.get("space", "LPS"))
            return Truth(kind=SYNTHETIC, bones={n: _built(b, turn) for n, b in table["levels"].items()})
        turn = space_to_lps(space) * unit_mm
        blocks = {n: b for n, b in table.items() if isinstance(b, dict) and "points" in b and "frame" in b}
        if not blocks:
            raise KeyError("points")
        return Truth(kind=REAL, bones={n: _labelled(b, turn, unit_mm) for n, b in blocks.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"'{path}' is not a file of landmarks ({type(error).__name__}: {error}).",
            "It must hold, for each level, a frame and named points, as `truth.json` of a bundled model does.",
        ) from error


def _frame(block: Mapping[str, Any], turn: np.ndarray) -> Frame:
    return Frame.from_axes(
        turn @ np.array(block["origin"]), turn @ np.array(block["left"]), turn @ np.array(block["superior"])
    )


def _plane(block: Mapping[str, Any], turn: np.ndarray) -> Plane:
    normal = turn @ np.array(block["normal"], float)
    return Plane(center=turn @ np.array(block["center"], float), normal=normal / np.linalg.norm(normal))


def _labelled(block: Mapping[str, Any], turn: np.ndarray, unit_mm: float) -> BoneTruth:
    def sure(entry: Any, place: str) -> bool:
        return bool(entry) and bool(entry.get(place)) and entry.get("certainty", "good") != POOR

    measures = block.get("measures", {})
    return BoneTruth(
        frame=_frame(block["frame"], turn),
        pitch_known=block["frame"].get("certainty", "good") != POOR,
        points={n: turn @ np.array(p["xyz"], float) for n, p in block["points"].items() if sure(p, "xyz")},
        facets={n: _plane(f, turn) for n, f in block.get("facets", {}).items() if sure(f, "center")},
        measures={
            _key(name): value * unit_mm
            for name, value in measures.items()
            if isinstance(value, int | float) and measures.get(_certainty(name)) != POOR
        },
    )


def _key(name: str) -> tuple[str, str]:
    stem, _, side = name.rpartition("_")
    return (stem, side) if side in SIDES else (name, "midline")


def _certainty(name: str) -> str:
    stem, side = _key(name)
    return f"{stem}_certainty_{side}" if side in SIDES else f"{stem}_certainty"


def _built(block: Mapping[str, Any], turn: np.ndarray) -> BoneTruth:
    altered = block.get("lateral_masses_altered", [])
    parameters = block.get("measures_mm_deg", {})
    measures: dict[tuple[str, str], float] = {}
    for built, ours in _BUILT.items():
        if built in parameters:
            for side in ("midline",) if ours in _MIDLINE else SIDES:
                if not (ours.startswith("lateral_mass") and side in altered):
                    measures[ours, side] = float(parameters[built])
    for side, hole in block.get("foramina", {}).items():
        measured = hole.get("diameter_mm") if isinstance(hole, dict) else None
        if measured:
            measures["transverse_foramen_diameter", side] = float(measured)
    return BoneTruth(
        frame=_frame(block["frame"], turn),
        pitch_known=True,
        points={n: turn @ np.array(p["xyz"], float) for n, p in block["points"].items() if p and p.get("xyz")},
        facets={n: _plane(f, turn) for n, f in block.get("facets", {}).items() if f and f.get("center")},
        measures=measures,
    )

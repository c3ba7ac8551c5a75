"""Write the two models that ship: a normal adult, and the source case. ``python -m planner.phantom.models``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from planner.geometry.surface import Surface
from planner.phantom.built import truth
from planner.phantom.column import Column, column
from planner.phantom.meshing import mesh, reduced
from planner.phantom.source_case import source_case

STEP_MM = 0.5
FACES = 26_000
SEED = 7

MODELS: dict[str, tuple[str, str, str, Callable[[int], Column]]] = {
    "reference": (
        "A normal adult, C2 to C7",
        "Synthetic vertebrae from published morphometry: no disease, mild lordosis, natural asymmetry. "
        "One person drawn by the seed; not a patient, not an average.",
        "none",
        lambda seed: column(seed=seed),
    ),
    "ssc-c3-c4": (
        "Calcinosis at C3-C4 in systemic sclerosis: slip, destroyed and thinned lateral masses",
        "Synthetic column after a published case. C3 has slipped forwards on C4 and its right facet is perched; "
        "the left C3 lateral mass is almost gone, the left C4 one flattened, both replaced by calcification that "
        "reaches behind the spine; a mass narrows the left C2 transverse foramen; the C4 lamina has three holes "
        "and calcification beneath it. Shape alone; no scan of the patient was used.",
        "bone and calcification are one surface per level, as a thresholded scan gives them; each mass belongs to "
        "the level it grows from (truth.json names them)",
        source_case,
    ),
}  # fmt: skip


def write_models(
    folder: Path, names: tuple[str, ...] = tuple(MODELS), *, seed: int = SEED, step_mm: float = STEP_MM,
    faces: int = FACES, separated: bool = False,
) -> list[Path]:  # fmt: skip
    """Write models into `folder`, one folder each: a PLY a level, ``model.toml``, ``truth.json``; return the folders.

    The same seed gives the same bytes on one machine. With `separated` bone and calcification are written
    apart: a level's bone without its masses, and ``mass_<level>.ply``.
    """
    written = []
    for name in names:
        title, description, masses, make = MODELS[name]
        place = Path(folder) / (f"{name}-separated" if separated else name)
        place.mkdir(parents=True, exist_ok=True)
        made = make(seed)
        for level in made.bones:
            surface = made.surface(level, step_mm, masses=not separated)
            write_ply(place / f"{level}.ply", reduced(surface, faces), f"synthetic {level}, model {name}")
            mass = made.mass(level) if separated else None
            if mass is not None:
                lumps = mesh(mass, step_mm, largest_only=False)
                write_ply(place / f"mass_{level}.ply", reduced(lumps, faces // 3), f"calcification at {level}")
        (place / "truth.json").write_text(json.dumps(truth(made), indent=1) + "\n", encoding="utf-8")
        options = "" if seed == SEED else f" --seed {seed}"
        options += " --separated" if separated else ""
        if separated:
            masses = "bone and calcification apart: mass_<level>.ply holds what grows from that level"
        (place / "model.toml").write_text(
            _card(place, place.name, title, description, masses, f"python -m planner.phantom.models{options}", seed),
            encoding="utf-8",
        )
        written.append(place)
    return written


def write_ply(path: Path, surface: Surface, comment: str) -> None:
    """Write a binary PLY (float32, little-endian) whose header says SPACE=LPS and millimetres."""
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"comment SPACE=LPS\ncomment units mm\ncomment {comment}\n"
        f"element vertex {len(surface.vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(surface.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(surface.faces), dtype=[("n", "u1"), ("v", "<i4", 3)])
    faces["n"] = 3
    faces["v"] = surface.faces
    path.write_bytes(header.encode("ascii") + surface.vertices.astype("<f4").tobytes() + faces.tobytes())


def _card(place: Path, name: str, title: str, description: str, masses: str, command: str, seed: int) -> str:
    files = sorted(path for path in place.iterdir() if path.suffix in (".ply", ".json"))
    lines = [
        f"name = {json.dumps(name)}",
        f"title = {json.dumps(title)}",
        f"description = {json.dumps(description)}",
        'space = "LPS"',
        'units = "mm"',
        f"masses = {json.dumps(masses)}",
        'licence = "MIT"',
        'origin = "synthetic: implicit surfaces from the measures in planner/reference/data/morphometry.toml"',
        'truth = "truth.json"',
        "",
        "[made]",
        f"command = {json.dumps(command)}",
        f"seed = {seed}",
        f"grid_mm = {STEP_MM}",
        f"faces = {FACES}",
        "",
        "[sha256]",
        *(f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"' for path in files),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m planner.phantom.models", description=write_models.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "models")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=list(MODELS), action="append")
    parser.add_argument("--separated", action="store_true")
    chosen = parser.parse_args()
    names = tuple(chosen.only or MODELS)
    write_models(chosen.folder, names, seed=chosen.seed, separated=chosen.separated)


if __name__ == "__main__":
    main()

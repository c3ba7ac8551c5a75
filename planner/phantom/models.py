"""The models that ship, and writing them again: ``planner phantom make NAME``, ``python -m planner.phantom.models``."""

from __future__ import annotations

from pathlib import Path

from planner.phantom.built import truth
from planner.phantom.folder import Card, write_folder
from planner.phantom.making import FACES, STEP_MM, Detail, meshes
from planner.phantom.named_columns import MODELS

SEED = 7
_APART = "bone and calcification apart: mass_<level>.ply holds what grows from that level"


def card(name: str, seed: int, detail: Detail) -> Card:
    """The card of a model as it is made with this seed and detail."""
    model = MODELS[name]
    words = ["planner phantom make", name, f"--seed {seed}"] + (["--separated"] if detail.separated else [])
    return Card(
        name=f"{name}-separated" if detail.separated else name,
        title=model.title,
        description=model.description,
        masses=_APART if detail.separated and model.masses != "none" else model.masses,
        made={
            "command": " ".join(words), "seed": seed, "grid_mm": detail.step_mm, "faces": detail.faces,
        },
    )  # fmt: skip


def write_models(
    folder: Path, names: tuple[str, ...] | None = None, *, seed: int = SEED, step_mm: float = STEP_MM,
    faces: int = FACES, separated: bool = False,
) -> list[Path]:  # fmt: skip
    """Write models into `folder`, one folder each: a PLY a level, ``model.toml``, ``truth.json``; return the folders.

    The same seed gives the same bytes on one machine. With `separated` bone and calcification are written
    apart: a level's bone without its masses, and ``mass_<level>.ply``.
    """
    detail = Detail(step_mm=step_mm, faces=faces, separated=separated)
    written = []
    for name in names or tuple(MODELS):
        says = card(name, seed, detail)
        place = Path(folder) / says.name
        place.mkdir(parents=True, exist_ok=True)
        made = MODELS[name].make(seed)
        surfaces = meshes(made, detail)
        write_folder(place, says, surfaces, truth(made, surfaces))
        written.append(place)
    return written


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m planner.phantom.models", description=write_models.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "models")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=list(MODELS), action="append")
    parser.add_argument("--separated", action="store_true")
    chosen = parser.parse_args()
    write_models(chosen.folder, tuple(chosen.only or MODELS), seed=chosen.seed, separated=chosen.separated)


if __name__ == "__main__":
    main()

"""The models that ship, and writing them again: ``planner phantom make NAME``, ``python -m planner.phantom.models``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from planner.phantom import teaching_cases as cases
from planner.phantom.built import truth
from planner.phantom.column import Column, column
from planner.phantom.folder import Card, write_folder
from planner.phantom.making import FACES, STEP_MM, Detail, meshes
from planner.phantom.source_case import SPREAD, source_case

SEED = 7
_ONE_SURFACE = (
    "bone and calcification are one surface per level, as a thresholded scan gives them; each mass belongs to "
    "the level it grows from (truth.json names them)"
)
_APART = "bone and calcification apart: mass_<level>.ply holds what grows from that level"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A column with a name: what it is, how its masses are kept, and the function of the seed that builds it."""

    title: str
    description: str
    make: Callable[[int], Column]
    masses: str = "none"


MODELS: dict[str, Model] = {
    "reference": Model(
        title="A normal adult, C2 to C7",
        description="Synthetic vertebrae from published morphometry: no disease, mild lordosis, natural asymmetry. "
        "One person drawn by the seed; not a patient, not an average.",
        make=lambda seed: column(seed=seed, spread=SPREAD),
    ),
    "ssc-c3-c4": Model(
        title="Calcinosis at C3-C4 in systemic sclerosis: slip, destroyed and thinned lateral masses",
        description="Synthetic column after a published case. C3 has slipped forwards on C4 and its right facet is "
        "perched; the left C3 lateral mass is almost gone, the left C4 one flattened, both replaced by calcification "
        "that reaches behind the spine; a mass narrows the left C2 transverse foramen; the C4 lamina has three holes "
        "and calcification beneath it. Shape alone; no scan of the patient was used.",
        make=source_case,
        masses=_ONE_SURFACE,
    ),
    "high-riding-artery": Model(
        title="Vertebral artery riding high at C2 on the right",
        description="Teaching case. The groove of the right vertebral artery reaches up and inwards under the superior "
        "articular surface of C2 and leaves little bone for a pedicle or transarticular screw; the left side is usual.",
        make=cases.high_riding,
    ),
    "congenital-stenosis": Model(
        title="Congenital stenosis of the canal from C3 to C6",
        description="Teaching case. The canal is under 10 mm deep at four levels, the laminae stand close to the line "
        "of the facets; no slip, no destruction.",
        make=cases.congenitally_narrow,
    ),
    "unilateral-dislocation": Model(
        title="Unilateral facet dislocation at C5-C6 on the left",
        description="Teaching case. The left inferior facet of C5 stands locked in front of the superior facet of C6; "
        "C5 has slipped and turned; the right joint holds.",
        make=cases.dislocated,
    ),
    "post-laminectomy": Model(
        title="After laminectomy from C3 to C6: no arches",
        description="Teaching case. Laminae and spinous processes of C3 to C6 were removed years ago from groove to "
        "groove; the column has bent into kyphosis. Lateral masses are whole; there is no midline to find.",
        make=cases.after_laminectomy,
    ),
}


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
        write_folder(place, says, meshes(made, detail), truth(made))
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

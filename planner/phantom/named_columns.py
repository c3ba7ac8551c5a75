"""The columns that have a name: a normal one, the source case, the teaching cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.phantom import teaching_cases as cases
from planner.phantom.column import Column, column
from planner.phantom.source_case import SPREAD, source_case

_ONE_SURFACE = (
    "bone and calcification are one surface per level, as a thresholded scan gives them; each mass belongs to "
    "the level it grows from (truth.json names them)"
)


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

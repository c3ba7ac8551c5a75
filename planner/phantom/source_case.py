"""The column of the source case: systemic sclerosis with calcinosis at C3-C4 (patient sides).

Slip of C3 on C4 with a perched right facet; left C3 lateral mass almost gone and left C4 thinned, both
replaced by calcification; a mass that narrows the left C2 foramen; a C4 lamina with holes and some
calcification beneath it. The right side from C3 to C6, and C5 and C6 on both sides, stay healthy.
"""

from __future__ import annotations

import numpy as np

from planner.phantom.column import Column, column
from planner.phantom.displacement import perch
from planner.phantom.pathology import (
    add_mass,
    destroy_lateral_mass,
    lamina_hole,
    lamina_point,
    narrow_foramen,
    pillar_middle,
    thin_lateral_mass,
)  # fmt: skip

SPREAD = 0.6
"""How far the person is from the mean (`planner.phantom.shape.measures`): a usual neck."""
THIN_PEDICLES = {"C3": {"pedicle_width": 3.7}, "C4": {"pedicle_width": 2.9}}
"""Too thin for a screw: the fall-back of the ill side is not open either."""
SLIP_MM = 4.6
KEPT_HEIGHT = 0.36
FORAMEN_MM = 2.3
HOLES = (("left", 5.3, 1.7, 8.5), ("left", 3.1, -1.7, 7.5), ("right", 4.8, 0.4, 9.5))
"""Side, distance from the midline, height on the lamina, area: through-holes of the C4 lamina."""


def source_case(seed: int = 0) -> Column:
    """Return the source case's column; every figure is in its log."""
    ill = column(seed=seed, sex="female", spread=SPREAD, changes=THIN_PEDICLES)
    ill = destroy_lateral_mass(ill, "C3", "left", seed)
    ill = thin_lateral_mass(ill, "C4", "left", KEPT_HEIGHT, seed)
    for number, (side, lateral, up, area) in enumerate(HOLES):
        ill = lamina_hole(ill, "C4", side, lateral, up, area, seed + number)
    ill = perch(ill, "C3", "right", SLIP_MM)
    ill = _masses(ill, seed)
    return narrow_foramen(ill, "C2", "left", FORAMEN_MM, seed)


def _masses(ill: Column, seed: int) -> Column:
    rng = np.random.default_rng([seed, 21])

    def cluster(center: np.ndarray, spread: np.ndarray, count: int, low: float, high: float) -> list:
        return [(center + spread * rng.uniform(-1, 1, 3), float(rng.uniform(low, high))) for _ in range(count)]

    three, four = ill.bones["C3"].shape, ill.bones["C4"].shape
    c3, c4 = pillar_middle(three, "left"), pillar_middle(four, "left")
    front = [c3[0] + 0.5, three.foramen[1] + three.foramen_diameter / 2 + 4.2, 0.5]
    in_c3 = [
        (np.array(front), 3.4),
        (c3 + [-4.6, 3.4, -2.6], 2.9),
        (c3 + [-1.0, 1.0, 0.5], 4.0),
        (c3 + [1.5, 6.5, -1.5], 3.4),
        *cluster(c3 + [1.4, 4.2, -1.0], np.array([4.0, 5.5, 5.5]), 9, 2.0, 3.2),
    ]
    ill = add_mass(ill, "C3", "c3_lateral_mass", in_c3, seed, 0.5, where="in place of the left C3 lateral mass")
    in_c4 = [
        (c4 + [0.0, 2.0, 4.2], 3.6), (c4 + [0.5, 3.0, -4.0], 3.4),
        *cluster(c4 + [1.0, 3.5, 0.0], np.array([4.0, 2.5, 5.0]), 6, 2.4, 3.4),
    ]  # fmt: skip
    ill = add_mass(ill, "C4", "c4_lateral_mass", in_c4, seed + 1, where="in place of the lost left C4 lateral mass")
    rear = four.mass_center
    dorsal = [
        (rear + [0.6, 2.0, -0.5], 4.0), (rear + [0.0, 6.0, 0.5], 4.0), (rear + [1.0, 9.5, -1.5], 3.6),
        *cluster(rear + [1.0, 6.5, -1.0], np.array([4.0, 5.0, 5.0]), 7, 2.0, 3.4),
    ]  # fmt: skip
    ill = add_mass(ill, "C4", "dorsal", dorsal, seed + 2, where="paraspinal, behind the left C4 lateral mass")
    # Beneath the lamina: flat lumps that stand 2 to 4 mm into the canal, left of the midline.
    epidural = []
    for lateral, up, into, radius in (
        (12.6, -1.2, 2.0, 2.5),
        (9.6, -4.6, 1.6, 2.0),
        (12.6, 2.8, 2.0, 2.4),
        (6.2, 3.8, 1.2, 1.8),
    ):
        point, normal = lamina_point(ill.bones["C4"], "left", lateral, up)
        epidural.append((point - into * normal, radius))
    return add_mass(ill, "C4", "epidural", epidural, seed + 3, 0.25, where="intraspinal, beneath the left C4 lamina")

"""Means of a level beside the published ones, and whether the trends that are published hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from planner.reference.tables import rows
from planner.validation.records import Record

MEASURED_MAGERL_DEG = 42.0
"""Sagittal angle at which Magerl's screws were measured in cadavers, 41-43 degrees (F12)."""

TO_THE_NERVE = "from the back of the mass to the nerve on its section, 15 deg outwards"
TIP_OVER = "tip of a 20 mm screw over the nerve's middle"
DRAWN_ON = " whose ventral ramus goes straight on"
FORAMEN_LIMIT = "angle to the outer limit of the foramen"
FACET = "superior facet over the transverse plane"
FORAMEN_WALL = "lateral wall of the foramen lateral to the middle of the mass"


def angle_words(medial_mm: float) -> str:
    return f"least lateral angle that clears the foramen, {medial_mm:g} mm medial"


def least_angles(records: Sequence[Record]) -> list[Record]:
    """For the least lateral angle what is published is a mean of a level: ours less theirs, one record a level."""
    found = []
    for row in rows("validation", "least_lateral_angle"):
        for kind in dict.fromkeys(r.kind for r in records):
            ours = of(records, angle_words(row["medial_mm"]), kind, row["level"])
            if len(ours):
                found.append(
                    Record(
                        table="published", what="mean least lateral angle, ours less the published", unit="deg",
                        kind=kind, case=f"{row['medial_mm']:g} mm medial", level=row["level"],
                        part=f"{np.mean(ours):.1f} of {len(ours)} for {row['angle_deg']:g}",
                        value=abs(float(np.mean(ours)) - row["angle_deg"]),
                    )
                )  # fmt: skip
    return found


def trends(records: Sequence[Record]) -> list[Record]:
    """Whether each published trend holds, one record for each kind of case."""
    return [
        _record(what, "share", kind, words, held)
        for kind in dict.fromkeys(r.kind for r in records)
        for what, words, held in _trends(records, kind)
    ]


def _trends(records: Sequence[Record], kind: str) -> Iterator[tuple[str, str, float]]:
    def mean(what: str, *levels: str) -> float:
        values = np.concatenate([of(records, what, kind, level) for level in levels])
        return float(values.mean()) if len(values) else float("nan")

    def told(what: str, words: str, held: bool, *figures: float) -> Iterator[tuple[str, str, float]]:
        if np.isfinite(figures).all():
            yield what, words, float(held)

    roy_path = [mean("path in bone, Roy-Camille", level) for level in ("C3", "C4", "C5", "C6", "C7")]
    yield from told(
        "VAL-3: Roy-Camille's path is longest at C3 and least at C7", " ".join(f"{path:.1f}" for path in roy_path),
        roy_path[0] == max(roy_path) and roy_path[-1] == min(roy_path), *roy_path,
    )  # fmt: skip
    pillars = ("C3", "C4", "C5", "C6")
    facets = [mean(f"inferior facet violated, {name}", *pillars) for name in ("Roy-Camille", "Magerl")]
    yield from told(
        "VAL-4: Roy-Camille violates the facet below more often than Magerl", "{:.3f} and {:.3f}".format(*facets),
        facets[0] > facets[1], *facets,
    )  # fmt: skip
    contact = [mean(f"nerve contact of a 20 mm screw, {name}", *pillars) for name in ("Magerl", "Anderson", "An")]
    yield from told(
        "VAL-5: a 20 mm screw touches the nerve with Magerl no less than with Anderson, and more than with An",
        "{:.2f} {:.2f} {:.2f}".format(*contact), contact[0] >= contact[1] > contact[2], *contact,
    )  # fmt: skip
    nerve = "room to the nerve root with the tip at the far cortex, Roy-Camille"
    artery = "room to the foramen in the transverse plane, Magerl"
    high, low = mean(nerve, "C3", "C4"), mean(nerve, "C5", "C6")
    yield from told(
        "VAL-6: Roy-Camille comes nearer to the root at C5-C6 than at C3-C4", f"{low:.1f} and {high:.1f} mm",
        low < high, low, high,
    )  # fmt: skip
    last, others = mean(artery, "C6"), [mean(artery, level) for level in ("C3", "C4", "C5")]
    yield from told(
        "VAL-7: Magerl's room beside the foramen is least at C6", f"{last:.1f}, elsewhere {min(others):.1f} mm or more",
        last < min(others), last, *others,
    )  # fmt: skip
    every = ("C3", "C4", "C5", "C6")
    magerl, roy = (mean(f"freehand executions that breach the artery, {n}", *every) for n in ("Magerl", "Roy-Camille"))
    yield from told(
        "VAL-9: freehand Magerl hardly breaches the artery, Roy-Camille does", f"{magerl:.4f} and {roy:.4f}",
        magerl < 0.005 < roy, magerl, roy,
    )  # fmt: skip
    seventh, above = mean(TO_THE_NERVE, "C7"), mean(TO_THE_NERVE, *every)
    yield from told(
        "VAL-10: the root of C7 is about half as far as those of C3-C6", f"{seventh:.1f} and {above:.1f} mm",
        0.35 < seventh / above < 0.65, seventh, above,
    )  # fmt: skip


def of(records: Sequence[Record], what: str, kind: str, level: str) -> np.ndarray:
    return np.array([r.value for r in records if (r.what, r.kind, r.level) == (what, kind, level)])


def _record(what: str, unit: str, kind: str, words: str, value: float) -> Record:
    return Record(table="published", what=what, unit=unit, kind=kind, case="", level="", part=words, value=value)

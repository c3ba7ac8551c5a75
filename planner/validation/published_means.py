"""Means of a level beside the published ones, and in words what of these columns makes them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from planner.reference.tables import rows
from planner.validation.records import Record

MEASURED_MAGERL_DEG = 42.0
"""Sagittal angle at which Magerl's screws were measured in cadavers, 41-43 degrees (F12)."""

TO_THE_NERVE = "from the middle of the mass to the nerve root, 15 deg outwards"
FACET = "superior facet over the transverse plane"
FORAMEN_WALL = "lateral wall of the foramen lateral to the middle of the mass"


def angle_words(medial_mm: float) -> str:
    return f"least lateral angle that clears the foramen, {medial_mm:g} mm medial"


def least_angles(records: Sequence[Record]) -> list[Record]:
    """For the least lateral angle what is published is a mean of a level: ours less theirs, one record a level."""
    found = []
    for row in rows("validation", "least_lateral_angle"):
        for kind in dict.fromkeys(r.kind for r in records):
            ours = _of(records, angle_words(row["medial_mm"]), kind, row["level"])
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


def means(records: Sequence[Record]) -> list[Record]:
    """Rows of ``validation.toml`` that publish a mean of a level: ours, with theirs in words; and the trends."""
    found = []
    for kind in dict.fromkeys(r.kind for r in records):
        for row in rows("validation", "published_mean"):
            ours = _of(records, row["what"], kind, row["level"])
            if len(ours):
                what = f"{row['check']} {row['level']}, {row['what']} (published {row['value']:g})"
                found += [_record(what, row["unit"], kind, "", value) for value in ours]
        for row in rows("validation", "least_lateral_angle"):
            what = angle_words(row["medial_mm"])
            named = f"VAL-1 {row['level']}, {what} (published {row['angle_deg']:g})"
            found += [_record(named, "deg", kind, "", value) for value in _of(records, what, kind, row["level"])]
        found += [_record(what, "share", kind, words, held) for what, words, held in _trends(records, kind)]
    return found


def _trends(records: Sequence[Record], kind: str) -> Iterator[tuple[str, str, float]]:
    def mean(what: str, *levels: str) -> float:
        values = np.concatenate([_of(records, what, kind, level) for level in levels])
        return float(values.mean()) if len(values) else float("nan")

    def told(what: str, words: str, held: bool, *figures: float) -> Iterator[tuple[str, str, float]]:
        if np.isfinite(figures).all():
            yield what, words, float(held)

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


def explained(records: Sequence[Record], kind: str) -> Iterator[str]:
    """Sentences on what differs from the published figures, each with the measure of these bones that makes it."""

    def all_levels(what: str) -> np.ndarray:
        return np.array([r.value for r in records if r.what == what and np.isfinite(r.value)])

    wall = [_of(records, FORAMEN_WALL, kind, level) for level in ("C3", "C4", "C5", "C6")]
    if all(len(w) for w in wall):
        yield (
            "VAL-1: the angle follows the foramen's lateral wall, which stands "
            f"{np.mean(wall[3]):.1f} mm lateral to the middle of the mass at C6 and "
            f"{np.mean(np.concatenate(wall[:3])):.1f} at C3-C5 (negative: medial). Published angles rise by 1 degree "
            "from C5 to C6: where the wall moves out further than that, so does the angle."
        )
    facets, path = all_levels(FACET), all_levels("path in bone, Magerl")
    if len(facets) and len(path):
        yield (
            f"VAL-5: Magerl's screw lies along the facet, {facets.mean():.0f} deg here and 41-43 in the cadavers, and "
            f"its path in bone is {path.mean():.1f} mm (14.9 +- 1.8 published): the longer, the less of 20 mm comes "
            f"out. The row 'Magerl at {MEASURED_MAGERL_DEG:g} deg' is the same entry at the published angle. The "
            "dorsal ramus, half of Magerl's published contacts, is not modelled; nor is the ventral ramus, An's, past "
            "10 mm of its gutter."
        )
    if len(all_levels(TO_THE_NERVE)):
        yield (
            "VAL-6, VAL-7: published are heights and widths of a safe zone on sections; ours are the room between the "
            "screw's surface and the modelled root, and that beside the measured foramen in the transverse plane: only "
            "the trend over the levels can agree."
        )
        yield (
            "VAL-10: the modelled root rests on the pedicle of its own level and leaves along one fixed direction; a "
            "steeper course at C7 is not modelled."
        )


def _of(records: Sequence[Record], what: str, kind: str, level: str) -> np.ndarray:
    return np.array([r.value for r in records if (r.what, r.kind, r.level) == (what, kind, level)])


def _record(what: str, unit: str, kind: str, words: str, value: float) -> Record:
    return Record(table="published", what=what, unit=unit, kind=kind, case="", level="", part=words, value=value)

"""What is published of the lateral mass techniques beside what these columns give, and why it differs where it does.

One row a figure and kind of case. ``why`` is made of numbers measured on the same columns, or says that the definitions
cannot be made the same; it loosens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.reference.tables import rows
from planner.validation.published_means import (
    DRAWN_ON,
    FACET,
    FORAMEN_LIMIT,
    FORAMEN_WALL,
    MEASURED_MAGERL_DEG,
    TIP_OVER,
    TO_THE_NERVE,
    angle_words,
    of,
)
from planner.validation.records import Record, bars

_PILLARS = ("C3", "C4", "C5", "C6")
_CONTACT = "nerve contact of a 20 mm screw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A published figure and ours; ``agrees`` is None where only a trend or nothing can be held against it."""

    kind: str
    check: str
    what: str
    theirs: str
    ours: str
    sides: int
    agrees: bool | None
    why: str


def beside(records: Sequence[Record]) -> list[Beside]:
    """The rows of every kind of case, in the order of the checks; empty without the table ``published``."""
    mine = [r for r in records if r.table == "published"]
    found = [row for kind in dict.fromkeys(r.kind for r in mine) for row in _of_kind(_Ours(mine, kind))]
    return [row for row in found if row.sides]


class _Ours:
    """The values of one kind of case."""

    def __init__(self, records: Sequence[Record], kind: str) -> None:
        self.records, self.kind = records, kind

    def values(self, what: str, *levels: str) -> np.ndarray:
        found = np.concatenate([of(self.records, what, self.kind, level) for level in levels or _PILLARS])
        return found[np.isfinite(found)]

    def mean(self, what: str, *levels: str) -> float:
        values = self.values(what, *levels)
        return float(values.mean()) if len(values) else float("nan")

    def columns(self, what: str, *levels: str) -> str:
        """Each column's mean, in words; of many their range."""
        asked = [r for r in self.records if (r.what, r.kind) == (what, self.kind) and r.level in levels]
        found = [np.mean([r.value for r in asked if r.case == case]) for case in dict.fromkeys(r.case for r in asked)]
        told = [f"{value:.1f}" for value in found]
        return ", ".join(told) if len(told) <= 6 else f"{min(found):.1f} to {max(found):.1f}"

    def by_side(self, what: str) -> dict[tuple[str, str, str], float]:
        """Values by (case, level, side)."""
        mine = [r for r in self.records if (r.what, r.kind) == (what, self.kind)]
        return {(r.case, r.level, r.part): r.value for r in mine}

    def row(self, check: str, what: str, theirs: str, ours: str, sides: int, agrees: bool | None, why: str = ""):
        return Beside(
            kind=self.kind, check=check, what=what, theirs=theirs, ours=ours, sides=sides, agrees=agrees, why=why
        )


def _of_kind(ours: _Ours) -> Iterator[Beside]:
    yield from _angles(ours)
    yield from _paths(ours)
    yield from _nerves(ours)
    yield from _sections(ours)
    yield from _arteries(ours)
    yield from _sevenths(ours)


def _theirs(id: str) -> str:
    return next(row["text"] for row in rows("validation", "published_text") if row["id"] == id)


def _means(what: str) -> dict[str, float]:
    return {row["level"]: row["value"] for row in rows("validation", "published_mean") if row["what"] == what}


def _spelled(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


def _angles(ours: _Ours) -> Iterator[Beside]:
    limit = bars("published", "mean least lateral angle, ours less the published")[0].limit
    by_level: dict[str, list[float]] = {}
    for row in rows("validation", "least_lateral_angle"):
        by_level.setdefault(row["level"], []).append(row["angle_deg"])
    mean = {level: [ours.mean(angle_words(mm), level) for mm in (0.0, 1.0, 2.0)] for level in by_level}
    f11 = _means(FORAMEN_LIMIT)
    for level, theirs in by_level.items():
        values = ours.values(angle_words(0.0), level)
        holds = bool(np.abs(np.array(mean[level]) - theirs).max() <= limit)
        why = ""
        if not holds:
            others = [other for other in by_level if other != level]
            step = [at[level] - np.mean([at[other] for other in others]) for at in (
                {k: v[0] for k, v in by_level.items()}, f11, {k: v[0] for k, v in mean.items()},
            )]  # fmt: skip
            wall = ours.mean(FORAMEN_WALL, level), ours.mean(FORAMEN_WALL, *others)
            why = (
                "same entry, screw and section; the angle follows the foramen's outer wall, which lies "
                f"{ours.mean(FORAMEN_LIMIT, level):.1f} deg lateral to the middle of the mass here ({wall[0]:.1f} mm; "
                f"{wall[1]:.1f} at the other levels), {f11[level]:.1f} in F11. From those levels to this the angle "
                f"rises by {step[0]:.1f} deg in F5, the wall's own by {step[1]:.1f} in F11; ours by {step[2]:.1f}. "
                f"Means of the columns: {ours.columns(angle_words(0.0), level)}"
            )
        spread = f" (sd {values.std(ddof=1):.1f})" if len(values) > 1 else ""
        yield ours.row(
            "VAL-1", f"{level}: least lateral angle, entry 0 / 1 / 2 mm medial, deg", _spelled(theirs),
            _spelled(mean[level]) + spread, len(values), holds, why,
        )  # fmt: skip
    slopes = [(angles[2] - angles[0]) / 2 for angles in mean.values()]
    low, high = (float(end) for end in _theirs("slope").split("-"))
    slope = float(np.nanmean(slopes)) if np.isfinite(slopes).any() else float("nan")
    yield ours.row(
        "VAL-1", "rise with each mm, deg", _theirs("slope"), f"{slope:.2f}", len(ours.values(angle_words(2.0))),
        low <= round(slope, 1) <= high,
    )  # fmt: skip
    yield ours.row(
        "VAL-1", "angle to the foramen's outer limit, C3 / C4 / C5 / C6, deg (F11)", _spelled(list(f11.values())),
        _spelled([ours.mean(FORAMEN_LIMIT, level) for level in f11]), len(ours.values(FORAMEN_LIMIT)), None,
        "a second source, which F5 contradicts at C6; not a bar",
    )  # fmt: skip


def _paths(ours: _Ours) -> Iterator[Beside]:
    magerl, roy = ours.values("path in bone, Magerl"), ours.values("path in bone, Roy-Camille")
    share = ours.mean("Magerl's path is longer than Roy-Camille's")
    yield ours.row(
        "VAL-2", "Magerl's path is longer than Roy-Camille's", _theirs("longer"), f"{100 * share:.0f} %", len(magerl),
        share >= 0.9,
        "" if share >= 0.9 or not len(roy) else
        f"Roy-Camille's axis stays in bone for 12 mm or more on {100 * (roy >= 12).mean():.0f} % of these sides "
        "(published means: 8.6 by calipers, F73; 15.7 at C3 as drilled, F15)",
    )  # fmt: skip
    if len(magerl) > 1 and len(roy) > 1:
        yield ours.row(
            "VAL-2", "path in bone, Magerl and Roy-Camille, mm", _theirs("paths"),
            f"{magerl.mean():.1f} +- {magerl.std(ddof=1):.1f}, {roy.mean():.1f} +- {roy.std(ddof=1):.1f}", len(magerl),
            None, f"Magerl's runs along the facet, {ours.mean(FACET):.0f} deg steep here: the steeper, the longer",
        )  # fmt: skip
    names = (*_PILLARS, "C7")
    levels = [ours.mean("path in bone, Roy-Camille", level) for level in names]
    if np.isfinite(levels).all():
        falls = levels[0] == max(levels) and levels[-1] == min(levels)
        spread = [ours.values("path in bone, Roy-Camille", level).std() for level in names]
        yield ours.row(
            "VAL-3", "Roy-Camille's path is longest at C3, least at C7, C3 / C4 / C5 / C6 / C7, mm", _theirs("falls"),
            _spelled(levels), len(roy), falls,
            "" if falls else f"the means of C3-C6 differ by {np.ptp(levels[:4]):.1f} mm, sides of one level by an sd "
            f"of {np.mean(spread):.1f}",
        )  # fmt: skip
    facets = [ours.mean(f"inferior facet violated, {name}") for name in ("Roy-Camille", "Magerl")]
    yield ours.row(
        "VAL-4", "facet below violated, Roy-Camille and Magerl", _theirs("facets"),
        ", ".join(f"{100 * share:.1f} %" for share in facets), len(roy), facets[0] > facets[1],
        "" if facets[0] > facets[1] else
        "ideal entries and aims, cut off short of the ventral cortex: no hand strays here; and the mean Roy-Camille "
        f"path is {roy.mean():.1f} mm" if len(roy) else "",
    )  # fmt: skip


def _nerves(ours: _Ours) -> Iterator[Beside]:
    facets = _means(FACET)
    yield ours.row(
        "VAL-5", "superior facet over the transverse plane, C3 / C4 / C5 / C6, deg (F83)",
        _spelled(list(facets.values())), _spelled([ours.mean(FACET, level) for level in facets]),
        len(ours.values(FACET)), None, "what Magerl's screw is parallel to; not a bar",
    )  # fmt: skip
    names = "Magerl", "Anderson", "An"
    flat = f"Magerl at {MEASURED_MAGERL_DEG:g} deg"
    share = {name: 100 * ours.mean(f"{_CONTACT}, {name}") for name in (*names, flat)}
    drawn = {name: 100 * ours.mean(f"{_CONTACT}{DRAWN_ON}, {name}") for name in (*names, flat)}
    count = len(ours.values(f"{_CONTACT}, An"))
    holds = share["Magerl"] >= share["Anderson"] > share["An"]
    as_drilled = drawn[flat] >= drawn["Anderson"] > drawn["An"]
    why = "" if holds else (
        f"Magerl's screw rises {ours.mean(FACET):.0f} deg with the facet here and rose 41-43 in cadavers (F12): its "
        f"tip stands {ours.mean(f'{TIP_OVER}, Magerl'):.1f} mm over the nerve's middle, Anderson's "
        f"{ours.mean(f'{TIP_OVER}, Anderson'):.1f}; at {MEASURED_MAGERL_DEG:g} deg, same entry, {share[flat]:.0f} % "
        "touch. "
        "Half of Magerl's published contacts are the dorsal ramus, which is not modelled"
    )  # fmt: skip
    yield ours.row(
        "VAL-5", "nerve contact of a 20 mm screw, Magerl, Anderson, An", _theirs("contact"),
        ", ".join(f"{share[name]:.0f}" for name in names) + " %", count, holds, why,
    )  # fmt: skip
    yield ours.row(
        "VAL-5", f"the same, Magerl at {MEASURED_MAGERL_DEG:g} deg and the ventral ramus drawn straight on",
        _theirs("contact"), ", ".join(f"{drawn[name]:.0f}" for name in (flat, *names[1:])) + " %", count, None,
        "the order as drilled in cadavers " + ("holds" if as_drilled else "does not hold either; the dorsal "
        "ramus is not modelled"),
    )  # fmt: skip


def _sections(ours: _Ours) -> Iterator[Beside]:
    trends = (
        ("VAL-6", "room to the nerve root with the tip at the far cortex, Roy-Camille",
         "VAL-6: Roy-Camille comes nearer to the root at C5-C6 than at C3-C4",
         "theirs is a height on the front of the mass between exit and nerve, ours the least distance of the screw's "
         "surface to the modelled root: the trend alone can be held"),
        ("VAL-7", "room to the foramen in the transverse plane, Magerl",
         "VAL-7: Magerl's room beside the foramen is least at C6",
         "theirs is a width on the front of the mass from the exit, ours the screw's surface to the foramen's wall in "
         "the section: the trend alone can be held"),
    )  # fmt: skip
    for check, what, trend, why in trends:
        theirs = _means(what)
        held = [r.value for r in ours.records if (r.what, r.kind) == (trend, ours.kind)]
        if check == "VAL-7" and held and not held[0]:
            wall = [ours.mean(FORAMEN_WALL, "C6"), ours.mean(FORAMEN_WALL, "C3", "C4", "C5")]
            why += (
                f"; it follows the foramen's outer wall, which moves out by {wall[0] - wall[1]:.1f} mm from C3-C5 to "
                "C6 here, and from medial to lateral of the mass's middle in F11"
            )
        words = what.replace(", ", ": ") + ", C3 / C4 / C5 / C6, mm"
        yield ours.row(
            check, words, _spelled(list(theirs.values())), _spelled([ours.mean(what, level) for level in theirs]),
            len(ours.values(what)), bool(held[0]) if held else None, why,
        )  # fmt: skip


def _arteries(ours: _Ours) -> Iterator[Beside]:
    ideal = "artery breached by the ideal screw, {}"
    both = [ours.values(ideal.format(name)) for name in ("Magerl", "An")]
    breached = [int(values.sum()) for values in both]
    first, second = (ours.by_side(angle_words(mm)) for mm in (1.0, 2.0))
    needed = {side: (first[side] + second[side]) / 2 for side in first.keys() & second.keys()}
    limit = ours.values(FORAMEN_LIMIT)
    cause = "" if not needed or not len(limit) else (
        f"the foramen's outer wall lies {limit.mean():.1f} deg lateral to the middle of the mass on these sides (F11: "
        f"-5.8 at C3-C5): Magerl's entry needs {np.mean(list(needed.values())):.1f} deg outwards, 25 or more on "
        f"{sum(angle >= 25 for angle in needed.values())} sides, and has 25"
    )  # fmt: skip
    hit = [side for side, value in ours.by_side(ideal.format("Magerl")).items() if value]
    apart = sum(needed.get(side, 90.0) < 25 for side in hit)
    beyond = f"; {apart} of Magerl's meet the artery beside another section than their own foramen's" if apart else ""
    yield ours.row(
        "VAL-8", "ideal 14 mm screws that breach the artery, Magerl and An", _theirs("artery"),
        " and ".join(f"{count} of {len(v)}" for count, v in zip(breached, both, strict=True)), sum(map(len, both)),
        not any(breached), cause + beyond if any(breached) else "",
    )  # fmt: skip
    freehand = "freehand executions that breach the artery, {}"
    shares = [ours.mean(freehand.format(name)) for name in ("Magerl", "Roy-Camille")]
    holds = shares[0] < 0.005 < shares[1]
    by_level = [100 * ours.mean(freehand.format("Magerl"), level) for level in _PILLARS]
    cause += f"; Magerl's share at {' / '.join(_PILLARS)} is {_spelled(by_level)} %" if cause else ""
    cause += "; at C3 the artery leans outwards to the foramen of C2" if by_level[0] == max(by_level) and cause else ""
    yield ours.row(
        "VAL-9", "freehand executions that breach the artery, Magerl and Roy-Camille", _theirs("freehand"),
        ", ".join(f"{100 * share:.2f} %" for share in shares), len(both[0]), holds, "" if holds else cause,
    )  # fmt: skip


def _sevenths(ours: _Ours) -> Iterator[Beside]:
    theirs = _means(TO_THE_NERVE)
    mean = {level: ours.mean(TO_THE_NERVE, level) for level in theirs}
    count = len(ours.values(TO_THE_NERVE, *theirs))
    yield ours.row(
        "VAL-10", "from the back of the mass to the nerve, 15 deg outwards, C3 / C4 / C5 / C6 / C7, mm",
        _spelled(list(theirs.values())), _spelled(list(mean.values())), count, None,
        "on the section at the nerve's height, as published; the modelled root lies in the nearer part of the gutter, "
        "where the section cuts the front of the superior process",
    )  # fmt: skip
    if np.isfinite(mean["C7"]):
        above = ours.mean(TO_THE_NERVE, *_PILLARS)
        ratio = mean["C7"] / above
        holds = 0.35 < ratio < 0.65
        roy = [ours.mean("path in bone, Roy-Camille", *levels) for levels in (("C7",), _PILLARS)]
        yield ours.row(
            "VAL-10", "C7 over C3-C6", _theirs("seventh"), f"{ratio:.2f} ({mean['C7']:.1f} mm of {above:.1f})", count,
            holds, "" if holds else
            f"the mass of C7 is no thinner than the others here: Roy-Camille's path {roy[0]:.1f} mm for {roy[1]:.1f} "
            "at C3-C6 (11.3 for 15.7 at C3 in F15)",
        )  # fmt: skip

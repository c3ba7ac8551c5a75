"""Synthetic columns with pathologies drawn at random, each as a request that anyone can make again."""

from __future__ import annotations

import numpy as np

from planner.geometry.axes import SIDES
from planner.phantom.request import Request

LEVELS = ("C2", "C3", "C4", "C5", "C6")
PILLARS = LEVELS[1:]


def random_column(seed: int) -> Request:
    """Return the person and the diseases of a seed; about one column in ten is healthy."""
    rng = np.random.default_rng([seed, 77])
    if rng.random() < 0.1:
        return Request(levels=LEVELS, seed=seed)
    stenosis = [f"congenital-stenosis:{rng.choice(PILLARS)},{rng.uniform(9, 11):.1f}"] if rng.random() < 0.1 else []
    ill, masses = _masses(rng)
    texts = [*stenosis, *masses, *_laminae(rng)]
    if rng.random() < 0.35:
        texts.append(_calcification(rng, str(rng.choice(PILLARS)), str(rng.choice(SIDES)), "intraspinal", (40, 250)))
    if rng.random() < 0.5:
        texts.append(f"narrow-foramen:{rng.choice(LEVELS)},{rng.choice(SIDES)},{rng.uniform(1.5, 4.0):.1f}")
    if rng.random() < 0.15:
        texts.append(f"high-riding-artery:{rng.choice(SIDES)},{rng.uniform(1.2, 3.0):.1f}")
    return Request(levels=LEVELS, seed=seed, pathologies=(*texts, *_displaced(rng, ill)))


def _masses(rng: np.random.Generator) -> tuple[set[tuple[str, str]], list[str]]:
    """Destroyed and thinned lateral masses, half of them under calcification; calcification on healthy ones."""
    places = [(level, side) for level in PILLARS for side in SIDES]
    rng.shuffle(places)
    count = int(rng.choice([0, 1, 2, 3], p=[0.15, 0.4, 0.3, 0.15]))
    texts, ill = [], set()
    for level, side in places[:count]:
        ill.add((level, side))
        if rng.random() < 0.4:
            texts.append(f"destroy-lateral-mass:{level},{side}")
        else:
            texts.append(f"thin-lateral-mass:{level},{side},{rng.uniform(0.4, 0.7):.2f}")
        if rng.random() < 0.5:
            texts.append(_calcification(rng, level, side, str(rng.choice(["dorsal", "paraspinal"])), (150, 900)))
    if rng.random() < 0.3:
        level, side = places[count]
        texts.append(_calcification(rng, level, side, str(rng.choice(["dorsal", "paraspinal"])), (100, 700)))
    return ill, texts


def _calcification(rng, level: str, side: str, place: str, volume: tuple[float, float]) -> str:
    apart = ",separate=yes" if place != "intraspinal" and rng.random() < 0.15 else ""
    return f"calcification:{level},{side},{place},{rng.uniform(*volume):.0f}{apart}"


def _laminae(rng: np.random.Generator) -> list[str]:
    """One side's lamina absent, or up to one hole on each side of one level."""
    if rng.random() < 0.2:
        return [f"lamina-absent:{rng.choice(PILLARS)},{rng.choice(SIDES)}"]
    if rng.random() < 0.4:
        return []
    level = rng.choice(LEVELS)
    return [
        f"lamina-hole:{level},{side},{rng.uniform(3, 7):.1f},{rng.uniform(-2, 2):.1f},{rng.uniform(4.5, 14):.1f}"
        for side in SIDES
        if rng.random() < 0.7
    ]


def _displaced(rng: np.random.Generator, ill: set[tuple[str, str]]) -> list[str]:
    """At most one level out of place; a facet is perched or locked only where both its masses are whole."""
    kind = rng.choice(["none", "slip", "perch", "lock"], p=[0.4, 0.25, 0.2, 0.15])
    number = int(rng.integers(len(PILLARS)))
    upper, lower, side = LEVELS[number], PILLARS[number], str(rng.choice(SIDES))
    if kind == "slip":
        return [f"slip:{upper},{rng.uniform(-3.0, 3.5):.1f}"]
    if kind == "none" or {(upper, side), (lower, side)} & ill:
        return []
    return [f"{kind}:{upper},{side},{rng.uniform(3.0, 5.0) + (kind == 'lock'):.1f}"]

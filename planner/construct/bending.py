"""The bending guide: how a straight rod is bent, head by head, from its upper end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.construct.plan import Bend
from planner.construct.rules import rule
from planner.geometry.axes import SIGN, unit


def bending_guide(
    side: str, levels: Sequence[str], slots: np.ndarray, overhang_mm: float, left: np.ndarray
) -> tuple[tuple[Bend, ...], float]:
    """Return (bends from above downwards, greatest distance in mm of the bent rod from a slot).

    The rod runs straight from slot (n, 3) to slot and is bent at those between, each about the least radius allowed;
    ``left`` is the patient's left in world space. Places are measured along the unbent rod from its upper end. A bend
    under the table's angle is left out; the distance counts what that costs too.
    """
    chords = np.diff(slots, axis=0)
    lengths = np.linalg.norm(chords, axis=1)
    along = unit(chords)
    at = overhang_mm + np.cumsum(lengths)
    bends, kept, corner = [], [along[0]], 0.0
    for k in range(1, len(along)):
        before, after = kept[-1], along[k]
        angle = float(np.degrees(np.arccos(np.clip(before @ after, -1.0, 1.0))))
        if angle < rule("plain_bend_deg"):
            kept.append(kept[-1])
            continue
        # The patient's back, square to the rod: left x downwards points backwards.
        aside = unit(left - (left @ before) * before)
        back = np.cross(aside, before)
        turn = after - before
        bends.append(
            Bend(
                level=levels[k], at_mm=float(at[k - 1]), angle_deg=angle,
                lordosis_deg=float(np.degrees(np.arctan2(turn @ back, after @ before))),
                inward_deg=float(np.degrees(np.arctan2(-SIGN[side] * (turn @ aside), after @ before))),
            )
        )  # fmt: skip
        kept.append(after)
        half = np.radians(angle) / 2
        corner = max(corner, rule("min_bend_radius_mm") * (1.0 / np.cos(half) - 1.0))
    return tuple(bends), corner + _drift(slots, lengths, along, np.array(kept))


def _drift(slots: np.ndarray, lengths: np.ndarray, along: np.ndarray, kept: np.ndarray) -> float:
    """How far the slots of a rod without its small bends lie off, after it is laid in for the best fit of the ends."""
    if np.allclose(along, kept):
        return 0.0
    walked = slots[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(lengths[:, None] * kept, axis=0)])
    # Laid in at both ends: the miss is shared.
    miss = walked - slots
    share = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()
    return float(np.linalg.norm(miss - share[:, None] * miss[-1], axis=1).max())

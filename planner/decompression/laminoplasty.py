"""The open door: the lamina is cut through on one side, thinned to a hinge on the other, and swung open.

A rigid turn of the lamina about the inner cortex under the hinge's gutter, along the vertebra's own axis. The
alternative to a laminectomy where the column is stable and the hinge is sound; it keeps motion, so no rod goes with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment
from planner.assessment.outline import outline_size
from planner.decompression.extent import Laminoplasty
from planner.decompression.trough import Width, canal_middle, cut, groove, narrow
from planner.geometry.axes import OPPOSITE, SIDES, SIGN
from planner.geometry.solid import box, skin, solid
from planner.geometry.surface import Surface

_FAR_MM = 100.0
_NOT_AT = ("C1", "C2")
_DEFECTS = ("lamina.absent", "lamina.defect", "lamina.thin")


def laminoplasty(
    vertebra: Vertebra, assessment: Assessment, unstable: str = "", needed: str = "", common: str = ""
) -> Laminoplasty:
    """Return the open door of one level, or why it is not offered there.

    ``unstable`` says what makes a segment of the level unstable, ``needed`` which screw holds in the lamina; either
    speaks against it. The hinge is the side without a defect, away from excess in the canal, and with the thicker
    lamina; ``common`` is the side that serves every level opened, and is taken where it is sound. Symptoms, which may
    ask for the other side, are not seen.
    """
    level = vertebra.level
    against = unstable or needed
    if level in _NOT_AT:
        against = f"the lamina of {level} is kept for the muscles on it"
    elif not against and not vertebra.landmarks["spinolaminar_point"].measured:
        against = "the arch is not measured"
    hinge, why = ("", against) if against else _hinge([vertebra], assessment)
    if hinge and common and common != hinge and common in sound_hinges(vertebra, assessment):
        hinge, why = common, f"hinge {common}, as at the other levels"
    if not hinge:
        return Laminoplasty(level=level, offered=False, reason=why)
    opened = _opened(vertebra, hinge)
    if opened is None:
        return Laminoplasty(level=level, offered=False, reason="the surface is not closed, or the groove not measured")
    return Laminoplasty(level=level, offered=True, reason=why, hinge=hinge, **opened)


def common_hinge(vertebrae: Sequence[Vertebra], assessment: Assessment) -> str:
    """Return the side on which all these levels can hinge, "" where there is none: doors open to one side."""
    return _hinge([v for v in vertebrae if v.level not in _NOT_AT], assessment)[0]


def sound_hinges(vertebra: Vertebra, assessment: Assessment) -> tuple[str, ...]:
    """Return the sides whose lamina has no defect; none where one side is absent."""
    bad = _defects(vertebra, assessment)
    if "lamina absent" in bad.values():
        return ()
    return tuple(side for side in SIDES if side not in bad)


def _defects(vertebra: Vertebra, assessment: Assessment) -> dict[str, str]:
    """The worst defect of each side of a lamina that has one."""
    found = {}
    for code in reversed(_DEFECTS):
        for f in assessment.findings:
            if (f.code, f.level) == (code, vertebra.level) and f.side in SIDES:
                found[f.side] = code.replace(".", " ")
    return found


def _hinge(vertebrae: Sequence[Vertebra], assessment: Assessment) -> tuple[str, str]:
    """(the hinge's side for all these levels or "", why)."""
    sound = [side for side in SIDES if all(side in sound_hinges(v, assessment) for v in vertebrae)]
    bad = {side: what for v in vertebrae for side, what in _defects(v, assessment).items()}
    if not sound:
        return "", f"no sound hinge: {', '.join(f'{bad[side]} {side}' for side in SIDES if side in bad)}"
    if len(sound) == 1:
        return sound[0], f"hinge {sound[0]}, the other side has a {bad[OPPOSITE[sound[0]]]}"
    levels = {v.level for v in vertebrae}
    filled = {
        side: sum(
            f.evidence.get("volume_mm3", 0.0)
            for f in assessment.findings
            if f.code == "excess_bone.intraspinal" and f.level in levels and f.side == side
        )
        for side in SIDES
    }
    if filled["left"] != filled["right"]:
        side = min(SIDES, key=filled.__getitem__)
        return side, f"hinge {side}, away from the excess in the canal"
    thick = {side: sum(v.measures.get(("lamina_thickness", side), 0.0) for v in vertebrae) for side in SIDES}
    side = max(SIDES, key=thick.__getitem__)
    return side, f"hinge {side}, the thicker lamina ({thick[side]:.1f} mm)"


def _opened(vertebra: Vertebra, hinge: str) -> dict | None:
    """The numbers and surfaces of the door, by the fields of `Laminoplasty`."""
    local = vertebra.surface.in_frame(vertebra.frame)
    bone, middle = solid(local), canal_middle(vertebra)
    wide = groove(vertebra, narrow(vertebra))
    if bone is None or not np.isfinite(middle).all():
        return None
    sign, burr = SIGN[hinge], cut("burr_mm")
    pivot = _pivot(vertebra, wide, hinge)
    if pivot is None:
        return None
    free = wide.limit(OPPOSITE[hinge])
    reach = abs(pivot[0] - free)
    opening = cut("door_opening_mm")
    angle = 2.0 * np.degrees(np.arcsin(min(1.0, opening / (2.0 * reach))))
    if angle > cut("door_most_deg"):
        angle = cut("door_most_deg")
        opening = 2.0 * reach * np.sin(np.radians(angle) / 2.0)

    def slab(a: float, b: float, front: float):
        return box([min(a, b), front, -_FAR_MM], [max(a, b), _FAR_MM, _FAR_MM])

    # The free side is burred through within its trough, the hinge from behind down to the inner cortex.
    through = slab(free, free + sign * burr, middle[1])
    gutter = slab(pivot[0], pivot[0] - sign * burr, pivot[1] + cut("hinge_left_mm"))
    taken, kept = bone.split(through + gutter)
    door, rest = kept.split(slab(free + sign * burr, pivot[0], middle[1]))
    turn = -sign * angle
    swung = door.translate((-pivot[0], -pivot[1], 0.0)).rotate((0.0, 0.0, turn)).translate((pivot[0], pivot[1], 0.0))
    before, after = _areas(vertebra, pivot, free, turn)
    return {
        "opening_mm": float(opening), "opening_deg": float(angle), "lamina": _world(vertebra, skin(swung)),
        "gutters": _world(vertebra, skin(taken)), "gutter_volume_mm3": taken.volume(),
        "canal_area_before_mm2": before, "canal_area_after_mm2": after, "contact_mm3": (swung ^ rest).volume(),
    }  # fmt: skip


def _pivot(vertebra: Vertebra, wide: Width, hinge: str) -> np.ndarray | None:
    """(l, p) of the inner cortex under the hinge's gutter, the median over the lamina's height."""
    middle = canal_middle(vertebra)
    # A hair within, for a trough may stand at the canal's own greatest width.
    limit = wide.limit(hinge) - SIGN[hinge] * 0.01
    found = []
    for outline in vertebra.canal.sections:
        o = vertebra.frame.to_local(outline)[:, :2]
        a, b = o, np.roll(o, -1, axis=0)
        crosses = (a[:, 0] > limit) != (b[:, 0] > limit)
        if crosses.any():
            a, b = a[crosses], b[crosses]
            p = a[:, 1] + (limit - a[:, 0]) / (b[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
            if p.max() > middle[1]:
                found.append(p.max())
    return np.array([limit, float(np.median(found))]) if found else None


def _areas(vertebra: Vertebra, pivot: np.ndarray, free: float, turn_deg: float) -> tuple[float, float]:
    """Least area of the canal before, and after the rear wall between pivot and free edge has swung.

    The gap of the open side is closed by the straight line from the cut to the free edge, as a plate would.
    """
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = canal_middle(vertebra)
    low, high = sorted((pivot[0], free))
    before, after = [], []
    for outline in vertebra.canal.sections:
        o = _with_corners(vertebra.frame.to_local(outline)[:, :2], (low, high))
        before.append(outline_size(o)[0])
        rear = (o[:, 0] > low - 1e-9) & (o[:, 0] < high + 1e-9) & (o[:, 1] > middle[1])
        swung = np.where(rear[:, None], (o - pivot) @ turn.T + pivot, o)
        # The cut's own corner stays as well: the plate starts there.
        edge = rear & (np.abs(o[:, 0] - free) < 1e-6)
        out: list[np.ndarray] = []
        for k, point in enumerate(o):
            if edge[k]:
                first = not rear[k - 1]
                out += [point, swung[k]] if first else [swung[k], point]
            else:
                out.append(swung[k])
        after.append(outline_size(np.array(out))[0])
    return float(min(before)), float(min(after))


def _with_corners(outline: np.ndarray, cuts: tuple[float, float]) -> np.ndarray:
    """The closed outline with a corner wherever it crosses one of the l values."""
    out: list[np.ndarray] = []
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        out.append(a)
        shares = sorted((c - a[0]) / (b[0] - a[0]) for c in cuts if (a[0] - c) * (b[0] - c) < 0)
        out += [a + share * (b - a) for share in shares]
    return np.array(out)


def _world(vertebra: Vertebra, local: Surface) -> Surface:
    return Surface(vertices=vertebra.frame.to_world(local.vertices), faces=local.faces)

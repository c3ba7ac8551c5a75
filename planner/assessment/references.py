"""What a lateral mass was held against: three references always shown, and why one of them was not used."""

from __future__ import annotations

from typing import Any

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.grading import comparison
from planner.assessment.residual import LEVELS, Residual
from planner.assessment.sides import SideBySide
from planner.geometry.axes import OPPOSITE
from planner.reference.norms import usual


def references(vertebra: Vertebra, look: SideBySide, side: str, left: Residual) -> dict[str, dict[str, Any]]:
    """Return the mirrored other side, the neighbouring levels and the published norm, each with its fraction.

    A fraction is None where the reference gives none. ``dropped`` says by which rule a reference was not used.
    """
    mirrored = look.masses.get(side)
    mirror_used, levels_used = left.reference != LEVELS, LEVELS in left.reference
    place = f"{vertebra.level} {OPPOSITE[side]}"
    if not mirror_used:
        why = f"{place} is ill or hidden itself" if mirrored is not None else f"{place} has no measured borders"
    else:
        why = None if left.fraction == left.fraction else "no side is sound"
    mean = usual("lateral_mass_height", vertebra.level)
    height = vertebra.measures.get(("lateral_mass_height", side), float("nan"))
    return {
        "mirrored_other_side": {
            "fraction": _known(mirrored.filled_fraction if mirrored is not None else float("nan")), "dropped": why,
        },
        "neighbouring_levels": {
            "fraction": _known(left.by_levels if left.by_levels == left.by_levels else left.neighbour_ratio),
            "dropped": None if levels_used else _levels_dropped(left),
        },
        "published_height": {
            "fraction": _known(height / mean[0]) if mean else None,
            "height_mm": _known(height), "mean_mm": mean[0] if mean else None, "source": mean[1] if mean else None,
            "dropped": "the source defines the height otherwise; shown, not graded",
        },
    }  # fmt: skip


def _levels_dropped(left: Residual) -> str:
    if left.by_levels == left.by_levels:
        return "laid on this one they do not show what is left of it"
    return "the other side is sound and like it: their volume is shown, not asked further"


def connections(vertebra: Vertebra, side: str) -> dict[str, bool]:
    """Which facets of a lateral mass and which bridges from it to pedicle and lamina are measured."""
    lamina = vertebra.landmarks.get(f"lamina_{side}")
    return {
        "superior_facet": vertebra.facets[f"superior_{side}"].status is Status.MEASURED,
        "inferior_facet": vertebra.facets[f"inferior_{side}"].status is Status.MEASURED,
        "bridge_to_pedicle": vertebra.isthmuses[side].status is Status.MEASURED,
        "bridge_to_lamina": lamina is not None and lamina.measured,
    }


def facets_without_bridge(vertebra: Vertebra, side: str, left: Residual) -> int:
    """How many facets of a lateral mass are missing with a bridge from it, of those that the other side has; else 0.

    0, too, where as much is left as of no thinned mass, whatever it is held against: a lump, or a lamina that is gone,
    kept them from being made out.
    """
    told = [one for one in (left.height_fraction, left.by_mirror, left.by_levels) if one == one]
    if min([left.fraction, *told]) >= comparison("whole_mass"):
        return 0
    own, other = connections(vertebra, side), connections(vertebra, OPPOSITE[side])
    facets, bridges = (
        sum(other[name] and not own[name] for name in own if name.endswith("facet") == kind) for kind in (True, False)
    )
    return facets if bridges else 0


def size(vertebra: Vertebra, side: str) -> dict[str, float | None]:
    """Height, width and depth of a lateral mass in mm, None where its borders are not measured."""
    names = ("height", "width", "depth")
    found = {name: vertebra.measures.get((f"lateral_mass_{name}", side), float("nan")) for name in names}
    return {f"{name}_mm": _known(value) for name, value in found.items()}


def _known(value: float) -> float | None:
    return None if value != value else round(float(value), 3)

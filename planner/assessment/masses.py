"""Findings about the lateral masses and about excess bone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.excess import Excess
from planner.assessment.finding import Finding
from planner.assessment.grading import comparison
from planner.assessment.proof import by_height
from planner.assessment.references import connections, facets_without_bridge, references, size
from planner.assessment.reporting import finding, percent, point, whose
from planner.assessment.residual import CORE_SEEN, UNDER_MATCHED, Residual
from planner.assessment.sides import SideBySide
from planner.geometry.axes import SIDES
from planner.geometry.surface import Surface


def mass_findings(
    vertebra: Vertebra, look: SideBySide, residuals: Mapping[tuple[str, str], Residual]
) -> Iterator[Finding]:
    """Yield at most one ``lateral_mass`` finding per side: the gravest that holds."""
    level = vertebra.level
    for side in SIDES:
        left = residuals.get((level, side))
        if left is None:
            continue
        mass = left.mass
        fraction, height = left.fraction, left.height_fraction
        mark = vertebra.landmarks.get(f"lateral_mass_center_{side}")
        evidence = {
            "residual_fraction": fraction, "height_fraction": height, "absent_facets": left.absent_facets,
            "reference": left.reference, "judged_by": left.judged_by, "excess_here_mm3": left.excess_mm3,
            "center_status": str(mark.status) if mark is not None else "absent",
        }  # fmt: skip
        if mass is not None:
            evidence |= {
                "filled_fraction": mass.filled_fraction, "credible_fraction": mass.credible_fraction,
                "matched_surface_share": mass.matched_share, "rear_offset_mm": mass.rear_offset_mm,
                "reference_volume_mm3": mass.reference_mm3,
            }  # fmt: skip
        evidence |= {
            "references": references(vertebra, look, side, left), "connections": connections(vertebra, side),
            "facets_without_bridge": facets_without_bridge(vertebra, side, left),
            **size(vertebra, side),
        }  # fmt: skip
        where, texts = whose(level, side), {}
        against = f"against the {left.reference}"
        if left.judged_by == CORE_SEEN:
            thinned = (
                f"height {percent(height)} where no lump fills it, bone about {percent(fraction)} {against}; what lies "
                "under the lump is not seen."
            )
        elif height == height:
            thinned = f"height {percent(height)}, bone {percent(fraction)} {against}."
        else:
            thinned = f"bone {percent(fraction)} {against}."
        low = finding("lateral_mass.thinned", "", "", "", {"height_fraction": height}) is not None
        destroyed = f"{percent(fraction)} of the bone left, {against}."
        most = fraction + comparison("shapeless_gap")
        if left.judged_by == UNDER_MATCHED and mass is not None and mass.filled_fraction > most:
            destroyed += " What fills its place does not have its shape and is not counted as bone."
        if left.absent_facets:
            destroyed += " " + ("Both facets are" if left.absent_facets == 2 else "One facet is") + " missing."
        if evidence["facets_without_bridge"]:
            destroyed += " A facet and the bone that joins the mass to pedicle or lamina are missing together."
        texts = {
            "lateral_mass.destroyed": f"{where} lateral mass destroyed: {destroyed}",
            "lateral_mass.thinned": f"{where} lateral mass thinned from above and below: {thinned}"
            if low
            else f"{where} lateral mass reduced: {thinned}",
            "lateral_mass.small": f"{where} lateral mass small: {percent(fraction)} of the bone, {against}.",
        }
        for code, text in texts.items():
            found = finding(code, level, side, text, evidence)
            if found is not None:
                yield found
                break


def excess_findings(
    vertebra: Vertebra,
    look: SideBySide,
    residuals: Mapping[tuple[str, str], Residual],
    allowance: float = 1.0,
    roughness: float = 1.0,
) -> Iterator[Finding]:
    """Yield lumps of excess bone, what fills the place of an ill mass, and apart from them what lies in the canal.

    ``allowance`` (1 or more) is how much more the healthy
    masses of this column differ from their mirror images than bone usually does; a lump must be that much larger.
    What stands well outside the bent mirror image is proven by that, the more of it is asked for the greater the
    column's ``roughness`` (1 or more) is; not at C2, where an artery's groove on one side or a facet cut short leaves
    as much on the other.
    """
    level = vertebra.level
    canal: dict[str, list[tuple[float, np.ndarray]]] = {}
    attached = {side: [k.points for k in look.lumps if k.side == side and not k.detached] for side in SIDES}
    filling = {side: _filling_mm3(residuals.get((level, side)), attached[side]) for side in SIDES}
    for lump in look.lumps:
        place = vertebra.frame.to_world(lump.center)
        within = 0.0
        outer = lump.volume_mm3 - lump.in_canal_mm3
        graded = _graded_mm3(level, lump, allowance, roughness)
        told = is_told(level, lump, allowance, roughness)
        if told and not lump.detached and filling.pop(lump.side, None) is not None:
            # The largest lump of a side that grows from it is told with what of it lies within the mass.
            within = _filling_mm3(residuals.get((level, lump.side)), attached[lump.side], beside_lump=True)
        evidence = {
            "volume_mm3": outer + within, "within_the_mass_mm3": within, "in_foramen_mm3": lump.in_foramen_mm3,
            "center": point(place), "detached": lump.detached,
        }  # fmt: skip
        piece = "a separate piece" if lump.detached else "excess bone or calcification"
        text = f"{whose(level, lump.side)}: {piece}, {outer + within:.0f} mm³ beyond the mirrored other side"
        text += f", {within:.0f} mm³ of it in the place of lost bone" if within else ""
        text += f", {lump.in_foramen_mm3:.0f} mm³ in the transverse foramen" if lump.in_foramen_mm3 else ""
        found = finding(
            "excess_bone", level, lump.side, f"{text}; not counted as bone.", evidence,
            {"volume_mm3": graded},
        )  # fmt: skip
        if found is not None:
            yield found
        if lump.in_canal_mm3 > 0:
            canal.setdefault(_side_of(lump.canal_points), []).append((lump.in_canal_mm3, lump.canal_points))
    for side, volume in filling.items():
        if volume <= 0:
            continue
        mass = residuals[level, side].mass
        place = vertebra.frame.to_world(mass.filling.mean(axis=0) if len(mass.filling) else mass.box.center)
        evidence = {"volume_mm3": volume, "center": point(place), "in_place_of": "lateral mass"}
        text = (
            f"{whose(level, side)}: excess bone or calcification in place of the lateral mass, about {volume:.0f} mm³ "
            "without the shape of a lateral mass; not counted as bone."
        )
        found = finding("excess_bone", level, side, text, evidence)
        if found is not None:
            yield found
    yield from _in_canal(vertebra, canal)


def is_told(level: str, lump: Excess, allowance: float = 1.0, roughness: float = 1.0) -> bool:
    """Whether a lump is a finding, apart from what of it lies in the canal; arguments as in `excess_findings`."""
    graded = _graded_mm3(level, lump, allowance, roughness)
    return finding("excess_bone", "", "", "", {"volume_mm3": graded}) is not None


def _graded_mm3(level: str, lump: Excess, allowance: float, roughness: float) -> float:
    """The volume a lump is graded by: what of it is proven."""
    share = 1.0 - lump.in_canal_mm3 / lump.volume_mm3 if lump.volume_mm3 else 0.0
    # Bone that reaches into a foramen, narrower for it, and stands clear about it needs no core to be told.
    proven = share * (lump.volume_mm3 if lump.plugging_mm3 > 0 else lump.core_mm3)
    graded = proven / min(allowance, roughness)
    if by_height(level, lump, roughness, share):
        graded = max(graded, lump.volume_mm3 - lump.in_canal_mm3)
    return graded


def _filling_mm3(left: Residual | None, lumps: Sequence[np.ndarray], beside_lump: bool = False) -> float:
    """How much of what fills an ill mass' place is not its bone; 0 where that is no more than a remnant's new edges.

    Voxels of the ``lumps`` (n, 3) at it, local mm, are counted there and not again. ``beside_lump``: one of them stands
    out at the mass, so that less is believed to be its foot. Where a core of the mass is left only that is told which
    is more than its columns differ by, and only beside a lump.
    """
    from scipy.spatial import cKDTree

    if left is None or left.mass is None or left.judged_by not in (UNDER_MATCHED, CORE_SEEN):
        return 0.0
    share = left.mass.filled_fraction - left.fraction
    if left.judged_by == CORE_SEEN:
        return max(share - comparison("uneven_columns"), 0.0) * left.mass.reference_mm3 if beside_lump else 0.0
    if share < comparison("filling_under_lump" if beside_lump else "filling_share"):
        return 0.0
    points = left.mass.filling
    if lumps and len(points):
        away = cKDTree(np.concatenate(lumps)).query(points, distance_upper_bound=comparison("fine_voxel_mm"))[0]
        points = points[np.isinf(away)]
    return float(len(points) * comparison("voxel_mm") ** 3)


def _in_canal(vertebra: Vertebra, canal: Mapping[str, list[tuple[float, np.ndarray]]]) -> Iterator[Finding]:
    level = vertebra.level
    for side, parts in canal.items():
        volume = sum(v for v, _ in parts)
        center = np.concatenate([p for _, p in parts]).mean(axis=0)
        text = (
            f"{whose(level, side)}: excess bone or calcification grows into the canal, about {volume:.0f} mm³ "
            "beyond the mirrored other side."
        )
        evidence = {"volume_mm3": volume, "center": point(vertebra.frame.to_world(center))}
        found = finding("excess_bone.intraspinal", level, side, text, evidence)
        if found is not None:
            yield found


def _side_of(points: np.ndarray) -> str:
    l = points[:, 0].mean()
    return "midline" if abs(l) < 3.0 else ("left" if l > 0 else "right")


def declared_mass_findings(vertebrae: Mapping[str, Vertebra], masses: Mapping[str, Surface]) -> Iterator[Finding]:
    """Yield one ``excess_bone`` for each mass the user declared, at the nearest level."""
    for name, mass in masses.items():
        level = min(vertebrae, key=lambda k: np.linalg.norm(vertebrae[k].frame.origin - mass.center), default=None)
        if level is None:
            continue
        l = vertebrae[level].frame.to_local(mass.center)[0]
        side = "midline" if abs(l) < 3.0 else ("left" if l > 0 else "right")
        volume = abs(mass.volume_mm3)
        evidence = {"volume_mm3": volume, "center": point(mass.center), "declared": name}
        text = f"{whose(level, side)}: mass '{name}' as declared, {volume:.0f} mm³; not bone, no purchase."
        found = finding("excess_bone", level, side, text, evidence)
        if found is not None:
            yield found

"""What is asked of one vertebra part by part: laminae, transverse foramina, pedicles, C2's own, the mesh itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.excess import Excess
from planner.assessment.finding import Finding, Severity
from planner.assessment.grading import severity
from planner.assessment.lamina import LaminaLook
from planner.assessment.reporting import finding, point, stated, whose
from planner.geometry.axes import OPPOSITE, SIDES

# Excess within this distance of where a foramen should be speaks for a narrowed, not an open, foramen.
_AT_FORAMEN_MM = 7.0
# The artery enters at C6 in 93 % of people; the foramen of C7 is small and holds veins.
_NO_ARTERY = ("C7", "T1")


def lamina_findings(vertebra: Vertebra, looks: Mapping[str, LaminaLook | None]) -> Iterator[Finding]:
    """Yield absent, perforated and thin laminae; ``looks`` are those at its two sides, None where there is no place."""
    level = vertebra.level
    coarse = severity("mesh.coarse", {"edge_mm": edge_mm(vertebra)}) is not None
    doubt = "defect or gap in the segmentation (coarse mesh)" if coarse else "defect"
    for side, look in looks.items():
        if look is None:
            # Not even a place to look at: without an arch behind the canal, as after a laminectomy.
            if (
                not vertebra.landmarks[f"lamina_{side}"].located
                and not vertebra.landmarks["spinolaminar_point"].located
            ):
                gone = finding(
                    "lamina.absent", level, side, f"{whose(level, side)} lamina absent: no arch behind the canal.",
                    {"covered_share": 0.0},
                )  # fmt: skip
                if gone is not None:
                    yield gone
            continue
        absent = finding(
            "lamina.absent", level, side,
            f"{whose(level, side)} lamina absent: bone over {100 * look.covered_share:.0f} % of its field.",
            {"covered_share": look.covered_share},
        )  # fmt: skip
        if absent is not None:
            yield absent
            continue
        for hole in look.holes:
            local = vertebra.frame.to_local(hole.center)
            found = finding(
                "lamina.defect", level, side,
                f"{whose(level, side)} lamina: {doubt} of {hole.area_mm2:.0f} mm², "
                f"{abs(local[0]):.0f} mm from the midline{', broken out of its border' if hole.at_border else ''}.",
                {"area_mm2": hole.area_mm2, "equivalent_diameter_mm": 2 * np.sqrt(hole.area_mm2 / np.pi),
                 "center": point(hole.center), "lateral_mm": abs(float(local[0])), "at_border": hole.at_border},
            )  # fmt: skip
            if found is not None:
                yield found
        yield from _thin(level, side, look, looks[OPPOSITE[side]])


def _thin(level: str, side: str, look: LaminaLook, twin: LaminaLook | None) -> Iterator[Finding]:
    other = twin.thickness_mm if twin is not None else float("nan")
    ratio = look.thickness_mm / other if other > 0 else float("nan")
    found = finding(
        "lamina.thin", level, side,
        f"{whose(level, side)} lamina thin: {look.thickness_mm:.1f} mm (median), other side {other:.1f} mm.",
        {"thickness_mm": look.thickness_mm, "mirror_ratio": ratio, "thinnest_tenth_mm": look.thin_mm},
    )  # fmt: skip
    if found is not None:
        yield found


def foramen_findings(vertebra: Vertebra, lumps: tuple[Excess, ...]) -> Iterator[Finding]:
    """Yield narrowed and open transverse foramina. No ring found beside excess bone is told as narrowed."""
    level = vertebra.level
    if level in _NO_ARTERY:
        return
    for side in SIDES:
        own, twin = vertebra.foramina[side], vertebra.foramina[OPPOSITE[side]]
        where = whose(level, side)
        if own.status is Status.MEASURED:
            other = twin.diameter_mm if twin.status is Status.MEASURED else float("nan")
            ratio = other / own.diameter_mm if own.diameter_mm else float("nan")
            compared = f"other side {other:.1f} mm (ratio {ratio:.1f})" if other == other else "other side not measured"
            told = tuple(lump for lump in lumps if severity("excess_bone", {"volume_mm3": lump.core_mm3}) is not None)
            if other != other and _nearest_mm(told, vertebra.frame.to_local(own.center)) >= _AT_FORAMEN_MM:
                compared += ", no excess bone near: narrowed, or a gap in the segmentation"
            found = finding(
                "transverse_foramen.narrowed", level, side,
                f"{where} transverse foramen narrowed: {own.diameter_mm:.1f} mm, {compared}. "
                "The artery on this side may be compromised: CT angiogram first.",
                {"diameter_mm": own.diameter_mm, "other_side_mm": other, "side_ratio": ratio},
            )  # fmt: skip
            if found is not None:
                yield found
        elif own.status is Status.ABSENT and twin.status is Status.MEASURED:
            expected = vertebra.frame.to_local(twin.center) * [-1.0, 1.0, 1.0]
            gap = _nearest_mm(lumps, expected)
            evidence = {"other_side_mm": twin.diameter_mm, "expected_at": point(vertebra.frame.to_world(expected)),
                        "nearest_excess_mm": float(gap) if np.isfinite(gap) else None}  # fmt: skip
            if gap < _AT_FORAMEN_MM:
                text = (
                    f"{where} transverse foramen: no free passage found and excess bone {gap:.0f} mm from its place "
                    f"(other side {twin.diameter_mm:.1f} mm). CT angiogram first."
                )
                yield stated("transverse_foramen.narrowed", level, side, Severity.DEFICIENT, text, evidence)
            else:
                text = (
                    f"{where} transverse foramen: no closed ring of bone found; "
                    "the artery's place is not known from bone."
                )
                yield stated("transverse_foramen.open", level, side, Severity.CAUTION, text, evidence)


def _nearest_mm(lumps: tuple[Excess, ...], place: np.ndarray) -> float:
    """Distance of the nearest excess from a place, local mm; inf without any."""
    return float(min((np.linalg.norm(lump.points - place, axis=1).min() for lump in lumps), default=np.inf))


def pedicle_findings(vertebra: Vertebra) -> Iterator[Finding]:
    level = vertebra.level
    for side in SIDES:
        own = vertebra.isthmuses[side]
        width = vertebra.measures.get(("pedicle_width", side))
        if width is None and level != "C2" and own.status is Status.MEASURED:
            width = own.width_mm
        if width is not None:
            text = f"{whose(level, side)} pedicle narrow: {width:.1f} mm."
            found = finding("pedicle.narrow", level, side, text, {"width_mm": width})
            if found is not None:
                yield found


def axis_findings(vertebra: Vertebra) -> Iterator[Finding]:
    """Yield what only C2 is asked: a high-riding artery and laminae too thin for a screw."""
    if vertebra.level != "C2":
        return
    for side in SIDES:
        values = {
            f"{name}_mm": vertebra.measures.get((name, side), float("nan"))
            for name in ("isthmus_height", "internal_height")
        }
        found = finding(
            "c2.high_riding_artery", "C2", side,
            f"C2 {side}: high-riding artery by the bone: isthmus height {values['isthmus_height_mm']:.1f} mm, "
            f"internal height {values['internal_height_mm']:.1f} mm.",
            values,
        )  # fmt: skip
        if found is not None:
            yield found
        thickness = vertebra.measures.get(("lamina_thickness", side))
        if thickness is not None:
            text = f"C2 {side} lamina {thickness:.1f} mm thick: thin for a translaminar screw."
            found = finding("lamina.thin_for_screw", "C2", side, text, {"thickness_mm": thickness})
            if found is not None:
                yield found


def edge_mm(vertebra: Vertebra) -> float:
    """Median edge length of a mesh."""
    a, b, _ = vertebra.surface.triangles.transpose(1, 0, 2)
    return float(np.median(np.linalg.norm(b - a, axis=1)))


def name_findings(vertebra: Vertebra) -> Iterator[Finding]:
    """A level whose name contradicts its bone or its place; which of the two is wrong, only the user can tell."""
    if vertebra.name_doubt:
        yield stated(
            "input.level_suspected", vertebra.level, "midline", Severity.CRITICAL,
            f"{vertebra.level}: the level is doubtful, {vertebra.name_doubt}. Check the file names or labels.", {},
        )  # fmt: skip


def mesh_findings(vertebra: Vertebra, repairs: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield what the mesh itself gives cause to say: repaired when read, coarse, open."""
    level, edge = vertebra.level, edge_mm(vertebra)
    text = f"{level}: coarse mesh, median edge {edge:.1f} mm; small defects cannot be told from gaps."
    coarse = finding("mesh.coarse", level, "midline", text, {"edge_mm": edge, "faces": len(vertebra.surface.faces)})
    if coarse is not None:
        yield coarse
    if repairs:
        text = f"{level}: the mesh was repaired when read: {'; '.join(repairs)}."
        yield stated("mesh.repaired", level, "midline", Severity.INFO, text, {"repairs": list(repairs)})
    if not vertebra.surface.is_closed:
        text = f"{level}: the surface is open; volumes are by winding number and cuts by voxels."
        yield stated("mesh.open", level, "midline", Severity.CAUTION, text, {"faces": len(vertebra.surface.faces)})

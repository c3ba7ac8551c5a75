"""From raw constructions and verdicts to named landmarks, facets and measures of a `Vertebra`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.anatomy.arch import SKIN_MM
from planner.anatomy.judge import Verdict
from planner.anatomy.pose import Pose
from planner.anatomy.readout import Readout
from planner.anatomy.vertebra import Canal, Facet, Foramen, Isthmus, Landmark, Status, Vertebra
from planner.geometry.axes import OPPOSITE, SIDES, angle_deg
from planner.geometry.surface import Surface

MIRROR = np.array([-1.0, 1.0, 1.0])
BORDERS = ("medial", "lateral", "superior", "inferior")
SURE_SPREAD_MM, DOUBTFUL_SPREAD_MM = 0.6, 3.0
SHALLOW_VALLEY_MM = 0.8


def vertebra_of(
    surface: Surface, pose: Pose, readout: Readout, verdicts: Mapping[tuple[str, str], Verdict], name_doubt: str = ""
) -> Vertebra:
    """Name everything that was read off one bone; positions become world LPS mm."""
    frame, level, trust = pose.frame, readout.level, pose.quality.confidence
    marks: dict[str, Landmark] = {}

    def put(
        name: str, local: np.ndarray | None, confidence: float, method: str, status: Status = Status.MEASURED
    ) -> None:
        if local is None:
            marks[name] = Landmark.absent(name, method)
        else:
            marks[name] = Landmark(
                name=name,
                xyz=frame.to_world(local),
                status=status,
                confidence=round(trust * confidence, 3),
                method=method,
            )

    body, canal = readout.body, readout.canal
    put(
        "body_center",
        body.center,
        0.95,
        "midpoint of the endplate centres" if level != "C2" else "centroid of the lower 12 mm",
    )
    put("inferior_endplate_center", body.inferior.center, 0.95, "robust plane through columns")
    if body.superior is not None:
        put("superior_endplate_center", body.superior.center, 0.95, "robust plane through columns")
    put("posterior_body_wall", body.wall, 0.95, "first exit behind the body centre")
    put(
        "spinolaminar_point",
        canal.spinolaminar,
        0.9,
        "inner lamina at half its height" if canal.spinolaminar is not None else "no arch in the midline",
    )
    put(
        "canal_center", canal.center, 0.95 if canal.closed else 0.7,
        "centroid of the enclosed hole" if canal.closed else "least tilted closed plane, or half-way to the lamina",
        Status.MEASURED if canal.spinolaminar is not None else Status.EXTRAPOLATED,
    )  # fmt: skip
    put(
        "spinous_process_tip",
        readout.spinous,
        0.8,
        "rearmost point" if readout.spinous is not None else "no spinous process",
    )
    if level == "C2":
        put(
            "dens_tip",
            readout.dens,
            0.95,
            "highest point" if readout.dens is not None else "nothing rises over the body",
        )
    bridge = "pars_isthmus" if level == "C2" else "pedicle_isthmus"
    for side in SIDES:
        tunnel, cut, lamina = readout.tunnels.get(side), readout.bridges.get(side), readout.laminae.get(side)
        put(
            f"transverse_foramen_{side}", None if tunnel is None else tunnel.center,
            0.0 if tunnel is None else 0.95 - tunnel.tilt_deg / 100.0,
            "no plane closes a ring"
            if tunnel is None
            else f"enclosed hole, plane tilted {tunnel.tilt_deg:.0f} degrees",
        )  # fmt: skip
        put(
            f"{bridge}_{side}",
            None if cut is None else cut.center,
            0.85,
            "smallest section of the bridge" if cut else "no closed section",
        )
        put(
            f"lamina_{side}",
            None if lamina is None else lamina.point,
            0.85,
            "outer surface at half height" if lamina else "no lamina behind the canal",
        )
        if level != "C2":
            _put_mass(put, readout, side, verdicts[level, side], verdicts[level, OPPOSITE[side]])
    return Vertebra(
        level=level,
        surface=surface,
        frame=frame,
        pose=pose.quality,
        name_doubt=name_doubt,
        landmarks=marks,
        facets={
            f"{n}_{side}": _facet(readout, verdicts, frame, n, side, trust)
            for n in ("superior", "inferior")
            for side in SIDES
        },
        foramina={side: _foramen(readout, frame, side, trust) for side in SIDES},
        isthmuses={side: _isthmus(readout, frame, side) for side in SIDES},
        canal=Canal(
            centerline=frame.to_world(canal.sections.mean(axis=1)),
            sections=tuple(frame.to_world(outline) for outline in canal.sections),
            closed=canal.closed,
        ),
        measures=_measures(readout, verdicts),
    )


def _put_mass(put, readout: Readout, side: str, verdict: Verdict, opposite: Verdict) -> None:
    names = {f"lateral_mass_{b}_border_{side}": b for b in BORDERS} | {f"lateral_mass_center_{side}": "center"}
    if verdict.status is Status.ABSENT:
        for name in names:
            put(name, None, 0.0, verdict.reason)
        return
    if verdict.status is Status.EXTRAPOLATED:
        # Only a sound side can be mirrored: two ill sides leave nothing to extrapolate from.
        other = readout.masses.get(OPPOSITE[side]) if opposite.status is Status.MEASURED else None
        for name, part in names.items():
            if other is None:
                put(name, None, 0.0, f"{verdict.reason}; the other side is no reference")
            else:
                put(
                    name, getattr(other, part) * MIRROR, 0.4,
                    f"mirrored from the other side: this one {verdict.reason}", Status.EXTRAPOLATED,
                )  # fmt: skip
        return
    mass = readout.masses[side]
    rim = 0.9 if mass.corner_spread_mm < SURE_SPREAD_MM else 0.75 if mass.corner_spread_mm < DOUBTFUL_SPREAD_MM else 0.5
    valley = 0.85 if mass.valley_mm >= SHALLOW_VALLEY_MM else 0.55
    sure = {"medial": valley, "lateral": 0.8, "superior": rim, "inferior": 0.9, "center": min(rim, valley)}
    how = {
        "medial": f"valley {mass.valley_mm:.1f} mm below the chord",
        "lateral": "free edge of the rear profile",
        "superior": f"rear rim of the facet, estimates within {mass.corner_spread_mm:.1f} mm",
        "inferior": "lowest point of the articular process",
        "center": "first hit from behind, midway between the borders",
    }
    for name, part in names.items():
        put(name, getattr(mass, part), verdict.sure * sure[part], how[part])


def _facet(readout: Readout, verdicts, frame, name: str, side: str, trust: float) -> Facet:
    full = f"{name}_{side}"
    plane = readout.facets.get(full)
    verdict = verdicts.get((readout.level, side))
    if plane is None or (
        verdict is not None and verdict.status is not Status.MEASURED and not _agrees(readout, name, side)
    ):
        return Facet.absent(full)
    return Facet(
        name=full, center=frame.to_world(plane.center), normal=frame.direction_to_world(plane.normal),
        area_mm2=round(plane.area_mm2, 1), points=frame.to_world(plane.points), status=Status.MEASURED,
        confidence=round(trust * float(np.clip(1.0 - plane.residual_mm, 0.2, 0.95)), 3),
    )  # fmt: skip


def _agrees(readout: Readout, name: str, side: str) -> bool:
    """True if this facet lies where the other side's would, mirrored (25 degrees, 2.5 mm)."""
    a, b = readout.facets.get(f"{name}_{side}"), readout.facets.get(f"{name}_{OPPOSITE[side]}")
    if a is None or b is None:
        return False
    normal = b.normal * MIRROR
    return angle_deg(a.normal, normal) <= 25.0 and abs((a.center - b.center * MIRROR) @ normal) <= 2.5


def _foramen(readout: Readout, frame, side: str, trust: float) -> Foramen:
    tunnel = readout.tunnels.get(side)
    if tunnel is None:
        nan = np.full(3, np.nan)
        return Foramen(side=side, center=nan, axis=nan, diameter_mm=0.0, status=Status.ABSENT, confidence=0.0)
    return Foramen(
        side=side, center=frame.to_world(tunnel.center), axis=frame.direction_to_world(tunnel.axis),
        diameter_mm=tunnel.diameter_mm, status=Status.MEASURED,
        confidence=round(trust * (0.95 - tunnel.tilt_deg / 100), 3),
    )  # fmt: skip


def _isthmus(readout: Readout, frame, side: str) -> Isthmus:
    cut = readout.bridges.get(side)
    if cut is None:
        nan = np.full(3, np.nan)
        return Isthmus(side=side, center=nan, axis=nan, width_mm=0.0, height_mm=0.0, area_mm2=0.0, status=Status.ABSENT)
    return Isthmus(
        side=side, center=frame.to_world(cut.center), axis=frame.direction_to_world(cut.axis),
        width_mm=cut.width_mm, height_mm=cut.height_mm, area_mm2=cut.area_mm2, status=Status.MEASURED,
    )  # fmt: skip


def _measures(readout: Readout, verdicts: Mapping[tuple[str, str], Verdict]) -> dict[tuple[str, str], float]:
    level, body, canal = readout.level, readout.body, readout.canal
    out: dict[tuple[str, str], float] = {}
    if canal.spinolaminar is not None:
        out["canal_ap", "midline"] = float(canal.spinolaminar[1] - body.wall[1])
        out["canal_ap_min", "midline"] = canal.least_ap_mm
    if np.isfinite(readout.canal_width_mm):
        out["canal_width", "midline"] = readout.canal_width_mm
    for side in SIDES:
        if side in readout.tunnels:
            out["transverse_foramen_diameter", side] = readout.tunnels[side].diameter_mm
        if side in readout.laminae:
            out["lamina_thickness", side] = readout.laminae[side].thickness_mm
            out["lamina_height", side] = readout.laminae[side].height_mm
        if side in readout.bridges:
            kind = "pars" if level == "C2" else "pedicle"
            out[f"{kind}_width", side] = readout.bridges[side].width_mm
            out[f"{kind}_height", side] = readout.bridges[side].height_mm
        if level != "C2" and side in readout.masses and verdicts[level, side].status is Status.MEASURED:
            mass = readout.masses[side]
            out["lateral_mass_width", side] = mass.width_mm
            out["lateral_mass_height", side] = mass.height_mm
            out["lateral_mass_depth", side] = _depth(readout, mass.center)
            plane = readout.facets.get(f"superior_{side}")
            if plane is not None:
                out["superior_facet_angle", side] = angle_deg(plane.normal, np.array([0.0, 0.0, 1.0]))
    for key, value in readout.heights.items():
        out[key] = value
    return {key: round(float(value), 3) for key, value in out.items() if np.isfinite(value)}


def _depth(readout: Readout, center: np.ndarray) -> float:
    """Bone from the centre of the posterior face along -P to the first exit."""
    hit = readout.sounding.first_hit(center - [0.0, SKIN_MM, 0.0], np.array([0.0, -1.0, 0.0]))
    return float(center[1] - hit[1])

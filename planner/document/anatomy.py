"""The blocks that say what was read and understood: case, anatomy, findings, alignment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from planner.anatomy.regions import region_areas, regions
from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Assessment, Finding, Measurement, MotionSegment
from planner.document.values import direction, number, plain, point, points
from planner.geometry.axes import SIDES
from planner.reading.case import Case

TORG_CAVEAT = "The Torg ratio misleads where bodies are large; 0.88 is usual on CT. It is shown, not graded."


def case_block(case: Case) -> dict[str, Any]:
    """The files as they were read. ``space_source`` says how the axes are known."""
    return {
        "name": case.name,
        "files": [
            {
                "path": f.path,
                "sha256": f.sha256,
                "level": f.level,
                "faces": int(f.faces),
                "repairs": list(f.repairs),
                "unit_mm": f.unit_mm,
            }
            for f in case.files
        ],
        "space_of_files": case.space,
        "space_source": case.space_source,
        "side_attested": bool(case.side_attested),
        "masses": list(case.masses),
        "avoid": list(case.avoid),
        "notes": list(case.notes),
    }


def anatomy_block(vertebra: Vertebra, measurements: Iterable[Measurement]) -> dict[str, Any]:
    """One vertebra in scan pose. ``foramina`` and ``canal`` are what the pictures draw."""
    frame, pose = vertebra.frame, vertebra.pose
    return {
        "frame": {
            "origin": point(frame.origin),
            "left": direction(frame.left),
            "posterior": direction(frame.posterior),
            "superior": direction(frame.superior),
            "confidence": number(pose.confidence),
            "mirror_residual_mm": number(pose.mirror_residual_mm),
            "routes_apart_deg": number(pose.routes_apart_deg),
            "notes": list(pose.notes),
        },
        "level_doubt": vertebra.name_doubt,
        "landmarks": {
            name: {
                "xyz": point(mark.xyz) if mark.located else None,
                "status": mark.status.value,
                "confidence": number(mark.confidence),
                "method": mark.method,
            }
            for name, mark in vertebra.landmarks.items()
        },
        "facets": {
            name: {
                "center": point(facet.center),
                "normal": direction(facet.normal),
                "area_mm2": number(facet.area_mm2),
                "status": facet.status.value,
                "confidence": number(facet.confidence),
            }
            for name, facet in vertebra.facets.items()
        },
        "foramina": {
            side: {
                "center": point(hole.center),
                "axis": direction(hole.axis),
                "diameter_mm": number(hole.diameter_mm),
                "status": hole.status.value,
            }
            for side, hole in vertebra.foramina.items()
        },
        "isthmuses": {
            side: {
                "center": point(cut.center),
                "axis": direction(cut.axis),
                "width_mm": number(cut.width_mm),
                "height_mm": number(cut.height_mm),
                "area_mm2": number(cut.area_mm2),
                "status": cut.status.value,
            }
            for side, cut in vertebra.isthmuses.items()
        },
        "region_areas_mm2": {name: number(area) for name, area in region_areas(vertebra, regions(vertebra)).items()},
        "canal": _canal(vertebra),
        "measurements": _measurements(measurements),
    }


_ACROSS = ("pedicle_isthmus", "transverse_foramen")


def _canal(vertebra: Vertebra) -> dict[str, Any]:
    """The canal's centre line, its outline where an axial picture cuts, and its size at each height of the frame.

    That is between the pedicles, at C2 between the transverse foramina; without either, half-way up.
    """
    canal, frame = vertebra.canal, vertebra.frame
    middle = len(canal.sections) // 2
    places = ([vertebra.landmarks.get(f"{name}_{side}") for side in SIDES] for name in _ACROSS)
    located = ([mark.xyz for mark in marks if mark is not None and mark.located] for marks in places)
    across = next((points for points in located if points), [])
    if across and canal.sections:
        heights = frame.to_local(np.array(across))[:, 2]
        middle = int(np.abs(frame.to_local(canal.centerline)[:, 2] - heights.mean()).argmin())
    return {
        "closed": bool(canal.closed),
        "centerline": points(canal.centerline),
        "outline": points(canal.sections[middle]) if canal.sections else [],
        "profile": [
            {
                "height_mm": number(size.height_mm),
                "area_mm2": number(size.area_mm2),
                "ap_mm": number(size.ap_mm),
                "width_mm": number(size.width_mm),
            }
            for size in canal.profile(frame)
        ],
    }


def _measurements(measurements: Iterable[Measurement]) -> dict[str, Any]:
    """A sided measure is keyed by its name and side, as landmarks are; one of the midline by its name."""
    block = {}
    for m in measurements:
        name = m.name if m.side not in ("left", "right") else f"{m.name}_{m.side}"
        block[name] = {
            "value": number(m.value),
            "unit": m.unit,
            "side": m.side,
            "norm": m.norm and {"mean": m.norm.mean, "sd": m.norm.sd, "source": m.norm.source},
            "z": number(m.z),
        }
    return block


def finding_block(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level,
        "side": finding.side,
        "severity": finding.severity.value,
        "text": finding.text,
        "evidence": plain(finding.evidence),
    }


def segment_block(segment: MotionSegment) -> dict[str, Any]:
    return {
        "listhesis_mm": number(segment.listhesis_mm),
        "listhesis_percent": number(segment.listhesis_percent),
        "angle_deg": number(segment.angle_deg),
        "facets": {
            side: {
                "overlap_percent": number(state.overlap_percent),
                "gap_mm": number(state.gap_mm),
                "state": state.state,
            }
            for side, state in segment.facets.items()
        },
        "pincer_mm": number(segment.pincer_mm),
        "canal_min_area_mm2": number(segment.canal_min_area_mm2),
        "canal_min_ap_mm": number(segment.canal_min_ap_mm),
    }


def understood(vertebrae: dict[str, Vertebra], assessment: Assessment) -> dict[str, Any]:
    """The blocks ``anatomy``, ``findings``, ``alignment``, ``canal`` and ``lordosis``, in the order of the column."""
    by_level: dict[str, list[Measurement]] = {level: [] for level in vertebrae}
    for m in assessment.measurements:
        by_level.setdefault(m.level, []).append(m)
    return {
        "anatomy": {level: anatomy_block(v, by_level[level]) for level, v in vertebrae.items()},
        "findings": [finding_block(f) for f in assessment.findings],
        "alignment": {s.name: segment_block(s) for s in assessment.segments},
        "canal": canal_block(assessment),
        "lordosis": assessment.lordosis
        and {
            "from": assessment.lordosis.upper,
            "to": assessment.lordosis.lower,
            "angle_deg": number(assessment.lordosis.angle_deg),
        },
    }


def canal_block(assessment: Assessment) -> dict[str, Any]:
    """The canal from the head down along its own way, and its least sizes by level."""
    return {
        "by_level": {
            space.level: {
                "least_area_mm2": number(space.least_area_mm2),
                "least_ap_mm": number(space.least_ap_mm),
                "least_circle_mm": number(space.least_circle_mm),
                "torg_ratio": number(space.torg_ratio),
            }
            for space in assessment.spaces
        },
        "torg_caveat": TORG_CAVEAT,
        "stations": [
            {
                "level": s.level,
                "along_mm": number(s.along_mm),
                "center": point(s.center),
                "area_mm2": number(s.area_mm2),
                "ap_mm": number(s.ap_mm),
                "width_mm": number(s.width_mm),
                "circle_mm": number(s.circle_mm),
            }
            for s in assessment.stations
        ],
    }

"""The bony canal from the head down, station by station along its own curved way, and where it is narrowest.

Stations lie in the vertebrae's transverse planes; the way between them is measured along the canal's centre line.
Bone only: disc, ligament, joint capsule and cord are not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from planner.anatomy.vertebra import Vertebra
from planner.assessment.outline import largest_circle, outline_size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Station:
    """The canal at one place: how far along from the first station, its centre (world mm), and its size.

    ``ap_mm`` is on the midline (nan where the midline is not inside), ``circle_mm`` the diameter of the largest
    circle that fits the outline.
    """

    level: str
    along_mm: float
    center: np.ndarray
    area_mm2: float
    ap_mm: float
    width_mm: float
    circle_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSpace:
    """The canal of one level: its least area, sagittal diameter and inscribed circle, and the Torg ratio.

    The Torg ratio is the least sagittal diameter over the depth of the body at half its height. It was made for
    radiographs, misleads where bodies are large, and 0.88 is usual on CT: it is shown, not graded. nan where not
    measured.
    """

    level: str
    least_area_mm2: float
    least_ap_mm: float
    least_circle_mm: float
    torg_ratio: float


def canal_map(vertebrae: Mapping[str, Vertebra]) -> tuple[Station, ...]:
    """Return the stations from the head down."""
    stations: list[Station] = []
    along, last = 0.0, None
    for level, vertebra in vertebrae.items():
        canal = vertebra.canal
        for center, outline in zip(canal.centerline[::-1], canal.sections[::-1], strict=True):
            along += 0.0 if last is None else float(np.linalg.norm(center - last))
            last = center
            local = vertebra.frame.to_local(outline)[:, :2]
            area, ap, width = outline_size(local)
            stations.append(
                Station(
                    level=level, along_mm=along, center=center, area_mm2=area, ap_mm=ap, width_mm=width,
                    circle_mm=largest_circle(local),
                )
            )  # fmt: skip
    return tuple(stations)


def spaces(vertebrae: Mapping[str, Vertebra], stations: tuple[Station, ...]) -> tuple[LevelSpace, ...]:
    """Return the canal's least sizes level by level; levels without a station are left out."""
    out = []
    for level, vertebra in vertebrae.items():
        own = [s for s in stations if s.level == level]
        if own:
            ap = _least([s.ap_mm for s in own])
            out.append(
                LevelSpace(
                    level=level, least_area_mm2=_least([s.area_mm2 for s in own]), least_ap_mm=ap,
                    least_circle_mm=_least([s.circle_mm for s in own]), torg_ratio=ap / body_depth(vertebra),
                )
            )  # fmt: skip
    return tuple(out)


def body_depth(vertebra: Vertebra) -> float:
    """Return the depth of the body in the midline at half its height, mm; nan where the body is not located."""
    mark, wall = vertebra.landmarks.get("body_center"), vertebra.landmarks.get("posterior_body_wall")
    if mark is None or wall is None or not mark.located or not wall.located:
        return float("nan")
    frame = vertebra.frame
    start = frame.to_local(wall.xyz) + [0.0, -45.0, 0.0]
    hits, _ = vertebra.surface.first_hit(frame.to_world(start)[None], frame.posterior[None])
    return float((wall.xyz - hits[0]) @ frame.posterior)


def _least(values: list[float]) -> float:
    known = [v for v in values if v == v]
    return min(known) if known else float("nan")

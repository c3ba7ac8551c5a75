"""What is known of one vertebra once it has been understood. Values only; nothing here computes anatomy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from planner.geometry.axes import Frame
from planner.geometry.surface import Surface


class Status(StrEnum):
    """How a point is known. No screw starts from anything but `MEASURED`."""

    MEASURED = "measured"
    EXTRAPOLATED = "extrapolated"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmark:
    """A named point in world LPS mm, how it is known, how sure (0 to 1) and by which method.

    An absent landmark has no position: ``xyz`` is nan, so that using it by mistake shows.
    """

    name: str
    xyz: np.ndarray
    status: Status
    confidence: float
    method: str

    @classmethod
    def absent(cls, name: str, reason: str) -> Landmark:
        return cls(name=name, xyz=np.full(3, np.nan), status=Status.ABSENT, confidence=0.0, method=reason)

    @property
    def measured(self) -> bool:
        return self.status is Status.MEASURED

    @property
    def located(self) -> bool:
        """True if there is a position at all, measured or extrapolated."""
        return self.status is not Status.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facet:
    """An articular surface: centre, outward unit normal, area and a sample of its surface points.

    ``points`` (n, 3) lie on the articular surface, about 0.5 mm apart; (0, 3) when absent.
    """

    name: str
    center: np.ndarray
    normal: np.ndarray
    area_mm2: float
    points: np.ndarray
    status: Status
    confidence: float

    @classmethod
    def absent(cls, name: str) -> Facet:
        nan = np.full(3, np.nan)
        return cls(
            name=name, center=nan, normal=nan, area_mm2=0.0, points=np.empty((0, 3)),
            status=Status.ABSENT, confidence=0.0,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foramen:
    """A transverse foramen: a point on its axis, the axis' direction (towards the head), its diameter.

    The height of ``center`` along the axis is arbitrary when the ring is nearly open. ``diameter_mm`` is
    that of the largest circle that fits; 0 with status absent when no ring was found.
    """

    side: str
    center: np.ndarray
    axis: np.ndarray
    diameter_mm: float
    status: Status
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Isthmus:
    """The narrowest section of a pedicle (C3-C7) or of the pars (C2).

    ``axis`` runs forwards along the bridge of bone; width and height lie across it.
    """

    side: str
    center: np.ndarray
    axis: np.ndarray
    width_mm: float
    height_mm: float
    area_mm2: float
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canal:
    """The vertebra's part of the spinal canal.

    ``centerline`` (n, 3) runs from below upwards in world mm; ``section`` holds, for each of its points,
    the (k, 3) closed outline of the free space in the vertebra's transverse plane (gaps in the ring bridged
    straight). ``closed`` is False where the ring of bone is open at every height.
    """

    centerline: np.ndarray
    sections: tuple[np.ndarray, ...]
    closed: bool

    def profile(self, frame: Frame) -> list[CanalSize]:
        """Size of the canal at each of its heights, from below upwards, across the vertebra's S."""
        sizes = []
        for section in self.sections:
            local = frame.to_local(section)
            l, p = local[:, 0], local[:, 1]
            area = abs(float(l @ np.roll(p, -1) - p @ np.roll(l, -1))) / 2
            sizes.append(
                CanalSize(
                    height_mm=float(local[:, 2].mean()),
                    area_mm2=area,
                    ap_mm=float(np.ptp(p)),
                    width_mm=float(np.ptp(l)),
                )
            )
        return sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalSize:
    """The canal at one height above the vertebra's origin: area, greatest extent along P and along L."""

    height_mm: float
    area_mm2: float
    ap_mm: float
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseQuality:
    """How the frame was found and how far it can be trusted.

    ``score`` is the two-way trimmed registration score (mm, lower is better), ``mirror_residual_mm`` the
    trimmed distance between the bone and its mirror image, ``routes_apart_deg`` the whole angle between the
    template's and the canal's reading (nan where the ring is open and only one is available), ``turned_deg``
    how far the endplates turned the template's S. ``notes`` are sentences for a reader.
    """

    confidence: float
    score: float
    mirror_residual_mm: float
    endplate_residual_mm: float
    routes_apart_deg: float = float("nan")
    turned_deg: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vertebra:
    """One bone with its frame, landmarks, facets, foramina, isthmuses and canal, all in world LPS mm.

    Mappings are keyed by the names of the plan document: landmarks such as ``lateral_mass_center_left``,
    facets ``superior_left`` ..., foramina and isthmuses by side. ``measures`` holds plain numbers in mm or
    degrees keyed ``(name, side)`` with side ``left``, ``right`` or ``midline``; what could not be measured is
    not in it. ``name_doubt`` says what contradicts the level's name, "" if nothing does.
    """

    level: str
    surface: Surface
    frame: Frame
    pose: PoseQuality
    landmarks: Mapping[str, Landmark]
    facets: Mapping[str, Facet]
    foramina: Mapping[str, Foramen]
    isthmuses: Mapping[str, Isthmus]
    canal: Canal
    measures: Mapping[tuple[str, str], float]
    name_doubt: str = ""

    def local(self, name: str) -> np.ndarray:
        """A landmark in (l, p, s); nan when absent."""
        return self.frame.to_local(self.landmarks[name].xyz)

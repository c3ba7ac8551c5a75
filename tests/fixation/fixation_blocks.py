"""A toy vertebra of boxes: every distance on it can be worked out by hand. Nothing like a real bone."""

from __future__ import annotations

import numpy as np
import trimesh

from planner.anatomy.vertebra import Canal, Facet, Foramen, Isthmus, Landmark, PoseQuality, Status, Vertebra
from planner.assessment.finding import Assessment, Finding, Severity
from planner.geometry.axes import SIGN, Frame
from planner.geometry.surface import Surface

NOTHING = Assessment(measurements=(), findings=(), segments=())


def box(low, high) -> Surface:
    mesh = trimesh.creation.box(bounds=np.array([low, high], float))
    for _ in range(3):
        mesh = mesh.subdivide()
    return Surface(vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.faces, np.int64))


def sphere(center, radius, subdivisions=4) -> Surface:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Surface(vertices=np.asarray(mesh.vertices) + center, faces=np.asarray(mesh.faces, np.int64))


def joined(*parts: Surface) -> Surface:
    shift = np.cumsum([0, *(len(p.vertices) for p in parts[:-1])])
    return Surface(
        vertices=np.vstack([p.vertices for p in parts]),
        faces=np.vstack([p.faces + s for p, s in zip(parts, shift, strict=True)]),
    )


def finding(code: str, level: str, side: str, severity: Severity = Severity.CRITICAL) -> Assessment:
    text = f"{code} at {level} {side}, 16 % left"
    found = Finding(code=code, level=level, side=side, severity=severity, text=text)
    return Assessment(measurements=(), findings=(found,), segments=())


def block_vertebra(
    level: str = "C4",
    height: float = 0.0,
    mass_status: Status = Status.MEASURED,
    pedicle_width: float = 5.5,
    foramen_mm: tuple[float, float] = (5.5, 5.5),
) -> Vertebra:
    """Lateral masses 12 x 12 x 14 mm behind the foramina, a body in front, pedicles between; origin at
    ``height``. Frame axes are the world's."""
    frame = Frame(origin=np.array([0.0, 0.0, height]), left=np.eye(3)[0], posterior=np.eye(3)[1], superior=np.eye(3)[2])
    parts = [box([-9, -8, -6], [9, 6.5, 6])]
    landmarks, facets, foramina, isthmuses = {}, {}, {}, {}
    for side in ("left", "right"):
        sign = SIGN[side]
        l_low, l_high = sorted([sign * 12.0, sign * 24.0])
        parts.append(box([l_low, 8.0, -7.0], [l_high, 20.0, 7.0]))
        center = np.array([sign * 18.0, 20.0, 0.0])
        name = f"lateral_mass_center_{side}"
        landmarks[name] = Landmark(
            name=name,
            xyz=frame.to_world(center),
            status=mass_status,
            confidence=0.9,
            method="by construction",
        )
        across, deep = np.meshgrid(np.arange(l_low, l_high + 0.1, 0.5), np.arange(8, 19.6, 0.5))
        for which, s, up in (("superior", 9.0, 1.0), ("inferior", -9.0, -1.0)):
            points = np.c_[across.ravel(), deep.ravel(), np.full(across.size, s)]
            facets[f"{which}_{side}"] = Facet(
                name=f"{which}_{side}",
                center=frame.to_world(points.mean(axis=0)),
                normal=np.array([0.0, np.sqrt(0.5), up * np.sqrt(0.5)]),
                area_mm2=140.0,
                points=frame.to_world(points),
                status=Status.MEASURED,
                confidence=0.9,
            )
        size = foramen_mm[0 if side == "left" else 1]
        foramina[side] = Foramen(
            side=side, center=frame.to_world(np.array([sign * 14.0, 3.0, 0.0])), axis=frame.superior,
            diameter_mm=size, status=Status.MEASURED if size > 0 else Status.ABSENT, confidence=0.9,
        )  # fmt: skip
        axis = np.array([-sign * np.sin(np.radians(42)), -np.cos(np.radians(42)), 0.0])
        isthmuses[side] = Isthmus(
            side=side, center=frame.to_world(np.array([sign * 11.0, 8.0, 0.0])), axis=axis,
            width_mm=pedicle_width, height_mm=8.0, area_mm2=35.0, status=Status.MEASURED,
        )  # fmt: skip
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    heights = np.arange(-6, 6.1, 1.0)
    sections = tuple(frame.to_world(np.c_[10 * np.cos(turn), 14 + 6 * np.sin(turn), np.full(40, s)]) for s in heights)
    return Vertebra(
        level=level,
        surface=joined(*(Surface(vertices=frame.to_world(p.vertices), faces=p.faces) for p in parts)),
        frame=frame,
        pose=PoseQuality(confidence=1.0, score=0.0, mirror_residual_mm=0.0, endplate_residual_mm=0.0),
        landmarks=landmarks,
        facets=facets,
        foramina=foramina,
        isthmuses=isthmuses,
        canal=Canal(
            centerline=frame.to_world(np.c_[0 * heights, 14 + 0 * heights, heights]),
            sections=sections,
            closed=True,
        ),
        measures={},
    )

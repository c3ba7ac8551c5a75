"""A column of blocks whose every number is known: bodies, pedicles, masses, laminae and spines as boxes.

Local (l, p, s) mm: body |l| < 8, p -8..8, |s| < 6; canal |l| < 11, p 8..22; masses |l| 11..23, p 10..25,
|s| < 7; laminae |l| < 12, p 22..25, |s| < 5. Levels stand 16 mm apart. Facets are planes at 45 degrees, 10 mm
long on the slope, 1.5 mm apart.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from planner.anatomy.vertebra import Canal, Facet, Foramen, Isthmus, Landmark, PoseQuality, Status, Vertebra
from planner.geometry.axes import SIDES, SIGN, Frame
from planner.geometry.surface import Surface

PITCH_MM = 16.0
GAP_MM = 1.5
FACET_NORMAL = np.array([0.0, np.sqrt(0.5), np.sqrt(0.5)])
FACET_SLOPE = np.array([0.0, -np.sqrt(0.5), np.sqrt(0.5)])


def block(low, high):
    import manifold3d

    low, high = np.asarray(low, float), np.asarray(high, float)
    return manifold3d.Manifold.cube(tuple(high - low), False).translate(tuple(low))


def side_block(side, low, high):
    """A box given for the left; mirrored for the right."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    if side == "right":
        low, high = np.array([-high[0], *low[1:]]), np.array([-low[0], *high[1:]])
    return block(low, high)


def ball(center, radius):
    import manifold3d

    return manifold3d.Manifold.sphere(radius, 48).translate(tuple(np.asarray(center, float)))


def rod_through(center, radius, length=20.0):
    """A cylinder along p, to drill a round hole through a lamina."""
    import manifold3d

    cylinder = manifold3d.Manifold.cylinder(length, radius, radius, 64, True)
    return cylinder.rotate((90.0, 0.0, 0.0)).translate(tuple(np.asarray(center, float)))


def mass(side):
    return side_block(side, [11, 10, -7], [23, 25, 7])


def bone():
    parts = block([-8, -8, -6], [8, 8, 6]) + block([-12, 22, -5], [12, 25, 5]) + block([-2, 24, -4], [2, 38, 1])
    for side in SIDES:
        parts = parts + mass(side) + side_block(side, [7, 4, -3], [12, 12, 4])
    return parts


def surface(solid, edge_mm=1.4):
    mesh = solid.refine_to_length(edge_mm).to_mesh64()
    return Surface(vertices=np.asarray(mesh.vert_properties, float)[:, :3], faces=np.asarray(mesh.tri_verts, np.int64))


@cache
def whole():
    return surface(bone())


def _landmarks(frame, missing):
    points = {
        "body_center": [0, 0, 0], "superior_endplate_center": [0, 0, 6], "inferior_endplate_center": [0, 0, -6],
        "posterior_body_wall": [0, 8, 0], "spinolaminar_point": [0, 22, 0], "canal_center": [0, 15, 0],
        "spinous_process_tip": [0, 38, -1.5],
    }  # fmt: skip
    for side in SIDES:
        k = SIGN[side]
        points |= {
            f"lateral_mass_center_{side}": [17 * k, 25, 0], f"lateral_mass_medial_border_{side}": [11 * k, 25, 0],
            f"lateral_mass_lateral_border_{side}": [23 * k, 25, 0],
            f"lateral_mass_superior_border_{side}": [17 * k, 25, 7],
            f"lateral_mass_inferior_border_{side}": [17 * k, 25, -7], f"lamina_{side}": [7.5 * k, 25, 0],
        }  # fmt: skip
    return {
        name: Landmark.absent(name, "left out")
        if name in missing
        else Landmark(
            name=name, xyz=frame.to_world(xyz), status=Status.MEASURED, confidence=1.0, method="by construction"
        )
        for name, xyz in points.items()
    }


def _facets(frame, missing):
    out = {}
    u, v = np.meshgrid(np.linspace(-3, 3, 13), np.linspace(-5, 5, 41), indexing="ij")
    for side in SIDES:
        for kind in ("superior", "inferior"):
            name = f"{kind}_{side}"
            if name in missing:
                out[name] = Facet.absent(name)
                continue
            center, normal = np.array([17 * SIGN[side], 16.0, 9.0]), FACET_NORMAL
            if kind == "inferior":
                center, normal = center + GAP_MM * FACET_NORMAL - [0, 0, PITCH_MM], -FACET_NORMAL
            points = center + u.reshape(-1, 1) * [1, 0, 0] + v.reshape(-1, 1) * FACET_SLOPE
            out[name] = Facet(
                name=name, center=frame.to_world(center), normal=frame.direction_to_world(normal), area_mm2=60.0,
                points=frame.to_world(points), status=Status.MEASURED, confidence=1.0,
            )  # fmt: skip
    return out


def vertebra(level, *, solid=None, origin=(0.0, 0.0, 0.0), missing=(), measures=None, foramina=(6.0, 6.0)):
    """One block vertebra upright at an origin; ``missing`` names landmarks and facets that are absent."""
    frame = Frame.from_axes(np.asarray(origin, float), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]))
    local = whole() if solid is None else surface(solid)
    outline = np.array([[-11, 8], [11, 8], [11, 22], [-11, 22.0]])
    heights = np.arange(-6.0, 6.1, 1.0)
    numbers = {("canal_ap", "midline"): 14.0, ("canal_width", "midline"): 22.0}
    for side in SIDES:
        numbers |= {("lamina_thickness", side): 3.0, ("lamina_height", side): 10.0, ("pedicle_width", side): 5.0}
    diameters = dict(zip(SIDES, foramina, strict=True))
    return Vertebra(
        level=level, surface=Surface(vertices=frame.to_world(local.vertices), faces=local.faces), frame=frame,
        pose=PoseQuality(confidence=1.0, score=0.0, mirror_residual_mm=0.0, endplate_residual_mm=0.0),
        landmarks=_landmarks(frame, missing), facets=_facets(frame, missing),
        foramina={
            side: Foramen(
                side=side, center=frame.to_world([13 * SIGN[side], 1.0, 0]), axis=np.array([0, 0, 1.0]),
                diameter_mm=d, status=Status.MEASURED if d else Status.ABSENT, confidence=1.0,
            )
            for side, d in diameters.items()
        },
        isthmuses={
            side: Isthmus(
                side=side, center=frame.to_world([9.5 * SIGN[side], 8, 0]), axis=np.array([0, -1.0, 0]),
                width_mm=5.0, height_mm=7.0, area_mm2=30.0, status=Status.MEASURED,
            )
            for side in SIDES
        },
        canal=Canal(
            centerline=frame.to_world(np.stack([0 * heights, 0 * heights + 15, heights], axis=1)),
            sections=tuple(frame.to_world(np.column_stack([outline, np.full(4, h)])) for h in heights), closed=True,
        ),
        measures=numbers | (measures or {}),
    )  # fmt: skip


def column(levels=("C3", "C4", "C5"), shifts=None, **changes):
    """Blocks from the head down, 16 mm apart; ``shifts`` moves a level (and nothing else) in world mm.

    ``changes`` holds keyword arguments of `vertebra` by level.
    """
    shifts = shifts or {}
    return {
        level: vertebra(
            level, origin=np.array([0, 0, -PITCH_MM * k]) + shifts.get(level, 0.0), **changes.get(level, {})
        )
        for k, level in enumerate(levels)
    }

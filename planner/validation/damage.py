"""Damage made on an intact bone with exact booleans, from the landmarks that were read on it.

Positions are in the intact bone's own (l, p, s). A damage is what is taken away and what is added: either may be
empty. What a removal leaves as crumbs goes too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.geometry.axes import SIGN
from planner.geometry.surface import Surface
from planner.validation.observation import Observation

if TYPE_CHECKING:
    from manifold3d import Manifold

FAR_MM = 60.0
CRUMB_MM3 = 30.0
BALL_MM = {"small": 5.0, "large": 6.5}
PLANED_MM = 4.0
BITE_MM = (6.0, 5.0, 6.0)
C2_ARCH_MM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Damage:
    """A damaged bone in world mm, the tools that took and added bone in the intact twin's (l, p, s)."""

    surface: Surface
    taken: Surface | None
    added: Surface | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of damage: its name, what it makes, and which landmarks it takes as a whole.

    ``gone`` holds ``mass``, ``masses`` or ``arch``. ``levels`` are the levels at which it can be made.
    """

    name: str
    tools: Callable[[Observation, str], tuple[Manifold | None, Manifold | None]]
    gone: frozenset[str] = frozenset()
    at_c2: bool = False


def _box(sign: float, l: tuple[float, float], p: tuple[float, float], s: tuple[float, float]) -> Manifold:
    """A box in (l, p, s), its l counted outwards on one side (``sign``)."""
    from manifold3d import Manifold

    across = sorted((sign * l[0], sign * l[1]))
    low, high = np.array([across[0], p[0], s[0]]), np.array([across[1], p[1], s[1]])
    return Manifold.cube(tuple(high - low)).translate(tuple(low))


def _ball(center: np.ndarray, radius: float) -> Manifold:
    from manifold3d import Manifold

    return Manifold.sphere(radius, 32).translate(tuple(center))


def _place(bone: Observation, name: str) -> np.ndarray:
    place = bone.local(name)
    if place is None:
        raise LookupError(name)
    return place


def _mass(bone: Observation, side: str) -> dict[str, float | np.ndarray]:
    """Where a mass lies: borders in l (outwards) and s, its centre, and the rear wall of the foramen."""
    sign = SIGN[side]
    center = _place(bone, f"lateral_mass_center_{side}")
    hole = bone.local(f"transverse_foramen_{side}")
    radius = bone.measures.get(("transverse_foramen_diameter", side), 5.0) / 2
    front = center[1] - 12.0 if hole is None else max(hole[1] + radius + 0.5, center[1] - 14.0)
    return {
        "medial": sign * _place(bone, f"lateral_mass_medial_border_{side}")[0],
        "lateral": sign * _place(bone, f"lateral_mass_lateral_border_{side}")[0],
        "low": _place(bone, f"lateral_mass_inferior_border_{side}")[2],
        "high": _place(bone, f"lateral_mass_superior_border_{side}")[2],
        "center": center,
        "front": front,
    }


def _mass_box(bone: Observation, side: str, l=(None, None), s=(-FAR_MM, FAR_MM), front=None) -> Manifold:
    m = _mass(bone, side)
    inner = m["medial"] if l[0] is None else l[0]
    outer = m["lateral"] + 15.0 if l[1] is None else l[1]
    return _box(SIGN[side], (inner, outer), (m["front"] if front is None else front, m["center"][1] + 20.0), s)


def _whole(bone, side):
    return _mass_box(bone, side), None


def _whole_wide(bone, side):
    m = _mass(bone, side)
    return _mass_box(bone, side, l=(m["medial"] - 1.5, None), front=m["center"][1] - 8.0), None


def _lower(bone, side):
    return _mass_box(bone, side, s=(-FAR_MM, _mass(bone, side)["center"][2])), None


def _upper(bone, side):
    return _mass_box(bone, side, s=(_mass(bone, side)["center"][2], FAR_MM)), None


def _lateral(bone, side):
    m = _mass(bone, side)
    return _mass_box(bone, side, l=((m["medial"] + m["lateral"]) / 2, None)), None


def _both(bone, side):
    return _mass_box(bone, "left") + _mass_box(bone, "right"), None


def _arch(bone, side):
    """Everything behind the canal's middle, between the medial borders (at C2: the canal's edges)."""
    left, right = (
        SIGN[s] * edge[0]
        if (edge := bone.local(f"lateral_mass_medial_border_{s}")) is not None
        else bone.measures.get(("canal_width", "midline"), 2 * C2_ARCH_MM) / 2
        for s in ("left", "right")
    )
    wall, inner = _place(bone, "posterior_body_wall"), _place(bone, "spinolaminar_point")
    front = (wall[1] + inner[1]) / 2
    return _box(1.0, (-right, left), (front, front + 2 * FAR_MM), (-FAR_MM, FAR_MM)), None


def _arch_and_mass(bone, side):
    return _arch(bone, side)[0] + _mass_box(bone, side), None


def _planed(bone, side):
    m = _mass(bone, side)
    return _mass_box(bone, side, l=(m["medial"], m["lateral"] + 3.0), front=m["center"][1] - PLANED_MM), None


def _bite(bone, side):
    center = _mass(bone, side)["center"]
    half = np.array(BITE_MM) / 2
    u = SIGN[side] * center[0]
    return (
        _box(
            SIGN[side], (u - half[0], u + half[0]), (center[1] - BITE_MM[1], center[1] + 5.0),
            (center[2] - half[2], center[2] + half[2]),
        ),
        None,
    )  # fmt: skip


def _ball_on(bone, side):
    return None, _ball(_mass(bone, side)["center"] + [0, 3.0, 0], BALL_MM["small"])


def _ball_instead(bone, side):
    taken = _mass_box(bone, side)
    return taken, _ball(_mass(bone, side)["center"] - [0, 5.0, 0], BALL_MM["large"])


def _ball_detached(bone, side):
    shift = np.array([SIGN[side] * 4.0, 4.0, 0.0])
    return _mass_box(bone, side), _ball(_mass(bone, side)["center"] + shift, BALL_MM["small"])


def _ball_in_canal(bone, side):
    wall, inner = _place(bone, "posterior_body_wall"), _place(bone, "spinolaminar_point")
    half = bone.measures.get(("canal_width", "midline"), 20.0) / 2
    height = inner[2] if bone.level == "C2" else (wall[2] + inner[2]) / 2
    # Its middle 3 mm inside the canal's edge: it grows from the wall and does not come through the lamina.
    return None, _ball(np.array([SIGN[side] * (half - 3.0), (wall[1] + inner[1]) / 2, height]), BALL_MM["small"])


def _ball_on_endplate(bone, side):
    name = "inferior_endplate_center" if bone.level == "C2" else "superior_endplate_center"
    rise = -2.0 if bone.level == "C2" else 2.0
    return None, _ball(_place(bone, name) + [SIGN[side] * 4.0, 0.0, rise], BALL_MM["small"])


MASS, MASSES, ARCH = frozenset({"mass"}), frozenset({"masses"}), frozenset({"arch"})
KINDS = (
    Kind(name="laminectomy", tools=_arch, gone=ARCH, at_c2=True),
    Kind(name="mass gone, cut behind the foramen", tools=_whole, gone=MASS),
    Kind(name="mass gone, wide cut", tools=_whole_wide, gone=MASS),
    Kind(name="lower half of mass gone", tools=_lower),
    Kind(name="upper half of mass gone", tools=_upper),
    Kind(name="lateral half of mass gone", tools=_lateral),
    Kind(name="both masses gone", tools=_both, gone=MASSES),
    Kind(name="laminectomy and mass gone", tools=_arch_and_mass, gone=MASS | ARCH),
    Kind(name="rear 4 mm planed off", tools=_planed),
    Kind(name="bite 6 x 5 x 6 mm", tools=_bite),
    Kind(name="ball on intact mass", tools=_ball_on),
    Kind(name="ball in place of mass", tools=_ball_instead, gone=MASS),
    Kind(name="detached ball, mass gone", tools=_ball_detached, gone=MASS),
    Kind(name="ball in the canal's side", tools=_ball_in_canal, at_c2=True),
    Kind(name="ball on an endplate", tools=_ball_on_endplate, at_c2=True),
)


def damaged(surface: Surface, bone: Observation, kind: Kind, side: str) -> Damage:
    """Cut a closed bone; raises LookupError where a landmark that places the cut is missing."""
    from manifold3d import Error

    body = _manifold(surface.in_frame(bone.frame))
    if body.status() != Error.NoError or body.is_empty():
        raise LookupError("a closed surface")
    taken, added = kind.tools(bone, side)
    if taken is not None:
        pieces = [p for p in (body - taken).decompose() if p.volume() > CRUMB_MM3]
        body = type(body).compose(pieces)
    if added is not None:
        body = body + added
    local = _surface(body)
    world = Surface(vertices=bone.frame.to_world(local.vertices), faces=local.faces)
    return Damage(
        surface=world,
        taken=None if taken is None else _surface(taken),
        added=None if added is None else _surface(added),
    )


def _manifold(surface: Surface) -> Manifold:
    from manifold3d import Manifold, Mesh64

    return Manifold(
        Mesh64(np.ascontiguousarray(surface.vertices, float), np.ascontiguousarray(surface.faces, np.uint64))
    )


def _surface(body: Manifold) -> Surface:
    mesh = body.to_mesh64()
    return Surface(
        vertices=np.array(mesh.vert_properties[:, :3], float), faces=np.array(mesh.tri_verts, np.int64).reshape(-1, 3)
    )

"""Everything that surrounds one side of one vertebra, gathered and brought into the vertebra's own frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.anatomy.vertebra import Status, Vertebra
from planner.assessment.finding import Assessment
from planner.fixation.artery import artery
from planner.fixation.canal_tube import canal_body
from planner.fixation.hazard import FAR_MM, Body, Hazard, Sheet, Tube, by_name
from planner.fixation.nerve_root import nerve_root
from planner.geometry.axes import Frame
from planner.geometry.field import Field, bone_field, grid_points
from planner.geometry.placed import Placed
from planner.geometry.surface import Surface
from planner.reference.hazards import setting
from planner.reference.levels import order

_BONE_GRID_MM, _HAZARD_GRID_MM = 0.6, 1.25

HAZARDS = ("vertebral_artery", "canal", "nerve_root", "superior_facet", "inferior_facet", "neighbours")


@dataclass(frozen=True, eq=False, kw_only=True)
class Bone:
    """One vertebra's bone in its own frame; what lies in a mass is not bone."""

    vertebra: Vertebra
    surface: Placed
    masses: tuple[Placed, ...]

    @classmethod
    def of(cls, vertebra: Vertebra, masses: Mapping[str, Surface]) -> Bone:
        frame = vertebra.frame
        surface = Placed(surface=vertebra.surface, frame=frame)
        low, high = surface.bounds
        placed = [Placed(surface=mass, frame=frame) for mass in masses.values()]
        near = tuple(m for m in placed if (m.bounds[0] < high + 2).all() and (m.bounds[1] > low - 2).all())
        return cls(vertebra=vertebra, surface=surface, masses=near)

    @property
    def bounds(self) -> np.ndarray:
        """(2, 3) least and greatest local corner."""
        return self.surface.bounds

    def field(self, low: np.ndarray, high: np.ndarray) -> Field:
        """Signed distance to bone in a box, cut to where there is bone."""
        first, last = self.surface.bounds
        return bone_field(
            self.surface,
            np.maximum(low, first - 1.5),
            np.minimum(high, last + 1.5),
            _BONE_GRID_MM,
            masses=self.masses,
        )

    def exact(self, points: np.ndarray) -> np.ndarray:
        """Signed distance of local points (n, 3) to bone, exact in length, positive inside bone not mass."""
        value = self.surface.signed_distance(points)
        for mass in self.masses:
            value = np.minimum(value, -mass.signed_distance(points))
        return value

    def passage(self, points: np.ndarray) -> np.ndarray:
        """The same for where a shaft may run, which is bone alone."""
        return self.exact(points)

    def grip_field(self, low: np.ndarray, high: np.ndarray) -> Field | None:
        """The field of what a thread holds in; None where it is that of `field`."""
        return None


def bodies_around(vertebrae: Mapping[str, Vertebra], level: str, avoid: Mapping[str, Surface]) -> dict[str, Body]:
    """Return what both sides of a level share by name: ``canal``, neighbouring bones, keep-outs."""
    frame = vertebrae[level].frame
    found = {}
    canal = canal_body(vertebrae[level])
    if canal is not None:
        found["canal"] = Body(name="canal", placed=Placed(surface=canal, frame=frame))
    for name in adjacent(vertebrae, level):
        placed = Placed(surface=vertebrae[name].surface, frame=frame)
        found[name] = Body(name="neighbours", placed=placed, pitch_mm=0.8)
    for name, surface in avoid.items():
        found[f"avoid {name}"] = Body(name=name, placed=Placed(surface=surface, frame=frame))
    return found


def canal_below(vertebrae: Mapping[str, Vertebra], level: str) -> Body | None:
    """The canal of the next level, in this one's frame."""
    name = next((n for n in adjacent(vertebrae, level) if order(n) > order(level)), None)
    canal = None if name is None else canal_body(vertebrae[name])
    return None if canal is None else Body(name="canal", placed=Placed(surface=canal, frame=vertebrae[level].frame))


def adjacent(vertebrae: Mapping[str, Vertebra], level: str) -> list[str]:
    """Return the known levels next to one, from the head down."""
    return [n for n in sorted(vertebrae, key=order) if abs(order(n) - order(level)) == 1]


def hazards_of(
    vertebrae: Mapping[str, Vertebra],
    level: str,
    side: str,
    assessment: Assessment,
    avoid: Mapping[str, Surface],
    bodies: Mapping[str, Body],
) -> dict[str, tuple[Hazard, ...]]:
    """Return the located hazards of a side by name, in the vertebra's own frame.

    A name of `HAZARDS` that is missing was not located; ``bodies`` are those of `bodies_around`. A given
    artery takes the place of the modelled tube on the side where it lies.
    """
    vertebra = vertebrae[level]
    around = adjacent(vertebrae, level)
    tubes = artery(vertebrae, level, side, assessment)
    given = given_artery(tubes, avoid)
    found: list[Hazard] = [] if given else list(tubes)
    if "canal" in bodies:
        found.append(bodies["canal"])
    found += nerve_root(vertebra, side)
    for name in around:
        if order(name) > order(level):
            found += nerve_root(vertebrae[name], side)
    for which in ("superior", "inferior"):
        facet = vertebra.facets.get(f"{which}_{side}")
        if facet is not None and facet.status is not Status.ABSENT and len(facet.points):
            found.append(Sheet(name=f"{which}_facet", points=facet.points, normal=facet.normal))
    found += [bodies[name] for name in around]
    for name in avoid:
        body = bodies[f"avoid {name}"]
        found.append(replace(body, name="vertebral_artery") if name == given else body)
    return by_name([in_frame(hazard, vertebra.frame) for hazard in found])


def given_artery(tubes: tuple[Tube, ...], avoid: Mapping[str, Surface]) -> str | None:
    """Return the name of a keep-out that is this side's vertebral artery: called so, and beside the tube."""
    for name, surface in avoid.items():
        if "arter" in name.lower() and tubes:
            distance, _, _ = surface.closest(tubes[0].path)
            if distance.min() < setting("given_artery_within_mm"):
                return name
    return None


def in_frame(hazard: Hazard, frame: Frame) -> Hazard:
    """Return a tube or sheet in a vertebra's local coordinates; a body is placed there already."""
    if isinstance(hazard, Tube):
        return Tube(name=hazard.name, path=frame.to_local(hazard.path), radius_mm=hazard.radius_mm)
    if isinstance(hazard, Sheet):
        return Sheet(
            name=hazard.name,
            points=frame.to_local(hazard.points),
            normal=frame.direction_to_local(hazard.normal),
        )
    return hazard


def distances(hazards: tuple[Hazard, ...], points: np.ndarray, exact: bool = False) -> np.ndarray:
    """Least distance (n,) of points to the hazards of one name."""
    return np.min([h.exact(points) if exact else h.distance(points) for h in hazards], axis=0)


def hazard_field(
    hazards: Mapping[str, tuple[Hazard, ...]],
    low: np.ndarray,
    high: np.ndarray,
    spacing_mm: float = _HAZARD_GRID_MM,
) -> Field:
    """Return one field with a value per hazard name, in the mapping's order, over a box of the frame.

    Distances are cut off at `FAR_MM`: a body that lies further away does not matter to any screw in the box.
    """
    nodes, shape = grid_points(low, high, spacing_mm)
    columns = []
    for group in hazards.values():
        near = [h.near(low - FAR_MM, high + FAR_MM) if isinstance(h, Body) else h for h in group]
        near = [h for h in near if h is not None]
        columns.append(np.minimum(distances(tuple(near), nodes), FAR_MM) if near else np.full(len(nodes), FAR_MM))
    values = np.stack(columns, axis=-1)
    return Field(
        origin=np.asarray(low, float),
        spacing_mm=spacing_mm,
        values=values.astype(np.float32).reshape(*shape, len(hazards)),
    )

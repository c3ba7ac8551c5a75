"""What stands on the stage: a scene's items as actors, in both poses, with the layers they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.drawing import polydata, put
from planner.output.hardware import capsules
from planner.output.heat import LACKING, THICKNESS, Heat, lost_bone, thickness
from planner.output.report.model import thinned
from planner.output.scene import Item, Scene
from planner.output.slice_sheet import canal_surface

FACES_DRAWN = 40_000
"""All bones together, for drawing only: with software rendering a picture then takes well under 200 ms."""

OF_ONE_POSE = ("head", "rod")  # heads follow the rod, which is bent for the planned pose alone
_THINNED = ("bone", "mass", "avoid", "removed")
_HAZARD_COLORS = {"vertebral_artery": palette.ARTERY, "nerve_root": palette.ROOT, "canal": palette.CANAL}
_HAZARD_OPACITY = 0.45
_SKIN_MM = 0.2


class Drawn:
    """The actors of a plan's two scenes on one plotter.

    Items that move with their bone are drawn once, in the planned pose, and carried back for the pose of the scan;
    heads and rods are drawn once a pose.
    """

    def __init__(self, plotter: Any, planned: Scene, scan: Scene, motions: Mapping[str, RigidMotion]) -> None:
        from vtkmodules.vtkCommonDataModel import vtkPlane

        self.plotter, self.motions, self._plane = plotter, motions, vtkPlane()
        self.items: dict[str, Item] = {}
        self.actors: dict[str, Any] = {}
        self.poses: dict[str, str] = {}
        self.meshes: dict[str, Any] = {}
        moves = scan is not planned
        thin = {i.name: thinned(i.surface) for i in planned.items if i.group in _THINNED and len(i.surface.faces)}
        total = sum(len(thin[i.name].faces) for i in planned.group("bone", "mass"))
        self._share = max(0.0, 1.0 - FACES_DRAWN / total) if total > 1.1 * FACES_DRAWN else 0.0
        self._thin = thin
        for item in planned.items:
            self.put(item, "planned" if moves and item.group in OF_ONE_POSE else "both")
        for item in scan.group(*OF_ONE_POSE) if moves else ():
            self.put(item, "scan")

    def put(self, item: Item, pose: str = "both") -> None:
        """Draw an item, in the place of what had its name in that pose."""
        name = f"{item.name} in the scan" if pose == "scan" else item.name
        surface = self._thin.get(item.name, item.surface) if item.group in _THINNED else item.surface
        share = self._share if item.group in ("bone", "mass") else 0.0
        mesh = polydata(surface, share, edges=item.group in ("screw", "head", "rod"))
        if item.group == "removed":
            # Bone and what is cut from it are thinned apart: a skin's breadth keeps the one before the other.
            mesh.points = mesh.points + _SKIN_MM * mesh.point_data["Normals"]
        actor = self.actors.get(name)
        if actor is None:
            actor = put(self.plotter, replace(item, name=name), mesh)
            self.plotter.renderer.Modified()
        else:
            actor.mapper.dataset = mesh
            actor.prop.color, actor.prop.opacity = item.color, item.opacity
        if item.values_mm is not None:
            mesh.point_data[LACKING.name] = item.values_mm
            _color(actor.mapper, mesh, LACKING)
        self.items[name], self.actors[name], self.poses[name], self.meshes[name] = item, actor, pose, mesh

    def drop(self, names: Iterable[str]) -> None:
        """Take items off the stage."""
        for name in names:
            if name in self.actors:
                self.plotter.remove_actor(self.actors.pop(name), render=False)
                del self.items[name], self.poses[name], self.meshes[name]

    def coarse(self, item: Item) -> Item:
        """A bone as it is drawn, within `DRAWN_WITHIN_MM`; only in the planned pose, else the item itself."""
        thin = self._thin.get(item.name)
        return (
            item if thin is None or self.items[item.name].surface is not item.surface else replace(item, surface=thin)
        )

    def in_pose(self, pose: str) -> None:
        """Carry everything that moves with its bone to the pose of the scan, or back to the planned one."""
        for name, item in self.items.items():
            motion = self.motions.get(item.level)
            if self.poses[name] == "both" and motion is not None:
                self.actors[name].user_matrix = _inverse(motion) if pose == "scan" else np.eye(4)

    def bone_opacity(self, opacity: float) -> None:
        for name, item in self.items.items():
            if item.group == "bone":
                self.actors[name].prop.opacity = opacity

    def heat(self, on: bool) -> None:
        """Colour bones by their thickness, or as bone again."""
        for name, item in self.items.items():
            if item.group != "bone":
                continue
            mesh = self.meshes[name]
            if on and THICKNESS.name not in mesh.point_data:
                bone = Surface(vertices=np.asarray(mesh.points, float), faces=np.asarray(mesh.regular_faces))
                mesh.point_data[THICKNESS.name] = thickness(bone, THICKNESS.high)
            _color(self.actors[name].mapper, mesh, THICKNESS if on else None)

    def lost(self, document: Mapping[str, Any], scene: Scene) -> None:
        """Draw what lateral masses lack, in the planned pose of ``scene``."""
        for item in lost_bone(document, scene, self._thin):
            self.put(item)

    def clip(self, origin: np.ndarray, normal: np.ndarray) -> None:
        """Leave out bones, masses and what is removed on the side of a plane that the normal points to."""
        self._plane.SetOrigin(*origin)
        self._plane.SetNormal(*-normal)
        for name, item in self.items.items():
            mapper = self.actors[name].mapper
            # A mapper that has the plane is left alone: touched, it would send its whole mesh anew.
            if item.group in (*_THINNED, "trough", "lost") and not mapper.GetNumberOfClippingPlanes():
                mapper.AddClippingPlane(self._plane)

    def unclip(self) -> None:
        for actor in self.actors.values():
            if actor.mapper.GetNumberOfClippingPlanes():
                actor.mapper.RemoveAllClippingPlanes()


def heat_table(heat: Heat) -> Any:
    """A map's colours as VTK takes them."""
    import pyvista as pv

    return pv.LookupTable(heat.colors, scalar_range=(heat.low, heat.high))


def _color(mapper: Any, mesh: Any, heat: Heat | None) -> None:
    """Colour a mesh by its values of a map, or as one colour again."""
    mapper.scalar_visibility = heat is not None
    if heat is not None:
        mesh.set_active_scalars(heat.name)
        mapper.lookup_table = heat_table(heat)
        mapper.scalar_range = (heat.low, heat.high)
        mapper.SetScalarModeToUsePointData()


def hazard_items(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Item]:
    """The shapes that clearances were measured to, in the pose of the motions."""
    items = []
    for h in document.get("hazards", []):
        surface = canal_surface(h["rings"]) if "rings" in h else capsules(np.array(h["path"], float), h["radius_mm"])
        motion = motions.get(h["level"], RigidMotion.identity())
        number = sum(i.name.startswith(f"hazard {h['level']} {h['side']} {h['name']}") for i in items)
        items.append(
            Item(
                name=f"hazard {h['level']} {h['side']} {h['name']} {number}", group="hazard", level=h["level"],
                surface=surface.mapped(motion.rotation, motion.translation),
                color=_HAZARD_COLORS.get(h["name"], palette.AVOID), opacity=_HAZARD_OPACITY,
            )
        )  # fmt: skip
    return items


def _inverse(motion: RigidMotion) -> np.ndarray:
    back = np.eye(4)
    back[:3, :3] = motion.rotation.T
    back[:3, 3] = -motion.rotation.T @ motion.translation
    return back

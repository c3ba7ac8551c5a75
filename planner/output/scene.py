"""What there is to see, before anything is drawn: named, coloured, grouped shapes from a plan document.

Everything a picture shows is read from the document that is also written to disk, so that number and picture
cannot differ. Nothing here needs a display.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.geometry.axes import Frame, unit
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.hardware import head, shaft, tube
from planner.output.wording import anchor_words, nearest_hazard
from planner.reference.tables import rows

ARTERY_REACH_MM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """One thing that is drawn. ``group`` is the layer it is switched with, ``level`` the bone it belongs to."""

    name: str
    group: str
    level: str
    surface: Surface
    color: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Note:
    """Text that points at a place. ``side`` is the patient's side the text belongs to, ``details`` are lines
    for a picture of this level alone."""

    level: str
    side: str
    at: np.ndarray
    lines: tuple[str, ...]
    color: str
    kind: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All items in one pose (``scan`` or ``planned``), the frames of the levels and the notes to place."""

    title: str
    pose: str
    levels: tuple[str, ...]
    frames: Mapping[str, Frame]
    landmarks: Mapping[str, Mapping[str, np.ndarray]]
    items: tuple[Item, ...]
    notes: tuple[Note, ...]
    side_attested: bool

    def group(self, *names: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.group in names)

    @property
    def frame(self) -> Frame:
        """The column's own axes: the mean of the levels' left and superior, about the middle of the bones."""
        frames = list(self.frames.values())
        corners = np.array([item.surface.bounds for item in self.group("bone")])
        middle = (corners[:, 0].min(axis=0) + corners[:, 1].max(axis=0)) / 2
        return Frame.from_axes(
            middle, np.sum([f.left for f in frames], axis=0), np.sum([f.superior for f in frames], axis=0)
        )

    def labels(self, view: str) -> dict[str, np.ndarray]:
        """Where each level's name stands: on the body from the side, on the lamina's midline from behind."""
        if view.startswith("lateral"):
            return {level: frame.origin for level, frame in self.frames.items()}
        return {
            level: self.landmarks[level].get("spinolaminar_point", frame.origin)
            for level, frame in self.frames.items()
        }

    def cut_height(self, level: str) -> float:
        """Height over the frame's origin at which an axial picture cuts: where the pedicles are narrowest.

        Without pedicles the transverse foramina or the canal's centre tell, else the frame's origin.
        """
        for name in ("pedicle_isthmus", "transverse_foramen", "canal_center"):
            found = [xyz for mark, xyz in self.landmarks[level].items() if mark.startswith(name)]
            if found:
                return float(self.frames[level].to_local(np.array(found))[:, 2].mean())
        return 0.0

    @property
    def moves(self) -> bool:
        """True if this scene shows bones where the reduction takes them."""
        return self.pose == "planned"


def motions_of(document: Mapping[str, Any]) -> dict[str, RigidMotion]:
    """The reduction's motion of each level, as the document holds it; empty for an inspection."""
    transforms = document.get("construct", {}).get("reduction", {}).get("transforms", {})
    return {
        level: RigidMotion(rotation=np.array(t["rotation"], float), translation=np.array(t["translation_mm"], float))
        for level, t in transforms.items()
    }


def reduces(document: Mapping[str, Any]) -> bool:
    """True if the planned pose differs from the scan pose."""
    return bool(document.get("construct", {}).get("reduction", {}).get("segment"))


def scene_of(
    document: Mapping[str, Any],
    bones: Mapping[str, Surface],
    removed: Mapping[str, Surface] | None = None,
    extras: Mapping[str, Surface] | None = None,
    pose: str | None = None,
) -> Scene:
    """Gather what a plan or inspection document shows.

    ``bones`` and ``removed`` (bone taken by the decompression) are by level in scan pose, ``extras`` are masses
    and keep-outs by name. ``pose`` is ``planned`` unless ``scan`` is asked for; rods are drawn in the planned
    pose only, because they are bent for it. Without a reduction the two poses are one.
    """
    pose = pose or "planned"
    motions = motions_of(document) if pose == "planned" else {}
    still = RigidMotion.identity()

    def moved(level: str, surface: Surface) -> Surface:
        motion = motions.get(level, still)
        return surface.mapped(motion.rotation, motion.translation)

    items, frames, landmarks = [], {}, {}
    for level, block in document["anatomy"].items():
        frames[level] = _frame(block["frame"], motions.get(level, still))
        landmarks[level] = {
            name: motions.get(level, still)(np.array(mark["xyz"], float))
            for name, mark in block["landmarks"].items()
            if mark["xyz"] is not None
        }
        if level in bones:
            items.append(
                Item(
                    name=level,
                    group="bone",
                    level=level,
                    surface=moved(level, bones[level]),
                    color=palette.BONE if level in document["levels"] else palette.BONE_CONTEXT,
                )
            )
        for name, surface in _passages(block):
            color = palette.ARTERY if name.startswith("artery") else palette.CANAL
            items.append(
                Item(
                    name=f"{level} {name}",
                    group=name.split()[0],
                    level=level,
                    surface=moved(level, surface),
                    color=color,
                    opacity=0.45,
                )
            )
    for level, surface in (removed or {}).items():
        if len(surface.faces):
            items.append(
                Item(
                    name=f"{level} removed bone",
                    group="removed",
                    level=level,
                    surface=moved(level, surface),
                    color=palette.REMOVED,
                    opacity=0.55,
                )
            )
    for block in document.get("decompression", []):
        for side, line in block["trough"].items():
            if len(line) > 1:
                items.append(
                    Item(
                        name=f"{block['level']} trough {side}",
                        group="trough",
                        level=block["level"],
                        surface=moved(block["level"], tube(np.array(line, float), 0.45, around=10)),
                        color=palette.TROUGH,
                    )
                )
    for name, surface in (extras or {}).items():
        mass = name.lower().startswith(("mass", "calcification"))
        items.append(
            Item(
                name=name,
                group="mass" if mass else "avoid",
                level="",
                surface=surface,
                color=palette.MASS if mass else palette.AVOID,
                opacity=0.6,
            )
        )
    rods = document.get("construct", {}).get("rods", []) if pose == "planned" else []
    for fixation in document.get("fixations", []):
        if fixation["entry"] is not None:
            items.extend(_screw(fixation, motions.get(fixation["level"], still), rods))
    for rod in rods:
        if len(rod["points"]) > 1:
            items.append(
                Item(
                    name=f"rod {rod['side']}",
                    group="rod",
                    level="",
                    surface=tube(np.array(rod["points"], float), rod["diameter_mm"] / 2),
                    color=palette.ROD,
                )
            )
    return Scene(
        title=document["case"]["name"],
        pose=pose,
        levels=tuple(level for level in document["levels"] if level in frames),
        frames=frames,
        landmarks=landmarks,
        items=tuple(items),
        notes=tuple(_notes(document, motions)),
        side_attested=document["case"]["side_attested"],
    )


def _frame(block: Mapping[str, Any], motion: RigidMotion) -> Frame:
    return Frame.from_axes(
        motion(np.array(block["origin"], float)),
        motion.rotation @ np.array(block["left"], float),
        motion.rotation @ np.array(block["superior"], float),
    )


def _passages(block: Mapping[str, Any]) -> list[tuple[str, Surface]]:
    """The space of each vertebral artery as a tube along its foramen, and the canal's middle outline."""
    shapes = []
    for side, hole in block.get("foramina", {}).items():
        if hole["center"] is not None and hole["axis"] is not None and (hole["diameter_mm"] or 0) > 0:
            reach = np.linspace(-ARTERY_REACH_MM, ARTERY_REACH_MM, 9)[:, None]
            line = np.array(hole["center"]) + reach * np.array(hole["axis"])
            shapes.append((f"artery {side}", tube(line, hole["diameter_mm"] / 2)))
    outline = np.array(block.get("canal", {}).get("outline", []), float)
    if len(outline) > 2:
        shapes.append(("canal", tube(np.vstack([outline, outline[:1]]), 0.22, around=8)))
    return shapes


def _screw(fixation: Mapping[str, Any], motion: RigidMotion, rods: list[Any]) -> list[Item]:
    """The shaft exactly from entry to tip, and the head where the rod wants it, else behind the entry."""
    entry, tip = motion(np.array(fixation["entry"])), motion(np.array(fixation["tip"]))
    axis = unit(entry - tip)
    level, side = fixation["level"], fixation["side"]
    rules = {row["name"]: row["value"] for row in rows("construct_rules", "rule")}
    seat, along, opens = entry + rules["head_offset_mm"] * axis, None, axis
    for rod in rods:
        for at in rod["heads"]:
            if rod["side"] == side and at["level"] == level and at["center"] is not None:
                seat = np.array(at["center"])
                along = _direction_at(np.array(rod["points"], float), seat)
                opens = unit(axis - (axis @ along) * along)
    color = palette.STATUS[fixation["status"]]
    name = f"screw {level} {side}"
    body = shaft(entry, tip, fixation["screw"]["diameter_mm"])
    tulip = head(seat, opens, rules["tulip_diameter_mm"], along)
    return [
        Item(name=name, group="screw", level=level, surface=body, color=color),
        Item(name=f"head {level} {side}", group="head", level=level, surface=tulip, color=color),
        Item(
            name=f"neck {level} {side}",
            group="head",
            level=level,
            surface=tube(np.array([entry, entry + 0.5 * (seat - entry), seat]), 1.3),
            color=color,
        ),
    ]


def _direction_at(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    nearest = int(np.argmin(np.linalg.norm(points - place, axis=1)))
    low, high = max(nearest - 1, 0), min(nearest + 1, len(points) - 1)
    return unit(points[low] - points[high])


def _notes(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Note]:
    """What is written beside the bones: one note a fixation, and one for each finding of bone with a side."""
    notes = []
    for f in document.get("fixations", []):
        motion = motions.get(f["level"], RigidMotion.identity())
        place = f["entry"] or _place(document, f["level"], f["side"])
        if place is not None:
            notes.append(
                Note(
                    level=f["level"],
                    side=f["side"],
                    at=motion(np.array(place)),
                    lines=_fixation_lines(f),
                    color=palette.STATUS_INK[f["status"]],
                    kind="fixation",
                    details=_details(f),
                )
            )
    return notes + _finding_notes(document, motions)


def _finding_notes(document: Mapping[str, Any], motions: Mapping[str, RigidMotion]) -> list[Note]:
    """One note a level and side with what was found in its bone, at the place of the first finding."""
    bare = {(f["level"], f["side"]) for f in document.get("fixations", []) if f["entry"] is None}
    found: dict[tuple[str, str], list[tuple[Any, str]]] = {}
    for finding in document["findings"]:
        key = level, side = finding["level"], finding["side"]
        place = finding["evidence"].get("center") or _place(document, level, side)
        told = key in bare and finding["code"].startswith("lateral_mass")  # the missing screw's note says it
        if finding["severity"] != "info" and side in ("left", "right") and place is not None and not told:
            words = finding["code"].replace("_", " ").replace(".", ", ")
            found.setdefault(key, []).append((place, words))
    return [
        Note(
            level=level,
            side=side,
            at=motions.get(level, RigidMotion.identity())(np.array(places[0][0])),
            lines=(f"{level} {side}", *dict.fromkeys(words for _, words in places)),
            color=palette.INK,
            kind="finding",
        )
        for (level, side), places in found.items()
    ]


def _place(document: Mapping[str, Any], level: str, side: str) -> list[float] | None:
    """Where a level's side is: its lateral mass, else its lamina, pedicle or pars, else its transverse foramen."""
    marks = document["anatomy"].get(level, {}).get("landmarks", {})
    for name in ("lateral_mass_center", "lamina", "pedicle_isthmus", "pars_isthmus", "transverse_foramen"):
        xyz = marks.get(f"{name}_{side}", {}).get("xyz")
        if xyz is not None:
            return xyz
    return None


def _fixation_lines(f: Mapping[str, Any]) -> tuple[str, ...]:
    title = f"{f['level']} {f['side']}"
    if f["entry"] is None:
        return (f"{title}: no screw", f["reason"])
    screw, near = f["screw"], nearest_hazard(f["clearance_mm"])
    lines = [
        f"{title}: {f['status']}, {screw['diameter_mm']:g} × {screw['length_mm']:g} mm",
        anchor_words(f["anchor"], f["technique"]),
    ]
    if near:
        word = "away" if near[1] >= 0 else "inside"
        lines.append(f"{near[0]} {abs(near[1]):.1f} mm {word}")
    return tuple(lines)


def _details(f: Mapping[str, Any]) -> tuple[str, ...]:
    """Angles and every other clearance, for the picture of one level."""
    if f["entry"] is None:
        return ()
    angles, near = f["angles"], nearest_hazard(f["clearance_mm"])
    lines = []
    if angles["lateral_deg"] is not None and angles["cephalad_deg"] is not None:
        aside = "lateral" if angles["lateral_deg"] >= 0 else "medial"
        rise = "cephalad" if angles["cephalad_deg"] >= 0 else "caudad"
        lines.append(f"{abs(angles['lateral_deg']):.0f}° {aside}, {abs(angles['cephalad_deg']):.0f}° {rise}")
    for name, mm in f["clearance_mm"].items():
        words = name.replace("_", " ")
        if mm is not None and near and words != near[0]:
            lines.append(f"{words} {mm:.1f} mm")
    return tuple(lines)

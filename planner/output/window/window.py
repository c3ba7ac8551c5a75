"""The window on a plan: what is shown, from where, which screw is chosen, and what each key does to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from planner.construct.plan import RigidMotion
from planner.errors import PlannerError
from planner.geometry.axes import unit
from planner.output import palette
from planner.output.drawing import SAMPLES, aim, stage, write_png
from planner.output.heat import LACKING, THICKNESS
from planner.output.legend import legend
from planner.output.report import Seen
from planner.output.scene import motions_of
from planner.output.views import AXIAL, COLUMN_VIEWS, Camera, framed
from planner.output.window.cut import Face, Section, camera_on, cut_named, section_of, towards_eye
from planner.output.window.drawn import Drawn, hazard_items
from planner.output.window.hand import Hand
from planner.output.window.heat_key import HeatKey
from planner.output.window.keys import CUTS, EDITS, FINE, HELP, LAYERS, VIEW_WORDS, VIEWS
from planner.output.window.labels import Label, level_places
from planner.output.window.orientation import orientation_marker
from planner.output.window.panel import hover_words, screw_panel
from planner.output.window.pointing import Pointing
from planner.output.window.words import Words

SIZE = (1400, 1000)
OPACITIES = (1.0, 0.35, 0.12)
_ROOM = (0.26, 0.1, 0.71, 0.93)
_BEHIND_HEAD_MM = 14.0
_CUT = ("bone", "mass", "avoid")


class Window:
    """A plotter with a plan on it and its state. ``press`` is what a key does, in a window and in a browser alike.

    ``bench`` makes what an edit needs when it is first asked for and raises a `PlannerError` that says why it
    cannot; ``save`` writes an edited document and returns its folder. Without them the window only shows.
    """

    def __init__(
        self, seen: Seen, *, off_screen: bool = False, size: tuple[int, int] = SIZE,
        bench: Callable[[], Any] | None = None, save: Callable[[dict], Path] | None = None,
    ) -> None:  # fmt: skip
        self.seen, self.save = seen, save
        self.shown: Callable[[], None] = lambda: None  # what a browser does with each new picture
        self.plotter = stage(size, off_screen=off_screen)
        self.motions = motions_of(seen.document)
        self.moves = bool(seen.document.get("construct", {}).get("reduction", {}).get("segment"))
        self.scenes = {"planned": seen.scene("planned")}
        self.scenes["scan"] = seen.scene("scan") if self.moves else self.scenes["planned"]
        self.pose, self.view, self.cut, self.only = "planned", "posterior", "", None
        self.hidden = {layer.key for layer in LAYERS if not layer.shown}
        self.opacity, self.hot = 1.0, False
        self._face = Face(self.plotter)
        self.drawn = Drawn(self.plotter, self.scenes["planned"], self.scenes["scan"], self.motions)
        self.drawn.lost(seen.document, self.scenes["planned"])
        self.keys = {heat: HeatKey(self.plotter, heat, row) for row, heat in enumerate((THICKNESS, LACKING))}
        self.hazards = {"planned": hazard_items(seen.document, self.motions)}
        self.hazards["scan"] = hazard_items(seen.document, {}) if self.moves else self.hazards["planned"]
        for item in self.hazards["planned"]:
            self.drawn.put(item)
        self.blocks = {(f["level"], f["side"]): f for f in seen.document.get("fixations", [])}
        self.chosen = next((key for key, f in self.blocks.items() if f["entry"] is not None), None)
        self.hand = Hand(self, bench)
        self.words = Words(self.plotter, self.scenes["planned"].frame)
        self.section: Section | None = None
        self.places = {pose: level_places(scene) for pose, scene in self.scenes.items()}
        self.labels = {level: Label(self.plotter, level, level, bold=True) for level in self.places["planned"]}
        self.chosen_label = Label(self.plotter, "chosen", "")
        self._legend: list[tuple[str, str]] = []
        orientation_marker(self.plotter)
        self.pointing = Pointing(self)
        self._bind()
        self.look("posterior")

    # What is shown -------------------------------------------------------------------------------------------

    @property
    def scene(self) -> Any:
        return self.scenes[self.pose]

    @property
    def block(self) -> Any:
        """The chosen fixation as it is now, in the fields of the plan document."""
        return self.hand.held(self.chosen)

    def motion(self, level: str) -> RigidMotion:
        still = RigidMotion.identity()
        return self.motions.get(level, still) if self.pose == "planned" else still

    def refresh(self, render: bool = True) -> None:
        """Show what the state says: layers, pose, cut, texts."""
        off = {group for layer in LAYERS if layer.key in self.hidden for group in layer.groups}
        for name, item in self.drawn.items.items():
            posed = self.drawn.poses[name] in ("both", self.pose)
            alone = self.only is None or item.level == self.only
            shown = item.group not in off and posed and alone and not (self.cut and self._before_the_cut(item))
            self.drawn.actors[name].visibility = shown
        self.drawn.in_pose(self.pose)
        self._cut_open()
        self._name()
        self._put_legend()
        self.keys[THICKNESS].show(self.hot and "b" not in self.hidden)
        self.keys[LACKING].show("l" not in self.hidden and any(i.group == "lost" for i in self.drawn.items.values()))
        self._tell()
        if render and self.cut:
            self._aim(camera_on(self._cut(), tuple(self.plotter.window_size)))
        elif render:
            self._render()

    def look(self, name: str) -> None:
        """Look from a standard view; ``axial`` shows the chosen level alone, ``screw`` looks down the chosen screw."""
        if name == "screw" and (self.block is None or self.block["entry"] is None):
            self.say("No screw is chosen to look down on.")
            return
        self.view, self.cut = name, ""
        self.only = self._level() if name == "axial" else None
        self.refresh(render=False)
        self._aim(self._camera(name))

    def toggle(self, key: str) -> None:
        self.hidden ^= {key}
        self.refresh()

    def choose(self, key: tuple[str, str] | None) -> None:
        """Choose another side's screw: the panel tells it, cuts and edits are about it."""
        if key is None:
            return
        self.chosen = key
        self.hand.take(key)
        if self.view in ("axial", "screw") and not self.cut:
            self.look(self.view)
        else:
            self.refresh()

    def say(self, words: str) -> None:
        """A notice at the foot of the window, until the next key."""
        self.words["notice"] = words
        self._render()

    def bare(self) -> None:
        """Leave out what is for a hand at the keys: for a film only title, names, letters and the mark stay."""
        self.chosen = None
        self.refresh(render=False)
        self.words["layers"] = self.words["panel"] = ""

    def smooth(self, yes: bool) -> None:
        """Smooth edges and true order of what is seen through, or pictures in a third of the time, as an edit needs."""
        self.plotter.render_window.SetMultiSamples(SAMPLES if yes else 0)
        self.plotter.renderer.SetUseOIT(yes)

    # Keys ----------------------------------------------------------------------------------------------------

    def press(self, key: str, shift: bool = False, control: bool = False) -> None:
        """Do what a key does; ``key`` is VTK's symbol of it."""
        self.words["notice"] = ""
        key = "Tab" if key == "ISO_Left_Tab" else key
        if key in VIEWS:
            self.look(VIEWS[key])
        elif key in {layer.key for layer in LAYERS}:
            self.toggle(key)
        elif key in _ACTS:
            _ACTS[key](self)
        elif key == "Tab":
            self._next(-1 if shift else 1)
        elif (key, shift) in EDITS:
            act, how = EDITS[key, shift]
            self.hand.do(act, how, FINE if control else 1.0)

    def _see_through(self) -> None:
        later = [o for o in OPACITIES if o < self.opacity - 1e-6]
        self._opacity(later[0] if later else 1.0)

    def _opacity(self, value: float) -> None:
        self.opacity = float(np.clip(value, 0.05, 1.0))
        self.drawn.bone_opacity(self.opacity)
        self.refresh()

    def _heat(self) -> None:
        self.hot = not self.hot
        self.drawn.heat(self.hot)
        self.refresh()

    def _other_pose(self) -> None:
        if not self.moves:
            self.say("This plan moves no level: there is one pose.")
            return
        self.pose = "scan" if self.pose == "planned" else "planned"
        self.refresh()

    def _next_cut(self) -> None:
        if self.block is None or self.block["entry"] is None:
            self.say("No screw is chosen to cut along.")
            return
        self.cut = CUTS[(CUTS.index(self.cut) + 1) % len(CUTS)]
        self.only = None
        if self.cut:
            self.refresh()
        else:
            self.look("posterior" if self.view == "axial" else self.view)

    def _next(self, step: int) -> None:
        keys = [key for key, f in self.blocks.items() if f["entry"] is not None or self.hand.on]
        if keys:
            at = keys.index(self.chosen) if self.chosen in keys else -step
            self.choose(keys[(at + step) % len(keys)])

    def _help(self) -> None:
        self.words["help"] = "" if self.words["help"] else HELP
        self.refresh()

    def _picture(self) -> None:
        file = next(f for k in range(1, 10_000) if not (f := Path(f"planner-view-{k}.png")).exists())
        try:
            self.say(f"Written to {write_png(self.plotter, file)}")
        except PlannerError as error:
            self.say(str(error))

    # Inside --------------------------------------------------------------------------------------------------

    def _bind(self) -> None:
        iren = self.plotter.iren
        iren.clear_key_event_callbacks()
        # VTK's own letters would switch to wires, stereo or a picking box under ours.
        iren.interactor.GetInteractorStyle().AddObserver("CharEvent", lambda *_: None)
        edits = {key for key, _ in EDITS}
        for key in {*VIEWS, *(layer.key for layer in LAYERS), *_ACTS, *edits, "Tab", "ISO_Left_Tab"}:
            iren.add_key_event(key, lambda key=key: self._pressed(key))
        iren.add_key_event("q", iren.terminate_app)
        self.plotter.renderer.AddObserver("StartEvent", lambda *_: self._letters())

    def _pressed(self, key: str) -> None:
        interactor = self.plotter.iren.interactor
        self.press(key, bool(interactor.GetShiftKey()), bool(interactor.GetControlKey()))

    def _level(self) -> str:
        return self.chosen[0] if self.chosen else self.scene.levels[0]

    def _camera(self, name: str) -> Camera:
        scene, (width, height) = self.scene, self.plotter.window_size
        room = tuple(int(s * full) for s, full in zip(_ROOM, (width, height, width, height), strict=True))
        frame = scene.frame
        shown = [i for i in scene.group("bone", "head", "rod", "screw") if self.only in (None, i.level)]
        origins = [f.origin for f in scene.frames.values()]
        points = np.concatenate([np.array(origins), *(item.surface.vertices[::7] for item in shown)])
        if name in COLUMN_VIEWS:
            return framed(COLUMN_VIEWS[name].axes(frame), points, (width, height), room)
        level = scene.frames[self._level()]
        if name == "axial":
            return framed(AXIAL.axes(level), points, (width, height), room)
        motion = self.motion(self.chosen[0])
        entry, tip = motion(np.array(self.block["entry"])), motion(np.array(self.block["tip"]))
        along = unit(tip - entry)
        right = unit(np.cross(along, level.superior))
        near = points[np.linalg.norm(points - entry, axis=1) < 40.0]
        return framed(np.array([right, np.cross(right, along), -along]), near, (width, height), room)

    def _aim(self, camera: Camera) -> None:
        aim(self.plotter, camera)
        self.shown()

    def _render(self) -> None:
        self.plotter.render()
        self.shown()

    def _cut(self) -> Any:
        level = self.chosen[0]
        return cut_named(self.cut, self.block, self.motion(level), self.scene.frames[level])

    def _cut_open(self) -> None:
        if not self.cut or self.block is None or self.block["entry"] is None:
            self.cut, self.section = "", None
            self.drawn.unclip()
            self._face.show(None)
            return
        cut = self._cut()
        self.drawn.clip(cut.middle, towards_eye(cut))
        near = [h for h in self.hazards[self.pose] if h.level == self.chosen[0] and self.chosen[1] in h.name]
        near += [h for h in self.hazards[self.pose] if h.level == self.chosen[0] and "midline" in h.name]
        # The chosen screw's own bone to the last digit, the others as they are drawn: they are only looked at.
        around = [i if i.level == self.chosen[0] else self.drawn.coarse(i) for i in self.scene.group(*_CUT)]
        self.section = section_of(cut, [*around, *near])
        self._face.show(self.section)

    def _before_the_cut(self, item: Any) -> bool:
        """True for what a cut does without: hazards are outlined in it, and other metal would stand before it."""
        own = item.name.endswith(" ".join(self.chosen))
        return item.group in ("hazard", "rod", "head") or (item.group == "screw" and not own)

    def _tell(self) -> None:
        document, scene = self.seen.document, self.scene
        pose = f"planned pose: {scene.reduction}" if scene.reduction else "pose of the scan"
        sides = "" if scene.side_attested else "left and right not attested"
        self.words["title"] = "\n".join(filter(None, [document["case"]["name"], pose, sides]))
        more = []
        if self.cut:
            more.append(f"x  cut: {self._cut().heading.lower()}")
        elif self.only:
            more.append(f"{self.only} alone, seen from below")
        else:
            more.append(f"view: {VIEW_WORDS[self.view]}")
        if self.opacity < 1.0:
            more.append(f"bones at {100 * self.opacity:.0f} %")
        if self.hot:
            more.append(f"y  bones: {THICKNESS.words}")
        if self.hand.on:
            more.append("EDITING: arrows move, w saves")
        self.words.layers({i.group for i in self.drawn.items.values()}, self.hidden, more)
        self.words["panel"] = screw_panel(self.block, self.hand.proposal(self.chosen)) if self.block else ""

    def hover(self, key: tuple[str, str] | None) -> None:
        """Tell a screw that the mouse is over."""
        block = self.hand.held(key)
        words = hover_words(block) if block and block["entry"] is not None else ""
        if words != self.words["hover"]:
            self.words["hover"] = words
            self._render()

    def _letters(self) -> None:
        camera = self.plotter.camera
        look = unit(np.array(camera.focal_point) - camera.position)
        up = np.array(camera.up)
        up = unit(up - (up @ look) * look)
        self.words.letters(np.cross(look, up), up)

    def _name(self) -> None:
        """The levels' names, and the chosen screw's behind its head."""
        for level, label in self.labels.items():
            away = self.cut or self.words["help"] or (self.only is not None and level != self.only)
            label.show(None if away else self.places[self.pose][level])
        block = self.block
        if self.cut or self.words["help"] or block is None or block["entry"] is None or "s" in self.hidden:
            self.chosen_label.show(None)
            return
        motion = self.motion(block["level"])
        entry, tip = motion(np.array(block["entry"])), motion(np.array(block["tip"]))
        self.chosen_label.show(entry - _BEHIND_HEAD_MM * unit(tip - entry), f"{block['level']} {block['side']}")

    def _put_legend(self) -> None:
        """What the colours mean, of what can be seen now."""
        held = {f["status"] for f in map(self.hand.held, self.blocks) if f["entry"] is not None}
        entries = [(f"screw {status}", color) for status, color in palette.STATUS.items() if status in held]
        entries += [(words, color) for words, color in legend(self.scene).items() if not words.startswith("screw ")]
        if (self.cut or "a" not in self.hidden) and self.seen.document.get("hazards"):
            entries += [("artery's space", palette.ARTERY), ("nerve root's space", palette.ROOT)]
            entries += [("canal", palette.CANAL)]
        if entries and entries != self._legend:
            self._legend = entries
            self.plotter.suppress_rendering = True  # a legend would be drawn at once, and all else with it
            self.plotter.add_legend(
                entries, bcolor=palette.BACKGROUND, background_opacity=0.8, face="rectangle", loc="lower left",
                size=(0.13, 0.021 * len(entries) + 0.01),
            )  # fmt: skip
            self.plotter.suppress_rendering = False


_ACTS: dict[str, Callable[[Window], None]] = {
    "t": Window._see_through,
    "plus": lambda w: w._opacity(w.opacity + 0.1),
    "equal": lambda w: w._opacity(w.opacity + 0.1),
    "minus": lambda w: w._opacity(w.opacity - 0.1),
    "y": Window._heat,
    "k": Window._other_pose,
    "x": Window._next_cut,
    "h": Window._help,
    "question": Window._help,
    "p": Window._picture,
    "e": lambda w: w.hand.switch(),
    "r": lambda w: w.pointing.measure(),
}

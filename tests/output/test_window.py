"""The window on a virtual screen, driven by its keys and its mouse.

Once a process has drawn without a screen VTK goes on without one, so that it is a window of X is seen in a process of
its own.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from planner.document import json_text, plan_document
from planner.document.again import fixations_of, reduction_of
from planner.editing import Bench
from planner.errors import InputError
from planner.fixation.follow import regrade
from planner.fixation.ladder import sides_of
from planner.geometry.surface import Surface
from planner.geometry.trajectory import Trajectory
from planner.output import palette
from planner.output.heat import LACKING, LOST_COLOR, THICKNESS
from planner.output.report import Seen
from planner.output.scene import Item, motions_of
from planner.reference.techniques import technique_at

SIZE = (1000, 800)

# `show` as a user has it; a timer of VTK's presses the keys, the last of which closes the window.
_OPEN = """
import pickle, sys
from planner.output.window import opening
class Watched(opening.Window):
    def __init__(self, *args, **how):
        super().__init__(*args, **how)
        self.kind = type(self.plotter.render_window).__name__
        watched.append(self)
        self.plotter.add_timer_event(max_steps=3, duration=200, callback=self.step)
    def step(self, step):
        interactor = self.plotter.iren.interactor
        interactor.SetKeySym("q" if step else "2")
        interactor.InvokeEvent("KeyPressEvent")
watched, opening.Window = [], Watched
opening.show(pickle.load(open(sys.argv[1], "rb")))
print(watched[0].kind, watched[0].view)
"""


@pytest.fixture(scope="module")
def seen(sample_plan):
    return Seen.of(sample_plan, json.loads(json_text(plan_document(sample_plan))))


@pytest.fixture(scope="module")
def bench(sample_plan, seen):
    sides = {
        (level, place.side): place
        for level in sample_plan.vertebrae
        for place in sides_of(sample_plan.vertebrae, sample_plan.assessment, level, execution="freehand", seed=7)
    }
    return Bench(
        vertebrae=sample_plan.vertebrae, assessment=sample_plan.assessment, sides=sides,
        reduction=reduction_of(seen.document), proposal={(f.level, f.side): f for f in fixations_of(seen.document)},
    )  # fmt: skip


@pytest.fixture
def saved():
    return []


@pytest.fixture
def window(screen, seen, bench, saved, tmp_path):
    from planner.output.window import Window

    def save(document):
        saved.append(json.loads(json_text(document)))
        return tmp_path / "plan-blocks-edited"

    made = Window(seen, size=SIZE, bench=lambda: bench, save=save)
    made.plotter.show(interactive=False, auto_close=False)
    yield made
    made.plotter.close()


def press(window, *keys, shift=False, control=False):
    """Keys as VTK's interactor gets them from the screen."""
    for key in keys:
        interactor = window.plotter.iren.interactor
        interactor.SetShiftKey(int(shift))
        interactor.SetControlKey(int(control))
        interactor.SetKeySym(key)
        interactor.InvokeEvent("KeyPressEvent")


def mouse(window, event, place):
    window.plotter.iren.interactor.SetEventInformation(*map(int, place), 0, 0, "0", 0, None)
    window.plotter.iren.interactor.InvokeEvent(event)


def picture(window):
    from planner.output.drawing import picture_of

    return picture_of(window.plotter).astype(int)


def middle(window):
    """The middle of the picture, where no text stands."""
    height, width = SIZE[1], SIZE[0]
    return picture(window)[int(0.12 * height) : int(0.88 * height), int(0.27 * width) : int(0.68 * width)]


def pixel(window, place):
    """Where a world point is drawn, from the lower left corner."""
    renderer = window.plotter.renderer
    renderer.SetWorldPoint(*place, 1.0)
    renderer.WorldToDisplay()
    return np.array(renderer.GetDisplayPoint()[:2])


def told(window):
    """The panel's numbers: what -> (now, proposed)."""
    rows = [line.rsplit(maxsplit=2) for line in window.words["panel"].splitlines() if line.startswith(" ")]
    return {row[0].strip(): row[1:] for row in rows if len(row) == 3}


def test_it_opens_on_a_screen_hears_its_keys_and_closes(screen, seen, tmp_path):
    file = tmp_path / "seen"
    bones = {level: Surface(vertices=b.vertices, faces=b.faces) for level, b in seen.bones.items()}
    file.write_bytes(pickle.dumps(Seen(document=seen.document, bones=bones, removed={}, extras={})))
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["vtkXOpenGLRenderWindow", "lateral_left"], done.stderr


def test_the_patients_directions_and_levels_are_told(window):
    assert (window.words["at left"], window.words["at right"]) == ("L", "R")
    assert {level for level, label in window.labels.items() if label.actor.GetVisibility()} == {"C4", "C5"}
    assert "not attested" in window.words["title"]


def test_keys_change_the_view(window):
    seen_from = {}
    for key, letters in (("1", "LR"), ("2", "AP"), ("3", "PA"), ("5", "RL")):
        press(window, key)
        assert window.words["at left"] + window.words["at right"] == letters, key
        seen_from[key] = picture(window)
    assert window.only == "C4"
    press(window, "4", "6")
    look = np.array(window.plotter.camera.focal_point) - window.plotter.camera.position
    ends = [window.motion(window.chosen[0])(np.array(window.block[end])) for end in ("entry", "tip")]
    along = ends[1] - ends[0]
    assert look @ along / np.linalg.norm(look) / np.linalg.norm(along) > 0.9999
    pairs = [(a, b) for a in seen_from for b in seen_from if a < b]
    assert all(np.abs(seen_from[a] - seen_from[b]).mean() > 2 for a, b in pairs)


def test_a_layer_goes_and_comes_back(window):
    first = middle(window)
    press(window, "t")
    assert window.drawn.actors["C4"].prop.opacity < 0.5
    through = middle(window)
    assert (through != first).any()
    for key in "bsodfa":
        press(window, key)
        assert (np.abs(middle(window) - through).max(axis=2) > 20).sum() > 40, key
        press(window, key)
        assert (middle(window) == through).all(), key


def test_thickness_is_shown_in_colours_with_their_key(window):
    bare = middle(window)
    press(window, "y")
    assert "thickness" in window.words["layers"]
    assert window.keys[THICKNESS].actors["key thickness"].GetVisibility()
    thick = middle(window)
    assert ((thick[..., 0] - thick[..., 2] > 120) & (thick[..., 1] - thick[..., 2] > 120)).mean() > 0.05
    press(window, "y")
    assert not window.keys[THICKNESS].actors["key thickness"].GetVisibility()
    assert (middle(window) == bare).all()


def test_bone_that_is_lacking_is_a_layer_in_colours_with_their_key(screen, seen, monkeypatch):
    from planner.output.window import Window, drawn

    corners = np.array([[-12, 40, -8], [-12, 40, -32], [12, 40, -8], [12, 40, -32.0]])
    lost = Item(
        name="C4 left bone lacking", group="lost", level="C4", color=LOST_COLOR, values_mm=np.full(4, 3.0),
        surface=Surface(vertices=corners, faces=np.array([[0, 2, 1], [1, 2, 3]])),
    )  # fmt: skip
    monkeypatch.setattr(drawn, "lost_bone", lambda document, scene, bones: [lost])
    window = Window(seen, size=SIZE)
    try:
        window.plotter.show(interactive=False, auto_close=False)
        key = window.keys[LACKING].actors["key lacking"]
        assert "[ ] l  bone lacking" in window.words["layers"]
        bare = middle(window)
        press(window, "l")
        assert key.GetVisibility()
        shown = middle(window)[np.abs(middle(window) - bare).max(axis=2) > 20]
        assert len(shown) > 1000
        hue = np.median(shown, axis=0) / np.linalg.norm(np.median(shown, axis=0))
        wanted = LACKING.rgba(np.array([3.0]))[0, :3]
        assert hue @ wanted / np.linalg.norm(wanted) > 0.98
        press(window, "l")
        assert not key.GetVisibility()
        assert (middle(window) == bare).all()
    finally:
        window.plotter.close()


@pytest.mark.parametrize("pose", ["planned", "scan"])
def test_screws_stand_where_the_plan_says_by_points_picked_from_the_picture(window, seen, pose):
    from vtkmodules.vtkRenderingCore import vtkWorldPointPicker

    if pose == "scan":
        press(window, "k")
    assert window.pose == pose
    motions = motions_of(seen.document) if pose == "planned" else {}
    press(window, "3")
    press(window, "b", "o", "d")
    for name, actor in window.drawn.actors.items():
        actor.visibility = window.drawn.items[name].group == "screw"
    window.plotter.render()
    picker, found = vtkWorldPointPicker(), 0
    for block in (f for f in seen.document["fixations"] if f["entry"] is not None and f["side"] == "right"):
        move = motions.get(block["level"], lambda p: p)
        entry, tip = move(np.array(block["entry"])), move(np.array(block["tip"]))
        length, axis = np.linalg.norm(tip - entry), (tip - entry) / np.linalg.norm(tip - entry)
        radius = block["screw"]["diameter_mm"] / 2
        depths = []
        for depth in np.arange(-0.6, length + 0.7, 0.1):
            picker.Pick(*pixel(window, entry + depth * axis), 0, window.plotter.renderer)
            off = np.array(picker.GetPickPosition()) - entry
            aside = np.linalg.norm(off - (off @ axis) * axis)
            if aside < 3.0 and -1.0 < off @ axis < length + 1.0:
                depths.append(off @ axis)
                assert aside < radius + 0.05
        # The shaft is as long as the plan says, from its entry to its tip (which is a point, thinner than a pixel).
        assert min(depths) < 1.2
        assert max(depths) == pytest.approx(length, abs=0.7)
        found += len(depths)
    assert found > 200


def test_a_nudge_regrades_and_the_numbers_shown_are_the_engines(window, bench):
    press(window, "Tab")
    assert window.chosen == ("C5", "left")
    press(window, "e")
    before = told(window)
    press(window, "Left", "Up")
    press(window, "Left", shift=True)
    press(window, "Up", shift=True, control=True)
    screw = window.hand.editing.here.chosen
    block, now = window.block, told(window)
    level, side = window.chosen
    moved = Trajectory(entry=screw.trajectory.entry, direction=screw.trajectory.direction, length_mm=12.0)
    engine = regrade(bench.sides[level, side], technique_at("magerl", level), moved, 3.5, 1024)
    assert engine.clearance_mm
    for name, mm in engine.clearance_mm.items():
        shown, proposed = now[name.replace("_", " ")]
        if name != "neighbours":  # the lesser of both poses
            assert shown == f"{mm:.2f}"
        assert proposed == before.get(name.replace("_", " "), ["", "–"])[1]
    assert block["purchase_mm"] == pytest.approx(engine.purchase_mm, abs=1e-3)
    assert now["by more than 2 mm, %"][0] == f"{100 * engine.breach.hazards['artery_or_canal'].over_2mm:.1f}"
    assert block["status"] == screw.status
    # What is drawn is what is held.
    place = window.drawn.items[f"screw {level} {side}"].surface.vertices[-2:]
    ends = window.motion(level)(np.array([block["entry"], block["tip"]]))
    assert np.abs(place - ends).max() < 2e-3


def test_undo_brings_numbers_and_picture_back(window):
    press(window, "Tab", "e")
    numbers, shown = window.words["panel"], middle(window)
    press(window, "Left", "Left", "Prior")
    assert window.words["panel"] != numbers
    assert (middle(window) != shown).any()
    press(window, "u", "u", "u")
    assert told(window)["canal"][0] == pytest.approx(told(window)["canal"][1])
    assert window.hand.editing.edited == ()
    changed = np.abs(middle(window) - shown).max(axis=2) > 20
    assert changed.mean() < 2e-3
    press(window, "u")
    assert "nothing to undo" in window.words["notice"]


def test_saving_keeps_the_proposal_beside_the_edit(window, saved, seen):
    press(window, "Tab", "e", "w")
    assert "nothing to save" in window.words["notice"]
    press(window, "Next", "w")
    assert "Saved to" in window.words["notice"]
    (block,) = [f for f in saved[0]["fixations"] if f["edited"]]
    assert (block["screw"]["length_mm"], block["proposal"]["screw"]["length_mm"]) == (10.0, 12.0)
    assert len(saved[0]["fixations"]) == len(seen.document["fixations"])


def test_the_rod_follows_a_screw(window):
    press(window, "Tab", "Tab")
    assert window.chosen == ("C5", "right")
    press(window, "e", "Right")
    seats = window.hand._rods[0]["heads"]
    shown = window.drawn.items["rod right"].surface.vertices
    for head in seats:
        assert np.linalg.norm(shown - head["center"], axis=1).min() < 3.5 / 2 + head["offset_mm"] + 0.6
    press(window, "Right", "Right")
    moved = next(h for h in window.hand._rods[0]["heads"] if h["level"] == "C5")
    assert seats[-1]["center"][0] - moved["center"][0] > 0.3
    assert np.abs(window.drawn.items["rod right"].surface.vertices - shown).max() > 0.3


def test_a_click_chooses_a_screw_and_the_mouse_over_one_is_told(window):
    seat = window.drawn.items["head C5 left"].surface.vertices.mean(axis=0)
    mouse(window, "MouseMoveEvent", pixel(window, seat))
    assert window.words["hover"].startswith("C5 left: planned")
    assert "clearance" in window.words["hover"]
    assert window.chosen != ("C5", "left")
    for event in ("LeftButtonPressEvent", "LeftButtonReleaseEvent"):
        mouse(window, event, pixel(window, seat))
    assert window.chosen == ("C5", "left")
    assert window.words["panel"].startswith("C5 left")
    mouse(window, "MouseMoveEvent", (5, 5))
    assert not window.words["hover"]


def test_a_ruler_measures_between_two_clicks(window):
    """Two corners of the right lateral mass of C5, which is 13 mm high, seen from the right."""
    press(window, "3", "s", "o", "r")
    for height in (-13.6, -26.4):
        place = pixel(window, np.array([-20.0, 20.4, height]))
        mouse(window, "MouseMoveEvent", place)
        for event in ("LeftButtonPressEvent", "LeftButtonReleaseEvent"):
            mouse(window, event, place)
    assert window.pointing.distance_mm == pytest.approx(13.0, abs=0.3)
    assert "mm between the two points" in window.words["notice"]
    press(window, "r")
    assert window.pointing.distance_mm is None


def test_a_cut_opens_the_bone_along_and_across_the_screw(window):
    from PIL import ImageColor

    press(window, "Tab")
    shown = {}
    for name in ("axial", "upright", "entry", "middle", "tip"):
        press(window, "x")
        assert window.cut == name
        shown[name] = middle(window)
        face = np.abs(shown[name] - ImageColor.getrgb(palette.BONE_CUT)).max(axis=2) < 4
        assert face.mean() > 0.02, name
    assert (shown["axial"] != shown["upright"]).any()
    press(window, "x")
    assert window.cut == ""
    assert not window.section


def test_without_the_case_it_only_shows_and_says_why(screen, seen):
    from planner.output.window import Window

    def gone():
        raise InputError("'C4.stl', which the plan was made from, is not there.")

    bare = Seen(document=seen.document, bones={}, removed={}, extras={})
    window = Window(bare, size=SIZE, bench=gone)
    try:
        window.plotter.show(interactive=False, auto_close=False)
        press(window, "Left")
        assert "Press e" in window.words["notice"]
        press(window, "e")
        assert window.words["notice"].startswith("Editing needs the case. 'C4.stl'")
        assert not window.hand.on
    finally:
        window.plotter.close()


def test_the_keys_that_are_told_are_the_keys_there_are(window):
    from planner.output.window.keys import EDITS, HELP, LAYERS, VIEWS

    assert "h  all keys" in window.words["layers"]
    press(window, "h")
    assert window.words["help"] == HELP
    assert not any(label.actor.GetVisibility() for label in window.labels.values())
    press(window, "question")
    assert not window.words["help"]
    for key in (*VIEWS, *(layer.key for layer in LAYERS), *"tykxrehnuwpq"):
        assert f" {key} " in HELP.replace(";", " "), key
    assert {key for key, _ in EDITS if len(key) == 1} <= set("nuw")


def test_a_film_is_written_whole_as_mp4_where_its_library_is_there(drawing, seen, tmp_path, monkeypatch):
    pytest.importorskip("av", reason="PyAV is not installed (extra: movie).")
    imageio = pytest.importorskip("imageio.v3", reason="imageio is not installed (extra: movie).")
    from planner.output import movie

    monkeypatch.setattr(movie, "FRAMES", 6)
    file = movie.film(seen, tmp_path / "turn.mp4")
    shown = imageio.imread(file, plugin="pyav")
    assert shown.shape == (6, *movie.SIZE, 3)
    told = imageio.immeta(file, plugin="pyav")
    assert (told["codec"], told["fps"]) == ("h264", movie.FRAMES_A_SECOND)
    assert all(np.abs(shown[k].astype(int) - shown[0]).mean() > 2 for k in range(1, 6))
    assert [f.name for f in tmp_path.iterdir()] == ["turn.mp4"]


def test_a_film_is_written_whole(drawing, seen, tmp_path, monkeypatch):
    from PIL import Image

    from planner.output import movie

    monkeypatch.setattr(movie, "FRAMES", 3)
    file = movie.film(seen, tmp_path / "turn.gif")
    with Image.open(file) as film:
        assert (film.n_frames, film.size) == (3, movie.SIZE)
    assert [f.name for f in tmp_path.iterdir()] == ["turn.gif"]


def test_a_missing_library_is_named_in_one_sentence(monkeypatch, tmp_path):
    from planner.errors import MissingLibrary
    from planner.output.movie import check_movie
    from planner.output.web import require_trame

    monkeypatch.setitem(sys.modules, "trame.app", None)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingLibrary) as caught:
        require_trame()
    assert "[web]" in caught.value.hint
    with pytest.raises(MissingLibrary, match="PyAV") as caught:
        check_movie(tmp_path / "a.mp4")
    assert "[movie]" in caught.value.hint

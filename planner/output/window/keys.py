"""What each key does: one table for the window, its help text and the buttons of the browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is switched as one: its key, words, the groups of the scene in it, and whether it starts shown."""

    key: str
    words: str
    groups: tuple[str, ...]
    shown: bool = True


LAYERS = (
    Layer(key="b", words="bones", groups=("bone",)),
    Layer(key="m", words="excess bone, masses and keep-outs", groups=("mass", "avoid")),
    Layer(key="s", words="screws", groups=("screw", "head")),
    Layer(key="o", words="rods", groups=("rod",)),
    Layer(key="d", words="bone to be removed", groups=("removed", "trough")),
    Layer(key="l", words="bone lacking, in colour", groups=("lost",), shown=False),
    Layer(key="f", words="foramina and canal", groups=("artery", "canal"), shown=False),
    Layer(key="a", words="hazards as graded", groups=("hazard",), shown=False),
)

VIEWS = {
    "1": "posterior",
    "2": "lateral_left",
    "3": "lateral_right",
    "4": "oblique",
    "5": "axial",
    "6": "screw",
}
VIEW_WORDS = {
    "posterior": "from behind",
    "lateral_left": "from the left",
    "lateral_right": "from the right",
    "oblique": "oblique",
    "axial": "axial, one level",
    "screw": "down the screw",
}

CUTS = ("", "axial", "upright", "entry", "middle", "tip")
"""The cuts that key ``x`` goes through: none, two along the screw, three across it."""

STEP_MM, STEP_DEG, FINE = 0.5, 1.0, 0.2

# (key symbol of VTK, with Shift) -> (act, argument). Arrows are the patient's directions seen from behind.
EDITS = {
    ("Left", False): ("shift", (1, 0)),
    ("Right", False): ("shift", (-1, 0)),
    ("Up", False): ("shift", (0, 1)),
    ("Down", False): ("shift", (0, -1)),
    ("Left", True): ("tilt", (1, 0)),
    ("Right", True): ("tilt", (-1, 0)),
    ("Up", True): ("tilt", (0, 1)),
    ("Down", True): ("tilt", (0, -1)),
    ("Prior", False): ("length", 1),
    ("Next", False): ("length", -1),
    ("Prior", True): ("diameter", 1),
    ("Next", True): ("diameter", -1),
    ("n", False): ("another", None),
    ("u", False): ("undo", None),
    ("BackSpace", False): ("restore", None),
    ("w", False): ("save", None),
}

HELP = """\
Views      1 behind  2 left  3 right  4 oblique
           5 axial, the chosen level alone  6 down the screw
Layers     b bones  m masses  s screws  o rods
           d bone to be removed  f foramina and canal
           a hazards as graded
           l bone lacking, as the other side mirrored has it
Bones      t or + -  see-through    y thickness in colour
Pose       k  before and after the reduction
Screw      Tab  next, Shift+Tab  the one before, or click one
Cut        x  next of: along (2), across (3), none
Measure    r  then two clicks; r again clears
Edit       e  begin or end;  w  save as an edited plan
           arrows  entry 0.5 mm to the patient's left, right,
                   head, foot (from behind: as on the screen)
           Shift+arrows  tip by 1 degree;  Ctrl: a fifth of it
           PageUp, PageDown  length;  with Shift  diameter
           n  next alternative   u undo   Backspace  as proposed
Other      p picture to a file   h or ? this text   q close
Mouse      turn left, shift middle, zoom right or wheel"""

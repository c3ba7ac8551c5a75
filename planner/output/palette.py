"""The colours, once: Okabe and Ito's and Tol's colour-blind-safe hues. No meaning rests on colour alone."""

from __future__ import annotations

BONE = "#f6e9d0"
BONE_CONTEXT = "#d5dadd"
BONE_CUT = "#d9c39a"
BONE_OUTLINE = "#4a4034"
MASS = "#c9c4d6"
STATUS = {"planned": "#0072b2", "caution": "#e69f00", "rejected": "#aa3377", "skipped": "#5c6670"}
STATUS_INK = {"planned": "#005a8e", "caution": "#945c00", "rejected": "#8a2560", "skipped": "#4a545d"}
ROD = "#8f979e"
ARTERY = "#c8281e"
CANAL = "#2f6f73"
REMOVED = "#39b4a6"
TROUGH = "#00564c"
AVOID = "#d55e00"
INK = "#1d2730"
FAINT_INK = "#5c6670"
BACKGROUND = "#f6f8fa"
ROOT = "#6a4ba3"
BONE_NEIGHBOUR = "#e4e7ea"
NEIGHBOUR_OUTLINE = "#9aa3ab"

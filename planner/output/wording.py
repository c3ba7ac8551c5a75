"""How anchors, techniques and hazards are named to a reader, the same on pictures and on the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from planner.reference.tables import rows
from planner.reference.techniques import AUTO, techniques


def anchor_words(anchor: str, technique: str | None) -> str:
    """Anchor and technique: ``lateral mass, Magerl``; the anchor alone where the technique adds nothing.

    >>> anchor_words("lateral_mass", "magerl")
    'lateral mass, Magerl'
    >>> anchor_words("pedicle", "pedicle")
    'pedicle'
    """
    words = anchor.replace("_", " ")
    row = techniques().get(technique or "")
    name = row.name if row else (technique or "").replace("_", " ")
    if not name or words in name.lower():
        return words
    return f"{words}, {name.lower() if technique == AUTO else name}"


def angle_words(angles: Mapping[str, float]) -> str:
    """Both angles with their directions in words.

    >>> angle_words({"lateral_deg": -20.4, "cephalad_deg": 31.0})
    '20° medial, 31° cephalad'
    """
    aside = "lateral" if angles["lateral_deg"] >= 0 else "medial"
    rise = "cephalad" if angles["cephalad_deg"] >= 0 else "caudad"
    return f"{abs(angles['lateral_deg']):.0f}° {aside}, {abs(angles['cephalad_deg']):.0f}° {rise}"


def nearest_hazard(clearance_mm: Mapping[str, float | None] | None) -> tuple[str, float] | None:
    """The hazard that lies closest, as words and mm (negative inside it); None where none was measured."""
    known = {k: v for k, v in (clearance_mm or {}).items() if v is not None and math.isfinite(v)}
    if not known:
        return None
    name = min(known, key=lambda k: known[k])
    return name.replace("_", " "), known[name]


_FINDINGS = {
    "excess_bone.intraspinal": "excess bone in the canal",
    "c2.high_riding_artery": "high-riding artery",
    "lamina.thin_for_screw": "lamina thin for a screw",
    "mesh.repaired": "surface repaired",
    "mesh.open": "surface open",
    "mesh.coarse": "surface coarse",
}


def finding_words(code: str) -> str:
    """A finding's code as words without level and side.

    >>> finding_words("lateral_mass.destroyed")
    'lateral mass destroyed'
    """
    return _FINDINGS.get(code, code.replace("_", " ").replace(".", " "))


def first_clause(reason: str) -> str:
    """The first thing a reason says, for a place with little room; the document keeps all of it.

    >>> first_clause("no acceptable anchor. Lateral mass (auto, an): purchase 6.1 mm; breach in 40 %")
    'Lateral mass: purchase 6.1 mm'
    >>> first_clause("Subaxial pedicle; isthmus width 2.5 mm, 5 wanted; canal clearance 0.1 mm")
    'isthmus width 2.5 mm, 5 wanted'
    """
    sentence = reason.removeprefix("no acceptable anchor. ")
    sentence = re.sub(r"\s*\([^)]*\)", "", sentence)
    clauses = re.split(r"; |\. ", sentence)
    # The technique's own name, which the reader has just been told, is no reason.
    named = {row["name"] for row in rows("techniques", "technique")}
    return next((c for c in clauses if c not in named), clauses[0]).rstrip(".")


def without_least_room(reason: str) -> str:
    """A reason without its last clause on the closest hazard, which stands in a column of its own.

    >>> without_least_room("the lateral mass is thinned; least room at canal, 2.1 mm")
    'the lateral mass is thinned'
    """
    return re.sub(r"(^|; )least room at [^;]*$", "", reason) or reason

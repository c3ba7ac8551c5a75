"""What a file's name says: which level it holds, or that it is a mass."""

from __future__ import annotations

import re

from planner.reference.levels import levels

# A level has neither letters nor digits beside it: `case7_C4`, not `abc4` or `C41`.
_LEVEL = re.compile(r"(?<![A-Za-z0-9])([CT])0?(\d{1,2})(?![A-Za-z0-9])", re.IGNORECASE)
_SPAN = re.compile(_LEVEL.pattern + r"\s*(?:-|_?to_?)\s*" + _LEVEL.pattern, re.IGNORECASE)
# `mass_C3.stl` is a mass, `lateral_mass_C3.stl` a part of the bone.
_MASS = re.compile(r"(?<![A-Za-z])(?<!lateral[_ -])(mass|calcification)", re.IGNORECASE)


def levels_in_name(stem: str) -> tuple[str, ...]:
    """Return the levels a name contains, from the head down; a span such as ``C2-C6`` names all between.

    Levels outside the table (C8, T2) are not returned.

    >>> levels_in_name("case7_C4"), levels_in_name("C2-C4"), levels_in_name("abc4 C41")
    (('C4',), ('C2', 'C3', 'C4'), ())
    """
    known = list(levels())
    found = {name for letter, number in _LEVEL.findall(stem) if (name := _name(letter, number)) in known}
    for first_letter, first_number, last_letter, last_number in _SPAN.findall(stem):
        ends = _name(first_letter, first_number), _name(last_letter, last_number)
        if all(end in known for end in ends):
            found.update(known[known.index(ends[0]) : known.index(ends[1]) + 1])
    return tuple(name for name in known if name in found)


def is_mass(stem: str) -> bool:
    """True for names with a word ``mass...`` or ``calcification...``: never bone, whatever the level."""
    return _MASS.search(stem) is not None


def _name(letter: str, number: str) -> str:
    return f"{letter.upper()}{int(number)}"

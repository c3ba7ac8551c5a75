"""The user chooses the ends of the construct; the table tells what speaks against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.construct.plan import EndRemark, Rod
from planner.reference.levels import order
from planner.reference.tables import rows


def ends_of(rods: Sequence[Rod], unstable: Sequence[str]) -> Iterator[EndRemark]:
    """Yield what the table says of the upper and the lower end, and where an end lies in an unstable segment."""
    levels = sorted({level for rod in rods for level in rod.levels}, key=order)
    if not levels:
        return
    for end, level in (("upper", levels[0]), ("lower", levels[-1])):
        for row in rows("construct_rules", "end"):
            if row["end"] == end and level in row["levels"]:
                yield EndRemark(end=end, level=level, text=row["text"], source=row["source"])
        for name in unstable:
            if name.split("-")[0 if end == "lower" else 1] == level:
                text = f"the construct ends beside the unstable segment {name}"
                yield EndRemark(end=end, level=level, text=text, source="proposal")

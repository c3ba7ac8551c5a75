"""The assessment on the terminal: what is left of each lateral mass, and the room in the canal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.assessment.finding import Assessment
from planner.document.anatomy import TORG_CAVEAT
from planner.geometry.axes import SIDES
from planner.output.printing import table

if TYPE_CHECKING:
    from rich.console import Console

_MASS = "lateral_mass."


def print_masses(console: Console, assessment: Assessment, levels: Sequence[str]) -> None:
    """One row a lateral mass: bone left and against what, height, the widest screw's corridor, excess beside it."""
    from rich.text import Text

    measured = {(m.level, m.name, m.side): m.value for m in assessment.measurements}
    graded = {(f.level, f.side): f for f in assessment.findings if f.code.startswith(_MASS)}
    rows = []
    for level in levels:
        for side in SIDES:
            left = measured.get((level, "lateral_mass_volume_ratio", side))
            found = graded.get((level, side))
            if left is None and found is None:
                continue
            excess = sum(
                f.evidence["volume_mm3"]
                for f in assessment.findings
                if (f.code, f.level, f.side) == ("excess_bone", level, side)
            )
            evidence = found.evidence if found is not None else {}
            wide = measured.get((level, "screw_corridor_diameter", side))
            rows.append((
                f"{level} {side}", found.code.removeprefix(_MASS) if found else "normal", _percent(left),
                _percent(evidence.get("height_fraction")), evidence.get("reference", ""),
                "-" if wide is None else f"{wide:.1f}", f"{excess:.0f}" if excess else "-",
            ))  # fmt: skip
    if not rows:
        return
    console.print()
    console.print(Text("Lateral masses", style="bold"))
    right = {"justify": "right", "no_wrap": True}
    shown = table(
        ("side", {"no_wrap": True}), ("grade", {"no_wrap": True}), ("bone left", right), ("height", right),
        ("held against", {}), ("screw mm", right), ("excess mm³", right),
    )  # fmt: skip
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    console.print(Text("  screw: the widest corridor of 10 mm that bone allows in the usual window;", style="dim"))
    console.print(Text("  excess and calcification look alike on a surface; neither is counted as bone.", style="dim"))


def print_canal(console: Console, assessment: Assessment) -> None:
    """One row a level: the least room in the bony canal; then the lordosis."""
    from rich.text import Text

    if assessment.spaces:
        console.print()
        console.print(Text("Bony canal", style="bold"))
        right = {"justify": "right", "no_wrap": True}
        shown = table(
            ("level", {"no_wrap": True}), ("least area mm²", right), ("front to back mm", right),
            ("largest circle mm", right), ("Torg ratio", right),
        )  # fmt: skip
        for space in assessment.spaces:
            sizes = (space.least_area_mm2, space.least_ap_mm, space.least_circle_mm, space.torg_ratio)
            shown.add_row(
                space.level, *(_number(v, d) for v, d in zip(sizes, (0, 1, 1, 2), strict=True))
            )  # fmt: skip
        console.print(shown)
        console.print(Text(f"  {TORG_CAVEAT}", style="dim"))
    curve = assessment.lordosis
    if curve is not None:
        name = "lordosis" if curve.angle_deg >= 0 else "kyphosis"
        console.print(Text(f"  {curve.upper}-{curve.lower}: {abs(curve.angle_deg):.0f}° of {name}, as the bones lie."))


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None or fraction != fraction else f"{100 * fraction:.0f} %"


def _number(value: float, digits: int) -> str:
    return "-" if value != value else f"{value:.{digits}f}"

"""What a plan offers without doing it, as meshes beside the document: undercuts, and a laminoplasty's open door."""

from __future__ import annotations

from pathlib import Path

from planner.decompression.extent import Decompression
from planner.geometry.surface import Surface
from planner.output.plan_meshes import write_surface
from planner.planning import Plan


def offered(decompression: tuple[Decompression, ...]) -> dict[str, Surface]:
    """The meshes by file name, scan pose, LPS mm; nothing that is done already, and nothing that is not offered."""
    done = {d.level for d in decompression}
    found = {}
    for d in decompression:
        found |= {f"offered_undercut_{u.level}.ply": u.removed for u in d.undercuts if u.level not in done}
        door = d.laminoplasty
        if door is not None and door.offered:
            found |= {f"offered_door_{d.level}.ply": door.lamina, f"offered_gutters_{d.level}.ply": door.gutters}
    return found


def write_offered(plan: Plan, folder: Path) -> list[Path]:
    """Write what is offered; return the files."""
    return [write_surface(surface, Path(folder) / name) for name, surface in offered(plan.decompression).items()]

"""``planner techniques``, ``implants``, ``levels`` and ``formats``: what there is, with sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from planner.cli.terminal import console


def _list_options(command: Callable) -> Callable:
    command = click.option("--no-color", is_flag=True, help="Plain text; so does NO_COLOR.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print all fields as JSON on stdout.")(command)


def _show(title: str, items: list[dict[str, Any]], columns: list[str], as_json: bool, no_color: bool) -> None:
    from planner.reference.sources import cited

    sources = cited(" ".join(str(item.get("source", "")) for item in items))
    if as_json:
        click.echo(json.dumps({title: items, "sources": sources}, indent=1, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for item in items:
        table.add_row(*(_cell(item.get(column)) for column in columns))
    out = console(no_color=no_color)
    out.print(table)
    for key, citation in sources.items():
        out.print(f"{key}: {citation}", soft_wrap=True, highlight=False)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)


@click.command("techniques")
@_list_options
def techniques(as_json: bool, no_color: bool) -> None:
    """List the screw techniques, the levels they serve and where their numbers come from."""
    from planner.reference.tables import rows

    items = [dict(row) for row in rows("techniques", "technique")]
    _show("techniques", items, ["id", "name", "anchor", "levels", "source"], as_json, no_color)


@click.command("levels")
@_list_options
def levels(as_json: bool, no_color: bool) -> None:
    """List the levels from the head down, what they can carry, and their codes in label maps."""
    from dataclasses import asdict

    from planner.reference import levels as table

    items = [asdict(level) for level in table.levels().values()]
    columns = ["name", "role", "plannable", "anchors", "verse", "totalsegmentator", "source"]
    _show("levels", items, columns, as_json, no_color)


@click.command("implants")
@click.option(
    "--implants", "own", type=click.Path(), metavar="FILE", help="Your own catalogue: checked, and shown first."
)  # fmt: skip
@_list_options
def implants(own: str | None, as_json: bool, no_color: bool) -> None:
    """List the catalogue: screws by anchor with their lengths, heads, rods and connectors, with sources."""
    from planner.reference.implants import implants as in_use
    from planner.reference.implants import own_catalogue

    with own_catalogue(own):
        items = [{"kind": kind} | dict(row) for kind in ("screw", "head", "rod", "connector") for row in in_use(kind)]
    for item in items:
        item.setdefault("size", _size(item))
    _show("implants", items, ["kind", "anchor", "family", "name", "size", "source"], as_json, no_color)


def _size(item: dict[str, Any]) -> str:
    """One line of what matters of an implant."""
    lengths = f"{item['shortest_mm']:g}-{item['longest_mm']:g} by {item['step_mm']:g} mm" if "step_mm" in item else ""
    if item["kind"] == "screw":
        return f"{item['diameter_mm']:g} x {lengths}"
    if item["kind"] == "head":
        return (
            f"{item['outer_diameter_mm']:g} mm wide, {item['height_mm']:g} high, slot {item['offset_mm']:g} mm behind "
            f"the entry, cone {item['cone_deg']:g} degrees to each side"
        )
    if item["kind"] == "rod":
        return f"{lengths}, bent to {item['min_bend_radius_mm']:g} mm at least"
    return item["use"]


@click.command("formats")
@_list_options
def formats(as_json: bool, no_color: bool) -> None:
    """List the file formats that can be read."""
    from planner.reading.formats import formats as registered

    items = [{"suffixes": list(f.suffixes), "name": f.name, "reads": f.reads} for f in registered()]
    _show("formats", items, ["suffixes", "name", "reads"], as_json, no_color)

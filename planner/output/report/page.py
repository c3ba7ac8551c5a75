"""From a plan document and its bones to ``report.html``: gather, draw, fill the template, write whole or not at all."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from planner.errors import OutputError
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.plotting import MARK
from planner.output.report import words
from planner.output.report.model import DRAWN_WITHIN_MM, layers_of, model_of
from planner.output.report.pictures import pictures_of
from planner.output.rod_diagram import rod_diagram
from planner.output.scene import scene_of
from planner.output.slice_sheet import slice_sheets

FILE = "report.html"
_THREE = "three-0.187.0.min.js"


def write_report(
    document: Mapping[str, Any],
    bones: Mapping[str, Surface],
    removed: Mapping[str, Surface],
    extras: Mapping[str, Surface],
    file: Path,
    *,
    pictures: Path | None = None,
    sheets: Mapping[tuple[str, str], str] | None = None,
) -> Path:
    """Write the report of a plan document.

    ``bones``, ``removed`` and ``extras`` are as `planner.output.scene.scene_of` takes them. ``pictures`` is a folder
    whose standard pictures are taken in where it has them, ``sheets`` the slice sheets if they are drawn already.
    Needs no display. Raises `OutputError` where the file cannot be written.
    """
    text = report_text(document, bones, removed, extras, pictures=pictures, sheets=sheets)
    partial = file.with_name(file.name + ".part")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, file)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(f"'{file}' cannot be written: {error.strerror}.", "Name another file or folder.") from error
    return file


def report_text(
    document: Mapping[str, Any],
    bones: Mapping[str, Surface],
    removed: Mapping[str, Surface],
    extras: Mapping[str, Surface],
    *,
    pictures: Path | None = None,
    sheets: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """The report as text; arguments as for `write_report`."""
    planned = scene_of(document, bones, removed, extras)
    scan = scene_of(document, bones, removed, extras, "scan") if planned.reduction else planned
    if sheets is None:
        sheets = slice_sheets(document, bones, extras)
    model = model_of(document, planned, scan)
    screws = words.screws_told(planned, scan)
    return _template().render(
        document=document,
        mark=MARK,
        palette=palette,
        three=_text("three", _THREE),
        three_licence=_text("three", "LICENSE"),
        style=_text("templates", "report.css"),
        viewer=_text("templates", "viewer.js"),
        glb=model.glb,
        told={**model.told, "screws": screws},
        layers=layers_of(planned),
        thinning={"read": model.faces_read, "drawn": model.faces_drawn, "within_mm": DRAWN_WITHIN_MM},
        reduction=planned.reduction,
        pictures=pictures_of(pictures, planned.levels, document["case"]["name"]) if pictures else [],
        sheets={f"{level} {side}": _svg_address(svg) for (level, side), svg in sheets.items()},
        rods=[
            {"block": rod, "picture": _svg_address(rod_diagram(rod, planned))}
            for rod in document["construct"]["rods"]
            if len(rod["points"]) > 1
        ],
        column=words.column(document),
        findings=words.findings(document),
        refused=words.refused(document),
    )


def _template() -> Any:
    """The page with everything escaped: file names, labels and reasons are text, never markup."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("planner.output.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(words.FILTERS)
    return environment.get_template("report.html")


def _text(*path: str) -> str:
    from importlib.resources import files

    return files("planner.output.report").joinpath(*path).read_text(encoding="utf-8")


def _svg_address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


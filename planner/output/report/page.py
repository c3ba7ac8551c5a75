"""From a plan document and its bones to ``report.html``: gather, draw, fill the template, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from planner.document.whole import write_whole
from planner.geometry.surface import Surface
from planner.output import palette
from planner.output.beside import beside
from planner.output.canal_profile import canal_profile
from planner.output.heat import LACKING, THICKNESS
from planner.output.plotting import MARK, write_svg
from planner.output.report import words
from planner.output.report.model import DRAWN_WITHIN_MM, Model, model_of
from planner.output.report.pictures import pictures_of
from planner.output.rod_diagram import rod_diagrams
from planner.output.scene import Scene, scene_of
from planner.output.slice_sheet import slice_sheets
from planner.planning import Plan

FILE = "report.html"
_THREE = "three-0.187.0.min.js"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a plan document is drawn on, in scan pose: bones, bone removed and excess by level, masses and keep-outs by
    name."""

    document: Mapping[str, Any]
    bones: Mapping[str, Surface]
    removed: Mapping[str, Surface]
    extras: Mapping[str, Surface]
    excess: Mapping[str, Surface] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, document: Mapping[str, Any]) -> Seen:
        """A plan in memory with its document."""
        return cls(
            document=document,
            bones={level: v.surface for level, v in plan.vertebrae.items()},
            removed={d.level: d.removed for d in plan.decompression},
            extras={**plan.case.masses, **plan.case.avoid},
            excess=plan.assessment.excess,
        )

    def scene(self, pose: str | None = None) -> Scene:
        return scene_of(self.document, self.bones, self.removed, self.extras, pose, self.excess)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Drawings as SVG text: slice sheets by (level, side), rods by side, the canal's profile if there is a canal."""

    sheets: Mapping[tuple[str, str], str]
    rods: Mapping[str, str]
    canal: str | None = None


def figures_of(seen: Seen) -> Figures:
    """Draw the slice sheets, the rods and the canal of a plan. Needs no display."""
    return Figures(
        sheets=slice_sheets(seen.document, seen.bones, seen.extras, seen.excess),
        rods=rod_diagrams(seen.document, seen.scene()),
        canal=canal_profile(seen.document),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What takes time in a report and needs nothing but the plan: its drawings and its scene for the browser."""

    figures: Figures
    model: Model


def parts_of(seen: Seen, *, apart: bool = False) -> Parts:
    """Make the parts of a report; with ``apart`` its drawings in a process of their own, see `beside`."""
    if not apart:
        return Parts(figures=figures_of(seen), model=_model(seen))
    with beside(figures_of, seen) as figures:
        model = _model(seen)
        return Parts(figures=figures(), model=model)


def _model(seen: Seen) -> Model:
    planned = seen.scene()
    return model_of(seen.document, planned, seen.scene("scan") if planned.reduction else planned)


def write_figures(figures: Figures, folder: Path) -> list[Path]:
    """Write the drawings as ``slices_C4_right.svg`` and ``rod_left.svg``, ``canal.svg``; return their paths."""
    named = {f"slices_{level}_{side}": svg for (level, side), svg in figures.sheets.items()}
    named |= {f"rod_{side}": svg for side, svg in figures.rods.items()}
    named |= {"canal": figures.canal} if figures.canal else {}
    return [write_svg(svg, folder / f"{name}.svg") for name, svg in named.items()]


def write_report(seen: Seen, file: Path, *, parts: Parts | None = None, pictures: Path | None = None) -> Path:
    """Write the report of a plan, whole or not at all.

    ``parts`` are taken if they are made already; ``pictures`` is a folder whose standard pictures are taken in
    where it has them. Needs no display. Raises `OutputError` where the file cannot be written.
    """
    text = report_text(seen, parts or parts_of(seen), pictures)
    return write_whole(file, text, "Name another file or folder.")


def report_text(seen: Seen, parts: Parts, pictures: Path | None = None) -> str:
    """The report as text; arguments as for `write_report`."""
    document, planned, figures, model = seen.document, seen.scene(), parts.figures, parts.model
    return _template().render(
        document=document,
        mark=MARK,
        palette=palette,
        three=_text("three", _THREE),
        three_licence=_text("three", "LICENSE"),
        style=_text("templates", "report.css"),
        viewer=_text("templates", "viewer.js"),
        glb=model.glb,
        told=model.told,
        layers=model.layers,
        thinning={"read": model.faces_read, "drawn": model.faces_drawn, "within_mm": DRAWN_WITHIN_MM},
        heats=(THICKNESS, LACKING),
        reduction=planned.reduction,
        pictures=pictures_of(pictures, planned.levels, document["case"]["name"]) if pictures else [],
        sheets={f"{level} {side}": _svg_address(svg) for (level, side), svg in figures.sheets.items()},
        rods={side: _svg_address(svg) for side, svg in figures.rods.items()},
        canal=figures.canal and _svg_address(figures.canal),
        column=words.column(document),
        findings=words.findings(document),
        refused=words.refused(document),
        summary=words.summary(document),
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
    """A drawing as a data address; percent-encoded, which for SVG is shorter than base64."""
    return "data:image/svg+xml," + quote(" ".join(svg.split()), safe=" =:/,;()'!*+-._~@$")

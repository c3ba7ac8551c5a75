"""Pathologies by name, as a command line or a script asks for them: ``slip:C3,3.5``, ``slip:level=C3,forward_mm=3``.

Names, arguments, defaults and the sentence that explains them are those of the operators themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, getdoc, signature
from typing import Any

from planner.errors import InputError
from planner.geometry.axes import SIDES
from planner.phantom import arch_loss, artery, calcification, displacement, faults, fusion, pathology, reshaping
from planner.phantom.column import Column

_OPERATORS: dict[str, Callable[..., Column]] = {
    "destroy-lateral-mass": pathology.destroy_lateral_mass,
    "thin-lateral-mass": pathology.thin_lateral_mass,
    "lamina-hole": pathology.lamina_hole,
    "lamina-absent": arch_loss.lamina_absent,
    "laminectomy": arch_loss.laminectomy,
    "calcification": calcification.calcification,
    "narrow-foramen": pathology.narrow_foramen,
    "high-riding-artery": artery.high_riding_artery,
    "congenital-stenosis": reshaping.congenital_stenosis,
    "narrow-pedicles": reshaping.narrow_pedicles,
    "slip": displacement.slip,
    "rotate": displacement.rotate,
    "perch": displacement.perch,
    "lock": displacement.lock,
    "fused-facet": fusion.fused_facet,
}
_READ = {"str": str, "float": float, "int": int, "bool": lambda text: {"yes": True, "no": False}[text.lower()]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a pathology: its name, kind (``str``, ``float``, ``int``, ``bool``) and default if it has one."""

    name: str
    kind: str
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathology:
    """A named operator, its arguments in order, and what it does in one sentence."""

    name: str
    text: str
    arguments: tuple[Argument, ...]
    operator: Callable[..., Column]

    @property
    def usage(self) -> str:
        """Such as ``slip:level,forward_mm``; what has a default is shown with it."""
        parts = [a.name if a.required else f"{a.name}={_shown(a.default)}" for a in self.arguments]
        return f"{self.name}:{','.join(parts)}" if parts else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A pathology with the arguments that were asked for."""

    pathology: Pathology
    given: dict[str, Any]

    def done_to(self, column: Column, seed: int) -> Column:
        """The column with the pathology; `seed` serves where the wish names none of its own."""
        names = {argument.name for argument in self.pathology.arguments}
        given = {**({"seed": seed} if "seed" in names else {}), **self.given}
        level = given.get("level", "C2")
        if level not in column.bones:
            raise InputError(
                f"'{self.pathology.name}' needs level {level}, which this column does not have.",
                f"It has {', '.join(column.bones)}.",
            )
        return self.pathology.operator(column, **given)


def pathologies() -> dict[str, Pathology]:
    """Every pathology by name."""
    return {name: _described(name, operator) for name, operator in _OPERATORS.items()}


def mesh_faults() -> dict[str, Pathology]:
    """Every fault of a mesh by name."""
    return {name: _described(name, operator) for name, operator in faults.FAULTS.items()}


def wish(text: str, known: dict[str, Pathology] | None = None) -> Wish:
    """Read ``NAME:ARGUMENTS``; arguments are in order, or named, or first the one and then the other.

    `known` is what can be wished for: the pathologies, unless told otherwise.

    Raises `InputError` naming what there is for an unknown name, a missing argument or one that does not fit.

    >>> wish("slip:C3,forward_mm=3.5").given
    {'level': 'C3', 'forward_mm': 3.5}
    """
    name, _, rest = text.partition(":")
    known = pathologies() if known is None else known
    found = known.get(name.strip().lower().replace("_", "-"))
    if found is None:
        raise InputError(f"There is no '{name}'.", f"Choose from {', '.join(known)}.")
    given: dict[str, Any] = {}
    arguments = {argument.name: argument for argument in found.arguments}
    for number, part in enumerate(piece.strip() for piece in rest.split(",") if piece.strip()):
        key, equals, value = part.partition("=")
        if not equals:
            key, value = (found.arguments[number].name if number < len(arguments) else part), part
        if key not in arguments or key in given:
            raise InputError(f"'{part}' does not fit '{text}'.", f"It is {found.usage}.")
        given[key] = _read(arguments[key], value, found)
    missing = [a.name for a in found.arguments if a.required and a.name not in given]
    if missing:
        raise InputError(f"'{text}' lacks {', '.join(missing)}.", f"It is {found.usage}.")
    return Wish(pathology=found, given=given)


def _described(name: str, operator: Callable[..., Column]) -> Pathology:
    arguments = tuple(
        Argument(
            name=one.name,
            kind=str(one.annotation),
            default=None if one.default is Parameter.empty else one.default,
            required=one.default is Parameter.empty,
        )
        for one in list(signature(operator).parameters.values())[1:]
    )
    first = (getdoc(operator) or "").split("\n\n")[0].replace("\n", " ")
    return Pathology(name=name, text=first, arguments=arguments, operator=operator)


def _read(argument: Argument, value: str, owner: Pathology) -> Any:
    kind = argument.kind.split(" ")[0]
    try:
        read = _READ[kind](value)
    except (ValueError, KeyError) as error:
        raise InputError(f"'{value}' is no {argument.name} of '{owner.name}'.", f"It is {owner.usage}.") from error
    if argument.name in ("level", "below"):
        return read.upper()
    if argument.name == "side" and read not in SIDES:
        raise InputError(f"'{value}' is no side.", f"Say {' or '.join(SIDES)}, the patient's.")
    return read


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)

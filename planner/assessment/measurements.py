"""From the numbers of a vertebra to measurements with unit, norm and z-score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.anatomy.vertebra import Vertebra
from planner.assessment.finding import Measurement
from planner.reference.norms import norm

_UNITS = {"angle": "deg", "ratio": "ratio", "area": "mm2", "volume": "mm3"}


def unit_of(name: str) -> str:
    """Return the unit a measure's name stands for: its last word if that is angle, ratio, area or volume."""
    return _UNITS.get(name.rsplit("_", 1)[-1], "mm")


def measurement(level: str, name: str, side: str, value: float, sex: str | None = None) -> Measurement:
    """Return one measurement. Norm and z are None where no source shares our definition."""
    reference = norm(name, level, sex)
    z = None if reference is None else reference.z(value)
    return Measurement(level=level, name=name, side=side, value=float(value), unit=unit_of(name), norm=reference, z=z)


def measurements_of(
    vertebra: Vertebra, computed: Mapping[tuple[str, str], float], sex: str | None = None
) -> Iterable[Measurement]:
    """Yield what was measured on a vertebra, then what the assessment computed; nothing that is nan."""
    for (name, side), value in {**vertebra.measures, **computed}.items():
        if value == value:
            yield measurement(vertebra.level, name, side, value, sex)

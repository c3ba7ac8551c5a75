"""The tables that can be asked for. A new table is one line here and a function that returns records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from planner.validation.records import Record
from planner.validation.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's name, one sentence that says what it shows, and where its function is (imported when asked).

    A table that is ``named`` is made only when it is asked for by name.
    """

    name: str
    sentence: str
    function: str
    named: bool = False

    def records(self, study: Study) -> list[Record]:
        module, name = self.function.split(":")
        work: Callable[[Study], list[Record]] = getattr(import_module(module), name)
        return work(study)


# In the order they are made: the calibration looks at the runs of all before it.
TABLES = (
    Table(
        name="frame",
        sentence="The axes of undisturbed bones against truth.",
        function="planner.validation.against_truth:frame",
    ),
    Table(
        name="landmarks",
        sentence="The landmarks of undisturbed bones against truth; foramina across their axis.",
        function="planner.validation.against_truth:landmarks",
    ),
    Table(
        name="measures",
        sentence="Absolute errors of measures and facets of undisturbed bones.",
        function="planner.validation.against_truth:measures",
    ),
    Table(
        name="rotation",
        sentence="The column turned and shifted at random, read without declared axes: spread about the median.",
        function="planner.validation.disturbance:rotation",
    ),
    Table(
        name="decimation",
        sentence="Fewer faces: movement from the reading of the bone as given.",
        function="planner.validation.disturbance:decimation",
    ),
    Table(
        name="noise",
        sentence="Noise on every vertex: movement from the reading of the bone as given.",
        function="planner.validation.disturbance:noise",
    ),
    Table(
        name="damage",
        sentence="Parts cut away from, and masses grown on, one bone at a time among intact neighbours.",
        function="planner.validation.damage_table:damage",
    ),
    Table(
        name="damage-column",
        sentence="The same damage on every level at once, so that no neighbour helps.",
        function="planner.validation.damage_table:damage_of_every_level",
    ),
    Table(
        name="calibration",
        sentence="Errors of all runs above by the confidence that was stated.",
        function="planner.validation.calibration:calibration",
    ),
    Table(
        name="findings",
        sentence="Findings on --repeats random synthetic columns from --seed on (about 15 s each; --keep resumes).",
        function="planner.validation.findings_table:findings",
        named=True,
    ),
    Table(
        name="screws",
        sentence="The screws' clearances, certificates and breach shares against slower ways; acceptable techniques.",
        function="planner.validation.screws_table:screws",
        named=True,
    ),
    Table(
        name="construct",
        sentence="Reduction, rods and cuts against the source case's truth, the meshes and their own rules.",
        function="planner.validation.construct_table:construct",
        named=True,
    ),
    Table(
        name="published",
        sentence="What is published of the lateral mass techniques, found again on these columns (ideal aims).",
        function="planner.validation.published_table:published",
        named=True,
    ),
)


def tables(names: tuple[str, ...] = ()) -> list[Table]:
    """The tables of these names in the order they are made; without names all that need not be named."""
    return [table for table in TABLES if table.name in names or not (names or table.named)]

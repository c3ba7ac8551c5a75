"""What phantom is wanted, in words that can be kept: the same request makes the same column."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

from planner.phantom.catalogue import wish
from planner.phantom.column import Column, column
from planner.phantom.named_columns import MODELS
from planner.phantom.shape import LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Levels, the seed of the person, the sex, the pathologies one after the other; or a model by name.

    `pathologies` and `faults` (of the meshes) are texts as `planner.phantom.catalogue.wish` reads them. Without
    a seed the bones are the table's means, symmetric.
    """

    levels: tuple[str, ...] = LEVELS
    seed: int | None = 0
    sex: str | None = None
    pathologies: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    lordosis_deg: float | None = None
    model: str | None = None

    def column(self) -> Column:
        """Build the column; raises `InputError` or `LevelError` for a wish that cannot be."""
        if self.model is not None:
            made = MODELS[self.model].make(self.seed or 0)
        else:
            made = column(self.levels, self.seed, sex=self.sex, lordosis_deg=self.lordosis_deg)
        for number, one in enumerate([wish(text) for text in self.pathologies]):
            made = one.done_to(made, (self.seed or 0) + number)
        return made

    @property
    def key(self) -> str:
        """Digest of the request and of the code and tables that answer it."""
        text = json.dumps([asdict(self), _generator()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def command(self) -> str:
        """The command line that makes this again, without where to."""
        words = ["planner", "phantom"]
        if self.model is not None:
            words += ["make", self.model]
        elif len(self.levels) == 1:
            words += ["make", "--level", self.levels[0]]
        else:
            words += ["column", "--levels", f"{self.levels[0]}-{self.levels[-1]}"]
        words += ["--mean"] if self.seed is None else ["--seed", str(self.seed)]
        words += ["--sex", self.sex] if self.sex else []
        for text in self.pathologies:
            words += ["--pathology", text]
        for text in self.faults:
            words += ["--fault", text]
        words += [] if self.lordosis_deg is None else ["--lordosis", f"{self.lordosis_deg:g}"]
        return shlex.join(words)


@cache
def _generator() -> str:
    """Digest of what the bones are made by: the modules of this room and the tables of morphometry."""
    digest = hashlib.sha256()
    tables = [e for e in (files("planner.reference") / "data").iterdir() if e.name.startswith("morphometry")]
    for entry in sorted([*files("planner.phantom").iterdir(), *tables], key=lambda e: e.name):
        if entry.name.endswith((".py", ".toml")):
            digest.update(entry.read_bytes())
    return digest.hexdigest()

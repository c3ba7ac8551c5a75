"""Models: a folder of surfaces with a ``model.toml`` that says what the files themselves do not."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from planner.errors import InputError

MODEL_FILE = "model.toml"
SOURCE_CASE = "ssc-c3-c4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """What ``model.toml`` states: axis code, unit, title, the file of its truth; None where it does not."""

    space: str | None = None
    units: str | None = None
    title: str | None = None
    truth: str | None = None


def model_file(folder: Path) -> ModelFile:
    """Read ``folder/model.toml``; a folder without one states nothing."""
    path = folder / MODEL_FILE
    if not path.is_file():
        return ModelFile()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is not valid TOML.", f"The parser says: {error}.") from error
    stated = {key: table.get(key) for key in ("space", "units", "title", "truth")}
    for key, value in stated.items():
        if value is not None and not isinstance(value, str):
            raise InputError(f"'{path}': '{key}' is not text.", 'Write it in quotes, such as space = "LPS".')
    return ModelFile(**stated)


def models_folder() -> Path:
    """The folder of bundled models: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_models"
    return installed if installed.is_dir() else package.parent / "models"


def bundled_model(name: str) -> Path:
    """Return the folder of a bundled model.

    >>> bundled_model("ssc-c3-c4").name
    'ssc-c3-c4'
    """
    folder = models_folder() / name
    if not folder.is_dir():
        parent = models_folder()
        names = sorted(p.name for p in parent.iterdir() if p.is_dir()) if parent.is_dir() else []
        raise InputError(
            f"There is no bundled model '{name}'.",
            f"Bundled are {', '.join(names)}." if names else "This installation holds no models.",
        )
    return folder

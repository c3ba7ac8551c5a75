"""A text file that appears whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from planner.errors import OutputError


def write_whole(path: Path | str, text: str, hint: str) -> Path:
    """Write UTF-8 text beside the file and put it in its place at once; `OutputError` with the hint if that fails."""
    path = Path(path)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(f"'{path}' cannot be written: {error.strerror}.", hint) from error
    return path

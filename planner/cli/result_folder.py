"""A result folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from tempfile import mkdtemp

from planner.errors import OutputError


@contextmanager
def result_folder(target: Path, *, marker: str, force: bool) -> Iterator[Path]:
    """Yield a temporary sibling of ``target`` that takes its name when the block ends without an error.

    What stands in the way is found on entry, before any long work: a folder that holds something is refused,
    or with ``force`` replaced as a whole, but only if it holds ``marker`` (``plan.json``), so that no other
    folder is ever removed. Folders made on the way to ``target`` go again when the block fails.
    """
    target = target.resolve()
    _check(target, marker, force)
    made: list[Path] = []
    try:
        for parent in reversed([p for p in target.parents if not p.exists()]):
            parent.mkdir()
            made.append(parent)
        working = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        _remove_empty(made)
        raise OutputError(
            f"'{target}' cannot be written: {error.strerror}.", "Name another folder with --out."
        ) from error
    try:
        yield working
        working.chmod(0o777 & ~_umask())
        _take_place(working, target)
    except BaseException as error:
        shutil.rmtree(working, ignore_errors=True)
        _remove_empty(made)
        if isinstance(error, OSError) and _is_about(error, working):
            raise OutputError(f"'{target}' could not be written: {error.strerror}.", "Is the disk full?") from error
        raise


def _check(target: Path, marker: str, force: bool) -> None:
    if not (target.exists() or target.is_symlink()):
        return
    if not target.is_dir():
        raise OutputError(f"'{target}' is a file, not a folder.", "Name another folder with --out.")
    if not any(target.iterdir()):
        return
    if not (target / marker).is_file():
        raise OutputError(
            f"'{target}' holds something that is not a result of this program.",
            "Name another folder with --out.",
        )
    if not force:
        raise OutputError(f"'{target}' exists already.", "Replace it with --force, or name another folder with --out.")


def _take_place(working: Path, target: Path) -> None:
    """Move the finished folder into place; the old one is put aside first and only then removed."""
    try:
        if not target.exists():
            working.rename(target)
            return
        aside = Path(mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        aside.rmdir()
        target.rename(aside)
        try:
            working.rename(target)
        except OSError:
            aside.rename(target)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"'{target}' cannot be written: {error.strerror}.", "Name another folder with --out."
        ) from error


def _is_about(error: OSError, folder: Path) -> bool:
    """True if an error of the system comes from writing into the folder, not from a fault elsewhere."""
    return error.errno == ENOSPC or str(error.filename or "").startswith(str(folder))


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

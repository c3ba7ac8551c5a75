"""What goes to the terminal: the result on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 120


def console(*, no_color: bool, stderr: bool = False) -> Console:
    """A rich console; a pipe gets plain text of a fixed width. NO_COLOR is honoured by rich itself."""
    from rich.console import Console

    stream: TextIO = sys.stderr if stderr else sys.stdout
    return Console(
        file=stream,
        no_color=no_color or None,
        width=None if stream.isatty() else _PIPE_WIDTH,
        highlight=False,
    )


@contextmanager
def progress(*, quiet: bool, verbose: bool, no_color: bool) -> Iterator[Callable[[str], None]]:
    """Yield what a stage calls with its name: a spinner on a terminal, lines if verbose, else nothing."""
    if verbose and not quiet:
        yield lambda text: click.echo(text, err=True)
    elif quiet or not sys.stderr.isatty():
        yield lambda _: None
    else:
        with console(no_color=no_color, stderr=True).status("Reading") as status:
            yield status.update


def remark(lines: Iterable[str], *, quiet: bool) -> None:
    """Write sentences for the reader to stderr."""
    if not quiet:
        for line in lines:
            click.echo(f"Note: {line}", err=True)

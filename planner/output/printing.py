"""How a summary is set on the terminal: titles, headings, sentences, tables, and the colours of what is grave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STYLE = {
    "critical": "bold magenta",
    "deficient": "magenta",
    "caution": "yellow",
    "info": "dim",
    "planned": "cyan",
    "rejected": "bold magenta",
    "skipped": "dim",
}


def title(console: Console, words: str) -> None:
    """A page's first line."""
    from rich.text import Text

    console.print(Text(words, style="bold"))


def heading(console: Console, words: str) -> None:
    """The heading of a block, after an empty line."""
    from rich.text import Text

    console.print()
    console.print(Text(words, style="bold"))


def say(console: Console, words: str, style: str = "", indent: int = 2) -> None:
    """A sentence, indented, wrapped to the width of the terminal."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(words, style=style), (0, 0, 0, indent), expand=False))


def table(*columns: tuple[str, dict]) -> Table:
    """An empty table with columns given as (name, rich's options)."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name, options in columns:
        made.add_column(name, **options)
    return made

"""The command line: parse, call, print, exit. A command's module is imported when it is called."""

from __future__ import annotations

import os
from importlib import import_module

import click

from planner import __version__
from planner.errors import PlannerError

# Sides and levels are worked on in threads of our own; those of a linear algebra library beside them only wait for each
# other (a plan takes 1.5 s longer on two cores). It reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Name -> where the command lives, and the line that `planner --help` shows without importing it.
COMMANDS = {
    "plan": ("planner.cli.plan:command", "Plan screws, rods and decompression for a case."),
    "inspect": ("planner.cli.inspect:command", "Read and understand a case without planning."),
    "compare": ("planner.cli.compare:command", "Try every technique on every side, side by side."),
    "view": ("planner.cli.view:command", "Show a plan or a case in 3D."),
    "report": ("planner.cli.report:command", "Make the report of a plan again."),
    "phantom": ("planner.cli.phantom:command", "Make synthetic vertebrae, columns and pathologies."),
    "validate": ("planner.cli.validate:command", "Make the validation tables on given cases."),
    "techniques": ("planner.cli.lists:techniques", "List the screw techniques and their sources."),
    "implants": ("planner.cli.lists:implants", "List the catalogue of implants and its sources."),
    "levels": ("planner.cli.lists:levels", "List the levels and their label codes."),
    "formats": ("planner.cli.lists:formats", "List the file formats that can be read."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a `PlannerError` becomes its sentence, its hint and its exit code."""
        try:
            return super().invoke(ctx)
        except PlannerError as error:
            click.echo(f"Error: {error.message}", err=True)
            if error.hint:
                click.echo(f"Hint: {error.hint}", err=True)
            ctx.exit(error.exit_code)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "PLANNER"},
    epilog="For research, teaching and preview; not a medical device.",
)
@click.version_option(__version__, prog_name="planner")
def main() -> None:
    """Plan posterior cervical fusion on surface meshes of vertebrae."""

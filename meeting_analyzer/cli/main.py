"""The command line's front door. Every command is a file of its own, imported when it is called."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..config import APP, load_config, sample_config
from . import common

COMMANDS = {
    "live": "Analyse a call window, screen or camera as it happens.",
    "analyze": "Analyse recordings, pictures or the sample call.",
    "demo": "Play the built-in sample call through the whole pipeline.",
    "sessions": "List, show, export and delete what is stored.",
    "query": "Ask questions over all sessions.",
    "web": "Open a web page: camera, shared window, uploads, sessions.",
    "windows": "List windows, and which of them are calls.",
    "doctor": "Check what this machine has and lacks, with the fix for each.",
    "bench": "Measure how fast this machine analyses a gallery.",
    "config": "Print a configuration file with every setting.",
}


class Commands(click.Group):
    """A group that imports a command's module only when that command is used, so that `doctor` needs none of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "config":
            return config
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f".{cmd_name}", __package__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name=APP)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Configuration file instead of the usual one."
)
@click.pass_context
def cli(ctx: click.Context, config_file: Path | None) -> None:
    """Reads the faces of a video call's gallery view on your own computer; nothing is sent anywhere.

    Labels are apparent expressions, not feelings. In the EU, Article 5(1)(f) of the AI Act forbids emotion inference in
    education and at work: use --mode presence there.
    """
    if ctx.invoked_subcommand not in ("config", "doctor"):
        values: dict[str, Any] = load_config(config_file)
        ctx.default_map = dict.fromkeys(COMMANDS, values)


@click.command()
def config() -> None:
    """Print a configuration file with every setting at its default, commented out."""
    click.echo(sample_config())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line with these arguments (default: the process's own); returns the exit code."""
    return common.run(cli, arguments, APP)

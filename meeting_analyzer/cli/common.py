"""What all commands share: options made from the settings table, errors made into sentences, and the exit codes."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import signal
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from ..config import ENV_PREFIX, SECTIONS, choices
from ..errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, AnalyzerError, OutputError, UsageError

F = TypeVar("F", bound=Callable[..., Any])


def settings_options(*sections: str, without: Collection[str] = ()) -> Callable[[F], F]:
    """Add one command-line option for every setting of the named tables of the configuration but those in `without`."""

    def decorate(command: F) -> F:
        for section in reversed(sections):
            for item in reversed(dataclasses.fields(SECTIONS[section])):
                if item.name in without:
                    continue
                words = choices(item)
                kind: Any = click.Choice(words) if words else type(item.default)
                flag = f"--{item.name.replace('_', '-')}"
                command = click.option(
                    flag,
                    item.name,
                    type=kind,
                    default=item.default,
                    show_default=True,
                    show_envvar=False,
                    envvar=f"{ENV_PREFIX}_{item.name.upper()}",
                    metavar=item.metadata["metavar"],
                    help=item.metadata["help"],
                )(command)
        return command

    return decorate


def take(section: str, values: dict[str, Any]) -> Any:
    """Build the settings object of one table from a command's parameters, removing them from `values`."""
    kind = SECTIONS[section]
    return kind(**{item.name: values.pop(item.name) for item in dataclasses.fields(kind)})


def say(sentence: str) -> None:
    """One line for the user, on stderr: stdout is for results. A terminal that was closed meanwhile is no failure."""
    with contextlib.suppress(OSError):
        click.echo(sentence, err=True)


class Notices:
    """Says each sentence once, however often it is reported."""

    def __init__(self, emit: Callable[[str], None] = say) -> None:
        self._emit = emit
        self._said: set[str] = set()

    def __call__(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._emit(sentence)


def refuse_existing(paths: list[Path], overwrite: bool) -> None:
    """Raise UsageError when a result would replace a file that is there already."""
    there = [path for path in paths if path.exists()]
    if there and not overwrite:
        raise UsageError(
            f"{there[0]} exists already; add --overwrite to replace it, or choose another place with --out."
        )


def make_folder(folder: Path) -> Path:
    """Create a folder for results; raises OutputError when that is not allowed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be created ({error.strerror}); choose another one with --out."
        ) from error
    if not os.access(folder, os.W_OK):
        raise OutputError(f"The folder {folder} cannot be written to; choose another one with --out.")
    return folder


def import_sentence(error: ImportError) -> str:
    """What to do about a library that cannot be imported."""
    text = str(error)
    if "libGL" in text or "libgthread" in text or "libglib" in text or "libxcb" in text:
        library = text.partition(":")[0]
        return f"OpenCV needs the system library {library}: sudo apt install libgl1 libglib2.0-0 libxcb1."
    return f"A library is missing or broken ({text}): pip install --force-reinstall meeting-analyzer."


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM, and a terminal that is closed (SIGHUP), end a run like Ctrl-C does, so that files are finished."""

    on_terminal = os.isatty(2)

    def interrupt(number: int, frame: object) -> None:
        if on_terminal and number != signal.SIGTERM:
            # it is gone, and whatever is still said would be another failure
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        # not by SIGINT, which a program started in the background of a shell ignores
        raise KeyboardInterrupt

    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    # what is ignored stays so: nohup means it
    previous = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    for number in previous:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def run(command: click.Command, arguments: list[str] | None, name: str) -> int:
    """Run a click command and return the exit code: 0 ok, 1 failed, 2 usage, 130 interrupted. Never a traceback for a user's mistake."""
    try:
        with terminable():
            # without its standalone mode click returns the code of ctx.exit instead of raising it
            code = command.main(args=arguments, prog_name=name, standalone_mode=False)
            return code if isinstance(code, int) else EXIT_OK
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AnalyzerError as error:
        say(f"{name}: {error}")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("Interrupted; what was done so far is kept.")
        return EXIT_INTERRUPTED
    except ImportError as error:
        say(f"{name}: {import_sentence(error)}")
        return EXIT_FAILED
    except SystemExit:
        # click's answer to a closed pipe; the reader of our output has had enough (| head), and nothing is wrong
        return EXIT_OK
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        where = f": {error.filename}" if error.filename else ""
        say(f"{name}: {error.strerror}{where}; what was done so far is kept, make room or choose another place.")
        return EXIT_FAILED

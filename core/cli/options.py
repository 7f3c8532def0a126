"""Options that many commands share, and those that all have: how much is said on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup

from ..languages import for_terminal
from ..learning.request import UnsupportedOptionsError
from ..texts import Text

PACKAGE = __name__.partition(".")[0]
_EVERYWHERE = ("verbose", "quiet")
_OPTIONS_OF_A_LOOK = {"gan_loss": "--game", "features": "--features", "device": "--device"}
_Settings = TypeVar("_Settings")
_QUIET, _USUAL = logging.ERROR, logging.WARNING
_VERBOSE = (logging.NOTSET, logging.INFO, logging.DEBUG)  # of this package, by how often -v was given

AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON, in English, instead of a text.")]


def checked(kind: Callable[..., _Settings], **values: object) -> _Settings:
    """Make settings of a kind; a ValueError becomes a usage error."""
    try:
        return kind(**values)
    except UnsupportedOptionsError as error:
        words = ", ".join(_OPTIONS_OF_A_LOOK[name] for name in error.names)
        foreign = Text(
            "{options}: not of --generator pixel, which has one game and learns on the CPU; leave it out", options=words
        )
        raise typer.BadParameter(for_terminal(foreign)) from error
    except ValueError as error:
        raise typer.BadParameter(for_terminal(error)) from error


class CommandGroup(TyperGroup):
    """A group whose commands have the options of the whole command line too, so that they may stand at the end."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name; None if there is none."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            known = {param.name for param in command.params}
            shared = [param for param in ctx.find_root().command.params if param.name in _EVERYWHERE]
            command.params += [param for param in shared if param.name not in known]
        return command


def _be_verbose(count: int) -> None:
    if count:
        logging.getLogger(PACKAGE).setLevel(_VERBOSE[min(count, 2)])


def _be_quiet(chosen: bool) -> None:
    if chosen:
        logging.getLogger().setLevel(_QUIET)


def be_as_usual() -> None:
    """Show notes and progress, as without --verbose and --quiet."""
    logging.getLogger().setLevel(_USUAL)
    logging.getLogger(PACKAGE).setLevel(_VERBOSE[0])


Verbose = Annotated[
    int,
    typer.Option(
        "-v",
        "--verbose",
        count=True,
        show_default=False,
        expose_value=False,
        callback=_be_verbose,
        help="Also say what is done on the way; twice: with the traceback of an error.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "-q",
        "--quiet",
        expose_value=False,
        callback=_be_quiet,
        help="Say only results and errors: no notes, no progress.",
    ),
]


def complete_style(incomplete: str) -> Iterator[str]:
    """Return what may complete the name of a style in a shell: installed styles, then files and folders."""
    from ..styles.library import list_styles

    yield from (entry.name for entry in list_styles() if entry.name.startswith(incomplete))
    folder, start = Path(incomplete).parent, Path(incomplete).name if not incomplete.endswith("/") else ""
    folder = Path(incomplete) if incomplete.endswith("/") else folder
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.name.startswith(start) and not path.name.startswith("."):
            yield f"{path}/" if path.is_dir() else str(path)


def complete_own_style(incomplete: str) -> Iterator[str]:
    """Return the user's own styles whose names begin so."""
    from ..styles.library import list_styles

    return (entry.name for entry in list_styles() if entry.origin == "library" and entry.name.startswith(incomplete))

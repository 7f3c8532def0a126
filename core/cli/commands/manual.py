"""`atelier man`: the manual page, in roff, from the same words as `--help`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...version import installed_version
from .console import out

_ENVIRONMENT = (
    ("ATELIER_STYLES", "Folder of your own styles."),
    ("ATELIER_CACHE", "Folder of what can be made anew, and of checkpoints."),
    ("ATELIER_TRAININGS", "Folder of the panel's trainings."),
    ("ATELIER_RUN", "Folder in which GIMP meets its worker."),
    ("ATELIER_PASSWORD", "Password of the panel, as with its --password."),
    ("LC_ALL, LC_MESSAGES, LANG", "Language of what is said: English, German, Spanish, French, Japanese, Chinese."),
)
_EXIT_CODES = (
    ("0", "All was done."),
    ("1", "Something could not be done; standard error says what and how to mend it."),
    ("2", "The command line was wrong."),
    ("130, 143", "It was stopped, by Ctrl-C or by SIGTERM."),
)


def run_manual(context: Any, examples: Sequence[str]) -> None:
    """Print the manual page.

    Args:
        context: of the root of the command line.
        examples: calls of it.
    """
    out.print("\n".join(_page(context, examples)), markup=False)


def _page(context: Any, examples: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the page, for man(7)."""
    name, text = context.info_name, _joined(context.command.help).rstrip(".")
    yield f'.TH {name.upper()} 1 "" "Portrait Atelier {installed_version()}" "User Commands"'
    yield from (".SH NAME", f"{name} \\- {_escaped(text)}")
    yield from (".SH SYNOPSIS", *_usage(context))
    yield from (".SH OPTIONS", *_records(context))
    yield from (".SH COMMANDS", *_commands(context))
    yield from (".SH EXAMPLES", *(line for example in examples for line in (".PP", _bold(example))))
    for title, entries in (("ENVIRONMENT", _ENVIRONMENT), ("EXIT STATUS", _EXIT_CODES)):
        yield from (f".SH {title}", *(line for entry in entries for line in _entry(*entry)))


def _commands(context: Any) -> Iterator[str]:
    """Describe the commands of a group, and of the groups in it."""
    for name, command in context.command.commands.items():
        if command.hidden:
            continue
        inner = type(context)(command, info_name=name, parent=context)
        if getattr(command, "commands", None):
            yield from _commands(inner)
            continue
        yield f".SS {_escaped(inner.command_path)}"
        yield from _usage(inner)
        yield ".PP"
        yield _escaped(_joined(command.help or ""))
        yield from _records(inner)


def _usage(context: Any) -> Iterator[str]:
    pieces = " ".join(context.command.collect_usage_pieces(context))
    yield f"{_bold(context.command_path)} {_escaped(pieces)}"


def _records(context: Any) -> Iterator[str]:
    """Describe options and arguments, as `--help` does."""
    for param in context.command.params:
        record = param.get_help_record(context)
        if record is not None:
            yield from _entry(*record)


def _entry(term: str, text: str) -> tuple[str, str, str]:
    return ".TP", _bold(term), _escaped(_joined(text))


def _bold(text: str) -> str:
    return f"\\fB{_escaped(text)}\\fR"


def _joined(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """Escape what roff takes for its own: backslashes, hyphens, and dots and quotes at the start of a line."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", plain)

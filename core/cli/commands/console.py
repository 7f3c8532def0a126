"""Output of the command line: results on stdout, everything else on stderr, in the language of the environment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ...errors import AtelierError
from ...languages import for_terminal
from ...texts import Text, printable

if TYPE_CHECKING:
    from typing_extensions import LiteralString

    Said = LiteralString | Text | AtelierError

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
PLAIN_SECONDS = 10.0  # between two lines of progress where no bar can be drawn
_Progress = Callable[[int, int], None]


def is_quiet() -> bool:
    """Whether `--quiet` was given: notes and progress are not shown."""
    return not logging.getLogger().isEnabledFor(logging.WARNING)


def say(text: Said, /, *, one: LiteralString | None = None, **values: object) -> None:
    """Print a result on stdout, without markup.

    Args:
        text, one, values: a template and the values of its fields, as of a Text; or a Text, or an error.
    """
    out.print(_said(text, one, values), markup=False)


def say_path(path: str) -> None:
    """Print the path of a result on stdout: to a terminal without control characters, to a program as it is."""
    if out.is_terminal:
        out.print(printable(path, on_one_line=True), markup=False)
    else:
        out.file.write(f"{path}\n")
        out.file.flush()


def note(text: Said, /, *, one: LiteralString | None = None, **values: object) -> None:
    """Print a note on stderr; arguments as of `say`."""
    if not is_quiet():
        noted = Text("note: {text}", text=_text(text, one, values))
        err.print(for_terminal(noted), style="yellow", markup=False)


def fail(text: Said, /, *, one: LiteralString | None = None, **values: object) -> None:
    """Print an error on stderr after which the command goes on; arguments as of `say`."""
    err.print(f"atelier: {_said(text, one, values)}", style="red", markup=False)


def tell(text: Text) -> None:
    """Print the state of a program that keeps running, on stderr."""
    if not is_quiet():
        err.print(for_terminal(text), markup=False)


@contextmanager
def progress_bar(text: Said, *, shown: bool = True) -> Iterator[_Progress]:
    """Show progress on stderr if `shown`; yield a function of (done, total).

    A terminal gets a bar, anything else a plain line every PLAIN_SECONDS.
    """
    shown = shown and not is_quiet()
    if shown and not err.is_terminal:
        yield _plain_progress(_text(text, None, {}))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not shown) as progress:
        task = progress.add_task(_said(text, None, {}), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _plain_progress(what: Text) -> _Progress:
    """Return a function of (done, total) that prints a line now and then, with the time left by the pace so far."""
    last, first = time.monotonic(), None

    def show(done: int, total: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = first or (now, done)
        if now - last < PLAIN_SECONDS:
            return
        last = now
        if done > first[1]:
            minutes = (now - first[0]) / (done - first[1]) * (total - done) / 60
            line = Text(
                "{what}: {done} of {total}, about {minutes:.1f} min left",
                what=what,
                done=done,
                total=total,
                minutes=minutes,
            )
        else:
            line = Text("{what}: {done} of {total}", what=what, done=done, total=total)
        tell(line)

    return show


def _text(text: Said, one: LiteralString | None, values: dict[str, object]) -> Text:
    if isinstance(text, AtelierError):
        return text.text
    return text if isinstance(text, Text) else Text(text, one=one, **values)


def _said(text: Said, one: LiteralString | None, values: dict[str, object]) -> str:
    return for_terminal(_text(text, one, values))

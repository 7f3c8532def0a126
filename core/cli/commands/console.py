"""Output of the command line: results on stdout, everything else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a result on stdout, without markup."""
    out.print(text, markup=False)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 photo", "2 photos"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def note(text: str) -> None:
    """Print a note on stderr."""
    err.print(f"note: {text}", style="yellow", markup=False)


def fail(text: str) -> None:
    """Print an error on stderr after which the command goes on."""
    err.print(f"atelier: {text}", style="red", markup=False)


@contextmanager
def progress_bar(text: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr, if that is a terminal and `shown`; yield a function of (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal)) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

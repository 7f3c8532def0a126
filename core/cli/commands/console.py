"""How the command line speaks: results on stdout, everything else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A result or a step done, on stdout; taken as it stands (no markup)."""
    out.print(text, markup=False)


def counted(count: int, noun: str) -> str:
    """A number and what it counts: "1 photo", "2 photos"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def note(text: str) -> None:
    """Something the user should know, on stderr."""
    err.print(f"note: {text}", style="yellow", markup=False)


def fail(text: str) -> None:
    """One thing that went wrong while the rest goes on, on stderr."""
    err.print(f"atelier: {text}", style="red", markup=False)


@contextmanager
def progress_bar(text: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, drawn only in a terminal and where `shown`; yields a function of (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not (shown and err.is_terminal)) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

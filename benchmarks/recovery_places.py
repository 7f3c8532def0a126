"""Shared loop of benchmarks of the bundled network: measure each look of each place for each N, and group."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from portrait_atelier.core.errors import AtelierError

from .recovery_cases import looks_of, place_of
from .recovery_methods import BASE
from .recovery_options import add_places, choice_of, parser_of_sources, settings_of
from .recovery_report import place_title
from .recovery_settings import Place, Settings, chosen_cells

T = TypeVar("T")
Measured = dict[tuple[str, int], list[T]]  # title of the place and N: what was measured, look by look


def measure_places(settings: Settings, options: argparse.Namespace, measure: Callable[[Place, int], T]) -> Measured[T]:
    """Measure what the options of `add_places` choose.

    Args:
        settings: of the photos and looks.
        options: the parsed command line.
        measure: called with a place and a number of style photos.

    Raises:
        LearningError: a kind has no folder for what is asked.
    """
    cells = chosen_cells(settings, choice_of(options, (BASE,)), looks_of(settings))
    measured: Measured[T] = {}
    started = time.perf_counter()
    for number, cell in enumerate(cells, 1):
        measured.setdefault((place_title(cell), cell.count), []).append(measure(place_of(settings, cell), cell.count))
        passed = time.perf_counter() - started
        sys.stderr.write(f"{passed:6.0f} s  {number} of {len(cells)}  {place_title(cell)}, {cell.count}  {cell.look}\n")
    return measured


def print_places(
    name: str,
    description: str,
    measure: Callable[[Settings, Place, int], T],
    table: Callable[[Measured[T]], str],
    *,
    counts: str,
    arguments: Sequence[str] | None,
) -> int:
    """Main function of a benchmark that measures places and prints a table.

    Args:
        name: of the program.
        description: one line.
        measure: called with the settings, a place and a number of style photos.
        table: makes the table.
        counts: which numbers of style photos are the default.
        arguments: of the command line.
    """
    parser = parser_of_sources(name, description, neutral=False)
    add_places(parser, counts=counts)
    options = parser.parse_args(arguments)
    try:
        settings = settings_of(options)
        measured = measure_places(settings, options, lambda place, count: measure(settings, place, count))
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    print(table(measured))
    return 0

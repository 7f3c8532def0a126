"""Look recovery: apply a known look to photos of some people, and measure how well it is recovered on others.

    python -m benchmarks.look_recovery --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS \
        --neutral TRAIN --neutral REAL:336 --json recovery.json

A style set is N photos f(a) of some people, unpaired; the content is other people's photos b; the result is compared
with f(b): the mean CIEDE2000 over the photo, and over the face where there is a mask. f is unknown to the method.
`mixed` draws people at random; `alike` from one of three clusters with similar colors and backdrops. With
`--content`, the method also gets untouched photos of further people; with `--spatial`, f is also light in the picture;
with `--backdrop`, unusual backdrops replace the original ones, before f. Films give the looks, or, with
`--outside` instead of `--looks`, twelve functions outside the training family.

Every number is one cell of the tables; `--json` stores each at once, and a further call, with the same or other cells,
continues from that file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from portrait_atelier.core.errors import AtelierError

from .recovery_cases import case_of, looks_of, place_of, task_of
from .recovery_measures import calibration, measures
from .recovery_methods import METHODS, ByLook
from .recovery_options import add_places, add_rows, choice_of, methods_of, parser_of_sources, settings_of
from .recovery_records import Record, read_records, write_records
from .recovery_report import markdown, place_title, summary
from .recovery_scores import scores_of
from .recovery_settings import DRAWINGS, Cell, Settings, chosen_cells

_REPORT_EVERY = 5.0  # seconds
_TABLES: dict[str, tuple[Callable[[Sequence[Record]], str], str]] = {
    "every-row": (markdown, "one table for each kind and drawing; this is what is printed by itself"),
    "summary": (summary, "one short table for each N"),
    "measures": (measures, "worst look, face, how tame: one line for each row"),
    "calibration": (calibration, "how far from the truth styles said they are, and how far they are"),
}


def measure_cell(settings: Settings, cell: Cell) -> Record:
    """Measure one cell: learn a look by a method from a number of photos, and compare the results with the truth.

    Raises:
        LearningError: the folders of the settings are not usable.
    """
    place = place_of(settings, cell)
    look = looks_of(settings)[place.number]
    task = task_of(settings, place, max(1, cell.count), cell.content)
    case = case_of(settings, place)
    started = time.perf_counter()
    restyle = METHODS[cell.method](task)
    scores = scores_of(case, case.restyled(restyle))
    return Record(
        **vars(cell),
        is_gray=look.is_gray,
        photo=scores.photo,
        face=scores.face,
        moved=scores.moved,
        chroma=None if look.is_gray else scores.chroma,
        expected=restyle.expected if isinstance(restyle, ByLook) else None,
        seconds=round(time.perf_counter() - started, 2),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the missing cells, print the tables."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = settings_of(options)
        cells = chosen_cells(settings, choice_of(options, methods_of(options)), looks_of(settings))
        kept_settings, records = read_records(options.json, settings)
        records = [record for record in records if not (options.again and record.cell in set(cells))]
        done = {record.cell for record in records}
        for record in _run(settings, [cell for cell in cells if cell not in done], options.processes):
            records.append(record)
            write_records(options.json, kept_settings, records)
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    records.sort(key=partial(_place_in_tables, [source.kind for source in kept_settings.sources]))
    for table in options.tables or ("every-row",):
        print(_TABLES[table][0](records))
    return 0


def _place_in_tables(kinds: Sequence[str], record: Record) -> tuple:
    rows = [*METHODS, record.method]  # stored cells may not be among the wanted ones
    place = kinds.index(record.kind), record.backdrop, record.spatial, DRAWINGS.index(record.drawing)
    return *place, record.count, record.content, rows.index(record.method)


def _run(settings: Settings, cells: Sequence[Cell], processes: int) -> Iterator[Record]:
    """Measure cells, and report progress every few seconds."""
    started, told = time.perf_counter(), 0.0
    for number, record in enumerate(_measured(settings, cells, processes), 1):
        passed = time.perf_counter() - started
        if passed - told >= _REPORT_EVERY or number == len(cells):
            told = passed
            where = place_title(record) + ", content" * record.content
            sys.stderr.write(f"{passed:6.0f} s  {number} of {len(cells)} cells  {where}  {record.look[-32:]}  ")
            sys.stderr.write(f"{record.method}, {record.count}: {record.photo:.2f}\n")
        yield record


def _measured(settings: Settings, cells: Sequence[Cell], processes: int) -> Iterator[Record]:
    if processes == 1:
        yield from (measure_cell(settings, cell) for cell in cells)
        return
    with ProcessPoolExecutor(processes) as pool:
        for future in as_completed([pool.submit(measure_cell, settings, cell) for cell in cells]):
            yield future.result()


def _parser() -> argparse.ArgumentParser:
    parser = parser_of_sources("look_recovery", (__doc__ or "").partition("\n")[0])
    add_rows(add_places(parser, counts="1,5,25,50"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where to keep every record, and to go on from")
    parser.add_argument("--again", action="store_true", help="measure the chosen cells anew, if they are kept or not")
    tables = parser.add_argument_group("which tables")
    for name, (_, words) in _TABLES.items():
        tables.add_argument(f"--{name}", dest="tables", action="append_const", const=name, help=words)
    return parser


if __name__ == "__main__":
    sys.exit(main())

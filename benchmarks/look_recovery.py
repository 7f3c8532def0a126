"""Look recovery: give a known film look to some people's photos, and see how well it is found again on other people.

    python -m benchmarks.look_recovery --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS \
        --neutral TRAIN --neutral REAL:336 --json recovery.json

A style set is N photos f(a) of some people, unpaired; the content is other people's photos b; the result is compared
with f(b): the mean CIEDE2000 over the photo, and over the face where there is a mask. Nothing is told about f.
`mixed` draws people at random; `alike` from within one of three clusters of like colors and backgrounds. With
`--content`, the learner also has untouched photos of further people; with `--spatial`, f is also light in the picture.

Every number is one cell of the tables; `--json` keeps each as soon as it is there, and a further call, of the same
cells or of others, goes on from that file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.errors import AtelierError, LearningError
from portrait_atelier.core.imaging.reading import read_proxy
from portrait_atelier.core.learning.prior import build_prior, photos_of
from portrait_atelier.core.styles.population import Population, draw_colors

from .color_difference import ciede2000
from .recovery_data import NUM_CONTENT, FilmLook, Portraits, draw_people, read_looks, read_portraits, split_looks
from .recovery_light import SpatialLook
from .recovery_methods import METHODS, SLOW, Restyle, Task
from .recovery_own import OwnPhotos
from .recovery_records import Record, read_records, write_records
from .recovery_report import markdown, summary
from .recovery_settings import DRAWINGS, Cell, Choice, Place, Settings, Source, chosen_cells

_TOLD_EVERY = 5.0  # seconds


def measure_cell(settings: Settings, cell: Cell) -> Record:
    """Learn one look one way from so many photos, and compare what other people's photos become with the answer.

    Raises:
        LearningError: the folders of the settings do not serve.
    """
    looks = looks_of(settings)
    place = Place(cell.kind, cell.drawing, [look.name for look in looks].index(cell.look), cell.spatial)
    task = task_of(settings, place, max(1, cell.count), cell.content)
    answers = answers_of(settings, place)
    started = time.perf_counter()
    restyle = METHODS[cell.method](task)
    photo, face = score_of(settings, place, answers, restyle)
    seconds = round(time.perf_counter() - started, 2)
    told = (cell.kind, cell.drawing, cell.look, looks[place.number].is_gray, cell.method, cell.count)
    return Record(*told, photo, face, cell.content, cell.spatial, seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not yet kept, print the tables."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings, choice = settings_of(options), _choice(options)
        cells = chosen_cells(settings, choice, looks_of(settings))
        kept_settings, records = read_records(options.json, settings)
        records = [record for record in records if not (options.again and record.cell in set(cells))]
        done = {record.cell for record in records}
        for record in _run(settings, [cell for cell in cells if cell not in done], options.processes):
            records.append(record)
            write_records(options.json, kept_settings, records)
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    records.sort(key=partial(_place_in_tables, [source.kind for source in kept_settings.sources]))
    print(summary(records) if options.summary else markdown(records))
    return 0


def _place_in_tables(kinds: Sequence[str], record: Record) -> tuple:
    rows = [*METHODS, record.method]  # one that was kept may be none of today's
    drawing = DRAWINGS.index(record.drawing)
    return kinds.index(record.kind), record.spatial, drawing, record.count, record.content, rows.index(record.method)


def _run(settings: Settings, cells: Sequence[Cell], processes: int) -> Iterator[Record]:
    """Measure cells, and tell how far it is at most every few seconds."""
    started, told = time.perf_counter(), 0.0
    for number, record in enumerate(_measured(settings, cells, processes), 1):
        passed = time.perf_counter() - started
        if passed - told >= _TOLD_EVERY or number == len(cells):
            told = passed
            where = f"{record.kind}, {record.drawing}{', content' * record.content}{', spatial' * record.spatial}"
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


def score_of(
    settings: Settings, place: Place, answers: list[np.ndarray], restyle: Restyle
) -> tuple[float, float | None]:
    """How far restyled contents are from the answers: over photos, and over faces where there are masks."""
    portraits, step = _portraits(settings, place.kind), settings.step
    photo, face = [], []
    for index, answer in zip(_people(settings, place, 0)[0], answers, strict=True):
        result = np.clip(restyle(portraits.photos[index] / np.float32(255), step), 0, 1)
        difference = ciede2000(srgb_to_lab(result), answer)
        photo.append(float(difference.mean()))
        mask = portraits.faces[index]
        if mask is not None:
            face.append(float(difference[mask[::step, ::step]].mean()))
    return float(np.mean(photo)), float(np.mean(face)) if face else None


@lru_cache(maxsize=2)
def task_of(settings: Settings, place: Place, count: int, content: bool) -> Task:
    """What a method gets: so many style photos, and own untouched ones if `content`."""
    style = [_bytes(_given(settings, place, index)) for index in _people(settings, place, count)[1]]
    own = None
    if content:
        pool = _own_photos(settings, place.kind)
        own = pool.draw(alike=place.alike, turn=place.number, count=settings.num_own, seed=settings.seed)
    return Task(style, _neutral(settings.neutral), own)


@lru_cache(maxsize=2)
def answers_of(settings: Settings, place: Place) -> list[np.ndarray]:
    """The tested contents under the true look, in Lab."""
    content, _ = _people(settings, place, 0)
    return [srgb_to_lab(_given(settings, place, index)[:: settings.step, :: settings.step]) for index in content]


def _given(settings: Settings, place: Place, index: int) -> np.ndarray:
    """A portrait under the place's look: (H, W, 3) float32."""
    portraits, look = _portraits(settings, place.kind), looks_of(settings)[place.number]
    photo = portraits.photos[index] / np.float32(255)
    if not place.spatial:
        return look(photo)
    subject = portraits.subjects[index]
    assert subject is not None  # people without are not drawn
    return SpatialLook.of(look)(photo, subject)


def _people(settings: Settings, place: Place, count: int) -> tuple[np.ndarray, np.ndarray]:
    return draw_people(
        _portraits(settings, place.kind),
        alike=place.alike,
        turn=place.number,
        count=count,
        num_content=NUM_CONTENT,
        seed=settings.seed,
        with_subject=place.spatial,
    )


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


@cache
def looks_of(settings: Settings) -> tuple[FilmLook, ...]:
    """The looks of the settings, those for choosing or those for reporting."""
    for_choosing, reported = split_looks(read_looks(Path(settings.looks)))
    return tuple(for_choosing if settings.choosing else reported)


@cache
def _portraits(settings: Settings, kind: str) -> Portraits:
    source = settings.source(kind)
    masks, subjects = (Path(folder) if folder else None for folder in (source.masks, source.subjects))
    return read_portraits(source.photos, masks, settings.size, subjects)


@cache
def _own_photos(settings: Settings, kind: str) -> OwnPhotos:
    source = settings.source(kind)
    return OwnPhotos.gather(source.content, _portraits(settings, kind), source.photos, settings.size)


@cache
def _neutral(folders: tuple[str, ...]) -> Population:
    return build_prior([[draw_colors(read_proxy(photo)) for photo in photos_of(folder)] for folder in folders])


def settings_of(options: argparse.Namespace) -> Settings:
    """Read what `parser_of_sources` declares."""
    masks, subjects, content = dict(options.masks), dict(options.subjects), dict(options.content_photos)
    strange = sorted({*masks, *subjects, *content} - set(dict(options.photos)))
    if strange:
        raise LearningError(f"{strange[0]}: no photos of this kind; add --photos {strange[0]}=FOLDER")
    sources = tuple(
        Source(kind, folder, masks.get(kind, ""), subjects.get(kind, ""), content.get(kind, ""))
        for kind, folder in dict(options.photos).items()
    )
    neutral = tuple(options.neutral)
    return Settings(options.looks, sources, neutral, options.size, options.step, options.seed, options.choosing)


def _choice(options: argparse.Namespace) -> Choice:
    wanted = {"no": (False,), "yes": (True,), "both": (False, True)}
    words = options.rows.split(",")
    methods = tuple(m for m in METHODS if any(w in m for w in words) and (options.rows or m not in SLOW))
    if not methods:
        raise LearningError(f"--rows {options.rows}: no row has any of these words; rows are {'; '.join(METHODS)}")
    return Choice(
        methods=methods,
        counts=tuple(int(count) for count in options.counts.split(",")),
        drawings=options.drawings,
        content=wanted[options.content],
        spatial=wanted[options.spatial],
        num_looks=options.num_looks,
        num_fixed=options.looks_fixed,
    )


def _parser() -> argparse.ArgumentParser:
    parser = parser_of_sources("look_recovery", (__doc__ or "").partition("\n")[0])
    _add_choice(parser)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where to keep every record, and to go on from")
    parser.add_argument("--again", action="store_true", help="measure the chosen cells anew, if they are kept or not")
    parser.add_argument("--summary", action="store_true", help="print one short table for each N, not every row")
    return parser


def parser_of_sources(name: str, description: str) -> argparse.ArgumentParser:
    """The options that say where looks and photos are, which `settings_of` reads."""
    parser = argparse.ArgumentParser(prog=name, description=description)
    pairs = {"type": _pair, "action": "append", "default": []}
    parser.add_argument("--looks", required=True, help="npz of (33, 33, 33, 3) uint8 tables, index [b, g, r]")
    parser.add_argument("--photos", type=_pair, action="append", required=True, metavar="KIND=FOLDER[:N]")
    parser.add_argument("--masks", **pairs, metavar="KIND=FOLDER", help="face masks")
    parser.add_argument("--subjects", **pairs, metavar="KIND=FOLDER", help="subject masks, for spatial looks")
    parser.add_argument("--content-photos", **pairs, metavar="KIND=FOLDER[:N]", help="where own photos are drawn from")
    parser.add_argument("--neutral", action="append", required=True, metavar="FOLDER[:N]", help="corpus, one per kind")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--step", type=int, default=2, help="compare every so-many-th pixel of rows and columns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--choosing", action="store_true", help="the looks for choosing, not those for reporting")
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which cells")
    either = {"choices": ("no", "yes", "both"), "nargs": "?", "const": "yes", "default": "no"}
    group.add_argument("--rows", default="", help="only methods whose name has one of these words, by commas")
    group.add_argument("--counts", default="1,5,25,50", help="numbers of style photos")
    group.add_argument("--drawings", type=_drawings, default=DRAWINGS, help="mixed, alike, or both by a comma")
    group.add_argument("--content", **either, help="rows with 25 own untouched photos; or both, with and without")
    group.add_argument("--spatial", **either, help="looks with a vignette and light on the subject; or both kinds")
    group.add_argument("--num-looks", type=int, default=0, help="so many looks, evenly from all")
    group.add_argument("--looks-fixed", type=_even, default=0, help="so many looks, the first of color and of not")


def _pair(text: str) -> tuple[str, str]:
    kind, _, folder = text.partition("=")
    if not folder:
        raise argparse.ArgumentTypeError(f"must be KIND=FOLDER, got {text!r}")
    return kind, folder


def _drawings(text: str) -> tuple[str, ...]:
    drawings = tuple(text.split(","))
    if not set(drawings) <= set(DRAWINGS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(DRAWINGS)}, got {text!r}")
    return drawings


def _even(text: str) -> int:
    if not text.isdecimal() or int(text) % 2:
        raise argparse.ArgumentTypeError(f"must be an even number, half of them in color, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

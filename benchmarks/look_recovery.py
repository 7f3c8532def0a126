"""Look recovery: give a known film look to some people's photos, and see how well it is found again on other people.

    python -m benchmarks.look_recovery --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS \
        --neutral TRAIN --neutral REAL:336

A style set is N photos f(a) of some people, unpaired; the content is other people's photos b; the result is compared
with f(b): the mean CIEDE2000 over the photo, and over the face where there is a mask. Nothing is told about f.
`mixed` draws people at random; `alike` from within one of three clusters of like colors and backgrounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from portrait_atelier.core.imaging.reading import read_proxy
from portrait_atelier.core.learning.prior import build_prior, photos_of
from portrait_atelier.core.styles.color_space import srgb_to_lab
from portrait_atelier.core.styles.population import Population, draw_colors

from .color_difference import ciede2000
from .recovery_data import NUM_CONTENT, FilmLook, Portraits, draw_people, read_looks, read_portraits, split_looks
from .recovery_methods import METHODS, OURS, UNTOUCHED, Restyle, Task
from .recovery_report import markdown

MAX_ALIKE = 25


@dataclass(frozen=True)
class Settings:
    """What is measured on what.

    Attributes:
        looks: the npz of tables.
        photos: for each kind its folder, as `photos_of` takes it.
        masks: for some kinds, the folder of face masks.
        neutral: folders of the neutral corpus of the corpus-to-corpus rows.
        counts: numbers of style photos.
        size: pixels of the longer side of a photo.
        step: pixels are compared on a grid this wide; every look is decided from the whole photo.
        seed: draws the people.
        methods: which rows.
        choosing: use the looks that are for choosing, not for reporting.
        num_looks: at most so many looks; 0 for all.
    """

    looks: str
    photos: dict[str, str]
    masks: dict[str, str]
    neutral: tuple[str, ...]
    counts: tuple[int, ...] = (1, 5, 25, 50)
    size: int = 256
    step: int = 2
    seed: int = 0
    methods: tuple[str, ...] = tuple(METHODS)
    choosing: bool = False
    num_looks: int = 0


@dataclass(frozen=True)
class Record:
    """One look, one method, one count: the mean over the content people. `face` is None without masks."""

    kind: str
    drawing: str
    look: str
    is_gray: bool
    method: str
    count: int
    photo: float
    face: float | None


def measure_look(settings: Settings, kind: str, number: int) -> list[Record]:
    """All records of one look on one kind of portraits."""
    portraits, looks, neutral = _loaded(settings, kind)
    look = looks[number]
    records: list[Record] = []
    for drawing in ("mixed", "alike"):
        content, _ = _draw(settings, portraits, drawing, number, 0)
        step = settings.step
        answers = [srgb_to_lab(look(portraits.photos[index][::step, ::step] / np.float32(255))) for index in content]
        for method, count, restyle in _rows(settings, portraits, look, number, drawing, neutral):
            photo, face = _score(portraits, content, answers, restyle, step)
            records.append(Record(kind, drawing, look.name, look.is_gray, method, count, photo, face))
    return records


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table per kind and drawing."""
    options = _parser().parse_args(arguments)
    settings = Settings(
        looks=options.looks,
        photos=dict(options.photos),
        masks=dict(options.masks),
        neutral=tuple(options.neutral),
        counts=tuple(int(count) for count in options.counts.split(",")),
        size=options.size,
        step=options.step,
        seed=options.seed,
        methods=tuple(m for m in METHODS if not options.rows or any(row in m for row in options.rows.split(","))),
        choosing=options.choosing,
        num_looks=options.num_looks,
    )
    records = _kept(settings, options.json)
    for done in _run(settings, options.processes, records):
        records += done
        if options.json:
            kept = {"settings": asdict(settings), "records": [asdict(record) for record in records]}
            options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    print(markdown(records))
    return 0


def _kept(settings: Settings, path: Path | None) -> list[Record]:
    """The records of a run that was cut short; of the same settings only."""
    if path is None or not path.exists():
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["settings"] != json.loads(json.dumps(asdict(settings))):
        sys.exit(f"{path}: records of other settings; name another file")
    return [Record(**record) for record in kept["records"]]


def _run(settings: Settings, processes: int, known: Sequence[Record]) -> Iterator[list[Record]]:
    looks = _looks(settings)
    done = {(record.kind, record.look) for record in known}
    jobs = [(kind, n) for kind in settings.photos for n, look in enumerate(looks) if (kind, look.name) not in done]
    started = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        futures = [pool.submit(measure_look, settings, *job) for job in jobs]
        for (kind, _), future in zip(jobs, futures, strict=True):
            records = future.result()
            told = ", ".join(f"{r.drawing} {r.count}: {r.photo:.2f}" for r in records if r.method == OURS)
            sys.stderr.write(f"{time.perf_counter() - started:6.0f} s  {kind:10} {records[0].look[-32:]:32} {told}\n")
            yield records


def _rows(
    settings: Settings, portraits: Portraits, look: FilmLook, number: int, drawing: str, neutral: Population
) -> Iterator[tuple[str, int, Restyle]]:
    counts = [count for count in settings.counts if drawing == "mixed" or count <= MAX_ALIKE]
    if UNTOUCHED in settings.methods:
        yield UNTOUCHED, 0, METHODS[UNTOUCHED](Task([], neutral))
    for count in counts:
        _, people = _draw(settings, portraits, drawing, number, count)
        style = [_bytes(look(portraits.photos[index] / np.float32(255))) for index in people]
        task = Task(style, neutral)
        for method in settings.methods:
            if method != UNTOUCHED:
                yield method, count, METHODS[method](task)


def _score(
    portraits: Portraits, content: np.ndarray, answers: list[np.ndarray], restyle: Restyle, step: int
) -> tuple[float, float | None]:
    photo, face = [], []
    for index, answer in zip(content, answers, strict=True):
        result = np.clip(restyle(portraits.photos[index] / np.float32(255), step), 0, 1)
        difference = ciede2000(srgb_to_lab(result), answer)
        photo.append(float(difference.mean()))
        mask = portraits.faces[index]
        if mask is not None:
            face.append(float(difference[mask[::step, ::step]].mean()))
    return float(np.mean(photo)), float(np.mean(face)) if face else None


def _draw(
    settings: Settings, portraits: Portraits, drawing: str, number: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    return draw_people(
        portraits, alike=drawing == "alike", turn=number, count=count, num_content=NUM_CONTENT, seed=settings.seed
    )


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)


@cache
def _looks_of(path: str, choosing: bool) -> tuple[FilmLook, ...]:
    for_choosing, reported = split_looks(read_looks(Path(path)))
    return tuple(for_choosing if choosing else reported)


def _looks(settings: Settings) -> tuple[FilmLook, ...]:
    looks = _looks_of(settings.looks, settings.choosing)
    step = max(1, len(looks) // settings.num_looks) if settings.num_looks else 1
    return looks[::step]


_portraits = cache(read_portraits)


@cache
def _neutral(folders: tuple[str, ...]) -> Population:
    return build_prior([[draw_colors(read_proxy(photo)) for photo in photos_of(folder)] for folder in folders])


def _loaded(settings: Settings, kind: str) -> tuple[Portraits, tuple[FilmLook, ...], Population]:
    masks = settings.masks.get(kind)
    portraits = _portraits(settings.photos[kind], Path(masks) if masks else None, settings.size)
    return portraits, _looks(settings), _neutral(settings.neutral)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="look_recovery", description=__doc__.splitlines()[0])
    parser.add_argument("--looks", required=True, help="npz of (33, 33, 33, 3) uint8 tables, index [b, g, r]")
    parser.add_argument("--photos", type=_pair, action="append", required=True, metavar="KIND=FOLDER[:N]")
    parser.add_argument("--masks", type=_pair, action="append", default=[], metavar="KIND=FOLDER")
    parser.add_argument("--neutral", action="append", required=True, metavar="FOLDER[:N]", help="corpus, one per kind")
    parser.add_argument("--counts", default="1,5,25,50")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--step", type=int, default=2, help="compare every so-many-th pixel of rows and columns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", default="", help="only methods whose name has one of these words, by commas")
    parser.add_argument("--choosing", action="store_true", help="the looks for choosing, not those for reporting")
    parser.add_argument("--num-looks", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where to keep every record")
    return parser


def _pair(text: str) -> tuple[str, str]:
    kind, _, folder = text.partition("=")
    if not folder:
        raise argparse.ArgumentTypeError(f"must be KIND=FOLDER, got {text!r}")
    return kind, folder


if __name__ == "__main__":
    sys.exit(main())

"""The command line of look recovery and related benchmarks: folders of looks and photos, selection of cells."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from portrait_atelier.core.errors import LearningError

from .recovery_methods import METHODS, SLOW
from .recovery_settings import DRAWINGS, Choice, Settings, Source

_WANTED = {"no": (False,), "yes": (True,), "both": (False, True)}
_EITHER = {"choices": tuple(_WANTED), "nargs": "?", "const": "yes", "default": "no"}


def parser_of_sources(name: str, description: str, *, neutral: bool = True) -> argparse.ArgumentParser:
    """The options that say where looks and photos are, which `settings_of` reads.

    Args:
        name: of the program.
        description: one line.
        neutral: whether it needs a neutral corpus.
    """
    parser = argparse.ArgumentParser(prog=name, description=description)
    pairs = {"type": pair_of, "action": "append", "default": []}
    looks = parser.add_mutually_exclusive_group(required=True)
    looks.add_argument("--looks", default="", help="npz of (33, 33, 33, 3) uint8 tables, index [b, g, r]")
    looks.add_argument("--outside", action="store_true", help="looks outside the training family instead of films")
    parser.add_argument("--photos", type=pair_of, action="append", required=True, metavar="KIND=FOLDER[:N]")
    parser.add_argument("--masks", **pairs, metavar="KIND=FOLDER", help="face masks")
    parser.add_argument("--subjects", **pairs, metavar="KIND=FOLDER", help="subject masks, for spatial and backdrop")
    parser.add_argument("--content-photos", **pairs, metavar="KIND=FOLDER[:N]", help="where own photos are drawn from")
    if neutral:
        corpus = {"action": "append", "required": True, "metavar": "FOLDER[:N]"}
        parser.add_argument("--neutral", **corpus, help="neutral corpus, one folder per kind")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--step", type=int, default=2, help="compare every so-many-th pixel of rows and columns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--choosing", action="store_true", help="the films for choosing, not those for reporting")
    return parser


def settings_of(options: argparse.Namespace) -> Settings:
    """Read what `parser_of_sources` declares.

    Raises:
        LearningError: masks or own photos are named for a kind that has no photos.
    """
    masks, subjects, content = dict(options.masks), dict(options.subjects), dict(options.content_photos)
    strange = sorted({*masks, *subjects, *content} - set(dict(options.photos)))
    if strange:
        raise LearningError(f"{strange[0]}: no photos of this kind; add --photos {strange[0]}=FOLDER")
    return Settings(
        looks=options.looks,
        sources=tuple(
            Source(kind, folder, masks.get(kind, ""), subjects.get(kind, ""), content.get(kind, ""))
            for kind, folder in dict(options.photos).items()
        ),
        neutral=tuple(getattr(options, "neutral", ())),
        size=options.size,
        step=options.step,
        seed=options.seed,
        choosing=options.choosing,
        outside=options.outside,
    )


def add_places(parser: argparse.ArgumentParser, *, counts: str) -> argparse._ArgumentGroup:
    """The options that say which looks, people and numbers of photos are wanted.

    Args:
        parser: gets them.
        counts: which numbers of style photos are the default.
    """
    group = parser.add_argument_group("which cells")
    group.add_argument("--counts", type=_counts, default=counts, help=f"numbers of style photos, by default {counts}")
    group.add_argument("--drawings", type=_drawings, default=DRAWINGS, help="mixed, alike, or both by a comma")
    group.add_argument("--spatial", **_EITHER, help="looks with a vignette and light on the subject; or both kinds")
    group.add_argument("--backdrop", **_EITHER, help="people before odd backdrops; or both, with and without")
    group.add_argument("--num-looks", type=int, default=0, help="so many looks, evenly from all")
    group.add_argument("--looks-fixed", type=_even, default=0, help="so many looks, the first of color and of not")
    return group


def add_rows(group: argparse._ArgumentGroup) -> None:
    """The options that say which rows are wanted."""
    group.add_argument("--rows", default="", help="only methods whose name has one of these words, by commas")
    group.add_argument("--content", **_EITHER, help="rows with 25 own untouched photos; or both, with and without")


def choice_of(options: argparse.Namespace, methods: Sequence[str]) -> Choice:
    """Read what `add_places` declares, and `add_rows` if it did."""
    return Choice(
        methods=tuple(methods),
        counts=options.counts,
        drawings=options.drawings,
        content=_WANTED[getattr(options, "content", "no")],
        spatial=_WANTED[options.spatial],
        backdrop=_WANTED[options.backdrop],
        num_looks=options.num_looks,
        num_fixed=options.looks_fixed,
    )


def methods_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The rows that `--rows` names; without it, all but the slow ones.

    Raises:
        LearningError: there is none.
    """
    words = options.rows.split(",")
    methods = tuple(m for m in METHODS if any(w in m for w in words) and (options.rows or m not in SLOW))
    if not methods:
        raise LearningError(f"--rows {options.rows}: no row has any of these words; rows are {'; '.join(METHODS)}")
    return methods


def pair_of(text: str) -> tuple[str, str]:
    """Read NAME=FOLDER."""
    kind, _, folder = text.partition("=")
    if not folder:
        raise argparse.ArgumentTypeError(f"must be NAME=FOLDER, got {text!r}")
    return kind, folder


def _counts(text: str) -> tuple[int, ...]:
    counts = text.split(",")
    if not all(count.isdecimal() and int(count) for count in counts):
        raise argparse.ArgumentTypeError(f"must be numbers of photos by commas, got {text!r}")
    return tuple(int(count) for count in counts)


def _drawings(text: str) -> tuple[str, ...]:
    drawings = tuple(text.split(","))
    if not set(drawings) <= set(DRAWINGS):
        raise argparse.ArgumentTypeError(f"must be of {', '.join(DRAWINGS)}, got {text!r}")
    return drawings


def _even(text: str) -> int:
    if not text.isdecimal() or int(text) % 2:
        raise argparse.ArgumentTypeError(f"must be an even number, half of them in color, got {text!r}")
    return int(text)

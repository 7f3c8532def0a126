"""Contact sheets of people before and after, with the truth and another version.

    python -m benchmarks.look_sheets --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS -o SHEETS

One JPEG for each look: a column for each person; rows: untouched, the truth, ours (the instant style as shipped, learnt
from N photos of other people), and that of `--other`. `--pictures FOLDER` stores our row of each look as npz, to be
given as `--other "0.3=FOLDER"` to a later version with the same options.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.errors import AtelierError, LearningError
from portrait_atelier.core.imaging.contact_sheet import SheetStyle, contact_sheet

from .method_drawing import to_bytes
from .recovery_cases import case_of_people, looks_of, people_of, portraits_of, style_of
from .recovery_data import Portraits
from .recovery_methods import ByLook, instant_style, proxies_of
from .recovery_options import pair_of, parser_of_sources, settings_of
from .recovery_scores import scores_of, to_lab
from .recovery_settings import Choice, Place, Settings, chosen_looks

_ALL = 10**6  # style people: all
Row = tuple[str, list[np.ndarray]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a sheet for each look."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = settings_of(options)
        _write_sheets(settings, options)
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    return 0


def spread_people(portraits: Portraits, count: int) -> list[int]:
    """Select people of all complexions, evenly by the mean L* of their faces, darkest first.

    Raises:
        LearningError: too few have a face mask.
    """
    lightness = {
        index: float(srgb_to_lab(photo[mask])[:, 0].mean())
        for index, (photo, mask) in enumerate(zip(portraits.photos, portraits.faces, strict=True))
        if mask is not None
    }
    if len(lightness) < count:
        raise LearningError(
            f"only {len(lightness)} people have a face mask; name {count} with --people, or give --masks"
        )
    ordered = sorted(lightness, key=lambda index: lightness[index])
    return [ordered[place] for place in np.linspace(0, len(ordered) - 1, count).round().astype(int)]


def rows_of(settings: Settings, place: Place, people: Sequence[int], count: int) -> list[Row]:
    """Untouched, truth and ours, each (H, W, 3) uint8; the style is learnt from other people than are shown."""
    case = case_of_people(settings, place, tuple(people))
    drawn = np.concatenate(people_of(settings, place, _ALL))
    style_people = drawn[~np.isin(drawn, people)][:count]
    restyle = ByLook.of(instant_style(proxies_of(style_of(settings, place, style_people))))
    ours = [restyle(photo, 1) for photo in case.contents]
    distance = scores_of(case, [to_lab(picture[:: case.step, :: case.step]) for picture in ours]).photo
    return [
        ("untouched", [to_bytes(photo) for photo in case.contents]),
        ("truth", style_of(settings, place, people)),
        (f"ours, {distance:.1f}", [to_bytes(picture) for picture in ours]),
    ]


def _write_sheets(settings: Settings, options: argparse.Namespace) -> None:
    kind = settings.sources[0].kind
    portraits, looks = portraits_of(settings, kind), looks_of(settings)
    people = options.people or spread_people(portraits, options.num_people)
    _check_people(portraits, people, with_subject=options.spatial or options.backdrop)
    options.output.mkdir(parents=True, exist_ok=True)
    for look in chosen_looks(looks, Choice(num_looks=options.num_looks)):
        place = Place(kind, options.drawing, looks.index(look), options.spatial, options.backdrop)
        rows = rows_of(settings, place, people, options.count)
        file_name = re.sub(r"\W+", "-", look.name).strip("-").lower()
        if options.pictures:
            _keep(options.pictures / f"{file_name}.npz", people, rows[-1][1])
        rows += [_kept(name, Path(folder) / f"{file_name}.npz", people) for name, folder in options.other]
        path = options.output / f"{file_name}.jpg"
        _write_sheet(path, f"{look.name}, learnt from {options.count}", rows, options.cell)
        print(path)


def _check_people(portraits: Portraits, people: Sequence[int], *, with_subject: bool) -> None:
    for person in people:
        if person not in range(len(portraits.photos)):
            raise LearningError(f"--people {person}: there are {len(portraits.photos)} portraits, numbered from 0")
        if with_subject and portraits.subjects[person] is None:
            raise LearningError(f"person {person}: no subject mask; give --subjects, or name others with --people")


def _write_sheet(path: Path, title: str, rows: Sequence[Row], cell_size: int) -> None:
    captioned = [(name if not column else "", picture) for name, row in rows for column, picture in enumerate(row)]
    sheet = contact_sheet(captioned, title=title, columns=len(rows[0][1]), style=SheetStyle(cell_size=cell_size))
    Image.fromarray(sheet).save(path, quality=90, optimize=True)


def _keep(path: Path, people: Sequence[int], pictures: Sequence[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, *pictures, people=np.array(people))


def _kept(name: str, path: Path, people: Sequence[int]) -> Row:
    if not path.exists():
        raise LearningError(f"{path}: no such pictures; make them with --pictures")
    with np.load(path, allow_pickle=False) as kept:
        if kept["people"].tolist() != list(people):
            raise LearningError(f"{path}: shows other people; make both with the same --people")
        return name, [kept[f"arr_{number}"] for number in range(len(people))]


def _parser() -> argparse.ArgumentParser:
    parser = parser_of_sources("look_sheets", (__doc__ or "").partition("\n")[0], neutral=False)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the sheets")
    parser.add_argument("--count", type=int, default=25, help="style photos")
    parser.add_argument("--num-looks", type=int, default=6, help="so many looks, evenly from all")
    parser.add_argument("--num-people", type=int, default=8, help="so many people, by the lightness of their faces")
    parser.add_argument("--people", type=_numbers, default=(), help="these people instead: numbers by commas, from 0")
    parser.add_argument("--drawing", choices=("mixed", "alike"), default="mixed", help="how style people are drawn")
    parser.add_argument("--spatial", action="store_true", help="looks with a vignette and light on the subject")
    parser.add_argument("--backdrop", action="store_true", help="people before odd backdrops")
    parser.add_argument("--cell", type=int, default=200, help="pixels of a picture on the sheet")
    parser.add_argument("--pictures", type=Path, help="folder in which to keep our row, an npz for each look")
    other = {"type": pair_of, "action": "append", "default": [], "metavar": "NAME=FOLDER"}
    parser.add_argument("--other", **other, help="a further row, from what --pictures kept")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main())

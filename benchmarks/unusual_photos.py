"""Photos that a style does not know, and photos in another light: what is told, and what `--even` does.

    python -m benchmarks.unusual_photos --looks DATA/looks/looks33.npz \
        --photos generated=DATA/portraits/train:25 --held generated=DATA/portraits/test:24 \
        --photos real=DATA/portraits-real/images:25 --held real=DATA/portraits-real/images:-24 \
        --photos parliament=DATA/portraits-parliament/images:25 --held parliament=DATA/portraits-parliament/images:-24

First: of people of the same kind as the style's 12 or 25 photos (under films), of other kinds, of people in an extreme
light, and of pictures that show no person, which share is told to lie outside.
Second: each of the people under four random exposures and white balances (deviations of 0.7 stops, and of 0.25 for the
cast); the spread of the four results, in Delta E 76 of mean colors, with and without `--even`, and what it says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.color.srgb import linear_to_srgb, srgb_to_linear
from portrait_atelier.core.estimation.color_set import sample_colors
from portrait_atelier.core.estimation.coverage import OUTSIDE
from portrait_atelier.core.imaging.files.reading import read_proxy
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy, proxy_of
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.photos.search import photos_of
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.fitting import fit_look
from portrait_atelier.core.styles.style import Style

from .recovery_data import FilmLook, read_looks, split_looks
from .report import table_text

COUNTS = (12, 25)
NUM_FILMS = 2
NUM_EACH = 8  # people of other kinds, and in each extreme light
NUM_LIGHTS, NUM_LIT = 4, 8
EXTREME: dict[str, tuple[float, ...]] = {
    "2 stops over": (2, 2, 2),
    "2.5 stops under": (-2.5, -2.5, -2.5),
    "1.7 stops warmer": (0.8, 0, -0.9),
    "stage light": (-1, -3, -1),
}
_NO_PERSON = ("coffee", "chelsea", "rocket", "retina", "hubble_deep_field", "immunohistochemistry")
_STYLES = ("golden-hour", "cool-cinema", "silver-gelatin")


def under_light(pixels: np.ndarray, stops: Sequence[float]) -> np.ndarray:
    """Give gains in linear light to sRGB-encoded pixels, clipped."""
    return linear_to_srgb(srgb_to_linear(pixels) * 2.0 ** np.array(stops)).clip(0, 1).astype(np.float32)


def style_of(film: FilmLook, people: Sequence[Proxy]) -> Style:
    """An instant style of people under a film."""
    finished = [Proxy.opaque(film(person.pixels).astype(np.float32)) for person in people]
    return Style(film.name, "instant", photos=sample_colors(finished), num_photos=len(finished))


def told(styles: Sequence[Style], photos: Sequence[np.ndarray]) -> list[bool]:
    """For each style and photo whether the photo is told to lie outside."""
    found = []
    for style in styles:
        for pixels in photos:
            distance = fit_look(Photo(pixels), style, Controls()).distance
            found.append(distance is not None and distance > OUTSIDE)
    return found


def spread(style: Style, photos: Sequence[Photo], *, even: bool) -> float:
    """How far the mean colors of one photo in several lights lie apart under a style, Delta E 76."""
    lab = np.array(
        [srgb_to_lab(apply_style(photo, style, Controls(even=even, grain=0)).pixels).mean((0, 1)) for photo in photos]
    )
    return float(np.sqrt(((lab - lab.mean(0)) ** 2).sum(1)).mean())


def _no_person() -> Iterator[np.ndarray]:
    from skimage import data

    for name in _NO_PERSON:
        picture = getattr(data, name)()[..., :3]
        yield proxy_of(Photo(np.ascontiguousarray(picture))).pixels


def _print_told(films: Sequence[FilmLook], taught: dict[str, list[Proxy]], held: dict[str, list[Proxy]]) -> None:
    rows: list[list[str]] = []

    def add(what: str, share_of: Callable[[Sequence[Style], str], list[bool]]) -> None:
        rows.append([what])
        for count in COUNTS:
            found: list[bool] = []
            for kind, people in taught.items():
                found += share_of([style_of(film, people[:count]) for film in films], kind)
            rows[-1].append(f"{100 * np.mean(found):.1f} % of {len(found)}")

    add("people of the same kind", lambda styles, kind: told(styles, [one.pixels for one in held[kind]]))
    others = {kind: [one.pixels for name in held if name != kind for one in held[name][:NUM_EACH]] for kind in held}
    add("people of other kinds", lambda styles, kind: told(styles, others[kind]))
    for name, stops in EXTREME.items():
        add(name, lambda styles, kind, s=stops: told(styles, [under_light(p.pixels, s) for p in held[kind][:NUM_EACH]]))
    objects = list(_no_person())
    add("no person", lambda styles, _kind: told(styles, objects))
    print(table_text(["told to lie outside", *(f"N = {count}" for count in COUNTS)], rows), "\n")


def _print_spread(films: Sequence[FilmLook], taught: dict[str, list[Proxy]], held: dict[str, list[Proxy]]) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for kind, people in held.items():
        styles = [*map(resolve_style, _STYLES), style_of(films[0], taught[kind])]
        apart: dict[bool, list[float]] = {False: [], True: []}
        for person in people[:NUM_LIT]:
            casts = rng.normal(0, 0.25, (NUM_LIGHTS, 3))
            lights = rng.normal(0, 0.7, (NUM_LIGHTS, 1)) + casts - casts.mean(1, keepdims=True)
            photos = [Photo(under_light(person.pixels, stops)) for stops in lights]
            for even, found in apart.items():
                found.append(float(np.mean([spread(style, photos, even=even) for style in styles])))
        off, on = (np.mean(apart[even]) for even in (False, True))
        rows.append([kind, f"{off:.1f}", f"{on:.1f}", f"{100 * (1 - on / off):.0f} %"])
    print(table_text(["spread of one photo in four lights", "off", "--even", "less"], rows))


def _read(folders: Sequence[str]) -> dict[str, list[Proxy]]:
    parts = [text.partition("=") for text in folders]
    return {kind: [read_proxy(path) for path in photos_of(folder)] for kind, _, folder in parts}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=Path, required=True, help="npz of film looks")
    parser.add_argument("--photos", action="append", required=True, metavar="KIND=FOLDER", help="people of the styles")
    parser.add_argument("--held", action="append", required=True, metavar="KIND=FOLDER", help="people to measure")
    chosen = parser.parse_args(arguments)
    films = [film for film in split_looks(read_looks(chosen.looks))[1] if not film.is_gray][:NUM_FILMS]
    taught, held = _read(chosen.photos), _read(chosen.held)
    _print_told(films, taught, held)
    _print_spread(films, taught, held)


if __name__ == "__main__":
    main()

"""What styles do to skin by complexion, with and without its protection.

    python -m benchmarks.skin_by_complexion --looks DATA/looks/looks33.npz --photos generated=DATA/portraits/test \
        --photos real=DATA/portraits-real/images:-100 --photos parliament=DATA/portraits-parliament/images:-100

People are grouped by the individual typology angle of their skin in the untouched photo, atan((L - 50) / b). For every
style and group: how far the mean shift of lightness, chroma (as a factor, in percent) and hue (degrees) lies from that
of all people; the root mean square over the styles, with the interval that holds 95 of 100 drawings of people.
Styles: films in color, films in black-and-white, ready styles, and styles learnt from 25 photos under a film, which are
left out of the people. Styles that print all skin in one tint are measured by lightness alone. `chance` is what random
groups of the same sizes have, and `JPEG` what one photo differs by from the same photo encoded at quality 75.

`--faces` instead: how far the face's box moves under styles, beside how far it moves under quality 75.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.core.color.lab import srgb_to_lab
from portrait_atelier.core.estimation.color_set import sample_colors
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy, proxy_of
from portrait_atelier.core.imaging.rendering.look import Look, grid_shape, table_colors
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.networks.regions import REGIONS, predict_regions
from portrait_atelier.core.photos.faces import find_face
from portrait_atelier.core.photos.search import photos_of
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.fitting import look_of
from portrait_atelier.core.styles.library import list_styles
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style

from .recovery_data import FilmLook, read_looks, split_looks
from .report import table_text

GROUPS = (("very light", 55.0), ("light", 41.0), ("intermediate", 28.0), ("tan", 10.0), ("brown, dark", -181.0))
NUM_LEARNT = 25  # photos of a learnt style
NUM_LEARNT_STYLES = 3
NUM_COLOR_FILMS, NUM_GRAY_FILMS = 6, 3
NUM_DRAWINGS = 500
QUALITY = 75
_LEAST_SKIN = 50  # pixels
_LEAST_CHROMA = 5.0  # Lab
_ONE_TINT = 2.0  # Lab: less spread of a and b between people, and a style prints all skin in one tint
_SIDE = 192


@dataclass(frozen=True)
class Person:
    """One portrait.

    Attributes:
        kind: of the photo.
        photo: small, float32.
        content: measured from it.
        maps: (5, h, w) its regions.
        skin: (H, W) bool: the skin of the face.
    """

    kind: str
    photo: Photo
    content: Content
    maps: np.ndarray
    skin: np.ndarray

    @classmethod
    def of(cls, kind: str, proxy: Proxy) -> Person | None:
        """Measure a photo; None if its face shows no skin, or skin without color, which has no hue."""
        import cv2

        maps = predict_regions(proxy.pixels)
        size = proxy.pixels.shape[1::-1]
        skin, face = (cv2.resize(maps[REGIONS.index(name)], size) for name in ("skin", "face"))
        found = skin * face > 0.5
        if found.sum() < _LEAST_SKIN:
            return None
        person = cls(kind, Photo(proxy.pixels), Content.of([proxy]), maps, found)
        return person if np.hypot(*person.tone(proxy.pixels)[1:]) >= _LEAST_CHROMA else None

    def tone(self, pixels: np.ndarray) -> np.ndarray:
        """Mean Lab of the skin in a rendering of the photo."""
        return srgb_to_lab(pixels[self.skin].clip(0, 1)).mean(0)

    def encoded(self) -> np.ndarray:
        """The photo as JPEG of QUALITY and back."""
        return _as_jpeg(self.photo.pixels)

    @property
    def angle(self) -> float:
        """The individual typology angle in degrees."""
        lightness, _, yellow = self.tone(self.photo.pixels)
        return float(np.degrees(np.arctan2(lightness - 50, yellow)))

    def shown(self, style: Style, amount: float) -> np.ndarray:
        """Render the photo in a style."""
        look = replace(look_of(self.content, style, Controls(protect_skin=amount)), texture=None)
        return restyle_photo(self.photo, look, regions=self.maps).pixels


def shifts(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Shifts from Lab to Lab (..., 3): of lightness, of chroma in percent, of hue in degrees."""
    chroma = [np.hypot(lab[..., 1], lab[..., 2]) for lab in (before, after)]
    hue = [np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) for lab in (before, after)]
    turned = (hue[1] - hue[0] + 180) % 360 - 180
    return np.stack([after[..., 0] - before[..., 0], 100 * (chroma[1] / chroma[0] - 1), turned], -1)


def deviations(moved: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Root mean square over styles of how far each group's mean shift lies from that of all people.

    Args:
        moved: (S, P, 3) shifts of styles and people.
        groups: (P,) index of the group.

    Returns:
        (G, 3).
    """
    members = np.eye(len(GROUPS))[groups]
    means = np.einsum("pg,spk->sgk", members / np.maximum(members.sum(0), 1), moved)
    return np.sqrt(((means - moved.mean(1, keepdims=True)) ** 2).mean(0))


def drawn(moved: np.ndarray, groups: np.ndarray, *, shuffled: bool) -> np.ndarray:
    """(NUM_DRAWINGS, G, 3) deviations of people drawn again within groups, or of groups that are shuffled."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(NUM_DRAWINGS):
        if shuffled:
            found.append(deviations(moved, rng.permutation(groups)))
            continue
        members = [np.flatnonzero(groups == group) for group in range(len(GROUPS))]
        again = np.concatenate([rng.choice(some, len(some)) for some in members if len(some)])
        found.append(deviations(moved[:, again], groups[again]))
    return np.array(found)


def group_of(angle: float) -> int:
    """The group of an individual typology angle."""
    return next(index for index, (_, least) in enumerate(GROUPS) if angle > least)


def film_style(film: FilmLook) -> Style:
    """A designed style of a film's colors."""
    colors = table_colors()
    look = Look((film(colors) - colors).astype(np.float32), np.zeros(grid_shape(), np.float32))
    return Style(film.name, "fixed", look=look)


def learnt_style(film: FilmLook, people: Iterable[Person]) -> Style:
    """An instant style of people under a film."""
    finished = [Proxy.opaque(film(person.photo.pixels).astype(np.float32)) for person in people]
    return Style(f"learnt {film.name}", "instant", photos=sample_colors(finished), num_photos=len(finished))


def _ready_styles() -> list[Style]:
    styles = [load_style(entry.path) for entry in list_styles() if entry.origin == "bundled"]
    return [style for style in styles if style.look is not None]


def _styles_of(looks: Path, people: Sequence[Person]) -> tuple[dict[str, list[Style]], list[Person]]:
    """Styles by kind, and the people that are left to measure."""
    films = split_looks(read_looks(looks))[1]
    color, gray = ([film for film in films if film.is_gray == is_gray] for is_gray in (False, True))
    kinds = sorted({person.kind for person in people})
    teachers = {kind: [person for person in people if person.kind == kind][:NUM_LEARNT] for kind in kinds}
    learnt = [
        learnt_style(film, teachers[kinds[index % len(kinds)]]) for index, film in enumerate(color[:NUM_LEARNT_STYLES])
    ]
    used = {id(person) for some in teachers.values() for person in some}
    styles = {
        "films in color": list(map(film_style, color[:NUM_COLOR_FILMS])),
        "films in black-and-white": list(map(film_style, gray[:NUM_GRAY_FILMS])),
        "ready styles, every second": _ready_styles()[::2],
        "learnt from 25 photos": learnt,
    }
    return styles, [person for person in people if id(person) not in used]


def _measured(styles: Sequence[Style], people: Sequence[Person], amount: float) -> np.ndarray:
    """(S, P, 3) Lab of skin under styles."""
    found = []
    for style in styles:
        found.append([person.tone(person.shown(style, amount)) for person in people])
        print(f"{style.name}, {amount:g}", file=sys.stderr, flush=True)
    return np.array(found)


def _report(kind: str, plain: np.ndarray, held: np.ndarray, before: np.ndarray, groups: np.ndarray) -> str:
    colorful = plain[..., 1:].std(1).max(-1) >= _ONE_TINT
    counts = np.bincount(groups, minlength=len(GROUPS))
    rows = [[name, str(count)] for (name, _), count in zip(GROUPS, counts, strict=True)]
    rows.append(["chance, the smallest", str(counts.min())])
    for value in range(3):
        for lab in (plain, held):
            moved = shifts(before, lab) if value == 0 else shifts(before, lab)[colorful]
            if not len(moved):
                continue
            size = deviations(moved, groups)[:, value]
            low, high = np.percentile(drawn(moved, groups, shuffled=False)[..., value], [2.5, 97.5], 0)
            for row, middle, least, most in zip(rows, size, low, high, strict=False):
                row.append(f"{middle:.2f} ({least:.2f}-{most:.2f})")
            chance = drawn(moved, groups, shuffled=True)[:, counts.argmin(), value]
            rows[-1].append(f"{np.percentile(chance, 95):.2f}")
    heads = [f"{name}, {way}" for name in ("L", "chroma %", "hue") for way in ("off", "on")]
    heads = heads if colorful.any() else heads[:2]
    title = f"### {kind}: {len(plain)}, in one tint: {np.sum(~colorful)}"
    return f"{title}\n\n" + table_text(["complexion", "people", *heads], rows)


def _print_skin(looks: Path, people: Sequence[Person]) -> None:
    styles, left = _styles_of(looks, people)
    before = np.array([person.tone(person.photo.pixels) for person in left])
    again = np.array([person.tone(person.encoded()) for person in left])
    groups = np.array([group_of(person.angle) for person in left])
    noise = np.abs(shifts(before, again)).mean(0)
    print(f"JPEG: L {noise[0]:.2f}, chroma {noise[1]:.2f} %, hue {noise[2]:.2f}\n")
    for kind, some in styles.items():
        plain, held = (_measured(some, left, amount) for amount in (0.0, 1.0))
        print(_report(kind, plain, held, before, groups), "\n", flush=True)


def _print_faces(people: Sequence[Person]) -> None:
    """How far the middle of the face's box moves, in percent of the photo's longer side."""
    moved: dict[str, list[float]] = {"JPEG": [], "styles": [], "styles, skin protected": []}
    lost = dict.fromkeys(moved, 0)
    styles = _ready_styles()
    for index, person in enumerate(people):
        here = find_face(person.photo.pixels)
        if here is None:
            continue
        style = styles[index % len(styles)]
        ways = (person.encoded(), person.shown(style, 0), person.shown(style, 1))
        for name, pixels in zip(moved, ways, strict=True):
            there = find_face(pixels.clip(0, 1))
            if there is None:
                lost[name] += 1
            else:
                away = np.subtract(there.center, here.center) * person.photo.pixels.shape[:2]
                moved[name].append(100 * float(np.hypot(*away)) / max(person.photo.pixels.shape[:2]))
    rows = [
        [name, str(len(found)), str(lost[name]), *(f"{np.percentile(found, part):.2f}" for part in (50, 90))]
        for name, found in moved.items()
    ]
    print(table_text(["face's middle, % of the photo", "faces", "lost", "median", "90 %"], rows))


def _as_jpeg(pixels: np.ndarray) -> np.ndarray:
    packed = io.BytesIO()
    Image.fromarray((pixels.clip(0, 1) * 255 + 0.5).astype(np.uint8)).save(packed, "JPEG", quality=QUALITY)
    return np.asarray(Image.open(packed)).astype(np.float32) / 255


def _people(folders: Sequence[str]) -> list[Person]:
    found = []
    for text in folders:
        kind, _, folder = text.partition("=")
        for path in photos_of(folder):
            person = Person.of(kind, proxy_of(read_photo(path), _SIDE))
            found += [] if person is None else [person]
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--looks", type=Path, required=True, help="npz of film looks")
    parser.add_argument("--photos", action="append", required=True, metavar="KIND=FOLDER", help="people")
    parser.add_argument("--faces", action="store_true", help="how far faces move, instead of skin")
    chosen = parser.parse_args(arguments)
    people = _people(chosen.photos)
    if chosen.faces:
        _print_faces(people)
    else:
        _print_skin(chosen.looks, people)


if __name__ == "__main__":
    main()

"""Looks that treat subject and ground apart: tables by region against one table over the photo.

    python -m benchmarks.apart_looks --looks LOOKS.npz --photos real=FOLDER:-100 --subjects real=MASKS

Every film of look recovery gets one of five grounds, by its number: a stop darker, drained, cool, another film,
black-and-white; the border is that of the data's subject masks, which nothing here was trained on. `plain` is the same
film over the whole photo: what the search for a ground costs where there is none. Figures are mean CIEDE2000 from the
truth over the photo, of the subject and of the ground: of one table, of one table with the light that the set network
finds (which knows the subject, too), and of tables by region. `open` is the share of photos that get a table of the
ground.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.ground_model import GroundModel
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.style import Style

from .color_difference import ciede2000
from .method_drawing import to_bytes
from .recovery_cases import looks_of, people_of, portraits_of
from .recovery_light import relight
from .recovery_methods import instant_style, proxies_of, rendered
from .recovery_places import Measured, print_places
from .recovery_scores import to_lab
from .recovery_settings import Place, Settings
from .report import table_text

_HEAD = ["people", "N", "looks", "untouched", "table", "table + light", "by region", "subject", "ground", "open"]
_HEAD += ["plain, table + light", "plain, by region", "plain, open"]
Grade = Callable[[np.ndarray], np.ndarray]


def _graded(*, stops: float = 0.0, chroma: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> Grade:
    def grade(colors: np.ndarray) -> np.ndarray:
        lab = srgb_to_lab(relight(colors, np.full(colors.shape[:2], stops, np.float32)))
        lab = np.concatenate([lab[..., :1], lab[..., 1:] * chroma + np.array(shift)], -1)
        return np.clip(lab_to_srgb(lab.astype(np.float32)), 0, 1)

    return grade


GRADES: dict[str, Grade | None] = {
    "darker": _graded(stops=-1.0),
    "drained": _graded(stops=-0.4, chroma=0.25),
    "cool": _graded(stops=-0.3, shift=(-2.0, -9.0)),
    "another film": None,
    "black-and-white": _graded(chroma=0.0),
}


@dataclass(frozen=True)
class Apart:
    """Mean CIEDE2000 of one look, and the shares of photos with a table of the ground."""

    untouched: float
    table: float
    one: float
    by_region: float
    subject_one: float
    subject: float
    ground_one: float
    ground: float
    open: float
    plain_one: float
    plain: float
    plain_open: float


def measure(settings: Settings, place: Place, count: int) -> Apart:
    """Learn one look from so many photos, with and without tables by region, with and without a ground of its own."""
    place = replace(place, spatial=True)  # so that only people with a subject mask are drawn
    contents, people = people_of(settings, place, count)
    apart = _measured(settings, place, contents, people, is_apart=True)
    plain = _measured(settings, place, contents, people, is_apart=False)
    return Apart(*apart, plain[2], plain[3], plain[8])


def table(measured: Measured[Apart]) -> str:
    """One line for each place and N."""
    lines = []
    for (title, count), looks in measured.items():
        mean = Apart(*np.mean([list(vars(look).values()) for look in looks], 0).tolist())
        changes = [f"{mean.by_region / before - 1:+.0%}" for before in (mean.table, mean.one)]
        parts = [f"{one:.2f} -> {found:.2f}" for one, found in _pairs(mean)]
        plain = [f"{mean.plain_one:.2f}", f"{mean.plain:.2f}", f"{mean.plain_open:.0%}"]
        figures = [f"{figure:.2f}" for figure in (mean.untouched, mean.table, mean.one)]
        result = f"{mean.by_region:.2f} ({changes[0]}, {changes[1]})"
        lines.append([title, str(count), str(len(looks)), *figures, result, *parts, f"{mean.open:.0%}", *plain])
    return table_text(_HEAD, lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    about = (__doc__ or "").partition("\n")[0]
    return print_places("apart_looks", about, measure, table, counts="1,5,25", arguments=arguments)


def _pairs(mean: Apart) -> list[tuple[float, float]]:
    return [(mean.subject_one, mean.subject), (mean.ground_one, mean.ground)]


def _measured(
    settings: Settings, place: Place, contents: np.ndarray, people: np.ndarray, *, is_apart: bool
) -> list[float]:
    """Untouched, table, with light, by region; subject and ground of the last two; share of photos with a ground."""
    style = instant_style(proxies_of([to_bytes(_under(settings, place, index, is_apart)) for index in people]))
    rows, num_open = [], 0
    for index in contents:
        photo, subject = _photo(settings, place, index)
        truth, weight = to_lab(_under(settings, place, index, is_apart)), subject / np.float32(255)
        looks = _looks(style, photo)
        num_open += looks[-1].ground is not None
        apart = [ciede2000(to_lab(pixels), truth) for pixels in (photo, *(rendered(photo, look) for look in looks))]
        one, found = apart[2:]
        parts = [np.average(part, weights=w) for w in (weight, 1 - weight) for part in (one, found)]
        rows.append([*(part.mean() for part in apart), *parts])
    return [*np.mean(rows, 0).tolist(), num_open / len(contents)]


def _looks(style: Style, photo: np.ndarray) -> tuple[Look, Look, Look]:
    """One table, the same with light, and tables by region where the style is taken to have them."""
    content = Content.of([Proxy.opaque(photo)])
    with mock.patch.object(GroundModel, "share", return_value=0.0):
        one = style.look_for(content)
    return replace(one, grid=np.zeros_like(one.grid)), one, style.look_for(content)


def _photo(settings: Settings, place: Place, index: int) -> tuple[np.ndarray, np.ndarray]:
    portraits = portraits_of(settings, place.kind)
    subject = portraits.subjects[index]
    assert subject is not None  # people without are not drawn
    return portraits.photos[index] / np.float32(255), subject


def _under(settings: Settings, place: Place, index: int, is_apart: bool) -> np.ndarray:
    """A portrait in the film of the place, its ground treated apart or not."""
    looks, (photo, subject) = looks_of(settings), _photo(settings, place, index)
    before = looks[place.number](photo)
    if not is_apart:
        return before
    grade = list(GRADES.values())[place.number % len(GRADES)]
    behind = grade(before) if grade else looks[(place.number + 1) % len(looks)](photo)
    weight = subject[..., None] / np.float32(255)
    return (weight * before + (1 - weight) * behind).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())

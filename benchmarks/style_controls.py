"""Controls of whether a style depends on its photos, after those of PrefLUT.

    python -m benchmarks.style_controls --looks LOOKS.npz --photos real=FOLDER:-100 --masks real=MASKS

For every look, kind of people and N of look recovery: how far from the truth (mean CIEDE2000) the content is, when the
style is learnt from

- own: the photographer's own set;
- another: another photographer's set, other people under the next look;
- mean: a set of the photographer's people, each under another of all looks;
- shuffled: half of the own set, and half of the other photographer's;
- own, other content: the own set, but each photo's look is decided from the next content photo.

A style that depends on its set is nearest with its own; generic improvement is as near with any.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from portrait_atelier.core.imaging.proxy import Proxy

from .recovery_cases import case_of, looks_of, people_of, style_of
from .recovery_methods import ByLook, instant_style, proxies_of
from .recovery_places import Measured, print_places
from .recovery_scores import Case, Restyle, scores_of, to_lab
from .recovery_settings import Place, Settings
from .report import table_text

_MEAN_SET = 3  # tells these random numbers from those that draw people, own photos and backdrops
_ALL = 10**6  # style people: as many as there are
_HEAD = ["people", "N", "looks", "untouched", "own", "another", "mean", "shuffled", "own, other content"]


@dataclass(frozen=True)
class Controlled:
    """How far one look's contents are from the truth, mean CIEDE2000, by the set that the style is learnt from."""

    untouched: float
    own: float
    another: float
    mean: float
    shuffled: float
    other_content: float


def measure(settings: Settings, place: Place, count: int) -> Controlled:
    """Learn from each of the sets, and restyle the same photos."""
    case = case_of(settings, place)
    own = style_of(settings, place, people_of(settings, place, count)[1])
    other = _other_set(settings, place, count)
    half = (len(own) + 1) // 2
    sets = {"own": own, "another": other, "mean": _mean_set(settings, place, count)}
    sets["shuffled"] = own[:half] + other[: len(own) - half]
    restyles = {name: ByLook.of(instant_style(proxies_of(photos))) for name, photos in sets.items()}
    return Controlled(
        untouched=_distance(case, lambda photo, step: photo[::step, ::step]),
        **{name: _distance(case, restyle) for name, restyle in restyles.items()},
        other_content=scores_of(case, _by_next(case, restyles["own"])).photo,
    )


def table(measured: Measured[Controlled]) -> str:
    """One line for each place and N; in brackets how many times as far as with the own set."""
    lines = []
    for (title, count), looks in measured.items():
        means = dict(zip(vars(looks[0]), np.mean([list(vars(look).values()) for look in looks], 0), strict=True))
        told = [f"{value:.2f} ({value / means['own']:.2f})" for value in means.values()]
        lines.append([title, str(count), str(len(looks)), *told])
    return table_text(_HEAD, lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    about = (__doc__ or "").partition("\n")[0]
    return print_places("style_controls", about, measure, table, counts="25", arguments=arguments)


def _other_set(settings: Settings, place: Place, count: int) -> list[np.ndarray]:
    """The set of the photographer of the next look, without the people who are restyled."""
    other = replace(place, number=(place.number + 1) % len(looks_of(settings)))
    tested = people_of(settings, place, 0)[0]
    people = people_of(settings, other, _ALL)[1]
    return style_of(settings, other, people[~np.isin(people, tested)][:count])


def _mean_set(settings: Settings, place: Place, count: int) -> list[np.ndarray]:
    """The photographer's people, each under a look of its own; all looks take turns, in an order drawn."""
    people = people_of(settings, place, count)[1]
    rng = np.random.Generator(np.random.PCG64([settings.seed, place.number, _MEAN_SET]))
    numbers = rng.permutation(len(looks_of(settings)))
    under = [replace(place, number=int(numbers[turn % len(numbers)])) for turn in range(len(people))]
    return [style_of(settings, place, [person])[0] for person, place in zip(people, under, strict=True)]


def _by_next(case: Case, restyle: ByLook) -> list[np.ndarray]:
    """The contents, each in the look that the next one would get."""
    results = []
    for photo, other in zip(case.contents, [*case.contents[1:], case.contents[0]], strict=True):
        look = restyle.decide(Proxy.opaque(np.ascontiguousarray(other)))
        results.append(to_lab(replace(restyle, decide=lambda _, look=look: look)(photo, case.step)))
    return results


def _distance(case: Case, restyle: Restyle) -> float:
    return scores_of(case, case.restyled(restyle)).photo


if __name__ == "__main__":
    sys.exit(main())

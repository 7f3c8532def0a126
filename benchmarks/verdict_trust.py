"""Trust in the verdict: does what is said of a style agree with how near it truly comes?

    python -m benchmarks.verdict_trust --looks LOOKS.npz --photos real=FOLDER:-100 --photos generated=FOLDER

Simulated photographers finish portraits by known hands: film looks, weakened to a quarter or exaggerated by a quarter,
given to 5 to 50 people; every fourth folder is of two looks. Their styles are learnt as `atelier learn` does, and given
to people that are in no folder. `before` is the verdict of version 0.9 and earlier: the share of the way from untouched
people (the ceiling) to the distance of two halves of the folder (the floor). `after` is the verdict as shipped.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LEAST_PHOTOS
from portrait_atelier.core.learning.look.training import StyleTraining
from portrait_atelier.core.reports.verdict import NAMES, has_distances, verdict_of
from portrait_atelier.core.styles.style import Style

from .method_drawing import to_bytes
from .recovery_cases import looks_of, portraits_of
from .recovery_data import ColorLook
from .recovery_methods import ByLook, instant_style, proxies_of
from .recovery_options import parser_of_sources, settings_of
from .recovery_scores import color_distances, to_lab
from .recovery_settings import Settings
from .report import table_text

NUM_CONTENTS = 8
FEWEST, MOST = 5, 50  # photos of a folder
STRENGTHS = (0.25, 1.25)
MIXED_EVERY = 4  # folders
MIXED_SHARES = (0.2, 0.45)  # of the second look
BEFORE = (0.9, 0.7, 0.4, 0.1)  # least share of the way of each verdict until version 0.9
_HEAD = ["folder", "photos", "strength", "second look", "untouched", "truth", "expected", "before", "after"]


@dataclass(frozen=True)
class Folder:
    """A simulated photographer's folder and what came of it.

    Attributes:
        kind, look: of the people and the film.
        photos, strength, second: number of photos, strength of the look, share of photos in another look.
        untouched, truth: mean CIEDE2000 of untouched people, and of people in the style, from the right answer.
        network: the distance that the set network expects, before any calibration.
        expected: the distance that the verdict goes by.
        before, after: verdicts, 0 is the best; `before` is None for folders that were too small to be measured.
        share: of the way, which `before` goes by; None likewise.
    """

    kind: str
    look: str
    photos: int
    strength: float
    second: float
    untouched: float
    truth: float
    network: float
    expected: float
    before: int | None
    after: int
    share: float | None


def measure(settings: Settings, number: int) -> Folder:
    """Simulate a photographer, learn the style and judge it."""
    rng = np.random.Generator(np.random.PCG64([settings.seed, number]))
    source = settings.sources[number % len(settings.sources)]
    people, looks = portraits_of(settings, source.kind).photos, looks_of(settings)
    count = round(float(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST)))))
    strength = float(rng.uniform(*STRENGTHS))
    look, other = (looks[place] for place in rng.choice(len(looks), 2, replace=False))
    second = float(rng.uniform(*MIXED_SHARES)) if number % MIXED_EVERY == 0 else 0.0
    chosen = rng.permutation(len(people))
    contents, folder = chosen[:NUM_CONTENTS], chosen[NUM_CONTENTS : NUM_CONTENTS + count]
    num_second = round(second * len(folder))
    given = [other if place < num_second else look for place in range(len(folder))]
    finished = [to_bytes(_given(people[index], used, strength)) for index, used in zip(folder, given, strict=True)]
    style = _learnt(finished)
    truths = [to_lab(_given(people[index], look, strength)[:: settings.step, :: settings.step]) for index in contents]
    photos = [people[index] / np.float32(255) for index in contents]
    restyle = ByLook.of(style)
    results = [to_lab(restyle(photo, settings.step)) for photo in photos]
    untouched = [to_lab(photo[:: settings.step, :: settings.step]) for photo in photos]
    verdict, share = verdict_of(style), old_share(style)
    assert verdict is not None
    return Folder(
        kind=source.kind,
        look=look.name,
        photos=len(folder),
        strength=strength,
        second=num_second / len(folder),
        untouched=float(color_distances(untouched, truths).mean()),
        truth=float(color_distances(results, truths).mean()),
        network=_network_expects(style),
        expected=verdict.expected,
        before=None if share is None else sum(share < least for least in BEFORE),
        after=verdict.level,
        share=share,
    )


def old_share(style: Style) -> float | None:
    """The share of the way as version 0.9 and earlier had it: a floor above the ceiling makes it large."""
    if not has_distances(style):
        return None
    floor, ceiling, found = (float(style.score[name]) for name in ("floor", "ceiling", "score"))
    return (ceiling - found) / max(ceiling - floor, 1e-6)


def report(folders: Sequence[Folder]) -> str:
    """All folders by their truth, and how far verdicts agree with it."""
    ordered = sorted(folders, key=lambda folder: folder.truth)
    lines = [table_text(_HEAD, [_row(folder) for folder in ordered]), ""]
    truths = np.array([folder.truth for folder in folders])
    worst = np.quantile(truths, 2 / 3)
    measured = [folder for folder in folders if folder.share is not None]
    orders = {
        "before, share of the way": ([-folder.share for folder in measured if folder.share is not None], measured),
        "before, distance that the network expects": ([folder.network for folder in folders], folders),
        "after, expected distance": ([folder.expected for folder in folders], folders),
        "after, verdict": ([float(folder.after) for folder in folders], folders),
    }
    for name, (values, among) in orders.items():
        agreement = spearman(values, [folder.truth for folder in among])
        lines.append(f"Spearman with the truth, {name}: {agreement:.2f} ({len(among)} folders)")
    for name, level in (("before", "before"), ("after", "after")):
        top = [folder for folder in folders if getattr(folder, level) == 0]
        bad = sum(folder.truth > worst for folder in top)
        lines.append(
            f"best verdict {name}: {len(top)} folders, {bad} of them in the worst third (truth over {worst:.2f})"
        )
    for level, name in enumerate(NAMES):
        found = [folder.truth for folder in folders if folder.after == level]
        if found:
            lines.append(
                f"{name}: {len(found)} folders, truth {np.mean(found):.2f} ({min(found):.2f} to {max(found):.2f})"
            )
    return "\n".join(lines)


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Rank correlation (Spearman 1904); equal values share their mean rank; NaN where nothing differs."""
    if min(len(set(first)), len(set(second))) < 2:
        return math.nan
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Sequence[float]) -> np.ndarray:
    found = np.asarray(values)
    return np.array([(found < value).sum() + ((found == value).sum() - 1) / 2 for value in found])


def _row(folder: Folder) -> list[str]:
    numbers = (folder.strength, folder.second, folder.untouched, folder.truth, folder.expected)
    before = "" if folder.before is None else str(folder.before)
    cells = [f"{number:.2f}" for number in numbers]
    return [f"{folder.kind}, {folder.look[-24:]}", str(folder.photos), *cells, before, NAMES[folder.after]]


def _given(photo: np.ndarray, look: ColorLook, strength: float) -> np.ndarray:
    colors = photo / np.float32(255)
    return np.clip(colors + np.float32(strength) * (look(colors) - colors), 0, 1)


def _learnt(finished: Sequence[np.ndarray]) -> Style:
    """The style as `atelier learn` makes it: trained where there are enough photos."""
    proxies = proxies_of(finished)
    if len(proxies) < LEAST_PHOTOS:
        return instant_style(proxies)
    training = StyleTraining(TrainingPhotos.of(proxies))
    for _ in training.run():
        pass
    return training.style("verdict", cover=False)


def _network_expects(style: Style) -> float:
    model, reading = style.reading
    return model.expected_error(model.context(reading, model.typical))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; with `--keep`, folders that were measured before are read."""
    parser = parser_of_sources("verdict_trust", (__doc__ or "").partition("\n")[0], neutral=False)
    parser.add_argument("--photographers", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="a JSON file that keeps what was measured")
    options = parser.parse_args(arguments)
    try:
        folders = _measured(settings_of(options), options)
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    print(report(folders))
    return 0


def _measured(settings: Settings, options: argparse.Namespace) -> list[Folder]:
    kept: Path | None = options.keep
    folders = [] if kept is None or not kept.exists() else [Folder(**row) for row in json.loads(kept.read_text())]
    for number in range(len(folders), options.photographers):
        folders.append(measure(settings, number))
        sys.stderr.write(f"{number + 1} of {options.photographers}\n")
        if kept is not None:
            kept.write_text(json.dumps([asdict(folder) for folder in folders]))
    return folders


if __name__ == "__main__":
    sys.exit(main())

"""Ablation of the losses of training, for styles that are learnt from photos in a known look.

    python -m benchmarks.learning_ablation --looks LOOKS.npz --photos real=FOLDER:-100 \
        --content-photos real=FOLDER:336 --subjects real=MASKS --neutral TRAIN --neutral REAL:336

Each row leaves one term out. `kept` is the difference (mean CIEDE2000) from the truth with the validated delta weight,
`all` with delta weight 1; `score` is the validation distance with delta weight 1; `shapes` and `roughness` are the
content and total variation terms of the result, relative to those of the untouched photos.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.imaging.proxy import Proxy, resize_to_square
from portrait_atelier.core.imaging.rendering.look_tensors import apply_look, tensors_of
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.look.training import StyleTraining
from portrait_atelier.core.learning.losses.perceptual import content_loss, instance_normalized, total_variation
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.networks.features import load_features
from portrait_atelier.core.styles.style import Style

from .recovery_cases import case_of, looks_of, task_of
from .recovery_methods import ByLook
from .recovery_options import parser_of_sources, settings_of
from .recovery_scores import scores_of
from .recovery_settings import Place, Settings

FULL = LossWeights()
VARIANTS = {
    "everything": LookTrainSettings(),
    "without GAN": LookTrainSettings(weights=replace(FULL, adversarial_weight=0)),
    "without Gram": LookTrainSettings(weights=replace(FULL, style_weight=0)),
    "without content": LookTrainSettings(weights=replace(FULL, content_weight=0)),
    "without TV": LookTrainSettings(weights=replace(FULL, tv_weight=0)),
    "TV x 20": LookTrainSettings(weights=replace(FULL, tv_weight=20 * FULL.tv_weight)),
    "without pull": LookTrainSettings(pull_weight=0),
    "without regions' colors": LookTrainSettings(match_weight=0),
}


@dataclass(frozen=True)
class Row:
    """Results of one variant on one look; base is the instant style."""

    base: float
    kept: float
    everything: float
    score_base: float
    score: float
    shapes: float
    roughness: float


def measure(settings: Settings, place: Place, learn: LookTrainSettings, *, content: bool) -> Row:
    """Learn one look with one variant."""
    task, case = task_of(settings, place, 25, content), case_of(settings, place)
    own = None if task.content_proxies is None else TrainingPhotos.of(task.content_proxies)
    whole = replace(learn, clear_below=0.0, enough_below=0.0)
    learning = StyleTraining(TrainingPhotos.of(task.style_proxies), own, settings=whole)
    for _ in learning.run():
        pass
    kept = learning.style("ablation", cover=False)
    judged = learning.select_last()
    last = learning.style("ablation", cover=False)
    base = replace(last, adapter=None)

    def apart(style: Style) -> float:
        return scores_of(case, case.restyled(ByLook.of(style))).photo

    shapes, roughness = _terms(last, task.content_proxies or task.style_proxies)
    return Row(apart(base), apart(kept), apart(last), judged.distances[0], judged.distances[-1], shapes, roughness)


@torch.no_grad()
def _terms(style: Style, photos: Sequence[Proxy]) -> tuple[float, float]:
    """Return the content term of the result, and its total variation relative to the photos."""
    features = load_features("compact")
    photos = photos[:8]
    before = torch.from_numpy(np.stack([resize_to_square(photo.pixels, 128) for photo in photos])).movedim(-1, 1)
    looks = [style.look_for(Content.of([photo])) for photo in photos]
    tables, grids = zip(*(tensors_of(look) for look in looks), strict=True)
    after = apply_look(before, torch.cat(tables), torch.cat(grids)).clamp(0, 1)
    seen = [instance_normalized(features.content(batch)) for batch in (before, after)]
    rough = [float(total_variation(batch, reduction="mean")) for batch in (before, after)]
    return float(content_loss(seen[0], seen[1], reduction="mean")), rough[1] / rough[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = parser_of_sources("learning_ablation", (__doc__ or "").partition("\n")[0])
    parser.add_argument("--num-looks", type=int, default=2)
    parser.add_argument("--gray", action="store_true", help="black-and-white looks instead of looks in color")
    parser.add_argument("--variants", default="", help="only those whose name has one of these words, by commas")
    options = parser.parse_args(arguments)
    settings = settings_of(options)
    print("| variant | base | kept | all | score: base | score: all | shapes | roughness |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, learn in VARIANTS.items():
        if any(word in name for word in options.variants.split(",")):
            rows = [measure(settings, place, learn, content=True) for place in _places(settings, options)]
            mean = np.mean([list(vars(row).values()) for row in rows], 0)
            print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in mean) + " |", flush=True)
    return 0


def _places(settings: Settings, options: argparse.Namespace) -> Iterator[Place]:
    """The first looks in color, or in black-and-white; plain and with light, people alike."""
    kind = settings.sources[0].kind
    looks = looks_of(settings)
    alike = [number for number, look in enumerate(looks) if look.is_gray == options.gray]
    for number in alike[: options.num_looks]:
        yield Place(kind, "alike", number, spatial=bool(number % 2))


if __name__ == "__main__":
    sys.exit(main())

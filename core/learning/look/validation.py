"""Validation on two folds: how much of the adapter is kept, as the other fold's photos tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...networks.token_layout import LAB
from ..losses.region_quantiles import distance, distance_weights, quantiles, region_weights
from ..request import CancelCheck, never_cancelled
from .trainer import LookFineTuner

DELTA_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_GAIN = 0.02  # of the distance: small, since training only starts where the instant look does not match
ENOUGH_GAIN = 0.85  # of the greatest gain, which the selected delta weight has to reach; the rest may be chance
LEAST_AGREEMENT = 0.2  # of both folds' adapters: those of a dozen photos agree little even if both are right
_VALIDATION_COLORS = 24  # of each content


@dataclass(frozen=True)
class ValidationResult:
    """Distances of restyled people from the photographer's photos, in Lab (`region_quantiles.distance`).

    Attributes:
        step: of the validated adapters.
        delta_weight: scale of the adapter with the smallest distance, 0 to 1; 0 if training gains nothing.
        distances: means over both folds, for each of DELTA_WEIGHTS.
        agreement: reliability of the mean of both adapters, 0 to 1: the Spearman-Brown formula of the cosine of their
            changes of colors. The folds share no photo, so what they have in common is the look.
        untouched: distance of the contents without any look, the ceiling.
        instant_suffices: the instant look matches the photos within sampling error, so training was skipped.
    """

    step: int
    delta_weight: float
    distances: tuple[float, ...]
    agreement: float
    untouched: float
    instant_suffices: bool = False

    @property
    def distance(self) -> float:
        """The distance at the selected delta weight."""
        return self.distances[DELTA_WEIGHTS.index(self.delta_weight)]

    @property
    def instant_distance(self) -> float:
        """The distance of the instant look: without the adapter."""
        return self.distances[0]

    def row(self) -> list[float]:
        """Return step, instant distance, distance and delta weight, for a plot."""
        return [self.step, round(self.instant_distance, 4), round(self.distance, 4), self.delta_weight]

    def to_json(self) -> dict[str, Any]:
        """Return JSON values for a checkpoint (keys of version 0.3)."""
        values = asdict(self)
        renamed = {"keep": "delta_weight", "scores": "distances", "is_clear": "instant_suffices"}
        return {**{stored: values.pop(name) for stored, name in renamed.items()}, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ValidationResult:
        """Read what `to_json` wrote."""
        return cls(
            int(values["step"]),
            float(values["keep"]),
            tuple(map(float, values["scores"])),
            float(values["agreement"]),
            float(values["untouched"]),
            bool(values["is_clear"]),
        )

    def to_score(self, floor: float, history: Sequence[Sequence[float]]) -> dict[str, Any]:
        """Return the score that is stored in the style file."""
        numbers = {"score": self.distance, "instant": self.instant_distance, "floor": floor, "ceiling": self.untouched}
        rounded: dict[str, Any] = {name: round(value, 3) for name, value in numbers.items()}
        kept = {"keep": self.delta_weight, "clear": self.instant_suffices, "step": self.step}
        return {**rounded, **kept, "history": [list(row) for row in history]}


def split_folds(style: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Split photos (P, M, 12) into two similar folds: of every two neighbors in lightness one goes to each.

    A random split may put all dark backdrops into one fold, and would validate by the backdrop.

    Returns:
        Indices of the photos of each fold.
    """
    order = style[..., LAB.start].mean(1).cpu().argsort()
    random = torch.Generator().manual_seed(seed)
    first = torch.randint(2, (len(order) // 2,), generator=random) + 2 * torch.arange(len(order) // 2)
    taken = torch.zeros(len(order), dtype=torch.bool)
    taken[first] = True
    return order[taken], order[~taken]


def validate(
    fold_tuners: Sequence[LookFineTuner],
    held_out: Sequence[Tensor],
    *,
    step: int,
    check_cancelled: CancelCheck = never_cancelled,
) -> ValidationResult:
    """Measure people restyled by each fold's adapter against the other fold's finished photos.

    Args:
        fold_tuners: one for each fold.
        held_out: for each tuner, the photos (P, M, 12) that it was not trained on.
        step: of the tuners; 0 measures the instant look only.
        check_cancelled: called before each delta weight.
    """
    distances, untouched = np.zeros(len(DELTA_WEIGHTS)), 0.0
    for tuner, photos in zip(fold_tuners, held_out, strict=True):
        target, shares = _quantiles(photos), distance_weights(photos)
        for index, delta_weight in enumerate(DELTA_WEIGHTS if step else DELTA_WEIGHTS[:1]):
            check_cancelled()
            restyled, weights = _restyled(tuner, photos, delta_weight)
            distances[index] += float(distance(quantiles(restyled, weights), target, shares)) / len(fold_tuners)
        people = tuner.material.contents.tokens[:, :_VALIDATION_COLORS]
        before = quantiles(people[..., LAB].flatten(0, 1), region_weights(people))
        untouched += float(distance(before, target, shares)) / len(fold_tuners)
    if not step:
        return ValidationResult(step, 0.0, (float(distances[0]),) * len(DELTA_WEIGHTS), 0.0, untouched)
    agreement = measure_agreement(fold_tuners)
    delta_weight = select_delta_weight(distances, agreement)
    return ValidationResult(step, delta_weight, tuple(distances.tolist()), agreement, untouched)


def select_delta_weight(distances: Sequence[float] | np.ndarray, agreement: float) -> float:
    """Select the smallest delta weight whose gain is close to the greatest; 0 without a clear mean gain and agreement.

    The distances of a dozen photos hardly distinguish half of a change from all of it, and half errs less (like the
    one-standard-error rule; Breiman et al. 1984).

    Args:
        distances: by DELTA_WEIGHTS.
        agreement: agreement of both folds' adapters, 0 to 1.
    """
    gains = distances[0] - np.asarray(distances)
    if gains.max() <= LEAST_GAIN * distances[0] or agreement < LEAST_AGREEMENT:
        return 0.0
    return DELTA_WEIGHTS[int(np.argmax(gains >= ENOUGH_GAIN * gains.max()))]


@torch.no_grad()
def measure_agreement(fold_tuners: Sequence[LookFineTuner]) -> float:
    """Return 2 r / (1 + r), at least 0, where r is the cosine of the changes of colors of both folds."""
    contents = fold_tuners[0].material.contents.part(slice(_VALIDATION_COLORS))
    first, second = ((tuner.restyled(contents) - tuner.restyled(contents, 0.0)).flatten() for tuner in fold_tuners)
    r = max(0.0, float(torch.nn.functional.cosine_similarity(first, second, 0)))
    return 2 * r / (1 + r)


def measure_floor(folds: Sequence[Tensor]) -> float:
    """Return the distance between the finished photos of the two folds."""
    return float(distance(_quantiles(folds[0]), _quantiles(folds[1]), distance_weights(torch.cat(list(folds)))))


@torch.no_grad()
def initial_discrepancy(tuner: LookFineTuner) -> float:
    """Return the discrepancy of the instant look from a tuner's photos, in squared standard errors."""
    selection = tuner.select_contents(tuner.style_tokens, 1.0, 0.0)
    contents = tuner.material.contents.pick(selection.index).part(slice(_VALIDATION_COLORS))
    weights = region_weights(contents.tokens, selection.weights)
    restyled = tuner.restyled(contents, 0.0).flatten(0, 1)
    return float(tuner.target.discrepancy(restyled, weights, selection.effective_size))


def _quantiles(photos: Tensor) -> Tensor:
    return quantiles(photos[..., LAB].flatten(0, 1), region_weights(photos))


def _restyled(tuner: LookFineTuner, photos: Tensor, delta_weight: float) -> tuple[Tensor, Tensor]:
    """Restyle people similar to those on the photos: (T, 3) colors, and (5, T) weights in the regions."""
    selection = tuner.select_contents(photos, 1.0, delta_weight)
    contents = tuner.material.contents.pick(selection.index).part(slice(_VALIDATION_COLORS))
    return tuner.restyled(contents, delta_weight).flatten(0, 1), region_weights(contents.tokens, selection.weights)

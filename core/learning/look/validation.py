"""How much of what was learnt is kept: each fold's change restyles people, and the other fold's photos judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...networks.token_layout import LAB
from ..losses.region_quantiles import distance, group_shares, group_weights, quantiles
from ..request import Asked, still_wanted
from .trainer import LookTuner

KEEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_GAIN = 0.02  # of the distance; that the look was not clear at once has spoken for learning already
ENOUGH_GAIN = 0.85  # of the greatest; more of the change for the last of it would be chance
LEAST_AGREEMENT = 0.2  # of both folds' changes: a dozen photos agree little even where all of them teach the truth
_COLORS_SEEN = 24  # of each content


@dataclass(frozen=True)
class Judgement:
    """How near restyled people come to the photographer's photos, in Lab (`region_quantiles.distance`).

    Attributes:
        step: after which it was judged.
        keep: the share of what was learnt that is kept; 0 where learning gains nothing.
        scores: the mean of both folds, by KEEPS.
        agreement: how much of the mean of both changes is not chance, 0 to 1: each fold learnt from other photos, so
            what they have in common is the photographer's (the Spearman-Brown formula of their correlation).
        untouched: of the contents as they are: the ceiling.
        is_clear: the set network's own look is as near as so few photos can tell; there is nothing to learn.
    """

    step: int
    keep: float
    scores: tuple[float, ...]
    agreement: float
    untouched: float
    is_clear: bool = False

    @property
    def score(self) -> float:
        """The distance with what is kept."""
        return self.scores[KEEPS.index(self.keep)]

    @property
    def base(self) -> float:
        """The distance with the set network alone."""
        return self.scores[0]

    def row(self) -> list[float]:
        """Step, base, score and keep, for a plot."""
        return [self.step, round(self.base, 4), round(self.score, 4), self.keep]

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Judgement:
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
        """What a style file says of how well it was learnt."""
        numbers = {"score": self.score, "instant": self.base, "floor": floor, "ceiling": self.untouched}
        rounded: dict[str, Any] = {name: round(value, 3) for name, value in numbers.items()}
        kept = {"keep": self.keep, "clear": self.is_clear, "step": self.step}
        return {**rounded, **kept, "history": [list(row) for row in history]}


def split_folds(style: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Two folds of photos (P, M, 12) that are alike: of every two neighbors in lightness one goes to each.

    By chance alone all dark backdrops may come together, and each fold would judge the other by them.

    Returns:
        Indices of each.
    """
    order = style[..., LAB.start].mean(1).cpu().argsort()
    random = torch.Generator().manual_seed(seed)
    first = torch.randint(2, (len(order) // 2,), generator=random) + 2 * torch.arange(len(order) // 2)
    taken = torch.zeros(len(order), dtype=torch.bool)
    taken[first] = True
    return order[taken], order[~taken]


def judge(tuners: Sequence[LookTuner], folds: Sequence[Tensor], *, step: int, ask: Asked = still_wanted) -> Judgement:
    """Compare people in the look of each fold with the other fold's finished photos.

    Args:
        tuners: one of each fold.
        folds: of each, the photos (P, M, 12) that it did not learn from.
        step: after which this is.
        ask: on the way.
    """
    scores, untouched = np.zeros(len(KEEPS)), 0.0
    for tuner, photos in zip(tuners, folds, strict=True):
        target, shares = _quantiles(photos), group_shares(photos)
        for place, keep in enumerate(KEEPS if step else KEEPS[:1]):
            ask()
            restyled, weights = _restyled(tuner, photos, keep)
            scores[place] += float(distance(quantiles(restyled, weights), target, shares)) / len(tuners)
        people = tuner.material.contents.tokens[:, :_COLORS_SEEN]
        before = quantiles(people[..., LAB].flatten(0, 1), group_weights(people))
        untouched += float(distance(before, target, shares)) / len(tuners)
    if not step:
        return Judgement(step, 0.0, (float(scores[0]),) * len(KEEPS), 0.0, untouched)
    agreed = agreement(tuners)
    return Judgement(step, keep_of(scores, agreed), tuple(scores.tolist()), agreed, untouched)


def keep_of(scores: Sequence[float] | np.ndarray, agreed: float) -> float:
    """How much of a change is kept: the least that brings people nearly as near as the best share of it does.

    Nothing without a clear gain that both folds agree on. The scores of a dozen photos hardly tell half of a change
    from all of it, and half errs less (as the one-standard-error rule; Breiman et al. 1984).

    Args:
        scores: distances, by KEEPS.
        agreed: how much both folds agree, 0 to 1.
    """
    gains = scores[0] - np.asarray(scores)
    if gains.max() <= LEAST_GAIN * scores[0] or agreed < LEAST_AGREEMENT:
        return 0.0
    return KEEPS[int(np.argmax(gains >= ENOUGH_GAIN * gains.max()))]


@torch.no_grad()
def agreement(tuners: Sequence[LookTuner]) -> float:
    """How far both folds learnt the same: 2 r / (1 + r), at least 0, r the cosine of their changes of colors."""
    contents = tuners[0].material.contents.part(slice(_COLORS_SEEN))
    first, second = ((tuner.restyled(contents) - tuner.restyled(contents, 0.0)).flatten() for tuner in tuners)
    r = max(0.0, float(torch.nn.functional.cosine_similarity(first, second, 0)))
    return 2 * r / (1 + r)


def measure_floor(folds: Sequence[Tensor]) -> float:
    """The distance of the two folds of the photographer's photos from each other."""
    return float(distance(_quantiles(folds[0]), _quantiles(folds[1]), group_shares(torch.cat(list(folds)))))


@torch.no_grad()
def first_discrepancy(tuner: LookTuner) -> float:
    """How far the set network's own look is from a tuner's photos, in squared units of what is chance."""
    cast = tuner.choose(tuner.style, 1.0, 0.0)
    contents = tuner.material.contents.pick(cast.index).part(slice(_COLORS_SEEN))
    weights = group_weights(contents.tokens, cast.weights)
    restyled = tuner.restyled(contents, 0.0).flatten(0, 1)
    return float(tuner.target.discrepancy(restyled, weights, cast.count))


def _quantiles(photos: Tensor) -> Tensor:
    return quantiles(photos[..., LAB].flatten(0, 1), group_weights(photos))


def _restyled(tuner: LookTuner, photos: Tensor, keep: float) -> tuple[Tensor, Tensor]:
    """Colors (T, 3) of people like those on the photos, restyled, and the weights (5, T) of their groups."""
    cast = tuner.choose(photos, 1.0, keep)
    contents = tuner.material.contents.pick(cast.index).part(slice(_COLORS_SEEN))
    return tuner.restyled(contents, keep).flatten(0, 1), group_weights(contents.tokens, cast.weights)

"""How well a style is learnt: restyled photos of one half beside the photographer's photos of the other half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from .asking import Asked, still_wanted
from .learn_material import Half
from .look_learner import LookLearner
from .score import color_quantiles, distance, distance_between

KEEPS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of what both halves agree on
DRAWN_TRUST = 0.15  # of what portraits that nobody sat for teach: both halves share what is wrong with them (measured)
LEAST_GAIN = 0.01  # of the score: a smaller gain is chance, and the base model's look is kept
_NUM_SPLITS = 4  # for the floor


@dataclass(frozen=True)
class Judgement:
    """How near restyled photos come to the photographer's, in Lab (`score.distance`), by how much learning is kept.

    Attributes:
        step: after which it was judged.
        keep: the share of what was learnt that is kept; 0 where learning gains nothing.
        scores: the mean of both halves, by KEEPS times the agreement.
        agreement: how much of the mean of both changes is not chance, 0 to 1: each half learnt from other photos, so
            what they have in common is the photographer's (the Spearman-Brown formula of their correlation).
        untouched: of the contents as they are: the ceiling.
    """

    step: int
    keep: float
    scores: tuple[float, ...]
    agreement: float
    untouched: float

    @property
    def score(self) -> float:
        """The distance with what is kept."""
        return min(self.scores) if self.keep else self.scores[0]

    @property
    def base(self) -> float:
        """The distance with the base model alone."""
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
        )

    def to_score(self, floor: float, history: Sequence[Sequence[float]]) -> dict[str, Any]:
        """What a style file says of how well it was learnt."""
        numbers = {"score": self.score, "instant": self.base, "floor": floor, "ceiling": self.untouched}
        rounded: dict[str, Any] = {name: round(value, 3) for name, value in numbers.items()}
        return {**rounded, "keep": self.keep, "step": self.step, "history": [list(row) for row in history]}


def judge(
    learners: Sequence[LookLearner],
    halves: Sequence[Half],
    *,
    step: int,
    trust: float = 1.0,
    ask: Asked = still_wanted,
) -> Judgement:
    """Give each half's look to the other half's contents, and compare with the other half's finished photos.

    Args:
        learners: one of each half.
        halves: of the photos.
        step: after which this is.
        trust: the most that is kept; below 1 where contents are not the photographer's own.
        ask: on the way.
    """
    scores = np.zeros(len(KEEPS))
    untouched = 0.0
    agreed = trust * agreement(learners, halves)
    for learner, half in zip(learners, halves, strict=True):
        target = color_quantiles(half.judges.cpu())
        untouched += distance(color_quantiles(half.judging.photos.cpu()), target) / len(halves)
        for place, keep in enumerate(KEEPS):
            ask()
            restyled = learner.restyled(half.judging, half.code, keep * agreed).cpu()
            scores[place] += distance(color_quantiles(restyled), target) / len(halves)
    best = int(scores.argmin())
    gains = scores[best] < (1 - LEAST_GAIN) * scores[0]
    return Judgement(step, KEEPS[best] * agreed if gains else 0.0, tuple(scores.tolist()), agreed, untouched)


@torch.no_grad()
def agreement(learners: Sequence[LookLearner], halves: Sequence[Half]) -> float:
    """How far both halves learnt the same: r the cosine of their changes of looks, 2 r / (1 + r), at least 0."""
    products = np.zeros((2, 2))
    for half in halves:
        changes = [learner.change(half.judging, half.code) for learner in learners]
        products += np.array([[float(first @ second) for second in changes] for first in changes])
    cosine = products[0, 1] / max((products[0, 0] * products[1, 1]) ** 0.5, 1e-12)
    return float(max(0.0, 2 * cosine / (1 + max(cosine, 0.0))))


def measure_floor(halves: Sequence[Half], ask: Asked = still_wanted) -> float:
    """How far halves of the photographer's own photos are apart: no look can be told from theirs below that."""
    photos = torch.cat([half.style for half in halves]).cpu()
    apart = []
    for split in range(_NUM_SPLITS):
        ask()
        order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(split))
        middle = len(photos) // 2
        apart.append(distance_between(photos[order[:middle]], photos[order[middle:]]))
    return float(np.mean(apart))

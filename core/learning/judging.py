"""How well a style is learnt: restyled photos of one half beside the photographer's photos of the other half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from .learn_material import Half
from .look_learner import LookLearner
from .score import color_quantiles, distance, distance_between

KEEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST_GAIN = 0.01  # of the score: a smaller gain is chance, and the base model's look is kept
_NUM_SPLITS = 4  # for the floor


@dataclass(frozen=True)
class Judgement:
    """How near restyled photos come to the photographer's, in Lab (`score.distance`), by how much learning is kept.

    Attributes:
        step: after which it was judged.
        keep: the share of what was learnt that comes nearest; 0 where learning gains nothing.
        scores: by KEEPS, the mean of both halves.
        untouched: of the contents as they are: the ceiling.
    """

    step: int
    keep: float
    scores: tuple[float, ...]
    untouched: float

    @property
    def score(self) -> float:
        """The distance with what is kept."""
        return self.scores[KEEPS.index(self.keep)]

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
            int(values["step"]), float(values["keep"]), tuple(map(float, values["scores"])), float(values["untouched"])
        )

    def to_score(self, floor: float, history: Sequence[Sequence[float]]) -> dict[str, Any]:
        """What a style file says of how well it was learnt."""
        numbers = {"score": self.score, "instant": self.base, "floor": floor, "ceiling": self.untouched}
        rounded: dict[str, Any] = {name: round(value, 3) for name, value in numbers.items()}
        return {**rounded, "keep": self.keep, "step": self.step, "history": [list(row) for row in history]}


def judge(learners: Sequence[LookLearner], halves: Sequence[Half], *, step: int) -> Judgement:
    """Give each half's look to the other half's contents, and compare with the other half's finished photos."""
    scores = np.zeros(len(KEEPS))
    untouched = 0.0
    for learner, half in zip(learners, halves, strict=True):
        target = color_quantiles(half.judges.cpu())
        untouched += distance(color_quantiles(half.judging.photos.cpu()), target) / len(halves)
        for place, keep in enumerate(KEEPS):
            restyled = learner.restyled(half.judging, half.code, keep).cpu()
            scores[place] += distance(color_quantiles(restyled), target) / len(halves)
    best = int(scores.argmin())
    gains = scores[best] < (1 - LEAST_GAIN) * scores[0]
    return Judgement(step, KEEPS[best] if gains else 0.0, tuple(scores.tolist()), untouched)


def measure_floor(halves: Sequence[Half]) -> float:
    """How far halves of the photographer's own photos are apart: no look can be told from theirs below that."""
    photos = torch.cat([half.style for half in halves]).cpu()
    apart = []
    for split in range(_NUM_SPLITS):
        order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(split))
        middle = len(photos) // 2
        apart.append(distance_between(photos[order[:middle]], photos[order[middle:]]))
    return float(np.mean(apart))

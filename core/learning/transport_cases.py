"""Cases with a known answer, from which the transport's weights are fitted: other people's photos under one look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..styles.candidates import Evidence
from ..color.lab import srgb_to_lab
from ..styles.description import photo_summary
from ..styles.population import Population, fewer_colors
from .random_looks import RandomLook, draw_bias, draw_look

COUNTS = (1, 2, 3, 5, 8, 12, 25, 25, 50)
NUM_CLUSTERS = 24
NUM_PIXELS = 256  # of a content photo, a quarter of them from its middle
_STYLE_COLORS, _CONTENT_COLORS = 64, 128


@dataclass(frozen=True)
class People:
    """Untouched portraits.

    Attributes:
        colors: (P, 2, M, 3) uint8 as `draw_colors` gives them.
        kinds: (P,) int: where they come from.
        clusters: (P,) int: people with like colors and backgrounds, never of two kinds.
    """

    colors: np.ndarray
    kinds: np.ndarray
    clusters: np.ndarray

    @classmethod
    def gather(cls, colors: np.ndarray, kinds: np.ndarray) -> People:
        """Cluster portraits of one or more kinds; kinds count from 0."""
        features = photo_summary(Population(colors, np.ones(len(colors), np.float32)))
        clusters = np.zeros(len(colors), int)
        for kind in np.unique(kinds):
            members = np.flatnonzero(kinds == kind)
            count = min(len(members), max(2, min(12, len(members) // 25)))
            clusters[members] = kind * NUM_CLUSTERS + cluster(features[members], count)
        return cls(colors, kinds, clusters)

    def neutral(self) -> Population:
        """All of them as a neutral population, all kinds counting the same."""
        counts = np.bincount(self.kinds)
        present = np.count_nonzero(counts)
        weights = len(self.kinds) / present / counts[self.kinds]
        colors = fewer_colors(self.colors, min(_STYLE_COLORS, self.colors.shape[2]))
        return Population(colors, weights.astype(np.float32))


@dataclass(frozen=True)
class Case:
    """One style, one content, the answer.

    Attributes:
        vector: what is known, `Evidence.vector`.
        maps, tones: the closed forms.
        content, answer: (NUM_PIXELS, 3) Lab colors of the content before and after the look.
        is_gray: the look makes black-and-white prints.
    """

    vector: np.ndarray
    maps: np.ndarray
    tones: np.ndarray
    content: np.ndarray
    answer: np.ndarray
    is_gray: bool


def cluster(features: np.ndarray, count: int, *, seed: int = 0, rounds: int = 30) -> np.ndarray:
    """k-means (Lloyd 1982): the cluster, 0 to count - 1, of each row of (P, D) features."""
    centers = features[np.random.default_rng(seed).choice(len(features), count, replace=False)]
    nearest = np.zeros(len(features), int)
    for _ in range(rounds):
        nearest = ((features[:, None] - centers) ** 2).sum(-1).argmin(1)
        for index in range(count):
            if (nearest == index).any():
                centers[index] = features[nearest == index].mean(0)
    return nearest


def draw_case(rng: np.random.Generator, people: People, neutral: Population) -> Case:
    """Draw people, a hand, a look; the neutral portraits never include the case's own people."""
    gray = bool(rng.random() < 0.35)
    look = draw_look(rng, gray=gray)
    bias = draw_bias(rng, rng.uniform(0.2, 1.0)) if rng.random() < 0.5 else None
    jitter = 0.35 * (rng.random() < 0.3)  # of each photo alone
    group = draw_group(rng, people)
    count = min(int(rng.choice(COUNTS)), len(group) - 1)
    content, style, others = group[0], group[1 : 1 + count], group[1 + count :]
    evidence = Evidence(
        style=_population(_jittered(rng, people.colors[style], jitter), _STYLE_COLORS, bias, look),
        style_weights=np.ones(count),
        content=_population(people.colors[content][None], _CONTENT_COLORS, bias, None),
        **draw_neutral(rng, people, neutral, group[: 1 + count], others, bias),
    )
    pixels = _pixels(people, content, bias)
    maps, tones = evidence.maps()
    answer = srgb_to_lab(look(pixels))
    return Case(evidence.vector(), maps, tones, srgb_to_lab(pixels), answer, gray and not look.paper.any())


def draw_group(rng: np.random.Generator, people: People) -> np.ndarray:
    """People in random order: of one cluster, or of one kind."""
    kind = rng.choice(np.unique(people.kinds))
    group = np.flatnonzero(people.kinds == kind)
    if rng.random() < 0.5:
        chosen = rng.permutation(np.unique(people.clusters[group]))[: rng.integers(1, 4)]
        group = group[np.isin(people.clusters[group], chosen)]
    return rng.permutation(group)


def draw_neutral(
    rng: np.random.Generator,
    people: People,
    neutral: Population,
    own: np.ndarray,
    others: np.ndarray,
    bias: RandomLook | None,
    *,
    own_chance: float = 0.2,
) -> dict:
    """The neutral portraits: the user's own photos, or the prior, which may know nobody like these people."""
    if len(others) >= 3 and rng.random() < own_chance:
        picked = others[: rng.integers(3, 60)]
        population = _population(people.colors[picked], _STYLE_COLORS, bias, None)
        return {"neutral": population, "neutral_weights": population.weights, "trusted": True}
    weights = neutral.weights.astype(np.float64)
    chance = rng.random()
    if chance < 0.2:
        weights = np.where(np.isin(people.clusters, people.clusters[own]), 0.0, weights)
    elif chance < 0.35:
        weights = np.where(people.kinds == people.kinds[own[0]], 0.0, weights)
    weights[own] = 0
    if not weights.any():
        weights = neutral.weights.astype(np.float64)
        weights[own] = 0
    if not weights.any():  # nobody else there is
        weights = neutral.weights.astype(np.float64)
    return {"neutral": neutral, "neutral_weights": weights}


def _jittered(rng: np.random.Generator, colors: np.ndarray, strength: float) -> np.ndarray:
    """Each photo with an exposure and a white balance of its own."""
    if not strength:
        return colors
    photos = fewer_colors(colors, min(_STYLE_COLORS, colors.shape[2]))
    changed = [draw_bias(rng, strength)(photo.astype(np.float32) / 255) for photo in photos]
    return (np.stack(changed) * 255 + 0.5).astype(np.uint8)


def _population(colors: np.ndarray, count: int, bias: RandomLook | None, look: RandomLook | None) -> Population:
    values = fewer_colors(colors, min(count, colors.shape[2])).astype(np.float32) / 255
    for change in (bias, look):
        values = values if change is None else change(values)
    return Population((values * 255 + 0.5).astype(np.uint8), np.ones(len(colors), np.float32))


def _pixels(people: People, person: int, bias: RandomLook | None) -> np.ndarray:
    parts = []
    for region, count in enumerate((NUM_PIXELS * 3 // 4, NUM_PIXELS // 4)):
        colors = people.colors[person, region]
        parts.append(colors[((np.arange(count) + 0.5) * len(colors) / count).astype(int)])
    values = np.concatenate(parts).astype(np.float32) / 255
    return values if bias is None else bias(values)

"""The closed forms: transports from several ideas of what the style's people looked like untouched, to the style.

Which idea is right depends on the set. A varied folder resembles neutral portraits at large; a homogeneous one (the
same studio, backdrop and light) resembles the content photo, which comes from the same hands, more than any prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .description import describe, likeness
from .moments import Moments, lightness_transport, linear_transport, pooled_moments
from .population import Population

_LIKENESS_WIDTH = 0.5
_LEAST = 1e-3  # how much of the neutral portraits unlike the content stays


@dataclass(frozen=True)
class Candidate:
    """One idea of the untouched people.

    Attributes:
        near: take the neutral portraits that resemble the content (True), or all of them.
        content_share: how much of the content's own moments is mixed in, 0 to 1.
        middle: which part of the photos is compared, from 0 (the whole) to 1 (only the middle).
    """

    near: bool
    content_share: float
    middle: float


CANDIDATES = (
    Candidate(near=False, content_share=0, middle=0),
    Candidate(near=False, content_share=0, middle=0.5),
    Candidate(near=True, content_share=0, middle=0),
    Candidate(near=True, content_share=0, middle=0.5),
    Candidate(near=True, content_share=0, middle=1),
    Candidate(near=False, content_share=0.35, middle=0.25),
    Candidate(near=True, content_share=0.5, middle=0.25),
    Candidate(near=False, content_share=1, middle=0.25),
    Candidate(near=False, content_share=1, middle=1),
)
NUM_CANDIDATES = len(CANDIDATES) + 1  # and the identity, first


@dataclass(frozen=True)
class Evidence:
    """What is seen of one style, the neutral portraits and one content, weighed.

    Attributes:
        style, neutral, content: the sets.
        style_weights, neutral_weights: (P,) how much each photo counts.
        trusted: the neutral photos are the user's own, by the same hands as the style's.
    """

    style: Population
    style_weights: np.ndarray
    neutral: Population
    neutral_weights: np.ndarray
    content: Population
    trusted: bool = False

    def near_weights(self) -> np.ndarray:
        """(P,): the weights of the neutral portraits, those most that resemble the content."""
        alike = likeness(self.neutral, self.content, _LIKENESS_WIDTH)
        return self.neutral_weights / self.neutral_weights.sum() * (alike + _LEAST)

    def maps(self) -> tuple[np.ndarray, np.ndarray]:
        """The transports.

        Returns:
            (10, 3, 4) maps of Lab colors, the identity first, and (10, 2) gains and offsets of lightness alone.
        """
        near = self.near_weights()
        colors, tones = [np.eye(3, 4)], [np.array([1.0, 0.0])]
        for candidate in CANDIDATES:
            target = pooled_moments(self.style, self.style_weights, candidate.middle)
            source = self._source(candidate, near)
            colors.append(linear_transport(source, target))
            tones.append(lightness_transport(source, target))
        return np.stack(colors), np.stack(tones)

    def vector(self) -> np.ndarray:
        """What the weights of the maps are read from: (386,) descriptions of style, content and neutral portraits."""
        style = describe(self.style, self.style_weights)
        content = describe(self.content, self.content.weights)
        near = describe(self.neutral, self.near_weights())
        pool = describe(self.neutral, self.neutral_weights)
        trust = np.array([float(self.trusted)])
        return np.concatenate([style, content, near, pool, style - near, trust])

    def _source(self, candidate: Candidate, near: np.ndarray) -> Moments:
        content = pooled_moments(self.content, self.content.weights, candidate.middle)
        if candidate.content_share == 1:
            return content
        weights = near if candidate.near else self.neutral_weights
        return pooled_moments(self.neutral, weights, candidate.middle).mixed(content, candidate.content_share)

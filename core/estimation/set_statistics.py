"""Statistics of sets of colors in numpy: the same as `networks.set_statistics`, with weights of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..color.lab import lab_to_srgb
from ..networks.token_layout import (
    CELLS,
    COVARIANCE_FLOOR,
    CURVE_ENDS,
    CURVE_SHARES,
    GRAY_CHROMA,
    HISTOGRAM_FLOOR,
    LAB,
    LAB_MEAN,
    LAB_UNIT,
    MIDDLE,
    MIDDLE_WIDTH,
    MIX_SHARES,
    NUM_BINS,
    PLACE,
    PLACE_KNOWN,
    REGIONS,
    REGIONS_KNOWN,
    SHARE_FLOOR,
)

_UNIT = np.array(LAB_UNIT)
_MEAN = np.array(LAB_MEAN)
_FLOOR = COVARIANCE_FLOOR * np.eye(3)


@dataclass(frozen=True)
class SetStatistics:
    """Statistics of a set of colors that average linearly over sets.

    Attributes:
        all: (13,): 1, the mean of Lab, the mean outer product.
        regions: (4, 13) of skin, hair, cloth and backdrop: their share, and that times the same.
        chroma: mean chroma.
        places: (36, 2, 4): in each cell, of the subject and of the backdrop, the share of colors, and that times Lab.
        histograms: (3, NUM_BINS) of sRGB-encoded red, green and blue; each sums to 1.
    """

    all: np.ndarray
    regions: np.ndarray
    chroma: float
    places: np.ndarray
    histograms: np.ndarray

    @classmethod
    def of(cls, tokens: np.ndarray, weights: np.ndarray) -> SetStatistics:
        """Measure a set of photos.

        Args:
            tokens: (P, M, 12).
            weights: (P,) of the photos.
        """
        share = (
            (weights / weights.sum() / tokens.shape[1]).repeat(tokens.shape[1]).astype(np.float32)[:, None]
        )  # (T, 1)
        flat = tokens.reshape(-1, tokens.shape[-1])
        lab, shares = flat[:, LAB], region_shares(flat)
        outer = (lab[:, :, None] * lab[:, None, :]).reshape(-1, 9)
        values = np.concatenate([np.ones_like(share), lab, outer], 1) * share  # (T, 13)
        near = _near_cells(flat[:, PLACE]) * flat[:, PLACE_KNOWN]  # (T, 36)
        known = flat[:, REGIONS_KNOWN]
        subject = flat[:, REGIONS][:, :1] * known + 0.5 * (1 - known)
        placed = np.stack([near.T @ (values[:, :4] * group) for group in (subject, 1 - subject)], 1)
        chroma = (np.hypot(lab[:, 1], lab[:, 2]) * share[:, 0]).sum().astype(np.float64)
        regions = (shares.T @ values).astype(np.float64)
        return cls(values.sum(0, dtype=np.float64), regions, chroma, placed, _histograms(lab, share[:, 0]))

    @classmethod
    def mean(cls, parts: Sequence[SetStatistics]) -> SetStatistics:
        """Average the statistics of several sets."""
        return cls(
            np.mean([part.all for part in parts], 0),
            np.mean([part.regions for part in parts], 0),
            float(np.mean([part.chroma for part in parts])),
            np.mean([part.places for part in parts], 0),
            np.mean([part.histograms for part in parts], 0),
        )

    @property
    def color(self) -> np.ndarray:
        """(3,): the mean of Lab."""
        return self.all[1:4]

    def facts(self) -> np.ndarray:
        """(30,): mean, spread and correlation of the colors, and the same by region."""
        covariance = covariance_of(self.all)
        spread = np.sqrt(np.maximum(np.diagonal(covariance), 0)) / _UNIT
        mixed = np.stack([covariance[0, 1], covariance[0, 2], covariance[1, 2]]) / 300
        share = self.regions[:, :1]
        by_region = self.regions / np.maximum(share, SHARE_FLOOR)
        certain = share / (share + SHARE_FLOOR)
        deviation = np.sqrt(np.maximum(by_region[:, 4:5] - by_region[:, 1:2] ** 2, 0)) / LAB_UNIT[0]
        regional = np.concatenate([normalized_lab(by_region[:, 1:4]) * certain, deviation * certain, share], 1)
        return np.concatenate([normalized_lab(self.color), spread, [self.chroma / 10], mixed, regional.ravel()])

    def places_vector(self) -> np.ndarray:
        """(216,): how the mean colors of subject and backdrop in each cell differ from the set's."""
        found = []
        for group in range(2):
            weight = self.places[:, group, :1] * CELLS**2
            apart = (self.places[:, group, 1:] - self.places[:, group, :1] * self.color) / _UNIT
            found.append(apart * CELLS**2 / (weight + 0.1))
        return np.concatenate(found, 1).ravel()

    def balanced(self, shares: np.ndarray) -> np.ndarray:
        """(13,): the moments if the regions had these shares (4,); unchanged where regions are not known."""
        weight = np.where(self.regions[:, 0] > SHARE_FLOOR, shares, 0)
        if weight.sum() <= SHARE_FLOOR:
            return self.all
        return weight @ (self.regions / np.maximum(self.regions[:, :1], SHARE_FLOOR)) / weight.sum()


def normalized_lab(lab: np.ndarray) -> np.ndarray:
    """Normalize Lab by the mean and deviation of colors of portraits."""
    return (lab - _MEAN.astype(lab.dtype)) / _UNIT.astype(lab.dtype)


def token_features(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute features (..., 16) of tokens (..., 12) for the photo encoder, and weights (..., 4) in the regions."""
    x = normalized_lab(tokens[..., LAB])
    placed, known, place = tokens[..., PLACE_KNOWN], tokens[..., REGIONS_KNOWN], tokens[..., PLACE]
    apart = (place - np.array(MIDDLE, np.float32)) / np.array(MIDDLE_WIDTH, np.float32)
    middle = np.exp(-(apart**2).sum(-1, keepdims=True))
    seen = np.concatenate([2 * place - 1, middle], -1) * placed
    features = np.concatenate([x, x[..., :1] * x, seen, tokens[..., REGIONS] * known, placed, known], -1)
    return features, region_shares(tokens)


def region_shares(tokens: np.ndarray) -> np.ndarray:
    """Return weights (..., 4) in skin, hair, cloth and backdrop; zero where regions are unknown."""
    regions = tokens[..., REGIONS]
    return np.concatenate([regions[..., 2:], 1 - regions[..., :1]], -1) * tokens[..., REGIONS_KNOWN]


def style_tint(tokens: np.ndarray, weights: np.ndarray) -> tuple[bool, np.ndarray]:
    """Whether a set (P, M, 12) is black-and-white, toned or not, and (3, 2) a and b by powers of its lightness."""
    share = (weights / weights.sum() / tokens.shape[1]).repeat(tokens.shape[1])[:, None]
    lab = tokens[..., LAB].reshape(-1, 3).astype(np.float64)
    tone = lab[:, :1] / 50 - 1
    basis = np.concatenate([np.ones_like(tone), tone, tone**2], 1)
    tint = np.linalg.solve(basis.T @ (basis * share) + 1e-3 * np.eye(3), basis.T @ (lab[:, 1:] * share))
    left = np.sqrt((((lab[:, 1:] - basis @ tint) ** 2).sum(1) * share[:, 0]).sum())
    return bool(left < GRAY_CHROMA), tint


def transports(
    style: SetStatistics, source: SetStatistics, content: SetStatistics, people: SetStatistics
) -> np.ndarray:
    """Compute closed-form transports (10, 3, 4) from estimates of the untouched people to the style (Pitie 2007)."""
    mixes = [(1 - share) * source.all + share * content.all for share in MIX_SHARES]
    shares = source.regions[:, 0]
    linear = [transport(mix, style.all) for mix in mixes]
    linear.append(transport(source.balanced(shares), style.balanced(shares)))
    at_large = [people.all, 0.65 * people.all + 0.35 * content.all, (people.all + source.all) / 2]
    last = [transport(mix, style.all) for mix in at_large]
    return np.stack([np.eye(3, 4), *linear, _gray_transport(mixes[1], style.all), *last])


def channel_curves(
    style: SetStatistics, source: SetStatistics, content: SetStatistics, people: SetStatistics
) -> np.ndarray:
    """Compute curves (4, 3, NUM_BINS + 1) of red, green and blue from the same estimates to the style, by quantiles."""
    mixes = [(1 - share) * source.histograms + share * content.histograms for share in CURVE_SHARES]
    quantiles = _cumulative(np.stack([*mixes, people.histograms])).clip(CURVE_ENDS, 1 - CURVE_ENDS)
    values, goal = np.linspace(0, 1, NUM_BINS + 1), _cumulative(style.histograms)
    return np.stack([np.stack([np.interp(row[i], goal[i], values) for i in range(3)]) for row in quantiles])


def curved(curves: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Give curves (K, 3, NUM_BINS + 1) to sRGB-encoded colors (Q, 3): (Q, K, 3)."""
    at = colors.clip(0, 1) * NUM_BINS
    below = np.minimum(at.astype(np.int64), NUM_BINS - 1)
    part, channels = (at - below)[:, None].astype(np.float32), np.arange(3)
    low, high = (curves[:, channels, below + step].astype(np.float32).swapaxes(0, 1) for step in (0, 1))
    return low + (high - low) * part


def _histograms(lab: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(T, 3) with shares (T,) to (3, NUM_BINS)."""
    bins = np.minimum((lab_to_srgb(lab).clip(0, 1) * NUM_BINS).astype(np.int64), NUM_BINS - 1)
    return np.stack([np.bincount(bins[:, channel], share, NUM_BINS) for channel in range(3)])


def _cumulative(histograms: np.ndarray) -> np.ndarray:
    """(..., NUM_BINS) to (..., NUM_BINS + 1), from 0 to 1 and nowhere level."""
    floored = (histograms + HISTOGRAM_FLOOR / NUM_BINS) / (1 + HISTOGRAM_FLOOR)
    return np.concatenate([np.zeros_like(floored[..., :1]), floored.cumsum(-1)], -1)


def transport(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Compute the optimal transport map (3, 4) between two Gaussians of moments (13,)."""
    root, inverse = _roots(covariance_of(source) + _FLOOR)
    matrix = inverse @ _roots(root @ (covariance_of(target) + _FLOOR) @ root)[0] @ inverse
    return np.concatenate([matrix, (target[1:4] - matrix @ source[1:4])[:, None]], 1)


def covariance_of(moments: np.ndarray) -> np.ndarray:
    """(3, 3) of moments (13,)."""
    return moments[4:].reshape(3, 3) - np.outer(moments[1:4], moments[1:4])


def _gray_transport(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    gain = np.sqrt((covariance_of(target)[0, 0] + COVARIANCE_FLOOR) / (covariance_of(source)[0, 0] + COVARIANCE_FLOOR))
    lightness = np.diag([1.0, 0.0, 0.0])
    return np.concatenate([gain * lightness, (target[1:4] - gain * (lightness @ source[1:4]))[:, None]], 1)


def _roots(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(matrix)
    root = np.sqrt(np.maximum(values, 1e-6))
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T


def _near_cells(place: np.ndarray) -> np.ndarray:
    """(T, 2) of y, x to (T, 36): bilinear weights."""
    centers = ((np.arange(CELLS) + 0.5) / CELLS).astype(np.float32)
    near = np.maximum(1 - np.abs(place[..., None] - centers) * CELLS, 0)  # (T, 2, 6)
    near /= np.maximum(near.sum(-1, keepdims=True), 1e-6)
    return (near[:, 0, :, None] * near[:, 1, None, :]).reshape(len(place), -1)

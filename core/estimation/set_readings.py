"""What the set network reads of a style and of a content, and what its decoders get of the two, as numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..networks.token_layout import GRAY_CHROMA, LAB, LAB_UNIT
from .color_set import ColorSet
from .ground_model import RegionSets
from .set_statistics import SetStatistics

_MAX_COUNTED_PHOTOS = 50  # photos: larger counts are clamped, as in pretraining


@dataclass(frozen=True)
class StyleReading:
    """The encoding of a style, computed once.

    Attributes:
        photos: (P, 96) embeddings; weights: (P,) of the photos.
        pooled: (384,) mean and deviation of the embeddings, and of those of own untouched photos.
        statistics, source: statistics of the photos, and of the untouched people they are compared with.
        facts: (69,) features of both.
        is_monochrome: the style is black-and-white; tint: (3, 2) of its paper.
        of_photos: (13,) of the photos by region, see `ground_model.photo_facts`; of a part alone empty.
        by_region: (256,) embeddings of the photos and of own untouched photos in the ground network; likewise.
        alone: encodings as if there was nothing but the subject, and nothing but the ground; empty without regions.
    """

    photos: np.ndarray
    weights: np.ndarray
    pooled: np.ndarray
    statistics: SetStatistics
    source: SetStatistics
    facts: np.ndarray
    is_monochrome: bool
    tint: np.ndarray
    of_photos: np.ndarray
    by_region: np.ndarray
    alone: tuple[StyleReading, ...] = ()


@dataclass(frozen=True)
class ContentReading:
    """The encoding of a content, or the mean of several.

    Attributes:
        embedding: (96,) of its colors.
        statistics: statistics of its colors.
        region_grid: (16, 16, 2): the shares of subject and face in each cell of the bilateral grid.
        by_region: (64,) embedding in the ground network; of a part alone empty.
        alone: encodings of the subject alone, and of the ground.
    """

    embedding: np.ndarray
    statistics: SetStatistics
    region_grid: np.ndarray
    by_region: np.ndarray
    alone: tuple[ContentReading, ...] = ()

    @classmethod
    def mean(cls, parts: Sequence[ContentReading]) -> ContentReading:
        """Average several contents to one."""
        return cls(
            np.mean([part.embedding for part in parts], 0),
            SetStatistics.mean([part.statistics for part in parts]),
            np.mean([part.region_grid for part in parts], 0),
            np.mean([part.by_region for part in parts], 0),
            tuple(cls.mean(alone) for alone in zip(*(part.alone for part in parts), strict=True)),
        )


@dataclass(frozen=True)
class Context:
    """The input of the decoders for one pair, as `networks.set_network.Context`.

    Attributes:
        color: (192,).
        place: (64,).
        maps: (K, 3, 4) closed-form transports of Lab colors, the identity first.
        curves: (K', 3, S) of red, green and blue.
        is_monochrome: the style is black-and-white; tint: (3, 2) of its paper.
    """

    color: np.ndarray
    place: np.ndarray
    maps: np.ndarray
    curves: np.ndarray
    is_monochrome: bool
    tint: np.ndarray


def region_sets(style: StyleReading, content: ContentReading) -> RegionSets:
    """Return what the ground network compares of a style and a content."""
    embeddings = np.concatenate([style.by_region, content.by_region])
    return RegionSets(style.statistics, style.source, content.statistics, style.of_photos, embeddings)


def ground_inputs(style: StyleReading, context: Context) -> np.ndarray:
    """Return what the ground network takes from the set network: (448,)."""
    return np.concatenate([context.color, style.pooled[: 2 * style.photos.shape[1]], context.place])


def mean_and_spread(photos: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of embeddings (P, N) weighted by share (P,), which sums to 1."""
    mean = share @ photos
    return mean, np.sqrt(share @ (photos - mean) ** 2 + 1e-4)


def style_facts(photos: ColorSet, statistics: SetStatistics) -> np.ndarray:
    """Return (37,) features of the finished photos."""
    share = photos.weights / photos.weights.sum()
    means = photos.tokens[..., LAB].mean(1)  # (P, 3)
    spread_of_means = np.sqrt(share @ (means - share @ means) ** 2 + 1e-3) / np.array(LAB_UNIT)
    count = min(photos.num_photos, _MAX_COUNTED_PHOTOS)
    set_features = [np.log(count) / 3, 1 / count, count**-0.5, float(statistics.chroma < GRAY_CHROMA)]
    return np.concatenate([statistics.facts(), spread_of_means, set_features])


def source_facts(source: SetStatistics, own: ColorSet | None) -> np.ndarray:
    """Return (32,) features of the untouched ones."""
    count = 0 if own is None else min(own.num_photos, _MAX_COUNTED_PHOTOS)
    return np.concatenate([source.facts(), [float(count > 0), np.log1p(count) / 3]])

"""Training photos as tensors, and an estimate of what they were before they were finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...color.lab import lab_to_srgb, srgb_to_lab
from ...estimation.color_set import ColorSet, sample_colors
from ...estimation.set_model import SetModel, load_set_model
from ...estimation.set_statistics import SetStatistics, region_shares, style_tint, transport
from ...imaging.proxy import Proxy, resize_to_square
from ...networks.regions import REGIONS, predict_regions
from ...networks.token_layout import LAB, NUM_TOKEN_VALUES, PLACE, PLACE_KNOWN, REGIONS_KNOWN, SHARE_FLOOR
from ...networks.token_layout import REGIONS as REGION_VALUES
from ...photos.face_check import MAX_PHOTOS
from ...photos.folder import pick_evenly
from ...texts import Text
from ..request import CancelCheck, never_cancelled

PICTURE_SIZE = 32  # pixels a side of the pictures that the content, Gram and total-variation losses see


@dataclass(frozen=True)
class TrainingPhotos:
    """A set of training photos.

    Attributes:
        proxies: the photos.
        notes: for users, if some photos were left out.
    """

    proxies: tuple[Proxy, ...]
    notes: tuple[Text, ...] = ()

    def __len__(self) -> int:
        return len(self.proxies)

    @classmethod
    def of(cls, proxies: Sequence[Proxy]) -> TrainingPhotos:
        """Take at most MAX_PHOTOS photos, spread evenly."""
        count, notes = len(proxies), list[Text]()
        if count > MAX_PHOTOS:
            notes.append(
                Text(
                    "{picked} of the {photos} photos are trained on, picked evenly; all count in the statistics",
                    picked=MAX_PHOTOS,
                    photos=count,
                )
            )
        return cls(tuple(proxies[place] for place in pick_evenly(count, MAX_PHOTOS)), tuple(notes))

    def part(self, index: Sequence[int]) -> TrainingPhotos:
        """Return the photos at these indices."""
        return TrainingPhotos(tuple(self.proxies[place] for place in index))


def lattice_tokens(
    photos: TrainingPhotos, size: int = PICTURE_SIZE, check_cancelled: CancelCheck = never_cancelled
) -> np.ndarray:
    """Return (P, size * size, 12) tokens: all pixels of photos resized to a square, row by row."""
    found = np.zeros((len(photos), size * size, NUM_TOKEN_VALUES), np.float32)
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    found[..., PLACE] = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    found[..., PLACE_KNOWN] = found[..., REGIONS_KNOWN] = 1
    for tokens, proxy in zip(found, photos.proxies, strict=True):
        check_cancelled()
        tokens[:, LAB] = srgb_to_lab(resize_to_square(proxy.pixels, size).reshape(-1, 3).clip(0, 1))
        maps = [resize_to_square(part, size) for part in predict_regions(proxy.pixels)]
        tokens[:, REGION_VALUES] = np.stack(maps, -1).reshape(-1, len(REGIONS))
    return found


def neutral_lab(tokens: np.ndarray, style: ColorSet, model: SetModel) -> np.ndarray:
    """Map finished colors to the distribution of people at large, region by region, by closed-form transports.

    One linear map for all regions would make its closed-form inverse the optimum of training.

    Args:
        tokens: (P, M, 12) of finished photos.
        style: the set of these photos.
        model: has the statistics of people at large.

    Returns:
        (P, M, 3) Lab.
    """
    statistics, people = SetStatistics.of(style.tokens, style.weights), model.prior
    if style_tint(style.tokens, style.weights)[0]:
        return _neutral_gray(tokens, statistics, people)
    maps = [transport(statistics.all, people.all)]
    for own, other in zip(statistics.regions, people.regions, strict=True):
        is_there = min(own[0], other[0]) > SHARE_FLOOR
        maps.append(transport(own / own[0], other / other[0]) if is_there else maps[0])
    regions = region_shares(tokens)  # (P, M, 4)
    shares = np.concatenate([np.maximum(1 - regions.sum(-1, keepdims=True), 0), regions], -1)
    shares /= shares.sum(-1, keepdims=True)
    stacked = np.stack(maps).astype(np.float32)  # (5, 3, 4)
    transported_lab = np.einsum("kij,pmj->pmki", stacked[..., :3], tokens[..., LAB]) + stacked[..., 3]
    return (transported_lab * shares[..., None]).sum(2).astype(np.float32)


def neutralized(photos: Sequence[Proxy]) -> list[Proxy]:
    """Map finished photos to the distribution of people at large, by the closed-form transport of their colors."""
    style, people = sample_colors(photos), load_set_model().prior
    moments = SetStatistics.of(style.tokens, style.weights).all
    back = transport(moments, people.all).astype(np.float32)
    found = []
    for proxy in photos:
        lab = srgb_to_lab(np.ascontiguousarray(proxy.pixels, np.float32)) @ back[:, :3].T + back[:, 3]
        found.append(Proxy(lab_to_srgb(lab).clip(0, 1).astype(np.float32), proxy.weights))
    return found


def _neutral_gray(tokens: np.ndarray, style: SetStatistics, people: SetStatistics) -> np.ndarray:
    """Match the lightness alone, for black-and-white photos."""
    spreads = [np.sqrt(max(part.all[4] - part.all[1] ** 2, 1.0)) for part in (people, style)]
    lightness = (tokens[..., :1] - style.all[1]) * spreads[0] / spreads[1] + people.all[1]
    return np.concatenate([lightness, np.zeros_like(tokens[..., 1:3])], -1).astype(np.float32)

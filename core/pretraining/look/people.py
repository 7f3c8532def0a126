"""Untouched portraits to sample colors from: small squares with regions, by kind and cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ...color.lab_tensors import srgb_to_lab
from ...errors import LearningError
from ...imaging.color_management import to_uint8
from ...imaging.files.reading import read_proxy
from ...imaging.proxy import resize_to_square
from ...networks.regions import predict_regions
from ...photos.search import photos_of

SIDE = 96  # pixels: side of a portrait, resized to a square
_LEAST_CLUSTER = 28
_LEAST_PEOPLE = 4  # smallest number of people of a kind
_PEOPLE_PER_CLUSTER = 40


@dataclass(frozen=True)
class People:
    """Portraits of one or more kinds.

    Attributes:
        pixels: (P, 96, 96, 3) uint8, sRGB.
        regions: (P, 96, 96, 5) uint8: subject, face, skin, hair, cloth.
        soft: (P, 2, 96, 96) uint8: subject and face with soft edges, for light.
        kinds: indices of the people of each kind.
        clusters: for each kind, groups of people with similar colors and backdrops.
    """

    pixels: Tensor
    regions: Tensor
    soft: Tensor
    kinds: list[np.ndarray]
    clusters: list[list[np.ndarray]]

    @classmethod
    def gather(cls, kinds: list[tuple[np.ndarray, np.ndarray]]) -> People:
        """Combine kinds, each given as pixels (P, 96, 96, 3) and regions (P, 96, 96, 5), uint8.

        Raises:
            LearningError: a kind has too few people.
        """
        for number, (pixels, _) in enumerate(kinds):
            if len(pixels) < _LEAST_PEOPLE:
                raise LearningError(
                    "folder {number}: {count} portraits are too few to learn from or hold out; add photos",
                    one="folder {number}: {count} portrait is too few to learn from or hold out; add photos",
                    number=number + 1,
                    count=len(pixels),
                )
        pixels = torch.from_numpy(np.concatenate([part for part, _ in kinds]))
        regions = torch.from_numpy(np.concatenate([part for _, part in kinds]))
        ends = np.cumsum([0, *(len(part) for part, _ in kinds)])
        members = [np.arange(start, stop) for start, stop in pairwise(ends.tolist())]
        features = _features(pixels)
        clusters = [[part[group] for group in _groups(features[part])] for part in members]
        return cls(pixels, regions, _softened(regions), members, clusters)


def read_people(
    folders: Sequence[str], held_out_share: float, progress: Callable[[int, int], None] | None = None
) -> tuple[People, People]:
    """Read portraits, one kind per folder; `FOLDER:N` for its first N photos by name, `FOLDER:-N` for its last.

    Args:
        folders: of the kinds.
        held_out_share: share of the people of each kind to hold out, evenly spaced by name.
        progress: called with (done, total) photos.

    Returns:
        People to train on, and held-out people.

    Raises:
        AtelierError: a folder or a photo cannot be read, or a kind has too few people.
    """
    paths = [photos_of(folder) for folder in folders]
    total, done = sum(map(len, paths)), 0
    kinds: list[tuple[np.ndarray, np.ndarray]] = []
    for part in paths:
        pixels, regions = np.zeros((len(part), SIDE, SIDE, 3), np.uint8), np.zeros((len(part), SIDE, SIDE, 5), np.uint8)
        for index, path in enumerate(part):
            proxy = read_proxy(path)
            pixels[index] = to_uint8(resize_to_square(proxy.pixels, SIDE))
            maps = predict_regions(proxy.pixels).transpose(1, 2, 0)
            regions[index] = to_uint8(cv2.resize(maps, (SIDE, SIDE)))
            done += 1
            if progress is not None:
                progress(done, total)
        kinds.append((pixels, regions))
    parts = [[], []]
    for pixels, regions in kinds:
        every = max(2, round(1 / held_out_share))
        aside = np.arange(len(pixels)) % every == every // 2
        for target, chosen in zip(parts, (~aside, aside), strict=True):
            target.append((pixels[chosen], regions[chosen]))
    return People.gather(parts[0]), People.gather(parts[1])


def _features(pixels: Tensor) -> np.ndarray:
    """(P, 24): mean, deviation and extremes of the colors of each photo and of its border."""
    lab = srgb_to_lab(pixels[:, ::8, ::8].float() / 255)  # (P, 12, 12, 3)
    whole = lab.flatten(1, 2)
    border = torch.cat([lab[:, :, :2].flatten(1, 2), lab[:, :, -2:].flatten(1, 2), lab[:, :2].flatten(1, 2)], 1)
    parts = [f(part) for part in (whole, border) for f in (lambda v: v.mean(1), lambda v: v.std(1))]
    ends = [torch.quantile(whole, level, 1) for level in (0.1, 0.9)]
    features = torch.cat([*parts, *ends], -1)
    return ((features - features.mean(0)) / (features.std(0) + 1e-6)).numpy()


def _groups(features: np.ndarray, rounds: int = 25) -> list[np.ndarray]:
    """Cluster by k-means (Lloyd 1982); drop clusters that are too small."""
    rng = np.random.default_rng(0)
    count = max(2, min(24, len(features) // _PEOPLE_PER_CLUSTER))
    centers = features[rng.choice(len(features), count, replace=False)]
    nearest = np.zeros(len(features), int)
    for _ in range(rounds):
        nearest = ((features[:, None] - centers) ** 2).sum(-1).argmin(1)
        centers = np.stack(
            [features[nearest == i].mean(0) if (nearest == i).any() else centers[i] for i in range(count)]
        )
    groups = [np.flatnonzero(nearest == index) for index in range(count)]
    return [group for group in groups if len(group) >= _LEAST_CLUSTER] or [np.arange(len(features))]


def _softened(regions: Tensor) -> Tensor:
    """Blur subject and face by a box three times, nearly a Gaussian of 0.04 of their side."""
    maps = regions[..., :2].permute(0, 3, 1, 2).float()
    for _ in range(3):
        maps = avg_pool2d(maps, 7, stride=1, padding=3, count_include_pad=False)  # three boxes of 7: sigma 3.5 of 96
    return maps.round().to(torch.uint8).contiguous()

"""Inference of the ground network in numpy: a color table of subject and of ground, where a style treats them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import AtelierError
from ..folders import weights_folder
from ..networks.token_layout import (
    CERTAIN_FLOOR,
    CERTAIN_SHARE,
    GROUND_SCALE,
    GROUND_SHARES,
    LAB,
    LAB_UNIT,
    REGIONS,
    REGIONS_KNOWN,
    SHARE_FLOOR,
    VARIANCE_FLOOR,
)
from .set_statistics import SetStatistics, normalized_lab, token_features, transport

MODEL_FILE = "ground.safetensors"
_PHOTOS_AT_ONCE = 16
_MAX_COUNTED_PHOTOS = 40  # photos: larger counts are clamped, as in pretraining
_SUBJECT = slice(0, 3)  # of the regions of statistics: skin, hair, cloth; the last is the backdrop


@dataclass(frozen=True)
class RegionSets:
    """The statistics by region that decide whether subject and ground are treated apart.

    Attributes:
        style, source, content: of the finished photos, the untouched people, and the photo to restyle.
        of_photos: (13,) of the finished photos, as `photo_facts` returns them.
        embeddings: (320,): of the finished photos, of the own untouched ones, and of the content.
    """

    style: SetStatistics
    source: SetStatistics
    content: SetStatistics
    of_photos: np.ndarray
    embeddings: np.ndarray

    @property
    def is_known(self) -> np.ndarray:
        """Whether all have a subject and a ground: () bool."""
        shares = [_parts(numbers.regions)[:, 0] for numbers in (self.style, self.source, self.content)]
        return np.concatenate(shares).min() > SHARE_FLOOR

    @property
    def means(self) -> np.ndarray:
        """(8, 3) Lab: mean colors by region of the untouched people, and of the content."""
        return np.concatenate([_means(self.source.regions), _means(self.content.regions)])

    def facts(self, mapped: np.ndarray, alone: np.ndarray) -> np.ndarray:
        """Return (417,) features, given what looks make of `means`.

        Args:
            mapped: (8, 3) Lab in the look of the set network.
            alone: (8, 2, 3) Lab in the looks that it finds of the subject alone, and of the ground.
        """
        apart = np.tile(_means(self.style.regions), (2, 1)) - mapped
        between = alone - mapped[:, None]
        seen = (np.concatenate([between.reshape(-1), apart.reshape(-1)]) / 10).clip(-4, 4)
        shares = [numbers.regions[:, 0] for numbers in (self.style, self.source, self.content)]
        return np.concatenate([seen, *shares, self.of_photos, self.embeddings])

    def transports(self) -> np.ndarray:
        """(2, 2, 3, 4): closed-form transports of Lab colors of subject and ground, by share of the content."""
        goal, before, within = (
            part / np.maximum(part[:, :1], SHARE_FLOOR)
            for part in (_parts(numbers.regions) for numbers in (self.style, self.source, self.content))
        )
        return np.stack(
            [
                np.stack([transport((1 - share) * before[i] + share * within[i], goal[i]) for share in GROUND_SHARES])
                for i in range(2)
            ]
        )


@dataclass(frozen=True)
class GroundModel:
    """A trained ground network.

    Attributes:
        arrays: its weights by name, float32; a layer's `weight` is (out, in). Those of people at large by subject or
            ground alone begin with the part's name.
    """

    arrays: Mapping[str, np.ndarray]

    @property
    def typical(self) -> np.ndarray:
        """(64,): the mean embedding of people at large."""
        return self.arrays["typical"]

    def alone(self, part: str) -> dict[str, np.ndarray]:
        """Return the numbers of people at large by their subject alone, or their ground, as a set network has them."""
        start = f"{part}."
        return {name.removeprefix(start): value for name, value in self.arrays.items() if name.startswith(start)}

    def embed_set(self, tokens: np.ndarray | None, weights: np.ndarray | None = None) -> np.ndarray:
        """Embed photos (P, M, 12) with weights (P,): their mean and deviation (128,); zero without photos."""
        if tokens is None or weights is None:
            return np.zeros(2 * len(self.typical), np.float32)
        photos, share = self.embed(tokens), weights / weights.sum()
        mean = share @ photos
        return np.concatenate([mean, np.sqrt(share @ (photos - mean) ** 2 + 1e-4)])

    def embed(self, tokens: np.ndarray) -> np.ndarray:
        """Embed photos by their subject and ground: (P, M, 12) to (P, 64)."""
        return np.concatenate(
            [self._embed(tokens[i : i + _PHOTOS_AT_ONCE]) for i in range(0, len(tokens), _PHOTOS_AT_ONCE)]
        )

    def _embed(self, tokens: np.ndarray) -> np.ndarray:
        y = silu(self._layer("photo.first", token_features(tokens)[0]))
        y = silu(self._layer("photo.second", y)) + y
        subject = tokens[..., REGIONS][..., :1]
        weights = np.concatenate([subject, 1 - subject], -1) * tokens[..., REGIONS_KNOWN]
        weights = (weights / (weights.sum(-2, keepdims=True) + 0.02 * weights.shape[-2])).swapaxes(-1, -2)  # (P, 2, M)
        mean = weights @ y
        spread = np.sqrt(np.maximum(weights @ y**2 - mean**2, 0) + 1e-4)
        pooled = np.concatenate([mean, spread], -1).reshape(len(y), -1)
        return self._layer("photo.last", silu(self._layer("photo.pooled", pooled)))

    def encode(self, base: np.ndarray, facts: np.ndarray) -> np.ndarray:
        """Encode a style and a content: (96,), of the set network's context and the facts of `RegionSets`."""
        inputs = np.concatenate([base, facts]).astype(np.float32)
        return silu(self._layer("context_out", silu(self._layer("context_in", inputs))))

    def share(self, encoded: np.ndarray) -> np.ndarray:
        """The share of the tables by region in the result: (), 0 where they are not expected to be nearer."""
        probability = 1 / (1 + np.exp(-self._layer("gate", encoded)[0].astype(np.float64)))
        return np.clip(4 * (probability - 0.5), 0, 1)

    def colors(
        self, encoded: np.ndarray, sets: RegionSets, colors: np.ndarray, base: np.ndarray, alone: np.ndarray
    ) -> np.ndarray:
        """Map colors of subject and ground.

        Args:
            encoded: (96,).
            sets: of the style and the content.
            colors: (Q, 3) Lab.
            base: (Q, 3) Lab of the same colors in the look of the set network.
            alone: (Q, 2, 3) Lab of the same in the looks that it finds of the subject alone, and of the ground.

        Returns:
            (2, Q, 3) Lab.
        """
        flat = sets.transports().astype(np.float32).reshape(-1, 4)  # (2 * 2 * 3, 4)
        mapped = (colors @ flat[:, :3].T + flat[:, 3]).reshape(len(colors), 4, 3)
        x = normalized_lab(colors)
        squares = np.stack([x[:, 0] ** 2, x[:, 1] * x[:, 2], (x[:, 1:] ** 2).sum(1)], 1).clip(-4, 4)
        seen = normalized_lab(np.concatenate([base[:, None], mapped, alone], 1)).reshape(len(x), -1).clip(-5, 5)
        y = silu(self._layer("color_in", np.concatenate([x, squares, seen], 1).astype(np.float32)))
        for layer in range(2):
            gain, shift = np.split(self._layer(f"color_films.{layer}", encoded), 2)
            y = y + silu(self._layer(f"color_layers.{layer}", y) * (1 + gain) + shift)
        residuals = GROUND_SCALE * self._layer("color_out", y).reshape(len(y), 2, 3)
        logits = self._layer("starts", encoded).reshape(2, 4)
        shares = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        found = []
        for part in range(2):
            looks = [base[:, None], mapped[:, 2 * part : 2 * part + 2], alone[:, part : part + 1]]
            starts = np.concatenate(looks, 1)  # (Q, 4, 3)
            found.append(np.tensordot(starts, shares[part], ((1,), (0,))) + residuals[:, part])
        return np.stack(found)

    def _layer(self, name: str, values: np.ndarray) -> np.ndarray:
        return values @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]


def photo_facts(tokens: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return (13,) features of a style's photos by region, subject first.

    They are how much the mean colors differ by photo (3 each), the number of photos, and the logarithms of the
    variances within photos of what is certainly of the region (3 each).

    Args:
        tokens: (P, M, 12) of the finished photos.
        weights: (P,) of the photos.
    """
    lab, share = tokens[..., LAB], weights / weights.sum()
    known, subject = tokens[..., REGIONS_KNOWN], tokens[..., REGIONS][..., :1]
    spreads, variances = [], []
    for part in (subject, 1 - subject):
        means, _ = _moments(lab, part * known, SHARE_FLOOR)  # (P, 3)
        spreads.append(np.sqrt(share @ (means - share @ means) ** 2 + 1e-3) / np.array(LAB_UNIT))
        certain = np.maximum((part - CERTAIN_SHARE) / (1 - CERTAIN_SHARE), 0) * known
        _, variance = _moments(lab, certain, CERTAIN_FLOOR)
        variances.append(np.log(share @ variance + VARIANCE_FLOOR) / 4)
    count = min(max(1, round(float(weights.sum()))), _MAX_COUNTED_PHOTOS)
    return np.concatenate([*spreads, [np.log(count) / 3], *variances])


def _moments(lab: np.ndarray, weight: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances by photo, (P, 3) each, of colors (P, M, 3) with weights (P, M, 1)."""
    total = np.maximum(weight.mean(1), floor)
    mean = (lab * weight).mean(1) / total
    return mean, ((lab - mean[:, None]) ** 2 * weight).mean(1) / total


@cache
def load_ground_model() -> GroundModel:
    """Load the ground network in the package.

    Raises:
        AtelierError: its file is missing or damaged.
    """
    path = weights_folder() / MODEL_FILE
    try:
        arrays = {name: value.astype(np.float32) for name, value in load(path.read_bytes()).items()}
    except (OSError, SafetensorError, ValueError) as error:
        raise AtelierError(
            "{path}: the ground network cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error
    return GroundModel(arrays)


def silu(x: np.ndarray) -> np.ndarray:
    """x * sigmoid(x)."""
    factor = np.tanh(0.5 * x)  # exp(-x) could overflow
    factor *= 0.5
    factor += 0.5
    factor *= x
    return factor


def _parts(regions: np.ndarray) -> np.ndarray:
    """(4, 13) of skin, hair, cloth and backdrop to (2, 13) of subject and ground."""
    return np.stack([regions[_SUBJECT].sum(0), regions[3]])


def _means(regions: np.ndarray) -> np.ndarray:
    """(4, 13) to (4, 3)."""
    return regions[:, 1:4] / np.maximum(regions[:, :1], SHARE_FLOOR)

"""The last part of pretraining: the style encoder alone learns to read patches as their painters are described."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.optim import AdamW

from ..networks.pixel_generator import PixelGenerator
from .pixel_cases import draw_patch
from .random_painters import draw_painter, traits_of

_SEED = 10**6 + 2  # far from every step's


@dataclass(frozen=True)
class ReadingSettings:
    """How the encoder is taught; painting takes no part in it, so a step is cheap.

    Attributes:
        num_steps: 0 leaves the encoder as it is.
        num_sets: painters in a step.
        num_patches: most patches of each.
        patch_size: their pixels a side.
        learning_rate: at the start; it falls to nothing.
        seed: same seed, same numbers.
    """

    num_steps: int = 800
    num_sets: int = 8
    num_patches: int = 3
    patch_size: int = 96
    learning_rate: float = 2e-3
    seed: int = 0


def teach_reading(
    generator: PixelGenerator, photos: Sequence[np.ndarray], settings: ReadingSettings
) -> Iterator[float]:
    """Teach the encoder of a trained generator; nothing else in it changes.

    Args:
        generator: on the CPU.
        photos: (H, W, 3) uint8 each, to learn from.
        settings: how.

    Yields:
        The mean squared error of the codes, after each step; their spread is 1.
    """
    optimizer = AdamW(generator.style_encoder.parameters(), settings.learning_rate, (0.9, 0.99), weight_decay=1e-3)
    for step in range(settings.num_steps):
        rng = np.random.default_rng([settings.seed, _SEED, step])
        part = step / settings.num_steps
        optimizer.param_groups[0]["lr"] = settings.learning_rate * (1 + math.cos(math.pi * part)) / 2
        painters = [draw_painter(rng) for _ in range(settings.num_sets)]
        counts = [int(rng.integers(1, settings.num_patches + 1)) for _ in painters]
        patches = [
            draw_patch(painter, photos, settings.patch_size, rng)
            for painter, count in zip(painters, counts, strict=True)
            for _ in range(count)
        ]
        with torch.no_grad():
            told = generator.design_style(torch.from_numpy(np.stack([traits_of(painter) for painter in painters])))
        seen = generator.encode_style(torch.from_numpy(np.stack(patches)).movedim(-1, 1), counts)
        loss = (seen - told).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield float(loss.detach())

"""What the tests of pixel styles share: a network that does something visible, and pictures."""

from __future__ import annotations

import numpy as np
import torch
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.networks.pixel_generator import PixelGenerator
from portrait_atelier.core.styles.pixel_model import PixelModel
from portrait_atelier.core.styles.pixel_style import PixelPart
from portrait_atelier.core.styles.style import Style

HASH = "ab" * 32


def lively_generator(seed: int = 0) -> PixelGenerator:
    """A network of random weights whose paintings differ plainly from the photo."""
    torch.manual_seed(seed)
    generator = PixelGenerator()
    torch.nn.init.normal_(generator.modulating.weight, std=0.05)
    return generator.eval().requires_grad_(False)


def lively_model(seed: int = 0) -> PixelModel:
    """Such a network as styles use it."""
    return PixelModel(lively_generator(seed), HASH)


def pixel_style(*, weights_hash: str = HASH, name: str = "engraved", delta: bool = False) -> Style:
    """A style for such a network."""
    numbers = np.random.default_rng(1)
    code = numbers.normal(size=64).astype(np.float32)
    extra = numbers.normal(0, 0.01, PixelGenerator().num_modulations).astype(np.float32) if delta else None
    return Style(name=name, kind="pixel", pixel=PixelPart(code, weights_hash, extra))


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1]: soft colors with some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    waves = np.stack([0.5 + 0.4 * np.sin(6 * x + 4 * y + phase) for phase in (0, 2, 4)], -1)
    return (waves + rng.normal(0, 0.05, waves.shape)).clip(0, 1).astype(np.float32)


def proxy(height: int, width: int, seed: int = 0) -> Proxy:
    """Such a picture, opaque."""
    return Proxy.opaque(picture(height, width, seed))

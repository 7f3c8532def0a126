"""Inference of the pixel generator: loading, encoding, painting."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load

from ..errors import AtelierError
from ..folders import weights_folder
from ..imaging.proxy import Proxy
from ..networks.painting import Brush, paint_picture
from ..networks.pixel_generator import PixelGenerator

PIXEL_FILE = "pixel.safetensors"
PATCH_SIZE = 96
_MOST_PATCHES = 64
_PATCHES_AT_ONCE = 16
_NOISE = 0.1  # standard deviation of z, as in pretraining


@dataclass(frozen=True)
class PixelModel:
    """A trained pixel generator.

    Attributes:
        generator: on the CPU.
        weights_hash: SHA-256 of its file, which styles store.
    """

    generator: PixelGenerator
    weights_hash: str = field(compare=False)

    @classmethod
    def read(cls, path: Path) -> PixelModel:
        """Read the weights that pretraining wrote.

        Raises:
            AtelierError: the file is missing, or no such weights.
        """
        try:
            payload = path.read_bytes()
            generator = PixelGenerator()
            generator.load_state_dict({name: value.float() for name, value in load(payload).items()})
        except (OSError, SafetensorError, RuntimeError) as error:
            raise AtelierError(
                "{path}: the pixel generator cannot be read ({cause}); reinstall portrait-atelier",
                path=path,
                cause=error,
            ) from error
        return cls(generator.eval().requires_grad_(False), hashlib.sha256(payload).hexdigest())

    def style_code(self, pictures: Sequence[Proxy]) -> np.ndarray:
        """Encode style pictures by patches spread evenly over them: (C,) float32.

        Args:
            pictures: at least one, reduced to `PAINTING_SIZE`.
        """
        patches = patches_of(pictures)
        with torch.no_grad():
            codes = [
                self.generator.style_encoder.statistics(torch.from_numpy(part))
                for part in np.array_split(patches, -(-len(patches) // _PATCHES_AT_ONCE))
            ]
            return self.generator.style_encoder.code_of(torch.cat(codes), [len(patches)])[0].numpy()

    def paint(
        self,
        picture: Proxy,
        code: np.ndarray,
        *,
        delta: np.ndarray | None = None,
        variation: int = 0,
        device: torch.device | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """Paint a picture at its own size.

        Args:
            picture: of any size; transparent pixels do not count.
            code: (C,) of the style.
            delta: (N,) of the style, or None.
            variation: 0 is the style itself; other seeds give variations.
            device: of torch; None for the CPU.
            progress: called with (done, total) tiles, again and again; what it raises ends the work.

        Returns:
            (H, W, 3) float32 in [0, 1].
        """
        device = device or torch.device("cpu")
        generator = self.generator if device.type == "cpu" else _moved(self, device)
        z = None
        if variation:
            numbers = np.random.Generator(np.random.PCG64(variation)).normal(size=len(code))
            z = torch.from_numpy(_NOISE * numbers).float()[None].to(device)
        extra = None if delta is None else torch.from_numpy(delta).to(device)
        with torch.no_grad():
            modulation = generator.modulation(torch.from_numpy(code)[None].to(device), z, extra)
        whole = bool(picture.weights.min() >= 1)
        weights = None if whole else picture.weights
        brush = Brush(modulation, seed=variation)
        return paint_picture(generator, _filled(picture), brush, weights=weights, progress=progress)


@cache
def load_pixel_model() -> PixelModel:
    """Load the pixel generator in the package.

    Raises:
        AtelierError: its file is missing or damaged.
    """
    return PixelModel.read(weights_folder() / PIXEL_FILE)


def release_devices() -> None:
    """Free the copies of the network on GPUs."""
    _moved.cache_clear()


def patches_of(pictures: Sequence[Proxy], *, most: int = _MOST_PATCHES) -> np.ndarray:
    """Crop patches spread evenly over pictures: (P, 3, 96, 96) float32; smaller pictures are padded by reflection.

    Args:
        pictures: at least one.
        most: largest number of patches in all.
    """
    each = max(1, most // len(pictures))
    picked = np.linspace(0, len(pictures) - 1, min(most, len(pictures))).round().astype(int)
    return np.stack([patch for index in picked for patch in _patches(_filled(pictures[index]), each)])


def _patches(pixels: np.ndarray, count: int) -> list[np.ndarray]:
    added = [(0, max(0, PATCH_SIZE - side)) for side in pixels.shape[:2]]
    pixels = np.pad(pixels, [*added, (0, 0)], mode="reflect")
    rooms = [side - PATCH_SIZE for side in pixels.shape[:2]]
    # The R2 sequence, which fills a rectangle evenly for any number of points (Roberts 2018).
    shares = (0.5 + np.arange(count)[:, None] * [0.7548776662, 0.5698402910]) % 1
    corners = [[int(room * share) for room, share in zip(rooms, pair, strict=True)] for pair in shares]
    return [
        np.ascontiguousarray(pixels[top : top + PATCH_SIZE, left : left + PATCH_SIZE].transpose(2, 0, 1), np.float32)
        for top, left in corners
    ]


def _filled(picture: Proxy) -> np.ndarray:
    """Replace fully transparent pixels by the mean color of the others."""
    pixels = np.ascontiguousarray(picture.pixels, np.float32)
    hidden = picture.weights <= 0
    if not hidden.any():
        return pixels
    mean = (pixels * picture.weights[..., None]).sum((0, 1)) / picture.weights.sum()
    return np.where(hidden[..., None], mean.astype(np.float32), pixels)


@cache
def _moved(model: PixelModel, device: torch.device) -> PixelGenerator:
    generator = PixelGenerator()
    generator.load_state_dict(model.generator.state_dict())
    return generator.to(device).eval().requires_grad_(False)

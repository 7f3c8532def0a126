"""Pixel styles designed as a procedural painter: encoded from its description, then fitted to its paintings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ...color.lab_tensors import lab_distance
from ...styles.pixel_model import PixelModel, load_pixel_model
from ...styles.pixel_style import PixelPart
from ...styles.style import Style, checked_name
from .cases import batch_of
from .painters import Painter
from .random_painters import traits_of
from .settings import PixelPretrainSettings


@dataclass(frozen=True)
class DesignSettings:
    """Settings of the fit to a painter.

    Attributes:
        num_steps: optimizer steps; 0 keeps the code of the description.
        num_crops: crops of one photo in a step.
        crop_size: pixels a side.
        learning_rate: of code and delta, decaying to 0.
        seed: of the crops.
    """

    num_steps: int = 80
    num_crops: int = 2
    crop_size: int = 128
    learning_rate: float = 2e-2
    seed: int = 0


def design_pixel_style(
    painter: Painter,
    name: str,
    photos: Sequence[np.ndarray],
    settings: DesignSettings | None = None,
    *,
    model: PixelModel | None = None,
) -> Style:
    """Make a pixel style that paints like a procedural painter, without a cover.

    Args:
        painter: one of `painters`.
        name: of the style.
        photos: (H, W, 3) uint8, at least 64 pixels a side, for the fit.
        settings: None for the defaults.
        model: the pixel generator; None for the one in the package.
    """
    settings, model = settings or DesignSettings(), model or load_pixel_model()
    with torch.no_grad():
        start = model.generator.design_style(torch.from_numpy(traits_of(painter))[None])[0]
    code, delta = _fitted(painter, photos, settings, model, start)
    return Style(
        name=checked_name(name),
        kind="pixel",
        settings={"method": "designed painter", "painter": type(painter).__name__, **_plain(painter)},
        pixel=PixelPart(code, model.weights_hash, delta),
    )


def _fitted(
    painter: Painter, photos: Sequence[np.ndarray], settings: DesignSettings, model: PixelModel, start: Tensor
) -> tuple[np.ndarray, np.ndarray | None]:
    code, delta = nn.Parameter(start.clone()), nn.Parameter(torch.zeros(model.generator.num_modulations))
    optimizer = torch.optim.Adam([code, delta], settings.learning_rate)
    drawn = PixelPretrainSettings(num_sets=1, num_crops=settings.num_crops, crop_size=settings.crop_size, num_patches=1)
    for step in range(settings.num_steps):
        optimizer.param_groups[0]["lr"] = settings.learning_rate * (1 - step / settings.num_steps)
        batch = batch_of([painter], photos, drawn, np.random.default_rng([settings.seed, step]))
        codes = code.expand(len(batch.content), -1)
        made = model.generator(batch.content, batch.textures, codes, delta=delta, group_size=batch.num_crops)
        loss = 10 * (made - batch.answer).abs().mean() + 0.1 * lab_distance(made, batch.answer).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return code.detach().numpy().copy(), delta.detach().numpy().copy() if settings.num_steps else None


def _plain(painter: Painter) -> dict[str, object]:
    """Return the parameters of a painter as JSON values."""
    values = asdict(painter)  # pyright: ignore[reportArgumentType] - painters are dataclasses
    return {"traits": {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}}

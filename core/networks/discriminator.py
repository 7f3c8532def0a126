"""Convolutional discriminators of real and generated photos; they return logits and know no loss."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

_SLOPE = 0.2


class Discriminator(nn.Module):
    """A binary convolutional network: D(y), or D(x, y) conditioned on the content x.

    Strided convolutions, each followed by LeakyReLU. There is no batch norm, which would leak information between
    photos; spectral norm is optional, the R1 penalty is part of the loss.

    Shape: (B, C, H, W) [and (B, K, H, W)] -> logits (B, 1), or (B, 1, H', W') by patches.

    Args:
        num_channels: C; 3 for photos, any number for feature maps.
        num_content_channels: K, concatenated to C; 0 for the unconditional form.
        widths: channels after each halving.
        patches: whether to return a logit for each patch instead of one for the photo.
        use_spectral_norm: hold each layer's largest singular value at 1 (Miyato et al. 2018).
        center, scale: inputs become (value - center) * scale; the defaults take [0, 1] to [-1, 1].
    """

    def __init__(
        self,
        *,
        num_channels: int = 3,
        num_content_channels: int = 0,
        widths: Sequence[int] = (32, 64, 128),
        patches: bool = False,
        use_spectral_norm: bool = False,
        center: float = 0.5,
        scale: float = 2.0,
    ) -> None:
        super().__init__()
        if not widths:
            raise ValueError("widths must name at least one layer")
        self.num_channels, self.num_content_channels = num_channels, num_content_channels
        self.patches, self.center, self.scale = patches, center, scale
        self.smallest_side = 2 ** len(widths)
        channels = [num_channels + num_content_channels, *widths]
        self.halvings = nn.ModuleList(
            nn.Conv2d(before, after, 4, stride=2, padding=1) for before, after in pairwise(channels)
        )
        self.head: nn.Module = nn.Conv2d(channels[-1], 1, 3, padding=1) if patches else nn.Linear(2 * channels[-1], 1)
        if use_spectral_norm:
            for layer in (*self.halvings, self.head):
                spectral_norm(layer)

    def forward(self, photos: Tensor, content: Tensor | None = None) -> Tensor:
        """Classify photos.

        Args:
            photos: (B, C, H, W); sides are at least 2 ** (number of halvings).
            content: (B, K, H, W) for the conditional form, else None.

        Returns:
            Logits, positive for real: (B, 1), or (B, 1, H', W') by patches.

        Raises:
            ValueError: a shape is wrong, or content is missing or unexpected.
        """
        self._check(photos, content)
        values = (photos if content is None else torch.cat([photos, content], 1)) - self.center
        values = values * self.scale
        for layer in self.halvings:
            values = nn.functional.leaky_relu(layer(values), _SLOPE)
        if self.patches:
            return self.head(values)
        # Mean and deviation over positions: (B, 2 * C). The small addend keeps the gradient of the root finite.
        spread = (values.var((2, 3), correction=0) + 1e-4).sqrt()
        return self.head(torch.cat([values.mean((2, 3)), spread], 1))

    def _check(self, photos: Tensor, content: Tensor | None) -> None:
        if photos.ndim != 4 or photos.shape[1] != self.num_channels:
            raise ValueError(f"photos must be (B, {self.num_channels}, H, W), got {tuple(photos.shape)}")
        if min(photos.shape[2:]) < self.smallest_side:
            raise ValueError(f"photos must be {self.smallest_side} pixels or more a side, got {tuple(photos.shape)}")
        if (content is None) != (self.num_content_channels == 0):
            wanted = "must be given" if content is None else "must be None"
            raise ValueError(f"content {wanted}: the discriminator takes {self.num_content_channels} channels of it")
        wanted_shape = (len(photos), self.num_content_channels, *photos.shape[2:])
        if content is not None and tuple(content.shape) != wanted_shape:
            raise ValueError(f"content must be {wanted_shape}, got {tuple(content.shape)}")


def patch_discriminator(
    *,
    num_features: int | None = None,
    conditional: bool = False,
    widths: Sequence[int] = (32, 64, 128),
    use_spectral_norm: bool = False,
) -> Discriminator:
    """Build a discriminator of patches of photos, or of a frozen network's feature maps (Sauer et al. 2021).

    Args:
        num_features: channels of the feature maps, or None for photos.
        conditional: whether it also takes the content, as a photo or as feature maps of the same shape.
        widths: channels after each halving; feature maps are small and need fewer.
        use_spectral_norm: as for `Discriminator`.
    """
    channels = num_features or 3
    return Discriminator(
        num_channels=channels,
        num_content_channels=channels if conditional else 0,
        widths=widths,
        patches=True,
        use_spectral_norm=use_spectral_norm,
        center=0.0 if num_features else 0.5,
        scale=1.0 if num_features else 2.0,
    )

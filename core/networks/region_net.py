"""The region network as a torch module, for training; `regions` runs its export without torch."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .regions import REGIONS

_STRIDE = 32  # of the deepest maps; the side of a photo must be a multiple of it


class SeparableBlock(nn.Module):
    """A depthwise and a pointwise convolution with batch norm (Howard et al. 2017), residual where shapes agree.

    Shape: (B, C, H, W) -> (B, C', H / stride, W / stride).
    """

    def __init__(self, channels: int, out_channels: int, *, stride: int = 1, kernel: int = 3) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, kernel, stride, kernel // 2, groups=channels, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(channels)
        self.pointwise = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.pointwise_norm = nn.BatchNorm2d(out_channels)
        self._is_residual = stride == 1 and channels == out_channels

    def forward(self, features: Tensor) -> Tensor:
        """Transform features."""
        inner = F.relu(self.depthwise_norm(self.depthwise(features)))
        out = F.relu(self.pointwise_norm(self.pointwise(inner)))
        return features + out if self._is_residual else out


class RegionNet(nn.Module):
    """A light U-Net on the whole photo resized to a square.

    Five scales down to a stride of 32, where the mean over the photo is added as context, and up to a stride of 2, the
    resolution of the result.

    Args:
        widths: channels at strides 2, 4, 8, 16, 32.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96, 128)) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 3, 2, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU())
        self.down = nn.ModuleList(
            nn.Sequential(
                SeparableBlock(before, after, stride=2),
                SeparableBlock(after, after, kernel=5 if level > 0 else 3),
                *([SeparableBlock(after, after, kernel=5)] if level > 1 else []),
            )
            for level, (before, after) in enumerate(pairwise(widths))
        )
        self.context = nn.Conv2d(widths[-1], widths[-1], 1)
        self.reduce = nn.ModuleList(nn.Conv2d(deep, shallow, 1) for shallow, deep in pairwise(widths))
        self.up = nn.ModuleList(SeparableBlock(width, width) for width in widths[:-1])
        self.head = nn.Conv2d(widths[0], len(REGIONS), 1)

    def forward(self, photos: Tensor) -> Tensor:
        """Segment photos.

        Args:
            photos: (B, 3, S, S) in [0, 1], sRGB-encoded; S a multiple of 32.

        Returns:
            (B, 5, S/2, S/2) logits.

        Raises:
            ValueError: S is no multiple of 32.
        """
        if photos.shape[-1] % _STRIDE or photos.shape[-2] % _STRIDE:
            raise ValueError(f"photos must have sides that {_STRIDE} divides, got shape {tuple(photos.shape)}")
        features = self.stem(photos * 4 - 2)
        kept = [features]
        for level in self.down:
            features = level(features)
            kept.append(features)
        # Expanded before the convolution: cv2.dnn fuses a sum into the convolution before it and wants equal shapes.
        features = features + self.context(features.mean((2, 3), keepdim=True).expand(features.shape))
        for level in range(len(self.up) - 1, -1, -1):
            raised = F.interpolate(self.reduce[level](features), scale_factor=2.0, mode="bilinear", align_corners=False)
            features = self.up[level](kept[level] + raised)
        return self.head(features)


def num_parameters(network: nn.Module) -> int:
    """Count the trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


class ExportedRegions(nn.Module):
    """The exported form: the network, then a sigmoid."""

    def __init__(self, network: RegionNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, 5, S/2, S/2) in [0, 1]."""
        return torch.sigmoid(self.network(photos))

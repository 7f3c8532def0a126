"""The pixel generator: an encoder-decoder that decodes pixels, for painterly and textured styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from ..imaging.textures import NUM_TEXTURES
from .texture_encoder import Standardization, TextureEncoder

STRIDE = 4  # sides of a picture must be multiples of this
NUM_TRAITS = 50  # numbers that describe a procedural painter (`pretraining.pixel.random_painters`)
RECEPTIVE_FIELD = 48  # pixels around an output pixel that it depends on, apart from the statistics
_EPSILON = 1e-3
_WEIGHT_SPREAD = 0.04
_DECISION = 4.0  # sharpness of the softmax over textures

Statistics = tuple[Tensor, ...]  # of each normalization (G, 2, C): mean and deviation


@dataclass
class ForwardContext:
    """State of one forward pass: the style's modulation, and the statistics that are used or measured.

    Attributes:
        modulation: (B, N) of the style.
        group_size: number of successive crops that are of one photo and share their statistics.
        fixed: statistics to use, or None to measure them.
        weights: (B, 1, H, W) weight of each pixel in the statistics; None for equal weights.
        used: statistics of the normalizations so far.
        check_cancelled: called in each layer; what it raises ends the pass.
    """

    modulation: Tensor
    group_size: int = 1
    fixed: Statistics | None = None
    weights: Tensor | None = None
    used: list[Tensor] = field(default_factory=list)
    check_cancelled: Callable[[], None] | None = None

    def statistics(self, values: Tensor) -> Tensor:
        """Return the statistics (G, 2, C) of maps (B, C, H, W), measured or fixed."""
        if self.check_cancelled is not None:
            self.check_cancelled()
        found = self._measured(values) if self.fixed is None else self.fixed[len(self.used)]
        self.used.append(found)
        return found

    def _measured(self, values: Tensor) -> Tensor:
        grouped = values.float().unflatten(0, (-1, self.group_size))  # (G, K, C, H, W)
        if self.weights is None:
            mean = grouped.mean((1, 3, 4))
            square = grouped.square().mean((1, 3, 4))
        else:
            sides = (values.shape[2], values.shape[3])
            weights = nn.functional.adaptive_avg_pool2d(self.weights, sides).unflatten(0, (-1, self.group_size))
            total = weights.sum((1, 3, 4)).clamp(min=1e-6)
            mean = (grouped * weights).sum((1, 3, 4)) / total
            square = (grouped.square() * weights).sum((1, 3, 4)) / total
        return torch.stack([mean, ((square - mean.square()).clamp(min=0) + _EPSILON).sqrt()], 1)


class AdaptiveInstanceNorm(nn.Module):
    """Adaptive instance normalization: the style's statistics replace the content's (Huang and Belongie 2017, eq. 8).

    The style's mean and deviation are not measured on a style photo but taken from the modulation, from index `start`
    on.

    Shape: (B, C, H, W) -> (B, C, H, W).
    """

    def __init__(self, channels: int, start: int) -> None:
        super().__init__()
        self.channels, self.start = channels, start

    def forward(self, values: Tensor, context: ForwardContext) -> Tensor:
        """Normalize and modulate; see the class."""
        found = context.statistics(values)
        if len(found) != len(values):
            found = found.repeat_interleave(len(values) // len(found), 0)
        mean, spread = found[:, 0, :, None, None], found[:, 1, :, None, None]
        own = context.modulation[:, self.start : self.start + 2 * self.channels, None, None]
        scale = (1 + own[:, : self.channels]) / spread
        return torch.addcmul(own[:, self.channels :] - mean * scale, values, scale)


class PixelGenerator(nn.Module):
    """Encoder at three scales, residual blocks at the coarsest, decoder with skip connections, residual output.

    The style code is mapped to the *modulation*, a vector with the scales and shifts of all adaptive normalizations,
    the mixture of textures, and the last layer. A style may add a small trained `delta` to it. Everything else is
    local: with fixed statistics an output pixel depends on `RECEPTIVE_FIELD` pixels around it.

    Args:
        code_size: C, size of the style code and of z.
        width: channels at the coarsest scale, a quarter of the size.
        half_width: at half the size.
        full_width: at full size.
        num_blocks: residual blocks at the coarsest scale; more than 4 need a larger `RECEPTIVE_FIELD`.
        num_mixed: number of mixtures of the given textures that a style defines.
    """

    def __init__(
        self,
        *,
        code_size: int = 64,
        width: int = 64,
        half_width: int = 24,
        full_width: int = 16,
        num_blocks: int = 4,
        num_mixed: int = 6,
    ) -> None:
        super().__init__()
        self.code_size, self.num_mixed, self.full_width = code_size, num_mixed, full_width
        self.num_modulations = 0
        half, seen = half_width, 3 + num_mixed
        self.style_encoder = TextureEncoder(code_size=code_size)
        self.design = nn.Sequential(
            Standardization(NUM_TRAITS),
            nn.Linear(NUM_TRAITS, 96),
            nn.SiLU(),
            nn.Linear(96, code_size),
            nn.LayerNorm(code_size, elementwise_affine=False),
        )
        self.entry = _convolution(seen, full_width)
        self.entry_norm = self._norm(full_width)
        self.down_half = _convolution(full_width, half, stride=2)
        self.half_norm = self._norm(half)
        self.down_quarter = _convolution(half, width, stride=2)
        self.quarter_norm = self._norm(width)
        self.body = nn.ModuleList(_convolution(width, width) for _ in range(2 * num_blocks))
        self.body_norms = nn.ModuleList(self._norm(width) for _ in range(2 * num_blocks))
        self.up_half = _convolution(width + half, half)
        self.up_half_norm = self._norm(half)
        self.narrow = nn.Conv2d(half, full_width, 1)
        self.up_full = _convolution(2 * full_width + seen, full_width)
        self.up_full_norm = self._norm(full_width)
        self.finish = _convolution(full_width, full_width)
        self.finish_norm = self._norm(full_width)
        self.mixing_start = self._reserve(num_mixed * (NUM_TEXTURES + 1))
        self.output_start = self._reserve(3 * (full_width + 4))
        self.modulating = nn.Linear(code_size, self.num_modulations)
        self._start_as_identity()

    def encode_style(self, patches: Tensor, counts: Sequence[int]) -> Tensor:
        """Encode sets of style patches (P, 3, H, W) in [0, 1], with the number of patches of each, to codes (B, C)."""
        return self.style_encoder(patches, counts)

    def design_style(self, traits: Tensor) -> Tensor:
        """Encode descriptions of painters: (B, NUM_TRAITS) to codes (B, C)."""
        return self.design(traits)

    @torch.no_grad()
    def measure_styles(self, traits: Tensor, patches: Tensor) -> None:
        """Measure the standardization of the encoders on traits (N, NUM_TRAITS) and patches (P, 3, H, W)."""
        for module, values in ((self.design[0], traits), (self.style_encoder.scaling, self.statistics_of(patches))):
            assert isinstance(module, Standardization)
            module.measure(values)

    def statistics_of(self, patches: Tensor) -> Tensor:
        """Return the style encoder's statistics (P, S) of each patch."""
        return self.style_encoder.statistics(patches)

    def modulation(self, code: Tensor, z: Tensor | None = None, delta: Tensor | None = None) -> Tensor:
        """Map a style code to the modulation of the network.

        Args:
            code: (B, C) from `encode_style`.
            z: (B, C) noise added to the code, for variations; None is deterministic.
            delta: (N,) or (B, N), trained for the style and added to the modulation; or None.

        Returns:
            (B, N) with N = `num_modulations`.
        """
        if code.ndim != 2 or code.shape[1] != self.code_size:
            raise ValueError(f"code must be (B, {self.code_size}), got {tuple(code.shape)}")
        values = self.modulating(code if z is None else code + z)
        return values if delta is None else values + delta

    def forward(
        self,
        content: Tensor,
        textures: Tensor,
        code: Tensor,
        z: Tensor | None = None,
        *,
        delta: Tensor | None = None,
        group_size: int = 1,
    ) -> Tensor:
        """Paint pictures, or crops of pictures.

        Args:
            content: (B, 3, H, W) in [0, 1]; sides are multiples of 4, at least 8.
            textures: (B, NUM_TEXTURES, H, W) at the positions of the content in its picture.
            code: (B, C) from `encode_style`.
            z: (B, C) noise, or None.
            delta: (N,) or (B, N), or None.
            group_size: number of successive crops of one picture, which share their statistics.

        Returns:
            (B, 3, H, W), not clamped.

        Raises:
            ValueError: a shape is wrong.
        """
        return self.paint(content, textures, ForwardContext(self.modulation(code, z, delta), group_size))

    def paint(self, content: Tensor, textures: Tensor, context: ForwardContext) -> Tensor:
        """Paint with the modulation and statistics of a context; `context.used` has the statistics afterward."""
        self._check(content, textures, context)
        mixed = (self._mixing(context) @ textures.flatten(2)).unflatten(2, textures.shape[2:])
        seen = torch.cat([content * 2 - 1, mixed], 1)
        entry = silu(self.entry_norm(self.entry(seen), context))
        half = silu(self.half_norm(self.down_half(entry), context))
        values = silu(self.quarter_norm(self.down_quarter(half), context))
        values = self._through_body(values, context)
        values = self.up_half(torch.cat([_doubled(values), half], 1))
        values = self.narrow(silu(self.up_half_norm(values, context)))
        values = self.up_full(torch.cat([_doubled(values), entry, seen], 1))
        values = self.finish(silu(self.up_full_norm(values, context)))
        return content + self._output(silu(self.finish_norm(values, context)), content, context)

    def _mixing(self, context: ForwardContext) -> Tensor:
        """(B, M, T): the softmax of each mixture over the textures and none."""
        choices = context.modulation[:, self.mixing_start : self.output_start].unflatten(1, (self.num_mixed, -1))
        return (_DECISION * choices).softmax(2)[..., :-1]

    def _through_body(self, values: Tensor, context: ForwardContext) -> Tensor:
        for index in range(0, len(self.body), 2):
            inner = silu(self.body_norms[index](self.body[index](values), context))
            values = values + self.body_norms[index + 1](self.body[index + 1](inner), context)
        return values

    def _output(self, values: Tensor, content: Tensor, context: ForwardContext) -> Tensor:
        """The last layer, 1 x 1, with weights from the modulation, so that a style sets ink and paper exactly."""
        layer = context.modulation[:, self.output_start :].unflatten(1, (3, -1))  # (B, 3, F + 4)
        known = torch.cat([values, content], 1).flatten(2)
        return (layer[..., :-1] @ known + layer[..., -1:]).unflatten(2, content.shape[2:])

    def _norm(self, channels: int) -> AdaptiveInstanceNorm:
        return AdaptiveInstanceNorm(channels, self._reserve(2 * channels))

    def _reserve(self, count: int) -> int:
        start = self.num_modulations
        self.num_modulations += count
        return start

    def _start_as_identity(self) -> None:
        nn.init.normal_(self.modulating.weight, std=_WEIGHT_SPREAD)
        nn.init.zeros_(self.modulating.bias)
        with torch.no_grad():
            self.modulating.weight[self.output_start :].zero_()
            self.modulating.bias[self.mixing_start : self.output_start].normal_(std=0.3)

    def _check(self, content: Tensor, textures: Tensor, context: ForwardContext) -> None:
        batch, sides = len(content), tuple(content.shape[2:])
        if content.ndim != 4 or content.shape[1] != 3 or min(sides) < 2 * STRIDE or any(n % STRIDE for n in sides):
            raise ValueError(f"content must be (B, 3, H, W), sides multiples of {STRIDE}, got {tuple(content.shape)}")
        if tuple(textures.shape) != (batch, NUM_TEXTURES, *sides):
            raise ValueError(f"textures must be {(batch, NUM_TEXTURES, *sides)}, got {tuple(textures.shape)}")
        if len(context.modulation) != batch or batch % context.group_size:
            raise ValueError(f"content must be {len(context.modulation)} pictures in groups of {context.group_size}")


def _convolution(before: int, after: int, *, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, stride=stride, padding=1, padding_mode="reflect")


def _doubled(values: Tensor) -> Tensor:
    return interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)

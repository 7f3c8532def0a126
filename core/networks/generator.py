"""The look generator: from a content proxy, a style code and noise to what is added to the closed-form look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from ..imaging.look import GRID_SIZE
from .look_basis import table_basis, tone_basis
from .style_encoder import ConvolutionStack, StyleEncoder, coordinates

CONTENT_SIZE = 128
NUM_PLACE_CHANNELS = 6
_EVIDENCE_LIMIT = 4.0  # evidence further out than this many deviations says no more than that
_GRID_SCALE = 0.1

_Layer = TypeVar("_Layer", bound=nn.Module)


@dataclass(frozen=True)
class LookResidual:
    """What the generator adds to the closed-form look, and where it saw the person.

    Attributes:
        table: (B, 17, 17, 17, 3) residual of the color table.
        grid: (B, 16, 16, 8, 3, 4) residual of the bilateral grid.
        subject: (B, 1, 16, 16) logits of each cell's belonging to the person.
    """

    table: Tensor
    grid: Tensor
    subject: Tensor

    def float(self) -> LookResidual:
        """The same in float32, for what follows a network that ran in half precision."""
        return LookResidual(self.table.float(), self.grid.float(), self.subject.float())


class LookGenerator(nn.Module):
    """Encoder and decoder of looks; both heads start at zero, so it starts as the closed form alone.

    The table's residual is a sum of few cosines over the color cube, the grid's a coarse map of few cosines over tones:
    smooth by construction. In black-and-white styles both change all channels alike, so that gray stays gray. The grid
    is decoded beside a map of the person, which the generator learns to find, so that light can follow the person.

    Args:
        num_evidence: D, numbers of the closed form's evidence (`evidence_vector`).
        code_size: C, numbers of the style code and of z.
        hidden_size: of the decoder's two layers.
        content_widths: channels of the convolutions on the content; three halvings take 128 px to the grid's 16.
        style_widths: of those on the style photos.
        num_frequencies: of the table's cosines along each axis.
        num_tone_frequencies: of the grid's.
        dropout: in the encoders and the decoder, in training.

    Attributes:
        gains: (2,) factors of the residuals of color and of black-and-white styles; 1 in training.
    """

    center: Tensor
    scale: Tensor
    typical_maps: Tensor
    gains: Tensor
    table_waves: Tensor
    tone_waves: Tensor
    typical_maps: Tensor

    def __init__(
        self,
        *,
        num_evidence: int,
        code_size: int = 96,
        hidden_size: int = 192,
        content_widths: Sequence[int] = (16, 32, 48),
        style_widths: Sequence[int] = (16, 32, 48, 64),
        num_frequencies: int = 4,
        num_tone_frequencies: int = 3,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if GRID_SIZE * 2 ** len(content_widths) != CONTENT_SIZE:
            raise ValueError(f"content_widths must be 3 numbers, got {len(content_widths)}")
        self.code_size, width = code_size, content_widths[-1]
        self.style_encoder = StyleEncoder(code_size=code_size, widths=style_widths, dropout=dropout)
        self.content_encoder = ConvolutionStack(content_widths)
        self.evidence_layer = nn.Linear(num_evidence, hidden_size)
        self.mixing = nn.Linear(code_size + 2 * width + hidden_size, hidden_size)
        self.trunk = nn.Linear(hidden_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.table_head = _zeroed(nn.Linear(hidden_size, 3 * num_frequencies**3))
        self.surroundings = nn.ModuleList(
            nn.Conv2d(width, width, 3, padding=step, dilation=step, padding_mode="replicate") for step in (1, 2, 4)
        )
        self.subject_head = nn.Conv2d(width + 2, 1, 1)
        self.grid_context = nn.Linear(hidden_size, width)
        self.place_gate = nn.Linear(hidden_size, NUM_PLACE_CHANNELS)
        channels = width + 3 + NUM_PLACE_CHANNELS
        self.grid_layer = nn.Conv2d(channels, width, 3, padding=1, padding_mode="replicate")
        self.grid_head = _zeroed(nn.Conv2d(width, 12 * num_tone_frequencies, 3, padding=1, padding_mode="replicate"))
        self.register_buffer("center", torch.zeros(num_evidence))
        self.register_buffer("scale", torch.ones(num_evidence))
        self.register_buffer("gains", torch.ones(2))
        self.register_buffer("typical_maps", torch.zeros(width, GRID_SIZE, GRID_SIZE))
        self.register_buffer("table_waves", table_basis(num_frequencies), persistent=False)
        self.register_buffer("tone_waves", tone_basis(num_tone_frequencies), persistent=False)

    def encode_style(self, photos: Tensor, counts: Sequence[int]) -> Tensor:
        """The codes of sets of style photos: (P, 3, 64, 64) and the number of each set to (B, C)."""
        return self.style_encoder(photos, counts)

    def encode_content(self, content: Tensor) -> Tensor:
        """What is where in content photos: (B, 3, H, W) in [0, 1], seen at 128 pixels a side, to (B, W, 16, 16)."""
        maps = self.content_encoder(_resized(content))
        for layer in self.surroundings:
            maps = maps + nn.functional.silu(layer(maps))
        return maps

    def forward(
        self, content: Tensor, code: Tensor, evidence: Tensor, places: Tensor, gray: Tensor, z: Tensor | None = None
    ) -> LookResidual:
        """Compute what is added to the closed-form look.

        Args:
            content: (B, 3, H, W) in [0, 1], any size; it is seen at 128 pixels a side.
            code: (B, C) from `encode_style`.
            evidence: (B, D) of style, content and neutral portraits.
            places: (B, 6, 16, 16) how the style differs from neutral portraits place by place.
            gray: (B,) bool: the style is black-and-white.
            z: (B, C) noise added to the code for another plausible print; None is the deterministic one.

        Raises:
            ValueError: a shape is wrong.
        """
        self._check(content, code, evidence, places, gray)
        return self.decode(self.encode_content(content), code, evidence, places, gray, z)

    def decode(
        self, maps: Tensor, code: Tensor, evidence: Tensor, places: Tensor, gray: Tensor, z: Tensor | None = None
    ) -> LookResidual:
        """The same from maps that `encode_content` gave, or from `typical_maps`, those of the mean portrait."""
        pooled = torch.cat([maps.mean((2, 3)), (maps.var((2, 3), correction=0) + 1e-4).sqrt()], 1)
        known = ((evidence - self.center) / self.scale).clamp(-_EVIDENCE_LIMIT, _EVIDENCE_LIMIT)
        known = nn.functional.silu(self.evidence_layer(self.dropout(known)))
        mixed = self.mixing(torch.cat([code if z is None else code + z, pooled, known], 1))
        state = nn.functional.silu(self.trunk(self.dropout(nn.functional.silu(mixed))))
        subject = self.subject_head(torch.cat([maps, coordinates(maps)], 1))
        # How far a place is believed depends on how many photos there are and how alike they are: the state knows.
        believed = places * self.place_gate(state).sigmoid()[:, :, None, None]
        seen = torch.cat([maps + self.grid_context(state)[:, :, None, None], coordinates(maps), subject.sigmoid()], 1)
        table, grid = self._table(state, gray), self._grid(torch.cat([seen, believed], 1), gray)
        # Chosen after training, on real films: how far what was learnt from made-up looks is trusted in use.
        gain = torch.where(gray, self.gains[1], self.gains[0])[:, None, None, None, None]
        return LookResidual(gain * table, gain[..., None] * grid, subject)

    def _table(self, state: Tensor, gray: Tensor) -> Tensor:
        shares = self.table_head(state).unflatten(1, (3, -1))  # (B, out, F^3)
        shares = torch.where(gray[:, None, None], shares.mean(1, keepdim=True), shares)
        return torch.einsum("bof,frgi->brgio", shares, self.table_waves)

    def _grid(self, seen: Tensor, gray: Tensor) -> Tensor:
        layered = self.grid_layer(seen)
        cells = _GRID_SCALE * self.grid_head(nn.functional.silu(layered))  # (B, 12 * T, 16, 16)
        affine = cells.unflatten(1, (3, 4, -1))  # (B, out, in, T, 16, 16)
        affine = torch.where(gray[:, None, None, None, None, None], affine.mean(1, keepdim=True), affine)
        return torch.einsum("boityx,tk->byxkoi", affine, self.tone_waves)

    def _check(self, content: Tensor, code: Tensor, evidence: Tensor, places: Tensor, gray: Tensor) -> None:
        batch = len(content)
        if content.ndim != 4 or content.shape[1] != 3:
            raise ValueError(f"content must be (B, 3, H, W), got {tuple(content.shape)}")
        wanted: dict[str, tuple[Tensor, tuple[int, ...]]] = {
            "code": (code, (batch, self.code_size)),
            "evidence": (evidence, (batch, len(self.center))),
            "places": (places, (batch, NUM_PLACE_CHANNELS, GRID_SIZE, GRID_SIZE)),
            "gray": (gray, (batch,)),
        }
        for name, (tensor, shape) in wanted.items():
            if tuple(tensor.shape) != shape:
                raise ValueError(f"{name} must be {shape}, got {tuple(tensor.shape)}")


def num_parameters(module: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def _resized(content: Tensor) -> Tensor:
    if tuple(content.shape[2:]) == (CONTENT_SIZE, CONTENT_SIZE):
        return content
    return nn.functional.interpolate(content, (CONTENT_SIZE, CONTENT_SIZE), mode="bilinear", antialias=True)


def _zeroed(layer: _Layer) -> _Layer:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer

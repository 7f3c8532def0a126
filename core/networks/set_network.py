"""The set network: generates a look from the colors of a set of style photos and of a content.

G(x, Y, z): the content x and the style set Y are sampled colors with place and region; z is noise. Photos are pooled
from their colors, the set from its photos (mean, spread, and what resembles the content; Zaheer et al. 2017, Vaswani et
al. 2017). One decoder maps colors, starting from a mixture of closed-form transports; one gives light by position.
Applying a style runs `estimation.set_model`, the same computation in numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import silu, softplus

from ..color.lab_tensors import lab_to_srgb, srgb_to_lab
from ..imaging.place_basis import NUM_LIGHT_MAPS, NUM_LIGHT_VALUES
from .set_statistics import Statistics, normalized_lab, token_features
from .token_layout import NUM_CURVES, NUM_FACTS, NUM_MAPS, NUM_PLACES, TOKEN_SIZE
from .transports import curved

COLOR_SCALE = 10.0  # Lab units of the color decoder's residual
EMBEDDING_SIZE = 96
CONTEXT_SIZE = 192
NUM_VARIATIONS = 4  # directions in which a look can vary: the size of z
_TOKEN_WIDTH = 64
_DECODER_WIDTH = 96
_PLACE_WIDTH = 64
_NUM_STARTS = NUM_MAPS + NUM_CURVES
_QUERY_SIZE = 6 + 3 * _NUM_STARTS
_NUM_POOLED = 4  # skin, hair, cloth, backdrop


@dataclass(frozen=True)
class Context:
    """The input of the decoders for pairs of a style and a content.

    Attributes:
        color: (B, 192).
        place: (B, 64).
        maps: (B, K, 3, 4) closed-form transports of Lab colors, the identity first.
        curves: (B, K', 3, S) of red, green and blue.
        is_monochrome: (B,) bool: the style is black-and-white, toned or not.
        tint: (B, 3, 2) of such a style: a and b as polynomials of the lightness.
        style: (B, 192) mean and deviation of the embeddings of the style's photos, for the discriminator.
    """

    color: Tensor
    place: Tensor
    maps: Tensor
    curves: Tensor
    is_monochrome: Tensor
    tint: Tensor
    style: Tensor


class PhotoEncoder(nn.Module):
    """Embeds the colors of a photo, pooled over the photo and its regions.

    Shape: tokens (..., M, 12) -> (..., 96).
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(TOKEN_SIZE, _TOKEN_WIDTH)
        self.second = nn.Linear(_TOKEN_WIDTH, _TOKEN_WIDTH)
        self.pooled = nn.Linear((2 + _NUM_POOLED) * _TOKEN_WIDTH, EMBEDDING_SIZE)
        self.last = nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE)

    def forward(self, tokens: Tensor) -> Tensor:
        """Embed photos: tokens (..., M, 12) of Lab, place and region to (..., 96)."""
        features, regions = token_features(tokens)
        y = silu(self.first(features))
        y = silu(self.second(y)) + y
        mean = y.mean(-2)
        spread = ((y - mean[..., None, :]).square().mean(-2) + 1e-4).sqrt()
        shares = regions / (regions.sum(-2, keepdim=True) + 0.02 * regions.shape[-2])  # (..., M, 4)
        by_region = (shares.mT @ y).flatten(-2)
        return self.last(silu(self.pooled(torch.cat([mean, spread, by_region], -1))))


class SetNetwork(nn.Module):
    """The generator of looks.

    Args:
        dropout: of the context, in training mode.
    """

    def __init__(self, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.photo = PhotoEncoder()
        self.key, self.query = nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE), nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE)
        self.place_in = nn.Linear(2 * NUM_PLACES, _PLACE_WIDTH)
        self.context_in = nn.Linear(6 * EMBEDDING_SIZE + NUM_FACTS + _PLACE_WIDTH, CONTEXT_SIZE)
        self.context_out = nn.Linear(CONTEXT_SIZE, CONTEXT_SIZE)
        self.dropout = nn.Dropout(dropout)
        self.shares = nn.Linear(CONTEXT_SIZE, _NUM_STARTS)
        self.color_in = nn.Linear(_QUERY_SIZE, _DECODER_WIDTH)
        self.color_layers = nn.ModuleList(nn.Linear(_DECODER_WIDTH, _DECODER_WIDTH) for _ in range(2))
        self.color_films = nn.ModuleList(nn.Linear(CONTEXT_SIZE, 2 * _DECODER_WIDTH) for _ in range(2))
        self.color_out = nn.Linear(_DECODER_WIDTH, 3)
        self.variation_out = nn.Linear(_DECODER_WIDTH, 3 * NUM_VARIATIONS)
        self.variation_size = nn.Linear(CONTEXT_SIZE, NUM_VARIATIONS)
        self.place_hidden = nn.Linear(CONTEXT_SIZE + _PLACE_WIDTH, _PLACE_WIDTH)
        self.place_out = nn.Linear(_PLACE_WIDTH, NUM_LIGHT_MAPS * NUM_LIGHT_VALUES)
        self.error = nn.Linear(CONTEXT_SIZE, 1)
        for head in (self.shares, self.color_out, self.place_out):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        nn.init.normal_(self.variation_out.weight, std=0.05)
        nn.init.constant_(self.variation_size.bias, -2.0)

    def context(self, style: Tensor, content: Tensor, statistics: Statistics, own: Tensor | None = None) -> Context:
        """Encode a style set with each of its contents.

        Args:
            style: (B, N, M, 12) tokens of N photos.
            content: (B, C, M', 12) of C contents, each by itself.
            statistics: of the B * C pairs, as `pair_statistics` returns them.
            own: (B, N', M'', 12) of the photographer's own untouched photos, or None.

        Returns:
            The context of B * C pairs.
        """
        photos, contents = self.photo(style), self.photo(content)  # (B, N, E), (B, C, E)
        count = contents.shape[1]
        mean, spread = _mean_and_spread(photos)
        scores = self.query(contents) @ self.key(photos).mT / EMBEDDING_SIZE**0.5  # (B, C, N)
        attended = scores.softmax(-1) @ photos
        untouched = torch.zeros_like(torch.cat([mean, spread], -1))
        if own is not None:
            untouched = torch.cat(_mean_and_spread(self.photo(own)), -1)
        pooled = torch.cat([mean, spread, untouched], -1)[:, None].expand(-1, count, -1)
        place = silu(self.place_in(statistics.places))
        inputs = torch.cat([torch.cat([pooled, attended, contents], -1).flatten(0, 1), statistics.facts, place], -1)
        color = silu(self.context_out(self.dropout(silu(self.context_in(inputs)))))
        known = torch.cat([mean, spread], -1).repeat_interleave(count, 0)
        return Context(
            color, place, statistics.maps, statistics.curves, statistics.is_monochrome, statistics.tint, known
        )

    def transport_colors(self, context: Context, colors: Tensor, z: Tensor | None = None) -> Tensor:
        """Map Lab colors to the style.

        Args:
            context: of B pairs.
            colors: (B, Q, 3) Lab.
            z: (B, 4) noise, or (V, B, 4) of V variations; None for the most likely look.

        Returns:
            (B, Q, 3) Lab, or (V, B, Q, 3).
        """
        mapped = torch.einsum("bkij,bqj->bqki", context.maps[..., :3], colors) + context.maps[:, None, ..., 3]
        mapped = torch.cat([mapped, srgb_to_lab(curved(context.curves, lab_to_srgb(colors)))], 2)
        x = normalized_lab(colors)
        squares = [x[..., 0] ** 2, x[..., 1] * x[..., 2], x[..., 1:].square().sum(-1)]
        quadratic_terms = torch.stack(squares, -1).clamp(-4, 4)
        y = silu(self.color_in(torch.cat([x, quadratic_terms, normalized_lab(mapped).flatten(2).clamp(-5, 5)], -1)))
        for layer, film in zip(self.color_layers, self.color_films, strict=True):
            gain, shift = film(context.color)[:, None].chunk(2, -1)
            y = y + silu(layer(y) * (1 + gain) + shift)
        start = (mapped * self.shares(context.color).softmax(-1)[:, None, :, None]).sum(2)
        found = start + COLOR_SCALE * self.color_out(y)
        if z is not None:
            sizes = softplus(self.variation_size(context.color))  # (B, V)
            ways = self.variation_out(y).unflatten(-1, (NUM_VARIATIONS, 3))  # (B, Q, 4, 3)
            found = found + COLOR_SCALE * torch.einsum("...bk,bqkc->...bqc", z * sizes, ways)
        return apply_tint(found, context.is_monochrome, context.tint)

    def light(self, context: Context) -> Tensor:
        """Return the coefficients (B, maps, values) of the light maps, see `place_basis`."""
        hidden = silu(self.place_hidden(torch.cat([context.color, context.place], -1)))
        return self.place_out(hidden).unflatten(-1, (NUM_LIGHT_MAPS, NUM_LIGHT_VALUES))

    def expected_error(self, context: Context) -> Tensor:
        """Return the expected distance (B,) of the look from the photographer's, in Delta E."""
        return softplus(self.error(context.color))[:, 0]


def apply_tint(lab: Tensor, is_monochrome: Tensor, tint: Tensor) -> Tensor:
    """Replace the chroma of results of black-and-white styles by the tint of their paper."""
    tone = lab[..., :1] / 50 - 1
    basis = torch.cat([torch.ones_like(tone), tone, tone**2], -1)
    return torch.where(is_monochrome[:, None, None], torch.cat([lab[..., :1], basis @ tint], -1), lab)


def _mean_and_spread(photos: Tensor) -> tuple[Tensor, Tensor]:
    """(B, N, E) to the mean (B, E) and the spread (B, E) of a set."""
    mean = photos.mean(1)
    return mean, ((photos - mean[:, None]).square().mean(1) + 1e-4).sqrt()

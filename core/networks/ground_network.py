"""The ground network: finds whether a style treats subject and ground apart, and a color table for each.

It works on what the set network found: one look for the whole photo. Its inputs are that network's context and
statistics by region, and the looks that the set network finds of subject and ground as if the photos showed nothing
else; its decoder starts from the colors of these looks, and from closed-form transports of each region alone.
Applying a style runs `estimation.ground_model`, the same computation in numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from .set_network import CONTEXT_SIZE, EMBEDDING_SIZE, Context
from .set_statistics import normalized_lab, set_moments, token_features
from .token_layout import (
    ALONE_FLOOR,
    CERTAIN_FLOOR,
    CERTAIN_SHARE,
    GROUND_PARTS,
    GROUND_SCALE,
    GROUND_SHARES,
    LAB,
    LAB_UNIT,
    MAX_ALONE,
    NUM_REGION_GROUPS,
    REGIONS,
    REGIONS_KNOWN,
    SHARE_FLOOR,
    TOKEN_SIZE,
    VARIANCE_FLOOR,
)
from .transports import SetMoments, transport

_NUM_PHOTO_FACTS = 3 * len(GROUND_PARTS) + 1 + 3 * len(GROUND_PARTS)
NUM_FACTS = 2 * 3 * NUM_REGION_GROUPS * (1 + len(GROUND_PARTS)) + NUM_REGION_GROUPS * 3 + _NUM_PHOTO_FACTS
_PLACE_WIDTH = 64
_HIDDEN, _CONTEXT, _WIDTH = 128, 96, 64
_PHOTO_SIZE = 64
_NUM_STARTS = 2 + len(GROUND_SHARES)  # of a part: the look's color first, last that of the part's own look
_QUERY_SIZE = 6 + 3 + 3 * len(GROUND_PARTS) * (1 + len(GROUND_SHARES))
_BASE_BIAS = 2.0  # of the look's color in the mixture, at the start of training


@dataclass(frozen=True)
class RegionStatistics:
    """Statistics by region of B pairs of a style set and a content.

    Attributes:
        facts: (B, NUM_FACTS).
        maps: (B, 2, 2, 3, 4) transports of Lab colors, of the subject and of the ground.
        known: (B,) bool: subject and ground are there in the style, in the untouched people and in the content.
    """

    facts: Tensor
    maps: Tensor
    known: Tensor


class RegionEncoder(nn.Module):
    """Embeds the colors of a photo, pooled over its subject and its ground.

    Shape: tokens (..., M, 12) -> (..., 64).
    """

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(TOKEN_SIZE, _PHOTO_SIZE), nn.Linear(_PHOTO_SIZE, _PHOTO_SIZE)
        self.pooled = nn.Linear(2 * len(GROUND_PARTS) * _PHOTO_SIZE, _PHOTO_SIZE)
        self.last = nn.Linear(_PHOTO_SIZE, _PHOTO_SIZE)

    def forward(self, tokens: Tensor) -> Tensor:
        """Embed photos."""
        features, _ = token_features(tokens)
        y = silu(self.first(features))
        y = silu(self.second(y)) + y
        subject, known = tokens[..., REGIONS][..., :1], tokens[..., REGIONS_KNOWN]
        weights = torch.cat([subject, 1 - subject], -1) * known  # (..., M, 2)
        weights = (weights / (weights.sum(-2, keepdim=True) + 0.02 * weights.shape[-2])).mT  # (..., 2, M)
        mean = weights @ y
        spread = ((weights @ y.square() - mean.square()).clamp(min=0) + 1e-4).sqrt()
        return self.last(silu(self.pooled(torch.cat([mean, spread], -1).flatten(-2))))


class GroundNetwork(nn.Module):
    """The network.

    Args:
        dropout: of the context, in training mode.
    """

    def __init__(self, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.photo = RegionEncoder()
        size = CONTEXT_SIZE + 2 * EMBEDDING_SIZE + _PLACE_WIDTH + NUM_FACTS + 5 * _PHOTO_SIZE
        self.context_in, self.context_out = nn.Linear(size, _HIDDEN), nn.Linear(_HIDDEN, _CONTEXT)
        self.dropout = nn.Dropout(dropout)
        self.gate = nn.Linear(_CONTEXT, 1)
        self.starts = nn.Linear(_CONTEXT, len(GROUND_PARTS) * _NUM_STARTS)
        self.color_in = nn.Linear(_QUERY_SIZE, _WIDTH)
        self.color_layers = nn.ModuleList(nn.Linear(_WIDTH, _WIDTH) for _ in range(2))
        self.color_films = nn.ModuleList(nn.Linear(_CONTEXT, 2 * _WIDTH) for _ in range(2))
        self.color_out = nn.Linear(_WIDTH, 3 * len(GROUND_PARTS))
        for head in (self.starts, self.color_out, self.gate):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        with torch.no_grad():
            self.starts.bias.view(len(GROUND_PARTS), _NUM_STARTS)[:, 0] = _BASE_BIAS

    def context(
        self, base: Context, statistics: RegionStatistics, style: Tensor, content: Tensor, own: Tensor | None = None
    ) -> Tensor:
        """Encode a style set with each of its contents.

        Args:
            base: context of the set network, of B * C pairs.
            statistics: of the pairs.
            style: (B, N, M, 12) tokens of N photos.
            content: (B, C, M', 12) of C contents, each by itself.
            own: (B, N', M'', 12) of the photographer's own untouched photos, or None.

        Returns:
            (B * C, 96).
        """
        known = torch.cat([_mean_and_spread(self.photo(style)), _untouched(self.photo, style, own)], -1)
        sets = known.repeat_interleave(content.shape[1], 0)
        contents = self.photo(content).flatten(0, 1)
        inputs = torch.cat([base.color, base.style, base.place, statistics.facts, sets, contents], -1)
        return silu(self.context_out(self.dropout(silu(self.context_in(inputs)))))

    def gate_logits(self, context: Tensor) -> Tensor:
        """(B,): positive where tables by region are expected to be nearer to the photographer's look."""
        return self.gate(context)[:, 0]

    def colors(
        self, context: Tensor, statistics: RegionStatistics, colors: Tensor, base: Tensor, alone: Tensor
    ) -> Tensor:
        """Map colors of subject and ground.

        Args:
            context: (B, 96).
            statistics: of the pairs.
            colors: (B, Q, 3) Lab.
            base: (B, Q, 3) Lab of the same colors in the look of the set network.
            alone: (B, Q, 2, 3) Lab of the same in the looks that it finds of the subject alone, and of the ground.

        Returns:
            (B, Q, 2, 3) Lab: if the color is of the subject, and if it is of the ground.
        """
        maps, x = statistics.maps, normalized_lab(colors)
        mapped = torch.einsum("bpkij,bqj->bqpki", maps[..., :3], colors) + maps[:, None, ..., 3]  # (B, Q, 2, 2, 3)
        squares = [x[..., 0] ** 2, x[..., 1] * x[..., 2], x[..., 1:].square().sum(-1)]
        seen = normalized_lab(torch.cat([base[:, :, None], mapped.flatten(2, 3), alone], 2)).flatten(2).clamp(-5, 5)
        y = silu(self.color_in(torch.cat([x, torch.stack(squares, -1).clamp(-4, 4), seen], -1)))
        for layer, film in zip(self.color_layers, self.color_films, strict=True):
            gain, shift = film(context)[:, None].chunk(2, -1)
            y = y + silu(layer(y) * (1 + gain) + shift)
        shares = self.starts(context).unflatten(-1, (len(GROUND_PARTS), _NUM_STARTS)).softmax(-1)[:, None, ..., None]
        looks = base[:, :, None, None].expand(-1, -1, len(GROUND_PARTS), 1, -1)
        starts = torch.cat([looks, mapped, alone[:, :, :, None]], 3)
        return (shares * starts).sum(3) + GROUND_SCALE * self.color_out(y).unflatten(-1, (len(GROUND_PARTS), 3))


@torch.no_grad()
def tokens_alone(tokens: Tensor, part: int) -> Tensor:
    """Return colors of the subject (part 0) or of the ground (1) alone.

    Args:
        tokens: (..., M, 12).
        part: index into GROUND_PARTS.

    Returns:
        (..., min(M, 256), 12): drawn evenly, in order, by how much each is of the part.
    """
    subject = tokens[..., REGIONS][..., 0]
    weights = ((1 - 2 * subject if part else 2 * subject - 1).clamp(min=0)) + ALONE_FLOOR  # (..., M)
    running, count = weights.cumsum(-1), min(tokens.shape[-2], MAX_ALONE)
    at = (torch.arange(count, device=tokens.device) + 0.5) / count * running[..., -1:]
    index = torch.searchsorted(running, at.contiguous(), right=True).clamp(max=tokens.shape[-2] - 1)
    return tokens.gather(-2, index[..., None].expand(*index.shape, tokens.shape[-1]))


@torch.no_grad()
def region_statistics(
    style: Tensor, content: Tensor, prior: SetMoments, own: Tensor | None = None
) -> tuple[RegionStatistics, Tensor, Tensor]:
    """Compute statistics by region; `with_base` completes the facts.

    Args:
        style: (B, N, M, 12) tokens.
        content: (B, C, M', 12) of C contents, each by itself.
        prior: moments of people at large, of one set.
        own: (B, N', M'', 12) of the photographer's own untouched photos, or None.

    Returns:
        Statistics of the B * C pairs without what the look of the set network says; mean colors (B * C, 8, 3) Lab of
        the regions of the untouched people and of the content; and (B * C, 4, 3) of the style.
    """
    size, count = content.shape[:2]
    source = SetMoments(*(part.expand(size, *part.shape[1:]) for part in (prior.all, prior.regions, prior.histograms)))
    source = source if own is None else set_moments(own)
    of_style, of_source = (set_moments(style).regions, source.regions)
    of_style, of_source = (part.repeat_interleave(count, 0) for part in (of_style, of_source))  # (B * C, 4, 13)
    of_content = set_moments(content.flatten(0, 1)[:, None]).regions
    parts = [_parts(regions) for regions in (of_style, of_source, of_content)]
    known = torch.stack([part[..., 0] > SHARE_FLOOR for part in parts]).all(0)  # (B * C, 2)
    goal, before, within = (part / part[..., :1].clamp(min=SHARE_FLOOR) for part in parts)
    sources = torch.stack([(1 - share) * before + share * within for share in GROUND_SHARES], 2)
    maps = transport(sources, goal[:, :, None].expand_as(sources))
    means = [_means(regions) for regions in (of_source, of_content, of_style)]
    of_photos = _photo_facts(style).repeat_interleave(count, 0)
    facts = torch.cat([of_style[..., 0], of_source[..., 0], of_content[..., 0], of_photos], -1)
    statistics = RegionStatistics(facts, maps, known.all(-1))
    return statistics, torch.cat(means[:2], 1), means[2]


def with_base(statistics: RegionStatistics, mapped: Tensor, alone: Tensor, style: Tensor) -> RegionStatistics:
    """Complete the facts with how far looks' mean colors by region are from the style's, and from each other.

    Args:
        statistics: as `region_statistics` returns them.
        mapped: (B, 8, 3) Lab: the mean colors of regions in the look of the set network.
        alone: (B, 8, 2, 3) Lab: the same in the looks of the subject alone, and of the ground.
        style: (B, 4, 3) Lab of the style.
    """
    apart = (style.repeat(1, 2, 1) - mapped).flatten(1)
    between = (alone - mapped[:, :, None]).flatten(1)
    facts = torch.cat([(torch.cat([between, apart], -1) / 10).clamp(-4, 4), statistics.facts], -1)
    return RegionStatistics(facts, statistics.maps, statistics.known)


def _parts(regions: Tensor) -> Tensor:
    """(B, 4, 13) of skin, hair, cloth and backdrop to (B, 2, 13) of subject and ground."""
    return torch.stack([regions[:, :3].sum(1), regions[:, 3]], 1)


def _means(regions: Tensor) -> Tensor:
    """(B, 4, 13) to (B, 4, 3)."""
    return regions[..., 1:4] / regions[..., :1].clamp(min=SHARE_FLOOR)


def _photo_facts(style: Tensor) -> Tensor:
    """(B, N, M, 12) to (B, 13), see `estimation.ground_model.photo_facts`."""
    lab, unit = style[..., LAB], style.new_tensor(LAB_UNIT)
    subject, known = style[..., REGIONS][..., :1], style[..., REGIONS_KNOWN]  # (B, N, M, 1)
    spreads, variances = [], []
    for share in (subject, 1 - subject):
        means, _ = _moments(lab, share * known, SHARE_FLOOR)  # (B, N, 3)
        spreads.append(((means - means.mean(1, keepdim=True)).square().mean(1) + 1e-3).sqrt() / unit)
        certain = ((share - CERTAIN_SHARE) / (1 - CERTAIN_SHARE)).clamp(min=0) * known
        _, variance = _moments(lab, certain, CERTAIN_FLOOR)
        variances.append((variance.mean(1) + VARIANCE_FLOOR).log() / 4)
    count = style.new_full((len(style), 1), float(style.shape[1])).log() / 3
    return torch.cat([*spreads, count, *variances], -1)


def _moments(lab: Tensor, weight: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """Means and variances by photo, (B, N, 3) each, of colors (B, N, M, 3) with weights (B, N, M, 1)."""
    total = weight.mean(2).clamp(min=floor)
    mean = (lab * weight).mean(2) / total
    return mean, ((lab - mean[:, :, None]).square() * weight).mean(2) / total


def _mean_and_spread(photos: Tensor) -> Tensor:
    """(B, N, E) to (B, 2 * E)."""
    mean = photos.mean(1)
    return torch.cat([mean, ((photos - mean[:, None]).square().mean(1) + 1e-4).sqrt()], -1)


def _untouched(encoder: RegionEncoder, style: Tensor, own: Tensor | None) -> Tensor:
    """(B, 2 * 64) of the own photos; zero without any."""
    return style.new_zeros(len(style), 2 * _PHOTO_SIZE) if own is None else _mean_and_spread(encoder(own))

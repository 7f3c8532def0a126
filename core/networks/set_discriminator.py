"""D(x, y | Y): classifies results y of contents x for a style set Y, by pairs of colors before and after."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from .set_network import EMBEDDING_SIZE
from .set_statistics import normalized_lab, token_features
from .token_layout import LAB, TOKEN_SIZE

_WIDTH = 64
_SLOPE = 0.2


class SetDiscriminator(nn.Module):
    """A binary network on pairs of colors, pooled over the set.

    Its input is each color of the content and its result, with position and region, and the embedding of the style set
    by the generator's encoder (detached: the encoder is trained by the generator's loss alone).

    Shape: content (B, Q, 12), results (B, Q, 3), style (B, 2 * 96) -> logits (B, 1).
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(TOKEN_SIZE + 6, _WIDTH)
        self.second = nn.Linear(_WIDTH, _WIDTH)
        self.style = nn.Linear(2 * EMBEDDING_SIZE, _WIDTH)
        self.third = nn.Linear(3 * _WIDTH, _WIDTH)
        self.head = nn.Linear(_WIDTH, 1)

    def forward(self, content: Tensor, results: Tensor, style: Tensor) -> Tensor:
        """Classify results.

        Args:
            content: (B, Q, 12) tokens of the untouched photo.
            results: (B, Q, 3) restyled colors, in units of `normalized_lab`.
            style: (B, 192) mean and deviation of the embeddings of the style's photos.

        Returns:
            (B, 1) logits, positive for true triples.
        """
        features, _ = token_features(content)
        change = results - normalized_lab(content[..., LAB])
        y = leaky_relu(self.first(torch.cat([features, results, change], -1)), _SLOPE)
        y = leaky_relu(self.second(y), _SLOPE) + y
        mean = y.mean(1)
        spread = ((y - mean[:, None]).square().mean(1) + 1e-4).sqrt()
        seen = torch.cat([mean, spread, leaky_relu(self.style(style), _SLOPE)], -1)
        return self.head(leaky_relu(self.third(seen), _SLOPE))

"""Least squares between the feature maps of two networks, updated while either is trained."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_RIDGE = 1e-3  # ridge penalty, relative to the mean square of a feature map


class StreamingLeastSquares:
    """Least squares over positions, from (B, C, H, W) to (B, D, H, W), with a constant term.

    It stores sums of products only, so data may come in any number of batches, with exponential decay.

    Args:
        decay: factor of the weight of earlier batches for each new one; 1 weights all equally.
    """

    def __init__(self, decay: float = 1.0) -> None:
        if not 0 < decay <= 1:
            raise ValueError(f"decay must be in (0, 1], got {decay}")
        self.decay = decay
        self._moments: dict[str, Tensor] = {}

    @torch.no_grad()
    def add(self, seen: Tensor, taught: Tensor) -> None:
        """Add one batch: inputs (B, C, H, W), targets (B, D, H, W)."""
        own, other = _rows(seen), _rows(taught)
        own = torch.cat([own, own.new_ones(len(own), 1)], 1)
        new = {"own": own.mT @ own, "both": own.mT @ other, "count": torch.tensor(float(len(own)))}
        if self._moments:
            new = {name: self.decay * self._moments[name] + value for name, value in new.items()}
        self._moments = new

    def solved(self) -> Tensor:
        """Return the map (C + 1, D), with the constant as last row.

        Raises:
            ValueError: nothing was added.
        """
        if not self._moments:
            raise ValueError("a lift needs at least one batch")
        own, both = (self._moments[name] / self._moments["count"] for name in ("own", "both"))
        ridge = _RIDGE * own.diagonal()[:-1].mean()
        penalty = torch.cat([ridge.expand(len(own) - 1), ridge.new_zeros(1)])  # no penalty on the constant
        return torch.linalg.solve(own + torch.diag(penalty + 1e-9), both)

    def __call__(self, seen: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, D, H, W); differentiable with respect to the maps only."""
        weights = self.solved()
        lifted = torch.einsum("bchw,cd->bdhw", seen, weights[:-1])
        return lifted + weights[-1][:, None, None]

    def tensors(self) -> dict[str, Tensor]:
        """Return the state, for a checkpoint."""
        return dict(self._moments)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Load what `tensors` returned."""
        self._moments = dict(tensors)


def _rows(maps: Tensor) -> Tensor:
    """(B * H * W, C): the values at each position."""
    return maps.movedim(1, -1).flatten(0, 2)

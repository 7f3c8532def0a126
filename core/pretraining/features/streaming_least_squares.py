"""The best linear map from one network's feature maps to another's, kept up to date while either changes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_RIDGE = 1e-3  # of the mean square of a feature map


class StreamingLeastSquares:
    """Least squares over positions, from (B, C, H, W) to (B, D, H, W), with a constant term.

    It learns only sums of products, so positions may come in any number of batches, and older ones may fade.

    Args:
        decay: the part that earlier positions keep of their say when a batch comes; 1 never forgets.
    """

    def __init__(self, decay: float = 1.0) -> None:
        if not 0 < decay <= 1:
            raise ValueError(f"decay must be in (0, 1], got {decay}")
        self.decay = decay
        self._moments: dict[str, Tensor] = {}

    @torch.no_grad()
    def add(self, seen: Tensor, taught: Tensor) -> None:
        """Take in one batch: seen (B, C, H, W), taught (B, D, H, W)."""
        own, other = _rows(seen), _rows(taught)
        own = torch.cat([own, own.new_ones(len(own), 1)], 1)
        new = {"own": own.mT @ own, "both": own.mT @ other, "count": torch.tensor(float(len(own)))}
        if self._moments:
            new = {name: self.decay * self._moments[name] + value for name, value in new.items()}
        self._moments = new

    def solved(self) -> Tensor:
        """The map (C + 1, D), its last row the constant.

        Raises:
            ValueError: nothing was added.
        """
        if not self._moments:
            raise ValueError("a lift needs at least one batch")
        own, both = (self._moments[name] / self._moments["count"] for name in ("own", "both"))
        ridge = _RIDGE * own.diagonal()[:-1].mean()
        penalty = torch.cat([ridge.expand(len(own) - 1), ridge.new_zeros(1)])  # the constant is free
        return torch.linalg.solve(own + torch.diag(penalty + 1e-9), both)

    def __call__(self, seen: Tensor) -> Tensor:
        """Lift maps (B, C, H, W) to (B, D, H, W); gradients flow to the maps, not into the lift."""
        weights = self.solved()
        lifted = torch.einsum("bchw,cd->bdhw", seen, weights[:-1])
        return lifted + weights[-1][:, None, None]

    def tensors(self) -> dict[str, Tensor]:
        """Its state, for a checkpoint."""
        return dict(self._moments)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `tensors` gave."""
        self._moments = dict(tensors)


def _rows(maps: Tensor) -> Tensor:
    """(B * H * W, C): the values at each position."""
    return maps.movedim(1, -1).flatten(0, 2)

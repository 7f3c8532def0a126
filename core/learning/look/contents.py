"""Contents: untouched portraits as the set network encodes them for a style."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from ...estimation.set_model import SetModel
from ...estimation.set_readings import StyleReading
from ...networks.set_network import EMBEDDING_SIZE, Context
from ..request import CancelCheck, never_cancelled

_CONTEXT_PARTS = ("color", "place", "maps", "curves", "tint")


@dataclass(frozen=True)
class Contents:
    """Contents as the set network encodes them for one style.

    Attributes:
        tokens: (C, M, 12) of untouched photos.
        context: of the C pairs of the style and each content.
    """

    tokens: Tensor
    context: Context

    def __len__(self) -> int:
        return len(self.tokens)

    def pick(self, index: Tensor) -> Contents:
        """Return the contents at these indices."""
        parts = {item.name: getattr(self.context, item.name)[index] for item in fields(Context)}
        return Contents(self.tokens[index], Context(**parts))

    def part(self, colors: slice) -> Contents:
        """Return a slice of the colors of each content, with the same context."""
        return replace(self, tokens=self.tokens[:, colors])

    def to(self, device: torch.device) -> Contents:
        """Move all tensors to a device."""
        parts = {item.name: getattr(self.context, item.name).to(device) for item in fields(Context)}
        return Contents(self.tokens.to(device), Context(**parts))


def read_contents(
    model: SetModel, style: StyleReading, tokens: np.ndarray, check_cancelled: CancelCheck = never_cancelled
) -> Contents:
    """Encode contents (C, M, 12), each by itself."""
    region_grid, found = np.zeros((16, 16, 2), np.float32), []
    for content in tokens:
        check_cancelled()
        found.append(model.context(style, model.read_content(content, region_grid)))
    stacked = {name: np.stack([np.float32(getattr(one, name)) for one in found]) for name in _CONTEXT_PARTS}
    parts = {name: torch.from_numpy(values) for name, values in stacked.items()}
    is_monochrome = torch.tensor([one.is_monochrome for one in found])
    pooled = torch.from_numpy(style.pooled[: 2 * EMBEDDING_SIZE]).expand(len(found), -1)
    context = Context(**parts, is_monochrome=is_monochrome, style=pooled)
    return Contents(torch.from_numpy(np.ascontiguousarray(tokens)), context)

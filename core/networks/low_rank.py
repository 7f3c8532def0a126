"""A small change of the look generator for one style: an offset of the code, low-rank changes of the decoder."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from .generator import LookGenerator, LookResidual

TUNED_LAYERS = ("mixing", "trunk", "table_head", "grid_context", "place_gate", "grid_layer", "grid_head")
RANK = 4
_BIASED = ("table_head", "place_gate", "grid_head")


class LowRankDelta(nn.Module):
    """What one style changes in a frozen generator (Hu et al. 2021): W + U D for the decoder's layers, code + offset.

    It starts at nothing: U, the offset and the changes of biases are zero.

    Args:
        generator: whose layers are changed; it is not kept.
        rank: of each change.
        seed: of D.
    """

    def __init__(self, generator: LookGenerator, *, rank: int = RANK, seed: int = 0) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        random = torch.Generator().manual_seed(seed)
        self.code = nn.Parameter(torch.zeros(generator.code_size))
        self.down, self.up, self.bias = nn.ParameterDict(), nn.ParameterDict(), nn.ParameterDict()
        for name in TUNED_LAYERS:
            shape = generator.get_parameter(f"{name}.weight").shape
            width = shape[1:].numel()
            self.down[name] = nn.Parameter(torch.randn(rank, width, generator=random) / width**0.5)
            self.up[name] = nn.Parameter(torch.zeros(shape[0], rank))
            if name in _BIASED:
                self.bias[name] = nn.Parameter(torch.zeros(shape[0]))

    @classmethod
    def from_tensors(cls, generator: LookGenerator, tensors: Mapping[str, Tensor]) -> LowRankDelta:
        """Read what `state_dict` gave.

        Raises:
            ValueError: a tensor is missing or of another shape than this generator wants.
        """
        rank = next((len(value) for name, value in tensors.items() if name.startswith("down.")), 1)
        delta = cls(generator, rank=rank)
        try:
            delta.load_state_dict(dict(tensors))
        except RuntimeError as error:
            raise ValueError(f"the change does not fit the base model ({' '.join(str(error).split())})") from error
        return delta.requires_grad_(False)

    def changed(self, generator: LookGenerator) -> dict[str, Tensor]:
        """The generator's changed parameters by name; gradients flow to this module alone."""
        found = {}
        for name in TUNED_LAYERS:
            weight = generator.get_parameter(f"{name}.weight").detach()
            found[f"{name}.weight"] = weight + (self.up[name] @ self.down[name]).view_as(weight)
        for name in _BIASED:
            found[f"{name}.bias"] = generator.get_parameter(f"{name}.bias").detach() + self.bias[name]
        return found

    def decode(
        self,
        generator: LookGenerator,
        maps: Tensor,
        code: Tensor,
        evidence: Tensor,
        places: Tensor,
        gray: Tensor,
        z: Tensor | None = None,
    ) -> LookResidual:
        """`LookGenerator.decode` with this change."""
        changed = {f"generator.{name}": value for name, value in self.changed(generator).items()}
        return functional_call(_Decoder(generator), changed, (maps, code + self.code, evidence, places, gray, z))


class _Decoder(nn.Module):
    """The decoder as a module of its own, so that its parameters can be exchanged for one call."""

    def __init__(self, generator: LookGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(
        self, maps: Tensor, code: Tensor, evidence: Tensor, places: Tensor, gray: Tensor, z: Tensor | None = None
    ) -> LookResidual:
        return self.generator.decode(maps, code, evidence, places, gray, z)

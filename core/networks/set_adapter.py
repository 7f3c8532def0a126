"""A trainable low-rank adapter of the set network's color decoder (Hu et al. 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..color.lab_tensors import lab_to_srgb, srgb_to_lab
from .light import apply_light, light_maps
from .set_network import Context, SetNetwork
from .token_layout import LAB, PLACE, REGIONS

TRAINED_LAYERS = ("shares", "color_in", "color_layers.0", "color_layers.1", "color_out")


class SetAdapter(nn.Module):
    """W + delta_weight * up @ down and b + delta_weight * bias for each layer of the color decoder; 0 at first.

    Args:
        network: to be adapted; its own weights stay.
        rank: of each layer's change, limited by the sizes of the layer.
        seed: of the initial values of `down`.
    """

    def __init__(self, network: SetNetwork, *, rank: int, seed: int = 0) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.up, self.down, self.bias = nn.ParameterDict(), nn.ParameterDict(), nn.ParameterDict()
        for name in TRAINED_LAYERS:
            size_out, size_in = _weight(network, name).shape
            size = min(rank, size_out, size_in)
            key = _key(name)
            self.up[key] = nn.Parameter(torch.zeros(size_out, size))
            self.down[key] = nn.Parameter(torch.randn(size, size_in, generator=random) / size_in**0.5)
            self.bias[key] = nn.Parameter(torch.zeros(size_out))

    def restyled(self, network: SetNetwork, context: Context, tokens: Tensor, delta_weight: float = 1.0) -> Tensor:
        """Restyle contents with the adapted network.

        Args:
            network: to which this adapter belongs.
            context: of B contents.
            tokens: (B, Q, 12) of their colors.
            delta_weight: scale of the change; 0 restyles with the network alone.

        Returns:
            (B, Q, 3) Lab, after the color table and the light.
        """
        changed = {}
        for name in TRAINED_LAYERS:
            key, layer = _key(name), network.get_submodule(name)
            changed[f"network.{name}.weight"] = layer.weight + delta_weight * (self.up[key] @ self.down[key])
            changed[f"network.{name}.bias"] = layer.bias + delta_weight * self.bias[key]
        return functional_call(_Restyler(network), changed, (context, tokens))

    def arrays(self) -> dict[str, dict[str, Tensor]]:
        """Return copies of `up`, `down` and `bias` on the CPU, each by layer."""
        parts = {"up": self.up, "down": self.down, "bias": self.bias}
        return {
            kind: {name: part[_key(name)].detach().cpu().clone() for name in TRAINED_LAYERS}
            for kind, part in parts.items()
        }


class _Restyler(nn.Module):
    """Applies color table and light to colors whose positions and regions are known."""

    def __init__(self, network: SetNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, context: Context, tokens: Tensor) -> Tensor:
        transported_lab = self.network.transport_colors(context, tokens[..., LAB])
        values = light_maps(tokens[..., PLACE], tokens[..., REGIONS][..., :2]) @ self.network.light(context)
        return srgb_to_lab(apply_light(lab_to_srgb(transported_lab).clamp(0, 1), values))


def _weight(network: SetNetwork, name: str) -> Tensor:
    weight = network.get_submodule(name).weight
    assert isinstance(weight, Tensor)
    return weight


def _key(name: str) -> str:
    """Replace dots, which names of parameters cannot have."""
    return name.replace(".", "_")

"""The trained adapter of a style: low-rank changes of the set network (Hu et al. 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from .set_model import SetModel

ADAPTED_LAYERS = (
    "context_out",
    "shares",
    "color_in",
    "color_layers.0",
    "color_layers.1",
    "color_out",
    "place_hidden",
    "place_out",
)


@dataclass(frozen=True)
class StyleAdapter:
    """A change of the set network: W + delta_weight * up @ down, b + delta_weight * bias.

    Attributes:
        base: hash of the set network it was trained with, the only one it fits.
        up, down, bias: by layer, (out, R), (R, in) and (out,) float32.
        delta_weight: scale of the change, 0 to 1, selected by validation.
    """

    base: str
    up: Mapping[str, np.ndarray] = field(default_factory=dict)
    down: Mapping[str, np.ndarray] = field(default_factory=dict)
    bias: Mapping[str, np.ndarray] = field(default_factory=dict)
    delta_weight: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.delta_weight <= 1:
            raise ValueError(f"delta_weight must be in [0, 1], got {self.delta_weight}")
        if not set(self.up) == set(self.down) == set(self.bias) <= set(ADAPTED_LAYERS):
            raise ValueError(f"changes must be of {', '.join(ADAPTED_LAYERS)}, got {sorted(self.up)}")
        for name, up in self.up.items():
            if up.ndim != 2 or self.down[name].shape[:1] != up.shape[1:] or self.bias[name].shape != up.shape[:1]:
                raise ValueError(f"the parts of the change of {name} do not fit each other")

    def applied_to(self, model: SetModel) -> SetModel:
        """Return the set network with this change.

        Raises:
            ValueError: a part does not fit the network.
        """
        if not self.delta_weight or not self.up:
            return model
        arrays = dict(model.arrays)
        for name, up in self.up.items():
            weight, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
            change = up @ self.down[name]
            if change.shape != weight.shape:
                raise ValueError(f"the change of {name} is {change.shape}, the network has {weight.shape}")
            arrays[f"{name}.weight"] = weight + np.float32(self.delta_weight) * change
            arrays[f"{name}.bias"] = bias + np.float32(self.delta_weight) * self.bias[name]
        return replace(model, arrays=arrays)

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, by name."""
        parts = (("up", self.up), ("down", self.down), ("bias", self.bias))
        return {f"{kind}.{name}": np.ascontiguousarray(value) for kind, part in parts for name, value in part.items()}

    @classmethod
    def from_tensors(cls, base: str, delta_weight: float, tensors: Mapping[str, np.ndarray]) -> StyleAdapter:
        """Read what `tensors` returned.

        Raises:
            ValueError: an array is missing or unknown.
        """
        parts: dict[str, dict[str, np.ndarray]] = {"up": {}, "down": {}, "bias": {}}
        for key, value in tensors.items():
            kind, _, name = key.partition(".")
            if kind not in parts:
                raise ValueError(f"a change has up, down and bias, got {key!r}")
            parts[kind][name] = np.asarray(value, np.float32)
        return cls(base, **parts, delta_weight=delta_weight)

"""What a pixel style holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PixelPart:
    """The numbers of a pixel style.

    Attributes:
        code: (C,) float32, the style code.
        weights_hash: SHA-256 of the network's file that they were learnt with.
        delta: (N,) float32, learnt and added to what the network makes of the code; None if nothing was.
    """

    code: np.ndarray
    weights_hash: str
    delta: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, values in (("code", self.code), ("delta", self.delta)):
            if values is not None and (values.ndim != 1 or values.dtype != np.float32 or not np.isfinite(values).all()):
                raise ValueError(f"the {name} of a pixel style must be a row of float32 numbers")

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays as a style file holds them, the hash as bytes."""
        named = {"code": self.code, "weights_hash": np.frombuffer(bytes.fromhex(self.weights_hash), np.uint8)}
        return named if self.delta is None else {**named, "delta": self.delta}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> PixelPart:
        """Read what `tensors` gave.

        Raises:
            KeyError, ValueError: something is missing or of another kind.
        """
        digest = tensors["weights_hash"].astype(np.uint8).tobytes().hex()
        return cls(tensors["code"].copy(), digest, tensors["delta"].copy() if "delta" in tensors else None)

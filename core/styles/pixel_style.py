"""The parameters of a pixel style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

PAINTING_SIZE = 1536  # pixels: longer photos are painted at this size


@dataclass(frozen=True)
class PixelPart:
    """Style code and modulation delta of a pixel style.

    Attributes:
        code: (C,) float32, the style code.
        weights_hash: SHA-256 of the file of the network they were trained with.
        delta: (N,) float32, trained and added to the modulation; None without training.
    """

    code: np.ndarray
    weights_hash: str
    delta: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name, values in (("code", self.code), ("delta", self.delta)):
            if values is not None and (values.ndim != 1 or values.dtype != np.float32 or not np.isfinite(values).all()):
                raise ValueError(f"the {name} of a pixel style must be a row of float32 numbers")

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays to store, the hash as bytes."""
        named = {"code": self.code, "weights_hash": np.frombuffer(bytes.fromhex(self.weights_hash), np.uint8)}
        return named if self.delta is None else {**named, "delta": self.delta}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> PixelPart:
        """Read what `tensors` returned.

        Raises:
            KeyError, ValueError: an array is missing, or of another type or shape.
        """
        digest = tensors["weights_hash"].astype(np.uint8).tobytes().hex()
        return cls(tensors["code"].copy(), digest, tensors["delta"].copy() if "delta" in tensors else None)

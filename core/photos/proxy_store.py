"""Compact storage of proxies in memory, for folders of thousands of photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from ..imaging.proxy import Proxy


@dataclass(frozen=True, eq=False)
class PackedProxy:
    """A proxy in 16-bit integers: half the size, exact to 1/131070.

    Attributes:
        pixels: (H, W, 3) uint16.
        weights: (H, W) uint16, or None if all pixels are opaque.
    """

    pixels: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def pack(cls, proxy: Proxy) -> PackedProxy:
        """Pack a proxy; pixels outside [0, 1] are clamped."""
        opaque = bool((proxy.weights == 1).all())
        return cls(_to_integers(proxy.pixels), None if opaque else _to_integers(proxy.weights))

    def unpack(self) -> Proxy:
        """Convert back to a float32 proxy."""
        pixels = self.pixels.astype(np.float32) / np.float32(65535)
        if self.weights is None:
            return Proxy.opaque(pixels)
        return Proxy(pixels, self.weights.astype(np.float32) / np.float32(65535))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PackedProxy) or (self.weights is None) != (other.weights is None):
            return False
        same = np.array_equal(self.pixels, other.pixels)
        return same and (self.weights is None or other.weights is None or np.array_equal(self.weights, other.weights))

    __hash__ = None  # pyright: ignore[reportAssignmentType]


class StoredProxies(Sequence[Proxy]):
    """A sequence of packed proxies, unpacked at each access."""

    def __init__(self, packed: Sequence[PackedProxy]) -> None:
        self._packed = packed

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, index: int) -> Proxy: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Proxy]: ...
    def __getitem__(self, index: int | slice) -> Proxy | Sequence[Proxy]:
        if isinstance(index, slice):
            return StoredProxies(self._packed[index])
        return self._packed[index].unpack()


def _to_integers(values: np.ndarray) -> np.ndarray:
    return np.round(values.clip(0, 1) * np.float32(65535)).astype(np.uint16)

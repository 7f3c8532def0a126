"""Tone curves of HDR pictures (ITU-R BT.2100), relative to their reference white, which becomes 1."""

from __future__ import annotations

import numpy as np

from .icc import Curve


class _Pq(Curve):
    """Perceptual quantizer (SMPTE ST 2084): 1 is the reference white of 203 cd/m2 (BT.2408), the top is 49."""

    code = 16  # of H.273
    _M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
    _C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    _PEAK = 10000 / 203

    def decode(self, values: np.ndarray) -> np.ndarray:
        """Convert encoded values to linear light."""
        root = np.power(np.minimum(np.abs(values), 1).astype(np.float64), 1 / self._M2)
        light = np.power(np.maximum(root - self._C1, 0) / (self._C2 - self._C3 * root), 1 / self._M1)
        return np.copysign(light * self._PEAK, values).astype(values.dtype)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Convert linear light to encoded values; more than the format's top becomes the top."""
        light = np.power(np.minimum(np.abs(values).astype(np.float64) / self._PEAK, 1), self._M1)
        codes = np.power((self._C1 + self._C2 * light) / (1 + self._C3 * light), self._M2)
        return np.copysign(codes, values).astype(values.dtype)


class _Hlg(Curve):
    """Hybrid log-gamma, as the camera saw the light: 1 is the reference white at 75 % (BT.2408), the top near 3.8."""

    code = 18
    _A, _B, _C = 0.17883277, 0.28466892, 0.55991073
    _WHITE = (np.exp((0.75 - _C) / _A) + _B) / 12

    def decode(self, values: np.ndarray) -> np.ndarray:
        """Convert encoded values to linear light."""
        size = np.minimum(np.abs(values), 1).astype(np.float64)
        light = np.where(size <= 0.5, size**2 / 3, (np.exp((size - self._C) / self._A) + self._B) / 12)
        return np.copysign(light / self._WHITE, values).astype(values.dtype)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Convert linear light to encoded values; more than the format's top becomes the top."""
        light = np.minimum(np.abs(values).astype(np.float64) * self._WHITE, 1)
        bright = self._A * np.log(np.maximum(12 * light - self._B, 1e-9)) + self._C
        return np.copysign(np.where(light <= 1 / 12, np.sqrt(3 * light), bright), values).astype(values.dtype)


PQ, HLG = _Pq(), _Hlg()
HDR_CURVES: dict[int, Curve] = {PQ.code: PQ, HLG.code: HLG}

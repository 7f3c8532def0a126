"""Random procedural looks, modeled on darkrooms, films and retouching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...color.lab import lab_to_srgb, srgb_to_lab
from ...color.srgb import REC709_LUMA

_LUMA = np.array(REC709_LUMA)
_HUES = 6


@dataclass(frozen=True)
class RandomLook:
    """A procedural look: curves per channel, a channel mix, chroma by hue, tints of tones.

    Attributes:
        gamma, contrast, low, high: (3,) the curve of each channel, and the levels of black and white.
        mix: (3, 3) of channels, rows sum to about 1.
        chroma: (6,) gain of the chroma of each hue; hue_turn: (6,) rotation of the hue in radians.
        tints: (3, 2) a and b added to shadows, middle tones, highlights.
        strength: of the whole look.
        gray_mix: (3,) channel weights of black-and-white, or None for color.
        paper: (2,) tint of a black-and-white print.
    """

    gamma: np.ndarray
    contrast: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mix: np.ndarray
    chroma: np.ndarray
    hue_turn: np.ndarray
    tints: np.ndarray
    strength: float
    gray_mix: np.ndarray | None
    paper: np.ndarray

    @property
    def is_monochrome(self) -> bool:
        """Whether it makes black-and-white prints."""
        return self.gray_mix is not None

    def __call__(self, colors: np.ndarray) -> np.ndarray:
        """Apply the look to sRGB-encoded colors (..., 3) in [0, 1]; float32 in [0, 1]."""
        colors = colors.astype(np.float32)
        if self.gray_mix is not None:
            return self._gray(colors)
        out = self._curves(np.clip(colors @ self.mix.T.astype(np.float32), 0, 1))
        lab = self._tint(self._turn(srgb_to_lab(out)))
        return np.clip(colors + self.strength * (lab_to_srgb(lab) - colors), 0, 1)

    def _gray(self, colors: np.ndarray) -> np.ndarray:
        assert self.gray_mix is not None
        gray = np.clip(colors @ self.gray_mix.astype(np.float32), 0, 1)
        out = self._curves(np.repeat(gray[..., None], 3, -1), common=True)
        if not self.paper.any():
            return out
        lab = srgb_to_lab(out)
        lab[..., 1:] = self.paper * (lab[..., :1] / 50 * (1 - lab[..., :1] / 100) * 2)
        return np.clip(lab_to_srgb(lab), 0, 1)

    def _curves(self, colors: np.ndarray, *, common: bool = False) -> np.ndarray:
        pick = (lambda v: v[:1]) if common else (lambda v: v)
        bent = np.maximum(colors, 1e-4) ** pick(self.gamma).astype(np.float32)
        slope = pick(self.contrast).astype(np.float32)
        curve = np.tanh(slope * (bent - 0.5)) / np.tanh(slope / 2) / 2 + 0.5
        low, high = pick(self.low).astype(np.float32), pick(self.high).astype(np.float32)
        return np.clip(low + (high - low) * curve, 0, 1)

    def _turn(self, lab: np.ndarray) -> np.ndarray:
        hue = np.arctan2(lab[..., 2], lab[..., 1]) * (_HUES / (2 * np.pi))
        below = np.floor(hue).astype(int)
        part = hue - below
        smooth = part * part * (3 - 2 * part)
        gain, turn = (
            values[below % _HUES] * (1 - smooth) + values[(below + 1) % _HUES] * smooth
            for values in (self.chroma, self.hue_turn)
        )
        cos, sin = gain * np.cos(turn), gain * np.sin(turn)
        a, b = lab[..., 1], lab[..., 2]
        return np.stack([lab[..., 0], a * cos - b * sin, a * sin + b * cos], -1)

    def _tint(self, lab: np.ndarray) -> np.ndarray:
        tone = np.clip(lab[..., :1] / 100, 0, 1)
        shares = np.concatenate([(1 - tone) ** 2, 2 * tone * (1 - tone), tone**2], -1)
        return lab + np.concatenate([np.zeros_like(tone), shares @ self.tints], -1)


def draw_look(rng: np.random.Generator, *, gray: bool) -> RandomLook:
    """Draw a look, sometimes a strong one."""
    wild = rng.choice([0.4, 1.0, 1.8], p=[0.25, 0.5, 0.25])
    common = rng.normal(0, [0.22, 0.5, 0.035, 0.04])
    own = rng.normal(0, wild * np.array([0.08, 0.25, 0.025, 0.03]), (3, 4))
    drawn = common + own
    mix = np.eye(3) + rng.normal(0, 0.05 * wild, (3, 3))
    mix += (1 - mix.sum(1, keepdims=True)) / 3 * rng.uniform(0.5, 1)
    chroma = rng.normal(1.0, 0.22) * np.exp(rng.normal(0, 0.12 * wild, _HUES))
    return RandomLook(
        gamma=np.exp(drawn[:, 0]),
        contrast=np.clip(2.2 + 1.6 * drawn[:, 1] + (0.5 if gray else 0.2), 0.2, 6),
        low=np.clip(0.01 + np.abs(drawn[:, 2]) * rng.choice([1, 2.5], p=[0.8, 0.2]), 0, 0.3),
        high=np.clip(1 - np.abs(drawn[:, 3]), 0.7, 1),
        mix=mix,
        chroma=np.clip(chroma, 0.05, 2.2),
        hue_turn=rng.normal(0, 0.06) + rng.normal(0, 0.12 * wild, _HUES),
        tints=rng.normal(0, 3.5 * wild, (3, 2)) + rng.normal(0, 3.0 * wild, (1, 2)),
        strength=float(rng.uniform(0.5, 1.05)),
        gray_mix=_draw_gray_mix(rng) if gray else None,
        paper=rng.normal(0, 6, 2) * (rng.random() < 0.1),
    )


def draw_bias(rng: np.random.Generator, strength: float) -> RandomLook:
    """Draw the mild exposure, white balance and contrast that all photos of a photographer share before any look."""
    wide = strength * rng.normal(0, 1, (3, 2))
    gamma, contrast = np.exp(0.22 * strength * rng.normal() + 0.04 * wide[:, 0]), 1.2 + 0.6 * strength * rng.random()
    cast = strength * rng.normal(0, [2.0, 3.5])
    return RandomLook(
        gamma=gamma,
        contrast=np.full(3, contrast),
        low=np.full(3, 0.06 * strength * rng.random() * (rng.random() < 0.3)),
        high=np.ones(3),
        mix=np.eye(3),
        chroma=np.full(_HUES, np.exp(0.15 * strength * rng.normal())),
        hue_turn=np.zeros(_HUES),
        tints=np.tile(cast, (3, 1)),
        strength=1.0,
        gray_mix=None,
        paper=np.zeros(2),
    )


def _draw_gray_mix(rng: np.random.Generator) -> np.ndarray:
    mix = rng.dirichlet([3.2, 5.0, 2.0]) + rng.normal(0, 0.06, 3)
    return mix / mix.sum()

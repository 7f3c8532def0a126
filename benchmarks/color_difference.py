"""CIEDE2000 for whole photos, in float32."""

from __future__ import annotations

import numpy as np

_POWER = np.float32(25.0**7)
_RADIANS = np.float32(np.pi / 180)


def ciede2000(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The CIEDE2000 difference of Lab colors (Sharma, Wu, Dalal 2005), all weights 1.

    Args:
        first, second: (..., 3) CIE Lab.

    Returns:
        (...) float32.
    """
    light1, a1, b1 = np.moveaxis(first.astype(np.float32), -1, 0)
    light2, a2, b2 = np.moveaxis(second.astype(np.float32), -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * _seventh(chroma)
    chroma1, chroma2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    hue1, hue2 = np.arctan2(b1, a1 * stretch), np.arctan2(b2, a2 * stretch)
    turn = np.where(chroma1 * chroma2 == 0, 0, _wrapped(hue2 - hue1))
    mean_hue = np.where(chroma1 * chroma2 == 0, hue1 + hue2, hue1 + turn / 2)
    mean_chroma, mean_light = (chroma1 + chroma2) / 2, (light1 + light2) / 2
    light = (light2 - light1) / _light_scale(mean_light)
    strength = (chroma2 - chroma1) / (1 + 0.045 * mean_chroma)
    hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2) / (1 + 0.015 * mean_chroma * _hue_scale(mean_hue))
    degrees = mean_hue / _RADIANS % 360
    bend = 60 * _RADIANS * np.exp(-(((degrees - 275) / 25) ** 2))
    rotation = -2 * _seventh(mean_chroma) * np.sin(bend)
    return np.sqrt(np.maximum(light**2 + strength**2 + hue**2 + rotation * strength * hue, 0))


def _seventh(chroma: np.ndarray) -> np.ndarray:
    power = chroma**7
    return np.sqrt(power / (power + _POWER))


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.float32(np.pi)) % np.float32(2 * np.pi) - np.float32(np.pi)


def _light_scale(light: np.ndarray) -> np.ndarray:
    square = (light - 50) ** 2
    return 1 + 0.015 * square / np.sqrt(20 + square)


def _hue_scale(hue: np.ndarray) -> np.ndarray:
    return (
        1
        - 0.17 * np.cos(hue - 30 * _RADIANS)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + 6 * _RADIANS)
        - 0.20 * np.cos(4 * hue - 63 * _RADIANS)
    )

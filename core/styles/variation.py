"""Variations of fixed looks: small random changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..imaging.rendering.look import Look, table_colors

EXPOSURE_SPREAD = 0.12  # stops; all of these are standard deviations
CONTRAST_SPREAD = 0.05
WARMTH_SPREAD = 0.02  # gain of red over blue
LIGHT_SPREAD = 0.08  # strength of local light


def vary_look(look: Look, variation: int) -> Look:
    """Vary exposure, contrast, warmth and local light of a look slightly.

    Args:
        look: to vary.
        variation: 0 returns the look itself; other seeds give deterministic variations.
    """
    if variation == 0:
        return look
    exposure, contrast, warmth, light = np.random.Generator(np.random.PCG64(variation)).normal(size=4).clip(-2, 2)
    gains = np.array([1 + WARMTH_SPREAD * warmth, 1.0, 1 - WARMTH_SPREAD * warmth], np.float32)
    if _is_achromatic(look):
        gains = np.ones(3, np.float32)
    brighter = np.float32(2 ** (EXPOSURE_SPREAD * exposure / 2.2))  # / 2.2: in encoded values
    factor = np.float32(1 + CONTRAST_SPREAD * contrast)
    tables = {name: getattr(look, name) for name in ("table", "ground", "skin")}
    varied = {name: _varied(table, gains, brighter, factor) for name, table in tables.items() if table is not None}
    return replace(look, grid=look.grid * np.float32(1 + LIGHT_SPREAD * light), **varied)


def _varied(table: np.ndarray, gains: np.ndarray, brighter: np.float32, contrast: np.float32) -> np.ndarray:
    """Change warmth, exposure and contrast of a table. Black and white are fixed: nothing new clips or fades."""
    colors = table_colors(len(table))
    printed = colors + table
    middle = np.float32(0.45)
    varied = middle + (printed * gains * brighter - middle) * contrast
    anchor = (4 * printed * (1 - printed)).clip(0, 1)
    return printed + anchor * (varied - printed) - colors


def _is_achromatic(look: Look) -> bool:
    tables = (look.table, look.ground, look.skin)
    printed = [table_colors(len(table)) + table for table in tables if table is not None]
    return all(float((part.max(-1) - part.min(-1)).max()) < 1e-3 for part in printed)

"""Variations of fixed looks: small random changes."""

from __future__ import annotations

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
    colors = table_colors()

    def varied(table: np.ndarray) -> np.ndarray:
        printed = colors + table
        exposed = printed * gains * np.float32(2 ** (EXPOSURE_SPREAD * exposure / 2.2))  # / 2.2: in encoded values
        middle = np.float32(0.45)
        contrasted = middle + (exposed - middle) * np.float32(1 + CONTRAST_SPREAD * contrast)
        # Black and white are fixed, so that nothing new clips or fades.
        anchor = (4 * printed * (1 - printed)).clip(0, 1)
        return printed + anchor * (contrasted - printed) - colors

    ground, skin = (None if table is None else varied(table) for table in (look.ground, look.skin))
    return Look(varied(look.table), look.grid * np.float32(1 + LIGHT_SPREAD * light), ground=ground, skin=skin)


def _is_achromatic(look: Look) -> bool:
    printed = table_colors() + look.table
    return bool((printed.max(-1) - printed.min(-1)).max() < 1e-3)

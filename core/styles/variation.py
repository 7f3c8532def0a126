"""Another print of a fixed look: the small differences between two prints by one hand."""

from __future__ import annotations

import numpy as np

from ..imaging.rendering.look import Look, table_colors

EXPOSURE_SPREAD = 0.12  # stops, one standard deviation
CONTRAST_SPREAD = 0.05
WARMTH_SPREAD = 0.02  # gain of red against blue
LIGHT_SPREAD = 0.08  # strength of vignettes and local light


def vary_look(look: Look, variation: int) -> Look:
    """Vary exposure, contrast, warmth and local light of a look a little, as from one print to the next.

    Args:
        look: the deterministic print.
        variation: 0 returns the look itself; any other seed always gives the same other print.
    """
    if variation == 0:
        return look
    exposure, contrast, warmth, light = np.random.Generator(np.random.PCG64(variation)).normal(size=4).clip(-2, 2)
    colors = table_colors()
    printed = colors + look.table
    gains = np.array([1 + WARMTH_SPREAD * warmth, 1.0, 1 - WARMTH_SPREAD * warmth], np.float32)
    if _is_achromatic(look):
        gains = np.ones(3, np.float32)
    exposed = printed * gains * np.float32(2 ** (EXPOSURE_SPREAD * exposure / 2.2))  # / 2.2: of encoded values
    middle = np.float32(0.45)
    varied = middle + (exposed - middle) * np.float32(1 + CONTRAST_SPREAD * contrast)
    # Black and white stay where they are, so that nothing clips or fades that did not before.
    anchor = (4 * printed * (1 - printed)).clip(0, 1)
    table = printed + anchor * (varied - printed) - colors
    return Look(table, look.grid * np.float32(1 + LIGHT_SPREAD * light))


def _is_achromatic(look: Look) -> bool:
    printed = table_colors() + look.table
    return bool((printed.max(-1) - printed.min(-1)).max() < 1e-3)

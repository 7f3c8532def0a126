"""What a texture does, in words for photographers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..imaging.rendering.texture import Grain, Texture
from ..texts import Text, joined

_FINE_BANDS = 2  # of detail, by which it is named
_TOLD_GAIN = 0.05
_PALE = 0.5  # least of the channels of a bloom, as a part of the largest
_TONES_APART = 0.1  # difference of gains from which tones are named
_DETAIL = (  # of skin and of everything else: soft and crisp, then both in shadows, midtones and highlights
    (
        (Text("soft skin"), Text("crisp skin")),
        (Text("soft skin in the shadows"), Text("crisp skin in the shadows")),
        (Text("soft skin in the midtones"), Text("crisp skin in the midtones")),
        (Text("soft skin in the highlights"), Text("crisp skin in the highlights")),
    ),
    (
        (Text("soft surroundings"), Text("crisp surroundings")),
        (Text("soft surroundings in the shadows"), Text("crisp surroundings in the shadows")),
        (Text("soft surroundings in the midtones"), Text("crisp surroundings in the midtones")),
        (Text("soft surroundings in the highlights"), Text("crisp surroundings in the highlights")),
    ),
)
_GRAINS = (  # least size, where it is everywhere, and where most of it is in the shadows
    (1 / 1200, Text("coarse grain"), Text("coarse grain in the shadows")),
    (1 / 2200, Text("medium grain"), Text("medium grain in the shadows")),
    (0.0, Text("fine grain"), Text("fine grain in the shadows")),
)
_IN_SHADOWS = 1.5  # times as strong as in the light
_WARM, _FAINT = 1.2, 0.1  # red beside blue, and the amount of a bloom
_BLOOMS = {
    (False, False): Text("bloom"),
    (True, False): Text("faint bloom"),
    (False, True): Text("warm bloom"),
    (True, True): Text("faint warm bloom"),
}


def texture_words(textures: Sequence[Texture]) -> Text:
    """Name what textures do, such as "soft skin, bloom, fine grain"; empty for nothing."""
    named = texture_parts(textures)
    return joined(named) if named else Text("")


def texture_parts(textures: Sequence[Texture]) -> list[Text]:
    """Name what textures do, each thing once and by itself."""
    named: list[Text] = []
    for texture in textures:
        named += [text for text in _parts_of(texture) if text not in named]
    return named


def _parts_of(texture: Texture) -> list[Text]:
    found: list[Text] = []
    if texture.detail is not None:
        for texts, gains in zip(_DETAIL, texture.detail.gains[:_FINE_BANDS].mean(0), strict=True):
            found += _detail_words(texts, gains)
    for glow in texture.glows:
        if glow.amount > 0:
            is_pale = glow.color.min() >= _PALE * glow.color.max()
            look = (glow.amount < _FAINT, bool(glow.color[0] > _WARM * glow.color[2]))
            found.append(_BLOOMS[look] if is_pale else Text("halation"))
    if texture.grain is not None and texture.grain.strength.any():
        found.append(_grain_words(texture.grain))
    return found


def _detail_words(texts: Sequence[tuple[Text, Text]], gains: np.ndarray) -> list[Text]:
    """Name the gains (3,) of a group; where they differ by tone, the tones that are moved most, or half as far."""
    everywhere, *by_tone = texts
    if np.ptp(gains) < _TONES_APART:
        return [everywhere[int(gains.mean() > 1)]] if abs(gains.mean() - 1) >= _TOLD_GAIN else []
    least = max(_TOLD_GAIN, float(np.abs(gains - 1).max()) / 2)
    moved = [
        (soft_or_crisp, gain) for soft_or_crisp, gain in zip(by_tone, gains, strict=True) if abs(gain - 1) >= least
    ]
    if len(moved) == len(gains) and len({gain > 1 for _, gain in moved}) == 1:
        return [everywhere[int(gains.mean() > 1)]]
    return [soft_or_crisp[int(gain > 1)] for soft_or_crisp, gain in moved]


def _grain_words(grain: Grain) -> Text:
    everywhere, in_shadows = next(texts for least, *texts in _GRAINS if grain.size >= least)
    dark, light = grain.strength[:2].mean(), grain.strength[3:].mean()
    return in_shadows if dark > _IN_SHADOWS * light else everywhere

"""What a texture does, in words for photographers."""

from __future__ import annotations

from collections.abc import Sequence

from ..imaging.rendering.texture import Grain, Texture
from ..texts import Text, joined

_FINE_BANDS = 2  # of detail, by which it is named
_TOLD_GAIN = 0.05
_PALE = 0.5  # least of the channels of a bloom, as a part of the largest
_SOFT, _CRISP = Text("soft surroundings"), Text("crisp surroundings")
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
    named: list[Text] = []
    for texture in textures:
        named += [text for text in _texture_parts(texture) if text not in named]
    return joined(named) if named else Text("")


def _texture_parts(texture: Texture) -> list[Text]:
    found: list[Text] = []
    if texture.detail is not None:
        skin, other = texture.detail.gains[:_FINE_BANDS].mean((0, 2))
        for gain, soft, crisp in ((skin, Text("soft skin"), Text("crisp skin")), (other, _SOFT, _CRISP)):
            if abs(gain - 1) >= _TOLD_GAIN:
                found.append(soft if gain < 1 else crisp)
    for glow in texture.glows:
        if glow.amount > 0:
            is_pale = glow.color.min() >= _PALE * glow.color.max()
            look = (glow.amount < _FAINT, bool(glow.color[0] > _WARM * glow.color[2]))
            found.append(_BLOOMS[look] if is_pale else Text("halation"))
    if texture.grain is not None and texture.grain.strength.any():
        found.append(_grain_words(texture.grain))
    return found


def _grain_words(grain: Grain) -> Text:
    everywhere, in_shadows = next(texts for least, *texts in _GRAINS if grain.size >= least)
    dark, light = grain.strength[:2].mean(), grain.strength[3:].mean()
    return in_shadows if dark > _IN_SHADOWS * light else everywhere

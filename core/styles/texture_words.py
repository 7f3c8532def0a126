"""What a texture does, in words for photographers."""

from __future__ import annotations

from collections.abc import Sequence

from ..imaging.rendering.texture import Texture
from ..texts import Text, joined

_FINE_BANDS = 2  # of detail, by which it is named
_TOLD_GAIN = 0.05
_PALE = 0.5  # least of the channels of a bloom, as a part of the largest
_SOFT, _CRISP = Text("soft surroundings"), Text("crisp surroundings")
_GRAINS = ((1 / 1200, Text("coarse grain")), (1 / 2200, Text("medium grain")), (0.0, Text("fine grain")))


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
            found.append(Text("bloom") if glow.color.min() >= _PALE * glow.color.max() else Text("halation"))
    if texture.grain is not None and texture.grain.strength.any():
        size = texture.grain.size
        found.append(next(text for least, text in _GRAINS if size >= least))
    return found

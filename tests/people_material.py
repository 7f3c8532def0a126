"""Portraits of synthetic people: head, hair, clothes and backdrop in random colors."""

import numpy as np
from portrait_atelier.core.estimation.color_set import ColorSet, sample_colors
from portrait_atelier.core.imaging.proxy import Proxy

_SKINS = ((0.93, 0.78, 0.68), (0.80, 0.60, 0.47), (0.55, 0.38, 0.28), (0.36, 0.24, 0.18))


def portrait(seed: int, height: int = 96, width: int = 72) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1]: a person in the middle, lit from the left."""
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    photo = np.ones((height, width, 3)) * rng.uniform(0.1, 0.9, 3)
    cloth = ((x - 0.5) / 0.42) ** 2 + ((y - 1.05) / 0.35) ** 2 < 1
    hair = ((x - 0.5) / 0.24) ** 2 + ((y - 0.36) / 0.27) ** 2 < 1
    face = ((x - 0.5) / 0.17) ** 2 + ((y - 0.42) / 0.23) ** 2 < 1
    for place, color in ((cloth, rng.uniform(0, 1, 3)), (hair, rng.uniform(0.02, 0.4, 3)), (face, _SKINS[seed % 4])):
        photo[place] = color
    lit = photo * (1.1 - 0.3 * x[..., None]) + rng.normal(0, 0.03, photo.shape)
    return lit.clip(0, 1).astype(np.float32)


def photos_of_people(count: int, first: int = 0) -> list[Proxy]:
    """So many people, each unlike the others."""
    return [Proxy.opaque(portrait(first + number)) for number in range(count)]


def colors_of_people(count: int, tint: tuple[float, float, float] = (1, 1, 1), first: int = 0) -> ColorSet:
    """The sampled colors of so many people under a tint."""
    tinted = [Proxy.opaque(portrait(first + number) * np.array(tint, np.float32)) for number in range(count)]
    return sample_colors(tinted)

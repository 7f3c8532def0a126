"""Small made-up people for the tests of base training: pictures of flat skies, faces and coats."""

import numpy as np
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.base_people import BasePeople


def made_up_people(counts: tuple[int, ...] = (20, 20), *, masks: bool = False) -> BasePeople:
    """People of several kinds, and where they are in their photos if wanted."""
    rng = np.random.default_rng(0)
    proxies = []
    for _ in range(sum(counts)):
        sky, face, coat = rng.uniform(0.1, 0.9, (3, 3))
        pixels = np.tile(sky, (40, 40, 1))
        pixels[8:26, 12:28] = [0.8, 0.6, 0.5] + 0.1 * (face - 0.5)
        pixels[28:] = coat
        pixels += rng.normal(0, 0.03, pixels.shape)
        proxies.append(Proxy.opaque(pixels.clip(0, 1).astype(np.float32)))
    subjects = _masks(len(proxies)) if masks else ()
    return BasePeople.of_proxies(proxies, np.repeat(np.arange(len(counts)), counts), subjects)


def _masks(count: int) -> list[np.ndarray | None]:
    """White where face and coat are; the last person's is missing."""
    person = np.zeros((40, 40), np.float32)
    person[8:26, 12:28] = person[28:] = 1
    return [*([person] * (count - 1)), None]

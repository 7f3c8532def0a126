"""What a look is decided from: one photo to restyle, or several that shall get one look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from ..imaging.proxy import Proxy
from ..imaging.rendering.look import GRID_SIZE
from ..networks.regions import predict_regions
from .color_set import ColorSet, sample_photo
from .set_model import ContentReading, load_set_model

MAX_PHOTOS = 32  # of a series, more are thinned out
NUM_COLORS = 1536  # sampled of each


@dataclass(frozen=True)
class Content:
    """The photos to restyle, as far as a style looks at them; none stands for a portrait that is none in particular.

    Attributes:
        colors: sampled of each photo.
        cells: of each photo (16, 16, 2): subject and face.
    """

    colors: tuple[ColorSet, ...] = ()
    cells: tuple[np.ndarray, ...] = field(default=())

    @classmethod
    def of(cls, proxies: Iterable[Proxy]) -> Content:
        """A photo, or a series that gets one look.

        One pass, and at most 2 * MAX_PHOTOS of the photos' colors are held, so a generator over an archive is welcome.

        Raises:
            ValueError: there are no photos.
        """
        kept: list[tuple[ColorSet, np.ndarray]] = []
        stride = 1
        for index, proxy in enumerate(proxies):
            if index % stride == 0:
                kept.append(_seen(proxy))
            if len(kept) > 2 * MAX_PHOTOS:
                kept, stride = kept[::2], 2 * stride
        if not kept:
            raise ValueError("a content needs at least one photo")
        return cls(tuple(colors for colors, _ in kept), tuple(cells for _, cells in kept))

    @classmethod
    def mean_portrait(cls) -> Content:
        """No photo in particular: for a look that is exported to serve for all."""
        return cls()

    @cached_property
    def reading(self) -> ContentReading:
        """What the set network is told of it."""
        model = load_set_model()
        if not self.colors:
            return model.typical
        parts = zip(self.colors, self.cells, strict=True)
        return ContentReading.mean([model.read_content(colors.tokens[0], cells) for colors, cells in parts])


def _seen(proxy: Proxy) -> tuple[ColorSet, np.ndarray]:
    maps = predict_regions(proxy.pixels)
    sampled = [part[None] for part in sample_photo(proxy, NUM_COLORS, maps)]
    cells = np.stack([cv2.resize(part, (GRID_SIZE, GRID_SIZE), interpolation=cv2.INTER_AREA) for part in maps[:2]], -1)
    return ColorSet(sampled[0], np.ones(1, np.float32), sampled[1], sampled[2]), cells

"""The content that a look is computed for: one photo to restyle, or a series that gets one look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..imaging.proxy import Proxy, resize_to_square
from ..imaging.rendering.look import GRID_SIZE
from ..networks.regions import predict_regions
from .color_set import ColorSet, sample_photo
from .set_model import load_set_model
from .set_readings import ContentReading

MAX_PHOTOS = 32  # of a series; longer ones are thinned out evenly
NUM_COLORS = 1536  # of each photo
BLANK = 2  # of 255: colors that differ by less are one


@dataclass(frozen=True)
class Content:
    """Features of the photos to restyle; without any photo, the mean portrait.

    Attributes:
        colors: sampled from each photo.
        region_grids: for each photo (16, 16, 2): the shares of subject and face in each cell of the bilateral grid.
    """

    colors: tuple[ColorSet, ...] = ()
    region_grids: tuple[np.ndarray, ...] = field(default=())

    @classmethod
    def of(cls, proxies: Iterable[Proxy]) -> Content:
        """Measure a photo, or a series that gets one look.

        Takes one pass and holds the colors of at most 2 * MAX_PHOTOS photos, so the argument may be a generator. Blank
        frames, such as the white ones between two scenes, count only where there are no others.

        Raises:
            ValueError: there are no photos.
        """
        kept: list[tuple[ColorSet, np.ndarray]] = []
        blank: Proxy | None = None
        stride, index = 1, 0
        for proxy in proxies:
            if _is_blank(proxy):
                blank = blank or proxy
                continue
            if index % stride == 0:
                kept.append(_seen(proxy))
            index += 1
            if len(kept) > 2 * MAX_PHOTOS:
                kept, stride = kept[::2], 2 * stride
        if not kept and blank is not None:
            kept.append(_seen(blank))
        if not kept:
            raise ValueError("a content needs at least one photo")
        return cls(tuple(colors for colors, _ in kept), tuple(region_grid for _, region_grid in kept))

    @classmethod
    def of_photo(cls, proxy: Proxy, maps: np.ndarray) -> Content:
        """Measure one photo, whose regions are known: (5, S, S) as of `predict_regions`."""
        colors, region_grid = _seen(proxy, maps)
        return cls((colors,), (region_grid,))

    @classmethod
    def mean_portrait(cls) -> Content:
        """Return the content of no particular photo, for a look that is exported to fit all."""
        return cls()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see: one color everywhere, from which no look can be told."""
        return bool(self.colors) and all(np.ptp(part.colors, axis=(0, 1)).max() <= BLANK for part in self.colors)

    @cached_property
    def pooled(self) -> ColorSet:
        """The colors of all photos as one set."""
        return ColorSet.joined(self.colors)

    @cached_property
    def reading(self) -> ContentReading:
        """Encode the content for the set network."""
        model = load_set_model()
        if not self.colors:
            return model.typical
        parts = zip(self.colors, self.region_grids, strict=True)
        return ContentReading.mean([model.read_content(colors.tokens[0], region_grid) for colors, region_grid in parts])


def _is_blank(proxy: Proxy) -> bool:
    colors = proxy.pixels[proxy.weights > 0]
    return not colors.size or bool(np.ptp(colors, axis=0).max() * 255 <= BLANK)


def _seen(proxy: Proxy, maps: np.ndarray | None = None) -> tuple[ColorSet, np.ndarray]:
    maps = predict_regions(proxy.pixels) if maps is None else maps
    sampled = [part[None] for part in sample_photo(proxy, NUM_COLORS, maps)]
    region_grid = np.stack([resize_to_square(part, GRID_SIZE) for part in maps[:2]], -1)
    return ColorSet(sampled[0], np.ones(1, np.float32), sampled[1], sampled[2]), region_grid

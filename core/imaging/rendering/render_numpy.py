"""The renderer without a compiler: for all photos where numba is missing, for small ones where it is not imported.

A photo is rendered in blocks of rows, each as planes that stay in the second-level cache. The result does not depend on
the blocks, so tiles equal the whole photo bit for bit.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..cores import num_cores
from ..dither import TILE_SIZE, dither_thresholds
from .look import Look, Window
from .photo_regions import PhotoRegions
from .plane_light import PlaneLight
from .plane_tables import Corners, Scratch, bend, clamp, planes_of

BLOCK_PIXELS = 1 << 15  # 32,768: 128 KB a plane, of which a few are in use at a time
_LEAST_PIXELS = 1 << 18  # for which threads are begun
_Block = tuple[slice, slice]


def render_with_numpy(
    pixels: np.ndarray,
    look: Look,
    strength: float,
    mask: np.ndarray | None,
    window: Window,
    out: np.ndarray,
    dither: bool,
    regions: PhotoRegions | None = None,
) -> None:
    """Render into `out`, which may be `pixels`. Arguments are those of `render`, already checked."""
    job = _Job.of(pixels, look, strength, mask, window, out, dither, regions)
    own = threading.local()

    def work(block: _Block) -> None:
        scratch = own.__dict__.setdefault("scratch", Scratch())
        with np.errstate(invalid="ignore", over="ignore"):
            job.render(block, scratch)

    _on_cores(work, _blocks_of(*pixels.shape[:2]), pixels.shape[0] * pixels.shape[1])


def _blocks_of(height: int, width: int) -> list[_Block]:
    across = min(width, BLOCK_PIXELS)
    down = max(1, BLOCK_PIXELS // across)
    return [
        (slice(top, min(top + down, height)), slice(left, min(left + across, width)))
        for top in range(0, height, down)
        for left in range(0, width, across)
    ]


def _on_cores(work: Callable[[_Block], None], blocks: list[_Block], num_pixels: int) -> None:
    num_threads = num_cores() if num_pixels >= _LEAST_PIXELS else 1
    if "torch" in sys.modules:  # whose threads would meet after every call in each of ours
        from .torch_threads import map_on_cores

        for _ in map_on_cores(work, blocks, num_threads):
            pass
    elif num_threads == 1:
        for block in blocks:
            work(block)
    else:
        with ThreadPoolExecutor(num_threads, thread_name_prefix="render") as pool:
            for _ in pool.map(work, blocks):
                pass


@dataclass(frozen=True)
class _Job:
    """A photo and a look, arranged for blocks.

    Attributes:
        tables: of the look.
        light: its grid; None if it has none.
        strength: of the look in units of the photo's colors; the mask, if there is one, scales it by pixel.
        scale: largest value of the photo's dtype; 1 for float.
        noise: (3, 64, 64) float32, added before a color is truncated to an integer; None for 1/2 everywhere.
    """

    pixels: np.ndarray
    out: np.ndarray
    mask: np.ndarray | None
    window: Window
    tables: _Tables
    light: PlaneLight | None
    strength: float
    scale: float
    noise: np.ndarray | None

    @classmethod
    def of(
        cls,
        pixels: np.ndarray,
        look: Look,
        strength: float,
        mask: np.ndarray | None,
        window: Window,
        out: np.ndarray,
        dither: bool,
        regions: PhotoRegions | None,
    ) -> _Job:
        scale = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
        light = PlaneLight.of(look, window, *pixels.shape[:2]) if look.has_grid else None
        noise = dither_thresholds() if dither and pixels.dtype == np.uint8 else None
        return cls(pixels, out, mask, window, _Tables.of(look, regions), light, strength * scale, scale, noise)

    def render(self, block: _Block, scratch: Scratch) -> None:
        """Render one block."""
        pixels = self.pixels[block]
        count = pixels.shape[0] * pixels.shape[1]
        colors, styled = (scratch.floats(name, 3, *pixels.shape[:2]) for name in ("colors", "styled"))
        for channel, plane in enumerate(colors):  # one at a time, since numpy is slow along an axis of three
            plane[...] = pixels[..., channel]
        image = colors
        if self.scale != 1:
            image = scratch.floats("image", *colors.shape)
            np.multiply(colors, np.float32(1 / self.scale), out=image)
        top, left = self.window.top + block[0].start, self.window.left + block[1].start
        self.tables.read(image, styled.reshape(3, count), scratch, (top, left))
        if self.light is not None:
            self.light.add(image, styled, block, scratch)
        amount = self._amount(block, scratch)
        styled *= amount
        styled += colors
        if self.mask is not None:  # also for colors that are not finite
            np.copyto(styled, colors, where=amount == 0)
        self._store(styled, block, (top, left))

    def _amount(self, block: _Block, scratch: Scratch) -> np.ndarray | np.float32:
        if self.mask is None:
            return np.float32(self.strength)
        mask = self.mask[block]
        amount = scratch.floats("amount", *mask.shape)
        return np.multiply(mask, np.float32(self.strength), out=amount)

    def _store(self, styled: np.ndarray, block: _Block, place: tuple[int, int]) -> None:
        out = self.out[block]
        if out.dtype != np.float32:
            if self.noise is None:
                styled += np.float32(0.5)
            else:
                height, width = out.shape[:2]
                rows, columns = (place[0] + np.arange(height)) % TILE_SIZE, (place[1] + np.arange(width)) % TILE_SIZE
                styled += self.noise[:, rows[:, None], columns]
            np.clip(styled, 0, self.scale, out=styled)
        for channel, plane in enumerate(styled):
            np.copyto(out[..., channel], plane, casting="unsafe")


@dataclass(frozen=True)
class _Tables:
    """A look's tables, and where those for regions count.

    Attributes:
        table, ground, skin: (3, size^3); ground and skin may be None.
        size: points along each axis.
        curves: in front of all, or None.
        regions: of the photo; None for the look's `table` everywhere.
    """

    table: np.ndarray
    ground: np.ndarray | None
    skin: np.ndarray | None
    size: int
    curves: np.ndarray | None
    regions: PhotoRegions | None

    @classmethod
    def of(cls, look: Look, regions: PhotoRegions | None) -> _Tables:
        """Arrange the tables of a look."""
        ground, skin = (None if part is None else planes_of(part) for part in (look.ground, look.skin))
        regions = regions if look.has_region_tables else None
        curves = None if look.curves is None else np.ascontiguousarray(look.curves)
        return cls(planes_of(look.table), ground, skin, look.table_size, curves, regions)

    def read(self, image: np.ndarray, out: np.ndarray, scratch: Scratch, place: tuple[int, int]) -> None:
        """Write what curves and tables add to an image (3, h, w) at `place` (y, x) of the photo into `out` (3, P)."""
        places = scratch.floats("places", *out.shape)
        clamp(image.reshape(out.shape), places)
        bent = places
        if self.curves is not None:
            bent = scratch.floats("bent", *out.shape)
            bend(places, self.curves, bent, scratch)
        corners = Corners(bent, self.size, scratch)
        corners.add_up(self.table, out)
        if self.regions is not None:
            self._add_regions(self.regions, image, out, corners, scratch, place)
        if self.curves is not None:
            bent -= places
            out += bent

    def _add_regions(
        self,
        regions: PhotoRegions,
        image: np.ndarray,
        out: np.ndarray,
        corners: Corners,
        scratch: Scratch,
        place: tuple[int, int],
    ) -> None:
        colors = scratch.floats("interleaved", *image.shape[1:], 3)
        for channel, plane in enumerate(image):
            colors[..., channel] = plane
        weights = regions.weights(colors, *place)
        ground = None if weights.subject is None else 1 - weights.subject
        other = scratch.floats("other", *out.shape)
        for share, table in ((ground, self.ground), (weights.skin, self.skin)):
            if share is not None and table is not None:
                corners.add_up(table, other)
                other -= out
                other *= share.reshape(-1)
                out += other

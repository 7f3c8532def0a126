"""Pixels of a layer: in their own depth and color space, as they are seen, passed on in strips."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_client import LentMemory, Progress  # noqa: E402
from gi.repository import Babl, Gegl  # noqa: E402

_STRIP_BYTES = 1 << 24
_TILE_ROWS = 128
_NATIVE = {"u8": "u8", "u16": "u16"}  # depths that are handed over as they are; all others as float
_BYTES = {"u8": 1, "u16": 2, "float": 4}


@dataclass(frozen=True)
class PixelKind:
    """How pixels are handed over.

    Attributes:
        channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
        depth: u8, u16 or float.
        babl: the name of that format, in the space of a drawable.
    """

    channels: int
    depth: str
    babl: str

    @classmethod
    def of(cls, drawable: Any) -> PixelKind:
        """In the drawable's own depth where that is 8 or 16 bits as its profile encodes them, else in float."""
        own = drawable.get_format()
        encoding = Babl.format_get_encoding(own)
        model, _space, kind = encoding.partition(" ")
        depth = _NATIVE.get(kind, "float") if model in ("R'G'B'", "R'G'B'A", "Y'", "Y'A") else "float"
        return cls(0, depth, "").with_channels((1 if drawable.is_gray() else 3) + drawable.has_alpha(), drawable)

    def with_channels(self, channels: int, drawable: Any) -> PixelKind:
        """The same depth, in the space of a drawable, with so many channels."""
        name = f"{_model(channels)} {self.depth}"
        return PixelKind(channels, self.depth, Babl.get_name(Babl.format_with_space(name, drawable.get_format())))

    def in_srgb(self, channels: int) -> PixelKind:
        """The same depth, sRGB-encoded."""
        return PixelKind(channels, self.depth, f"{_model(channels)} {self.depth}")

    @property
    def pixel_size(self) -> int:
        """Bytes."""
        return self.channels * _BYTES[self.depth]


class Restyled:
    """What became of a layer's pixels; in memory until it is written somewhere.

    Attributes:
        size, offsets: of the layer as it was seen.
        title: what a new layer with it is called.
    """

    def __init__(self, memory: LentMemory, kind: PixelKind, seen: Any, title: str) -> None:
        self._memory, self._kind = memory, kind
        self.size, self.offsets = (seen.get_width(), seen.get_height()), seen.get_offsets()[-2:]
        self.title = title

    def write_into(self, buffer: Any, progress: Progress) -> None:
        """Write every pixel into a buffer of the layer's size."""
        width, height = self.size
        row = width * self._kind.pixel_size
        for top, rows in strips(height, row):
            data = self._memory.read(top * row, rows * row)
            buffer.set(Gegl.Rectangle.new(0, top, width, rows), self._kind.babl, data)
            progress(top + rows, height, "write")
        buffer.flush()

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


@contextmanager
def as_seen(layer: Any) -> Iterator[Any]:
    """A layer whose own pixels are what is seen of it: itself, or a copy into which its effects are merged."""
    if not has_effects(layer):
        yield layer
        return
    copy = layer.copy()
    try:
        copy.merge_filters()
        yield copy
    finally:
        copy.delete()


def has_effects(layer: Any) -> bool:
    """Whether filters change what is seen of a layer, and not its pixels."""
    return any(effect.get_visible() for effect in layer.get_filters())


def strips(height: int, row_size: int) -> list[tuple[int, int]]:
    """(top, rows) of strips that are as high as whole tiles, and about 16 MB."""
    rows = max(1, _STRIP_BYTES // row_size // _TILE_ROWS) * _TILE_ROWS
    return [(top, min(rows, height - top)) for top in range(0, height, rows)]


def read_into(memory: LentMemory, layer: Any, kind: PixelKind, progress: Progress) -> None:
    """Copy a layer's pixels into memory."""
    width, height = layer.get_width(), layer.get_height()
    row, buffer = width * kind.pixel_size, layer.get_buffer()
    for top, rows in strips(height, row):
        place = Gegl.Rectangle.new(0, top, width, rows)
        memory.write(top * row, buffer.get(place, 1.0, kind.babl, Gegl.AbyssPolicy.NONE))
        progress(top + rows, height, "read")


def _model(channels: int) -> str:
    return ("Y'", "Y'A", "R'G'B'", "R'G'B'A")[channels - 1]

"""Transfer of the pixels of a layer, with effects, in its depth and color space, in strips."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_client import Progress, SharedMemory  # noqa: E402
from gi.repository import Babl, Gegl  # noqa: E402

_STRIP_BYTES = 1 << 24
_TILE_ROWS = 128
_NATIVE = {"u8": "u8", "u16": "u16"}  # depths that are transferred unchanged; all others as float
_BYTES = {"u8": 1, "u16": 2, "float": 4}


@dataclass(frozen=True)
class PixelKind:
    """The format of transferred pixels.

    Attributes:
        channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
        depth: u8, u16 or float.
        babl: name of the format, in the space of a drawable.
    """

    channels: int
    depth: str
    babl: str

    @classmethod
    def of(cls, drawable: Any) -> PixelKind:
        """Return the format in the drawable's depth if it is non-linear 8 or 16 bits, else in float."""
        own = drawable.get_format()
        encoding = Babl.format_get_encoding(own)
        model, _space, kind = encoding.partition(" ")
        depth = _NATIVE.get(kind, "float") if model in ("R'G'B'", "R'G'B'A", "Y'", "Y'A") else "float"
        return cls(0, depth, "").with_channels((1 if drawable.is_gray() else 3) + drawable.has_alpha(), drawable)

    def with_channels(self, channels: int, drawable: Any) -> PixelKind:
        """Return the format with other channels, in the space of a drawable."""
        name = f"{_model(channels)} {self.depth}"
        return PixelKind(channels, self.depth, Babl.get_name(Babl.format_with_space(name, drawable.get_format())))

    def in_srgb(self, channels: int) -> PixelKind:
        """Return the format with other channels, in sRGB."""
        return PixelKind(channels, self.depth, f"{_model(channels)} {self.depth}")

    @property
    def pixel_size(self) -> int:
        """Size of a pixel in bytes."""
        return self.channels * _BYTES[self.depth]


class Restyled:
    """The restyled pixels of a layer, in shared memory.

    Attributes:
        size, offsets: of the layer with its effects.
        title: name of a new layer.
        region: mask of a new layer, (H, W) 8 bits; None for everywhere.
        notes, remarks: for the user; remarks are on how the style fits.
    """

    def __init__(self, memory: SharedMemory, kind: PixelKind, seen: Any, title: str, region: bytes | None) -> None:
        self._memory, self._kind = memory, kind
        self.size, self.offsets = (seen.get_width(), seen.get_height()), seen.get_offsets()[-2:]
        self.title, self.region = title, region
        self.notes: list[str] = []
        self.remarks: list[str] = []

    def write_into(self, buffer: Any, progress: Progress) -> None:
        """Write the pixels into a buffer of the layer's size."""
        width, height = self.size
        row = width * self._kind.pixel_size
        for top, rows in strips(height, row):
            data = self._memory.read(top * row, rows * row)
            buffer.set(Gegl.Rectangle.new(0, top, width, rows), self._kind.babl, data)
            progress(top + rows, height, "write")
        buffer.flush()

    def close(self) -> None:
        """Free the memory."""
        self._memory.close()


@contextmanager
def as_seen(layer: Any) -> Iterator[Any]:
    """Yield the layer itself, or a copy with its effects merged."""
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
    """Whether a layer has non-destructive filters."""
    return any(effect.get_visible() for effect in layer.get_filters())


def strips(height: int, row_size: int) -> list[tuple[int, int]]:
    """Yield (top, rows) of strips of whole tiles, of about 16 MB."""
    rows = max(1, _STRIP_BYTES // row_size // _TILE_ROWS) * _TILE_ROWS
    return [(top, min(rows, height - top)) for top in range(0, height, rows)]


def read_into(memory: SharedMemory, layer: Any, kind: PixelKind, progress: Progress) -> None:
    """Copy a layer's pixels into memory."""
    width, height = layer.get_width(), layer.get_height()
    row, buffer = width * kind.pixel_size, layer.get_buffer()
    for top, rows in strips(height, row):
        place = Gegl.Rectangle.new(0, top, width, rows)
        memory.write(top * row, buffer.get(place, 1.0, kind.babl, Gegl.AbyssPolicy.NONE))
        progress(top + rows, height, "read")


def layout_of(layer: Any, kind: PixelKind) -> dict[str, Any]:
    """Return the layout of a layer's pixels in memory, as fields of a request."""
    return {
        "width": layer.get_width(),
        "height": layer.get_height(),
        "channels": kind.channels,
        "depth": kind.depth,
    }


def profile_of(image: Any) -> list[bytes]:
    """Return the image's color profile, if it has its own, as the blobs of a request."""
    profile = image.get_color_profile()
    return [] if profile is None else [bytes(profile.get_icc_profile())]


def _model(channels: int) -> str:
    return ("Y'", "Y'A", "R'G'B'", "R'G'B'A")[channels - 1]

"""Layers: what can be restyled, their pixels in their own depth and color space, and what becomes of them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_client import LentMemory, Progress, Worker  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

_log = logging.getLogger("portrait-style")
_STRIP_BYTES = 1 << 24
_TILE_ROWS = 128
_NATIVE = {"u8": "u8", "u16": "u16"}  # depths that are handed over as they are; all others as float
_BYTES = {"u8": 1, "u16": 2, "float": 4}


@dataclass(frozen=True)
class Request:
    """What is to be done to each layer: the arguments of the procedure."""

    style: str
    strength: float
    variation: int
    output: str
    rgb: bool
    series: bool

    def values(self) -> dict[str, Any]:
        """As the worker wants them."""
        names = ("style", "strength", "variation", "rgb", "series")
        return {name: getattr(self, name) for name in names}


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
    """What became of a layer's pixels; in memory until it is written somewhere."""

    def __init__(self, memory: LentMemory, kind: PixelKind, size: tuple[int, int], title: str) -> None:
        self._memory, self._kind, self._size = memory, kind, size
        self.title = title

    def write_into(self, buffer: Any, progress: Progress) -> None:
        """Write every pixel into a buffer of the layer's size."""
        width, height = self._size
        row = width * self._kind.pixel_size
        for top, rows in strips(height, row):
            data = self._memory.read(top * row, rows * row)
            buffer.set(Gegl.Rectangle.new(0, top, width, rows), self._kind.babl, data)
            progress(top + rows, height, "write")
        buffer.flush()

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


def require_layers(image: Any, drawables: list[Any]) -> None:
    """Check that these can be restyled.

    Raises:
        Problem: they cannot; says why, and what to do.
    """
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Problem(_("Images with indexed colors cannot be restyled. Choose Image > Mode > RGB first."))
    if image.get_floating_sel() is not None:
        raise Problem(_("Anchor the floating selection first (Layer > Anchor Layer)."))
    if not drawables:
        raise Problem(_("No layer is selected. Select the layer that shall be restyled."))
    for drawable in drawables:
        if not isinstance(drawable, Gimp.Layer):
            raise Problem(
                _("“{name}” is not a layer. Select a layer, not its mask or a channel.").format(
                    name=drawable.get_name()
                )
            )
        if drawable.is_group():
            raise Problem(
                _("“{name}” is a layer group. Select the layers in it instead.").format(name=drawable.get_name())
            )


def require_writable(drawables: list[Any]) -> None:
    """Check that their pixels may be replaced.

    Raises:
        Problem: they may not.
    """
    for layer in drawables:
        name = layer.get_name()
        if layer.get_lock_content():
            raise Problem(
                _("The pixels of layer “{name}” are locked. Unlock them, or choose a new layer.").format(name=name)
            )
        if _is_drawn_anew(layer):
            raise Problem(
                _("Layer “{name}” is a text, link or vector layer. Rasterize it, or choose a new layer.").format(
                    name=name
                )
            )


def restyle(worker: Worker, image: Any, layer: Any, request: Request, progress: Progress) -> tuple[Restyled, list[str]]:
    """Have a layer restyled; the image stays as it is.

    Returns:
        The result, and what the user should know.
    """
    kind, size = PixelKind.of(layer), (layer.get_width(), layer.get_height())
    layout = {"width": size[0], "height": size[1], "channels": kind.channels, "depth": kind.depth, "rgb": request.rgb}
    # Of whole numbers the worker adds the alpha that a new layer has faster than GIMP does; of floats it does not.
    layout["alpha"] = request.output == "new-layer" and kind.depth != "float"
    started = time.perf_counter()
    memory = worker.lend(layout)
    try:
        lent = time.perf_counter()
        _read_into(memory, layer, kind, progress)
        asked = time.perf_counter()
        answer = worker.ask("restyle", {**layout, **request.values()}, _profile(image), progress=progress)
        seconds = (lent - started, asked - lent, time.perf_counter() - asked)
        _log.debug("seconds to get memory: %.3f, to read: %.3f, to restyle: %.3f", *seconds)
    except BaseException:
        memory.close()
        raise
    becomes_color = answer["channels"] >= 3 > kind.channels
    title = f"{answer['name']} {request.strength:.0%}"
    if request.variation:
        title += ", " + _("variation {number}").format(number=request.variation)
    result = kind.in_srgb(answer["channels"]) if becomes_color else kind.with_channels(answer["channels"], layer)
    return Restyled(memory, result, size, title), answer.notes


def add_to_series(worker: Worker, image: Any, layer: Any, progress: Progress) -> None:
    """Let the worker look at a layer that shall match the others of its series."""
    kind, size = PixelKind.of(layer), (layer.get_width(), layer.get_height())
    layout = {"width": size[0], "height": size[1], "channels": kind.channels, "depth": kind.depth}
    memory = worker.lend(layout)
    try:
        _read_into(memory, layer, kind, progress)
        worker.ask("add-to-series", layout, _profile(image))
    finally:
        memory.close()


def new_layer(image: Any, source: Any, result: Restyled, progress: Progress) -> Any:
    """A layer with the result, not yet in the image; of the image's type as it is now."""
    is_gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if is_gray else Gimp.ImageType.RGBA_IMAGE
    size = (source.get_width(), source.get_height())
    layer = Gimp.Layer.new(image, result.title, *size, kind, 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(*source.get_offsets()[-2:])
    result.write_into(layer.get_buffer(), progress)
    layer.update(0, 0, *size)
    return layer


def insert_above(image: Any, source: Any, layer: Any) -> None:
    """Put a layer above its source; what hides a part of the source, or is not selected, is masked."""
    image.insert_layer(layer, source.get_parent(), image.get_item_position(source))
    hides = source.get_mask() if source.get_mask() is not None and source.get_apply_mask() else None
    if Gimp.Selection.is_empty(image):
        if hides is not None:
            _copy_mask(hides, layer)
    elif hides is None:
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    else:
        _mask_by_both(image, hides, layer)


def _copy_mask(mask: Any, layer: Any) -> None:
    copy = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(copy)
    width, height = mask.get_width(), mask.get_height()
    name, target = Babl.get_name(mask.get_format()), copy.get_buffer()
    for top, rows in strips(height, width * 4):
        place = Gegl.Rectangle.new(0, top, width, rows)
        target.set(place, name, mask.get_buffer().get(place, 1.0, name, Gegl.AbyssPolicy.NONE))
    target.flush()
    copy.update(0, 0, width, height)


def _mask_by_both(image: Any, mask: Any, layer: Any) -> None:
    """Mask a layer by another's mask and the selection together; the selection stays as it is."""
    kept = Gimp.Selection.save(image)
    try:
        image.select_item(Gimp.ChannelOps.INTERSECT, mask)
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)


def prepare_replacement(layer: Any, result: Restyled, progress: Progress) -> None:
    """Write the result where GIMP keeps what is not yet merged; the layer stays as it is."""
    result.write_into(layer.get_shadow_buffer(), progress)


def finish_replacement(layer: Any) -> None:
    """Merge what was prepared, where it is selected."""
    layer.merge_shadow(True)
    layer.update(0, 0, layer.get_width(), layer.get_height())


def strips(height: int, row_size: int) -> list[tuple[int, int]]:
    """(top, rows) of strips that are as high as whole tiles, and about 16 MB."""
    rows = max(1, _STRIP_BYTES // row_size // _TILE_ROWS) * _TILE_ROWS
    return [(top, min(rows, height - top)) for top in range(0, height, rows)]


def _read_into(memory: LentMemory, layer: Any, kind: PixelKind, progress: Progress) -> None:
    width, height = layer.get_width(), layer.get_height()
    row, buffer = width * kind.pixel_size, layer.get_buffer()
    for top, rows in strips(height, row):
        place = Gegl.Rectangle.new(0, top, width, rows)
        memory.write(top * row, buffer.get(place, 1.0, kind.babl, Gegl.AbyssPolicy.NONE))
        progress(top + rows, height, "read")


def _profile(image: Any) -> list[bytes]:
    """The image's color profile, if it has one of its own."""
    profile = image.get_color_profile()
    return [] if profile is None else [bytes(profile.get_icc_profile())]


def _is_drawn_anew(layer: Any) -> bool:
    """Whether GIMP draws its pixels itself, from text, a linked file or a path, and would undo what is painted."""
    if layer.is_text_layer():
        return True
    return any(getattr(layer, f"is_{kind}_layer", bool)() for kind in ("link", "vector"))


def _model(channels: int) -> str:
    return ("Y'", "Y'A", "R'G'B'", "R'G'B'A")[channels - 1]

"""The mask of a new layer: that of its source, the selection, and the region that gets the style."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_pixels import strips  # noqa: E402
from gi.repository import Babl, Gegl, Gimp  # noqa: E402


def add_mask(image: Any, source: Any, layer: Any, region: bytes | None) -> None:
    """Mask a new layer, which is in the image; where nothing holds, it gets no mask.

    Args:
        image: of both layers; its selection holds, and stays as it is.
        source: its mask holds, where it is applied.
        layer: the new layer.
        region: (H, W) of the layer, 8 bits, in which all masks are included; None for none.
    """
    hides, selects = _mask_that_hides(source), not Gimp.Selection.is_empty(image)
    if region is not None:
        _add_region(layer, region)
    elif hides is None:
        if selects:
            layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    elif selects or layer.get_width() != hides.get_width() or layer.get_height() != hides.get_height():
        _mask_by_both(image, hides, layer)
    else:
        _copy_mask(hides, layer)


@contextmanager
def nothing_selected(image: Any) -> Iterator[None]:
    """Clear the selection, and bring it back."""
    if Gimp.Selection.is_empty(image):
        yield
        return
    kept = Gimp.Selection.save(image)
    Gimp.Selection.none(image)
    try:
        yield
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)


def masks_over(image: Any, source: Any, seen: Any, *, selects: bool = True) -> list[bytes]:
    """Return what holds beside a region: the mask of the source, and the selection if it `selects`.

    Each is (H, W) of the seen layer, 8 bits.
    """
    left, top = seen.get_offsets()[-2:]
    found = []
    if selects and not Gimp.Selection.is_empty(image):
        found.append(_pixels(image.get_selection(), left, top, seen))
    hides = _mask_that_hides(source)
    if hides is not None:
        own_left, own_top = source.get_offsets()[-2:]
        found.append(_pixels(hides, left - own_left, top - own_top, seen))
    return found


def _pixels(mask: Any, left: int, top: int, seen: Any) -> bytes:
    place = Gegl.Rectangle.new(left, top, seen.get_width(), seen.get_height())
    return mask.get_buffer().get(place, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)


def _mask_that_hides(layer: Any) -> Any:
    """Return the mask of a layer, if it has one that is applied."""
    return layer.get_mask() if layer.get_mask() is not None and layer.get_apply_mask() else None


def _add_region(layer: Any, region: bytes) -> None:
    """Add a mask of a region, and mix as core does, so that its soft edges look as there."""
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    width, height, target = layer.get_width(), layer.get_height(), mask.get_buffer()
    for top, rows in strips(height, width):
        target.set(Gegl.Rectangle.new(0, top, width, rows), "Y u8", region[top * width : (top + rows) * width])
    target.flush()
    mask.update(0, 0, width, height)
    layer.set_composite_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)


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
    """Mask a layer by another's mask and the selection; the selection stays unchanged."""
    kept = Gimp.Selection.save(image)
    how = Gimp.ChannelOps.REPLACE if Gimp.Selection.is_empty(image) else Gimp.ChannelOps.INTERSECT
    try:
        image.select_item(how, mask)
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)

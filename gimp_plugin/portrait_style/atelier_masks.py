"""The mask of a new layer: that of its source, the selection, and the region that gets the style."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_pixels import strips  # noqa: E402
from gi.repository import Babl, Gegl, Gimp  # noqa: E402


def add_mask(image: Any, source: Any, layer: Any, region: bytes | None) -> None:
    """Mask a new layer, which is in the image, by all that holds; where nothing does, it gets no mask.

    Args:
        image: of both layers; its selection holds, and stays as it is.
        source: its mask holds, where it is applied.
        layer: the new layer.
        region: (H, W) of the layer, 8 bits; None for everywhere.
    """
    hides = source.get_mask() if source.get_mask() is not None and source.get_apply_mask() else None
    selects = not Gimp.Selection.is_empty(image)
    if region is not None:
        _add_region(layer, region)
        if selects or hides is not None:
            _mask_by_all(image, [mask for mask in (hides, layer.get_mask()) if mask is not None], layer)
    elif hides is None:
        if selects:
            layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    elif selects or layer.get_width() != hides.get_width() or layer.get_height() != hides.get_height():
        _mask_by_all(image, [hides], layer)
    else:
        _copy_mask(hides, layer)


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


def _mask_by_all(image: Any, masks: list[Any], layer: Any) -> None:
    """Mask a layer by masks, its own among them, and by the selection, which stays unchanged."""
    kept = Gimp.Selection.save(image)
    try:
        how = Gimp.ChannelOps.REPLACE if Gimp.Selection.is_empty(image) else Gimp.ChannelOps.INTERSECT
        for mask in masks:
            image.select_item(how, mask)
            how = Gimp.ChannelOps.INTERSECT
        if layer.get_mask() is not None:
            layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    finally:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)

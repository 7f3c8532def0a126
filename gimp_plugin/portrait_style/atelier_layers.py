"""Layers: checks, restyling, and insertion of results."""

from __future__ import annotations

import logging
import time
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from atelier_client import Progress, SharedMemory, Worker  # noqa: E402
from atelier_controls import Request, region_words  # noqa: E402
from atelier_masks import add_mask, masks_over, nothing_selected  # noqa: E402
from atelier_pixels import PixelKind, Restyled, as_seen, has_effects, layout_of, profile_of, read_into  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import Gimp  # noqa: E402

_log = logging.getLogger("portrait-style")
_LEAST_SHARE = 0.001  # of a layer: a region that is smaller was not found


def opened(drawables: list[Any]) -> list[Any]:
    """Return drawables with the layers in each group in its place, those of a group without layers left as it is."""
    found: dict[int, Any] = {}
    for drawable in drawables:
        inside = drawable.get_children() if isinstance(drawable, Gimp.GroupLayer) else []
        for one in opened(inside) if inside else [drawable]:
            found.setdefault(one.get_id(), one)
    return list(found.values())


def require_layers(image: Any, drawables: list[Any]) -> None:
    """Check that layers can be restyled.

    Raises:
        Problem: a layer cannot; the text says why, and what to do.
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
                _("“{name}” is a layer group without layers. Select another one.").format(name=drawable.get_name())
            )


def require_writable(drawables: list[Any]) -> None:
    """Check that the pixels of layers may be replaced.

    Raises:
        Problem: a layer is locked.
    """
    for layer in drawables:
        if layer.get_lock_content():
            text = _("The pixels of layer “{name}” are locked. Unlock them, or choose a new layer.")
            raise Problem(text.format(name=layer.get_name()))
        group = layer.get_parent()
        while group is not None:
            if group.get_lock_content():
                text = _("The layer group “{name}” is locked. Unlock it, or choose a new layer.")
                raise Problem(text.format(name=group.get_name()))
            group = group.get_parent()


def restyle(
    worker: Worker, image: Any, layer: Any, request: Request, progress: Progress, *, selects: bool = True
) -> Restyled:
    """Restyle a layer with its effects; the image is not changed.

    Args:
        worker: does it.
        image, layer: what is restyled.
        request: in which way.
        progress: called with (done, total, what).
        selects: whether the selection bounds a region.
    """
    with as_seen(layer) as seen:
        masks = masks_over(image, layer, seen, selects=selects) if request.masks_region else []
        return _restyled(worker, image, seen, request, masks, progress)


def _restyled(
    worker: Worker, image: Any, seen: Any, request: Request, masks: list[bytes], progress: Progress
) -> Restyled:
    kind = PixelKind.of(seen)
    # The worker adds an alpha channel to integer pixels faster than GIMP; not to floats.
    alpha = not request.replaces and kind.depth != "float"
    layout = {**layout_of(seen, kind), "rgb": request.rgb, "alpha": alpha}
    started = time.perf_counter()
    memory = worker.allocate(layout)
    try:
        allocated = time.perf_counter()
        read_into(memory, seen, kind, progress)
        asked = time.perf_counter()
        values, region, notes = request.values(), None, []
        if request.masks_region:
            region, notes = _region_mask(worker, image, seen, memory, {**layout, "region": request.region}, masks)
            values["region"] = "whole"
        answer = worker.ask("restyle", {**layout, **values}, profile_of(image), progress=progress)
        seconds = (allocated - started, asked - allocated, time.perf_counter() - asked)
        _log.debug("seconds to get memory: %.3f, to read: %.3f, to restyle: %.3f", *seconds)
    except BaseException:
        memory.close()
        raise
    becomes_color = answer["channels"] >= 3 > kind.channels
    result = kind.in_srgb(answer["channels"]) if becomes_color else kind.with_channels(answer["channels"], seen)
    restyled = Restyled(memory, result, seen, request.title(answer["name"]), region)
    restyled.notes, restyled.remarks = notes + answer.notes, answer.remarks
    return restyled


def _region_mask(
    worker: Worker, image: Any, seen: Any, memory: SharedMemory, request: dict[str, Any], masks: list[bytes]
) -> tuple[bytes, list[str]]:
    """Return the mask of a region of the layer in memory, where others hold too, and notes for the user.

    The memory is as before then.
    """
    size = seen.get_width() * seen.get_height()
    overwritten = memory.read(0, size)
    answer = worker.ask("mask", {**request, "masks": len(masks)}, [*profile_of(image), *masks])
    mask = memory.read(0, size)
    memory.write(0, overwritten)
    if answer["share"] >= _LEAST_SHARE:
        return mask, []
    text = _("No {region} was found in “{name}”. Paint the layer mask white where the style shall be seen.")
    return mask, [text.format(region=region_words()[request["region"]], name=seen.get_name())]


def add_to_series(worker: Worker, image: Any, layer: Any, progress: Progress) -> None:
    """Add a layer to the series that gets one look."""
    with as_seen(layer) as seen:
        kind = PixelKind.of(seen)
        memory = worker.allocate(layout_of(seen, kind))
        try:
            read_into(memory, seen, kind, progress)
            worker.ask("add-to-series", layout_of(seen, kind), profile_of(image))
        finally:
            memory.close()


def new_layer(image: Any, result: Restyled, progress: Progress) -> Any:
    """Create a layer of the result, outside the image, of the image's current type."""
    is_gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if is_gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, result.title, *result.size, kind, 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(*result.offsets)
    result.write_into(layer.get_buffer(), progress)
    layer.update(0, 0, *result.size)
    return layer


def insert_above(image: Any, source: Any, layer: Any, region: bytes | None) -> None:
    """Insert a layer above its source, seen as that is, masked by a region, the source's mask and the selection."""
    layer.set_opacity(source.get_opacity())
    layer.set_mode(source.get_mode())
    for name in ("blend_space", "composite_space", "composite_mode"):
        getattr(layer, f"set_{name}")(getattr(source, f"get_{name}")())
    layer.set_visible(source.get_visible())
    image.insert_layer(layer, source.get_parent(), image.get_item_position(source))
    add_mask(image, source, layer, region)


def renew(image: Any, layer: Any, result: Restyled, progress: Progress) -> None:
    """Replace all pixels of a layer by a result, whatever is selected; masks and effects of the layer stay.

    Raises:
        Problem: GIMP refused.
    """
    place = layer.get_offsets()[-2:]
    if (*result.size, *result.offsets) != (layer.get_width(), layer.get_height(), *place):
        layer.resize(*result.size, place[0] - result.offsets[0], place[1] - result.offsets[1])
    with nothing_selected(image):
        prepare_replacement(layer, result, progress)
        finish_replacement(layer)


def renew_mask(image: Any, layer: Any, source: Any, region: bytes | None) -> None:
    """Give a layer the mask of another region, within its source's mask."""
    if layer.get_mask() is not None:
        layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
    with nothing_selected(image):
        add_mask(image, source, layer, region)


def prepare_replacement(layer: Any, result: Restyled, progress: Progress) -> None:
    """Write the result into the layer's shadow buffer; the layer is not changed yet."""
    result.write_into(layer.get_shadow_buffer(), progress)


def finish_replacement(layer: Any) -> None:
    """Merge the shadow buffer within the selection; text, link and vector layers are rasterized.

    Raises:
        Problem: GIMP refused.
    """
    if not layer.merge_shadow(True):
        text = _("GIMP refused the new pixels of “{name}”. See whether it was locked meanwhile, then try again.")
        raise Problem(text.format(name=layer.get_name()))
    layer.update(0, 0, layer.get_width(), layer.get_height())


def notes_of_replacement(layers: list[Any]) -> list[str]:
    """Return notes for the user about replaced pixels."""
    text = _("“{name}” was a text, link or vector layer; now it holds pixels. Undo brings it back.")
    notes = [text.format(name=layer.get_name()) for layer in layers if _is_drawn_anew(layer)]
    text = _("The effects of “{name}” were merged into its pixels. Undo brings them back.")
    return notes + [text.format(name=layer.get_name()) for layer in layers if has_effects(layer)]


def _is_drawn_anew(layer: Any) -> bool:
    """Whether GIMP renders the layer from text, a linked file or a path."""
    drawn = layer.is_text_layer() or any(getattr(layer, f"is_{kind}_layer", bool)() for kind in ("link", "vector"))
    return drawn and not getattr(layer, "is_rasterized", bool)()

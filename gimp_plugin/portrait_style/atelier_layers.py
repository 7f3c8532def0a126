"""Layers: checks, restyling, and insertion of results."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Babl", "0.1")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from atelier_client import Progress, Worker  # noqa: E402
from atelier_pixels import PixelKind, Restyled, as_seen, has_effects, read_into, strips  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

_log = logging.getLogger("portrait-style")


@dataclass(frozen=True)
class Request:
    """The arguments of the procedure, for each layer."""

    style: str
    strength: float
    variation: int
    output: str
    rgb: bool
    series: bool

    @property
    def replaces(self) -> bool:
        """Whether the layer's own pixels are replaced."""
        return self.output == "replace"

    def values(self) -> dict[str, Any]:
        """Return the fields of the request to the worker."""
        names = ("style", "strength", "variation", "rgb", "series")
        return {name: getattr(self, name) for name in names}

    def title(self, style_name: str) -> str:
        """Return the name of a new layer."""
        title = f"{style_name} {self.strength:.0%}"
        if self.variation:
            title += ", " + _("variation {number}").format(number=self.variation)
        return title


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
                _("“{name}” is a layer group. Select the layers in it instead.").format(name=drawable.get_name())
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


def restyle(worker: Worker, image: Any, layer: Any, request: Request, progress: Progress) -> tuple[Restyled, list[str]]:
    """Restyle a layer with its effects; the image is not changed.

    Returns:
        The result, and notes for the user.
    """
    with as_seen(layer) as seen:
        return _restyled(worker, image, seen, request, progress)


def _restyled(
    worker: Worker, image: Any, seen: Any, request: Request, progress: Progress
) -> tuple[Restyled, list[str]]:
    kind = PixelKind.of(seen)
    # The worker adds an alpha channel to integer pixels faster than GIMP; not to floats.
    alpha = not request.replaces and kind.depth != "float"
    layout = {**_layout(seen, kind), "rgb": request.rgb, "alpha": alpha}
    started = time.perf_counter()
    memory = worker.allocate(layout)
    try:
        allocated = time.perf_counter()
        read_into(memory, seen, kind, progress)
        asked = time.perf_counter()
        answer = worker.ask("restyle", {**layout, **request.values()}, _profile(image), progress=progress)
        seconds = (allocated - started, asked - allocated, time.perf_counter() - asked)
        _log.debug("seconds to get memory: %.3f, to read: %.3f, to restyle: %.3f", *seconds)
    except BaseException:
        memory.close()
        raise
    becomes_color = answer["channels"] >= 3 > kind.channels
    result = kind.in_srgb(answer["channels"]) if becomes_color else kind.with_channels(answer["channels"], seen)
    return Restyled(memory, result, seen, request.title(answer["name"])), answer.notes


def add_to_series(worker: Worker, image: Any, layer: Any, progress: Progress) -> None:
    """Add a layer to the series that gets one look."""
    with as_seen(layer) as seen:
        kind = PixelKind.of(seen)
        memory = worker.allocate(_layout(seen, kind))
        try:
            read_into(memory, seen, kind, progress)
            worker.ask("add-to-series", _layout(seen, kind), _profile(image))
        finally:
            memory.close()


def _layout(layer: Any, kind: PixelKind) -> dict[str, Any]:
    """Return the layout of a layer's pixels in memory, as fields of a request."""
    return {
        "width": layer.get_width(),
        "height": layer.get_height(),
        "channels": kind.channels,
        "depth": kind.depth,
    }


def new_layer(image: Any, result: Restyled, progress: Progress) -> Any:
    """Create a layer of the result, outside the image, of the image's current type."""
    is_gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kind = Gimp.ImageType.GRAYA_IMAGE if is_gray else Gimp.ImageType.RGBA_IMAGE
    layer = Gimp.Layer.new(image, result.title, *result.size, kind, 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(*result.offsets)
    result.write_into(layer.get_buffer(), progress)
    layer.update(0, 0, *result.size)
    return layer


def insert_above(image: Any, source: Any, layer: Any) -> None:
    """Insert a layer above its source, masked by the source's mask and the selection."""
    image.insert_layer(layer, source.get_parent(), image.get_item_position(source))
    hides = source.get_mask() if source.get_mask() is not None and source.get_apply_mask() else None
    selects = not Gimp.Selection.is_empty(image)
    if hides is None:
        if selects:
            layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    elif selects or layer.get_width() != hides.get_width() or layer.get_height() != hides.get_height():
        _mask_by_both(image, hides, layer)
    else:
        _copy_mask(hides, layer)


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


def _profile(image: Any) -> list[bytes]:
    """Return the image's color profile, if it has its own."""
    profile = image.get_color_profile()
    return [] if profile is None else [bytes(profile.get_icc_profile())]


def _is_drawn_anew(layer: Any) -> bool:
    """Whether GIMP renders the layer from text, a linked file or a path."""
    drawn = layer.is_text_layer() or any(getattr(layer, f"is_{kind}_layer", bool)() for kind in ("link", "vector"))
    return drawn and not getattr(layer, "is_rasterized", bool)()

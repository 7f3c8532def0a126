"""The preview: a reduced layer before and after, as a split view with a movable line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from atelier_pixels import as_seen  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gdk, GdkPixbuf, Gegl, Gimp, GLib, Gtk, Pango  # noqa: E402

SIZE = 420  # pixels of the longer side
_CHECK = 8
_LINE = (1.0, 1.0, 1.0, 0.9)


@dataclass(frozen=True)
class Pixels:
    """A reduced layer with its effects, averaged by GIMP.

    Attributes:
        width, height: of the copy.
        data: 8-bit RGBA, sRGB.
    """

    width: int
    height: int
    data: bytes

    @classmethod
    def of(cls, layer: Any, size: int) -> Pixels:
        """Read a layer, with a longer side of at most `size` pixels."""
        with as_seen(layer) as seen:
            width, height, scale = _fitted(seen, size)
            return cls(width, height, _scaled(seen, (0, 0, width, height), scale, "u8"))


@dataclass(frozen=True)
class SmallLayer:
    """A reduced layer for the preview and the worker.

    Attributes:
        width, height: at most SIZE.
        gray: whether the layer is gray.
        is_reduced: whether the original layer is larger.
        pixels: float32 RGBA, sRGB.
        picture: the same in 8 bits.
        mask: the selection, 8 bits; None for everything.
    """

    width: int
    height: int
    gray: bool
    is_reduced: bool
    pixels: bytes
    picture: bytes
    mask: bytes | None

    @classmethod
    def of(cls, image: Any, layer: Any) -> SmallLayer:
        """Read a layer with its effects, averaged by GIMP."""
        with as_seen(layer) as seen:
            width, height, scale = _fitted(seen, SIZE)
            pixels, picture = (_scaled(seen, (0, 0, width, height), scale, kind) for kind in ("float", "u8"))
            left, top = (round(place * scale) for place in seen.get_offsets()[-2:])
        mask = None
        if not Gimp.Selection.is_empty(image):
            place = Gegl.Rectangle.new(left, top, width, height)
            mask = image.get_selection().get_buffer().get(place, scale, "Y u8", Gegl.AbyssPolicy.NONE)
        return cls(width, height, layer.is_gray(), scale < 1, pixels, picture, mask)


def _fitted(layer: Any, size: int) -> tuple[int, int, float]:
    """Return width, height and scale of a copy with a longer side of at most `size` pixels."""
    scale = min(1.0, size / max(layer.get_width(), layer.get_height()))
    width, height = (max(1, round(side * scale)) for side in (layer.get_width(), layer.get_height()))
    return width, height, scale


def _scaled(layer: Any, place: tuple[int, int, int, int], scale: float, depth: str) -> bytes:
    return layer.get_buffer().get(Gegl.Rectangle.new(*place), scale, f"R'G'B'A {depth}", Gegl.AbyssPolicy.NONE)


def pixels_of_image(image: Any, size: int) -> tuple[int, int, bytes]:
    """Return the visible pixels of an open image: width, height, float32 RGBA in sRGB."""
    copy = image.duplicate()
    try:
        layer = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
        width, height, scale = _fitted(layer, size)
        return width, height, _scaled(layer, (0, 0, width, height), scale, "float")
    finally:
        copy.delete()


class PreviewArea(Gtk.Box):
    """The widget of the preview."""

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._before: Any = None
        self._after: Any = None
        self._split = 0.5
        self._area = Gtk.DrawingArea()
        self._area.set_size_request(SIZE, SIZE)
        self._area.add_events(Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON1_MOTION_MASK)
        self._area.connect("draw", self._draw)
        self._area.connect("button-press-event", self._drag)
        self._area.connect("motion-notify-event", self._drag)
        self._frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        self._frame.add(self._area)
        self._shown = Gtk.CheckButton.new_with_mnemonic(_("_Preview"))
        self._shown.set_active(True)
        self._halved = Gtk.CheckButton.new_with_mnemonic(_("Spl_it view"))
        self._halved.set_tooltip_text(_("Before on the left, after on the right; drag the line"))
        self._spinner = Gtk.Spinner()
        self._state = Gtk.Label(xalign=1, ellipsize=Pango.EllipsizeMode.END)
        self._state.get_style_context().add_class("dim-label")
        self._words = Gtk.Label(xalign=0, wrap=True, max_width_chars=50, selectable=True)
        below = Gtk.Box(spacing=12)
        for button in (self._shown, self._halved):
            button.connect("toggled", lambda _button: self._area.queue_draw())
            below.pack_start(button, False, False, 0)
        below.pack_end(self._spinner, False, False, 0)
        below.pack_end(self._state, True, True, 0)
        self.pack_start(self._frame, True, True, 0)
        self.pack_start(below, False, False, 0)
        self.pack_start(self._words, False, False, 0)

    def set_before(self, small: SmallLayer) -> None:
        """Show the unchanged layer."""
        self._before = _picture(small.width, small.height, small.picture)
        self._area.set_size_request(max(small.width, 200), max(small.height, 200))
        self._area.queue_draw()

    def set_after(self, width: int, height: int, pixels: bytes) -> None:
        """Show the layer in the style: 8-bit RGBA."""
        self._after = _picture(width, height, pixels)
        self._area.queue_draw()

    def busy(self, busy: bool, text: str = "") -> None:
        """Show whether a better picture is being computed, with a text."""
        (self._spinner.start if busy else self._spinner.stop)()
        self._state.set_text(text)

    def say(self, text: str) -> None:
        """Show a message; empty for none."""
        self._words.set_text(text)
        self._words.set_visible(bool(text))

    def _draw(self, area: Any, context: Any) -> bool:
        if self._before is None:
            return False
        after = self._after if self._shown.get_active() and self._after is not None else self._before
        width, height = self._before.get_width(), self._before.get_height()
        context.translate(*self._origin(area))
        _checks(context, width, height)
        Gdk.cairo_set_source_pixbuf(context, after, 0, 0)
        context.paint()
        if self._halved.get_active() and after is not self._before:
            line = round(self._split * width)
            context.rectangle(0, 0, line, height)
            context.clip()
            _checks(context, width, height)
            Gdk.cairo_set_source_pixbuf(context, self._before, 0, 0)
            context.paint()
            context.reset_clip()
            context.set_source_rgba(*_LINE)
            context.rectangle(line - 0.5, 0, 1, height)
            context.fill()
        return False

    def _drag(self, area: Any, event: Any) -> bool:
        if self._before is None or not self._halved.get_active():
            return False
        left, _top = self._origin(area)
        self._split = min(max((event.x - left) / self._before.get_width(), 0.0), 1.0)
        area.queue_draw()
        return True

    def _origin(self, area: Any) -> tuple[int, int]:
        """Return the origin of the centered picture."""
        size = (area.get_allocated_width(), area.get_allocated_height())
        own = (self._before.get_width(), self._before.get_height())
        return max(0, (size[0] - own[0]) // 2), max(0, (size[1] - own[1]) // 2)


def _picture(width: int, height: int, pixels: bytes) -> Any:
    data = GLib.Bytes.new(pixels)
    return GdkPixbuf.Pixbuf.new_from_bytes(data, GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4)


def _checks(context: Any, width: int, height: int) -> None:
    """Draw the checkerboard behind transparency."""
    context.set_source_rgb(0.6, 0.6, 0.6)
    context.rectangle(0, 0, width, height)
    context.fill()
    context.set_source_rgb(0.4, 0.4, 0.4)
    for top in range(0, height, _CHECK):
        for left in range((top // _CHECK % 2) * _CHECK, width, 2 * _CHECK):
            context.rectangle(left, top, min(_CHECK, width - left), min(_CHECK, height - top))
    context.fill()

"""A picture before and after, as a split view with a movable line; a click or a drag elsewhere says where to look.

Sizes of pictures are pixels of the screen, of which `get_scale_factor` make one of GTK's along each axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cairo
import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from atelier_screen import is_low  # noqa: E402
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # noqa: E402

_CHECK = 8
_LINE = (1.0, 1.0, 1.0, 0.9)
_SHADE = (0.0, 0.0, 0.0, 0.5)
_NEAR = 8  # pixels from the line at which it is grabbed
_RESTS_AFTER = 150  # milliseconds without another size
SIZE, LOWEST = 420, 300  # pixels of each side at least, and where the screen is low
_NEARLY = 0.02  # a picture that is drawn at so nearly its own size is drawn at it, pixel for pixel

Frame = tuple[float, float, float, float]  # left, top, width, height, as parts of the picture


class Picture(Gtk.DrawingArea):
    """The widget.

    Attributes:
        shows_after: whether what is shown is after, where there is one.
        is_split: whether before is shown on the left.
        split: place of the line, 0 to 1.
        magnification: pixels of the screen along each axis of one that is drawn, of a part.

    Args:
        resized: called once the widget has another size and rests.
        line_moved: called with the new place of the line.
        dragged: called with the place of the pointer as parts of the picture, and how far it went in pixels since the
            last call, when the pointer is pressed or dragged away from the line.
        zoomed: called with 1 or -1 and the place of the pointer, when the wheel is turned while Control is held.
    """

    def __init__(
        self,
        resized: Callable[[], None],
        line_moved: Callable[[float], None],
        dragged: Callable[[tuple[float, float], tuple[float, float]], None],
        zoomed: Callable[[int, tuple[float, float]], None],
    ) -> None:
        super().__init__()
        self._resized, self._room, self._timer = resized, (0, 0), 0
        self._full_width = 0  # of what is shown reduced; 0 for a part, which is drawn pixel for pixel
        self.shows_after, self.is_split, self.split = True, False, 0.5
        self.can_be_dragged = False
        self.magnification = 1
        self._line_moved, self._dragged, self._zoomed = line_moved, dragged, zoomed
        self._before: Any = None
        self._after: Any = None
        self._frame: Frame | None = None
        self._pointer: tuple[float, float] | None = None  # while something other than the line is dragged
        presses = Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON_RELEASE_MASK
        self.add_events(presses | Gdk.EventMask.BUTTON1_MOTION_MASK | Gdk.EventMask.SCROLL_MASK)
        self.connect("draw", self._draw)
        self.connect("button-press-event", self._pressed)
        self.connect("motion-notify-event", self._moved)
        self.connect("scroll-event", self._scrolled)
        self.connect("size-allocate", self._allocated)
        self.connect("notify::scale-factor", lambda *_changed: self._resized())

    def do_get_preferred_width(self) -> tuple[int, int]:
        """Return the least and the natural width, for GTK."""
        return LOWEST if is_low() else SIZE, SIZE

    def do_get_preferred_height(self) -> tuple[int, int]:
        """Return the least and the natural height, for GTK."""
        return LOWEST if is_low() else SIZE, SIZE

    @property
    def room(self) -> tuple[int, int]:
        """Width and height in pixels of the screen; those it would like to have, as long as it has none."""
        sides = (self.get_allocated_width(), self.get_allocated_height())
        across, down = (side if side > 1 else SIZE for side in sides)
        return across * self.get_scale_factor(), down * self.get_scale_factor()

    def set_before(self, width: int, height: int, pixels: bytes, full_width: int = 0) -> None:
        """Show 8-bit RGBA pixels as before.

        Args:
            width, height: of the pixels.
            pixels: rows without gaps.
            full_width: of the whole that they are reduced from, which then fills the room; 0 for a part of it.
        """
        self._before, self._full_width = pixbuf(width, height, pixels), full_width
        self._after = None if self._after is not None and _unlike(self._after, self._before) else self._after
        self.queue_draw()

    def set_after(self, width: int, height: int, pixels: bytes) -> None:
        """Show 8-bit RGBA pixels as after."""
        self._after = pixbuf(width, height, pixels)
        self.queue_draw()

    def set_frame(self, frame: Frame | None) -> None:
        """Mark a part of the picture."""
        self._frame = frame
        self.queue_draw()

    def _draw(self, _area: Any, context: Any) -> bool:
        if self._before is None:
            return False
        after = self._after if self.shows_after and self._after is not None else self._before
        width, height = self._size()
        context.translate(*self._origin())
        _paint(context, after, width, height, self.magnification)
        if self.is_split and after is not self._before:
            line = round(self.split * width)
            context.save()
            context.rectangle(0, 0, line, height)
            context.clip()
            _paint(context, self._before, width, height, self.magnification)
            context.restore()
            context.set_source_rgba(*_LINE)
            context.rectangle(line - 0.5, 0, 1, height)
            context.fill()
        if self._frame is not None:
            _outline(context, self._frame, width, height)
        return False

    def _pressed(self, _area: Any, event: Any) -> bool:
        if self._before is None:
            return False
        left, _top = self._origin()
        is_near = abs(event.x - left - self.split * self._size()[0]) <= _NEAR
        takes_line = self.is_split and (is_near or not self.can_be_dragged)
        self._pointer = None if takes_line or not self.can_be_dragged else (event.x, event.y)
        return self._moved(_area, event)

    def _moved(self, _area: Any, event: Any) -> bool:
        if self._before is None:
            return False
        (left, top), (width, height) = self._origin(), self._size()
        if self._pointer is not None:
            gone = (event.x - self._pointer[0], event.y - self._pointer[1])
            self._pointer = (event.x, event.y)
            self._dragged(((event.x - left) / width, (event.y - top) / height), gone)
        elif self.is_split:
            self._line_moved(min(max((event.x - left) / width, 0.0), 1.0))
        return True

    def _scrolled(self, _area: Any, event: Any) -> bool:
        step = {Gdk.ScrollDirection.UP: 1, Gdk.ScrollDirection.DOWN: -1}.get(event.direction)
        if self._before is None or step is None or not event.state & Gdk.ModifierType.CONTROL_MASK:
            return False
        (left, top), (width, height) = self._origin(), self._size()
        across, down = (event.x - left) / width, (event.y - top) / height
        self._zoomed(step, (min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)))
        return True

    def _allocated(self, _area: Any, place: Any) -> None:
        if (place.width, place.height) != self._room:
            self._room = (place.width, place.height)
            if self._timer:
                GLib.source_remove(self._timer)
            self._timer = GLib.timeout_add(_RESTS_AFTER, self._rests)

    def _rests(self) -> bool:
        self._timer = 0
        self._resized()
        return GLib.SOURCE_REMOVE

    def _size(self) -> tuple[float, float]:
        """Return width and height of the picture as it is drawn."""
        width, height, factor = self._before.get_width(), self._before.get_height(), self.get_scale_factor()
        own = 1 / factor
        if not self._full_width:
            return width * own * self.magnification, height * own * self.magnification
        fitted = min(self.get_allocated_width() / width, self.get_allocated_height() / height)
        scale = min(fitted, self._full_width / width * own)
        scale = own if abs(scale / own - 1) < _NEARLY else scale
        return width * scale, height * scale

    def _origin(self) -> tuple[int, int]:
        """Return the origin of the centered picture."""
        around = (self.get_allocated_width(), self.get_allocated_height())
        own = self._size()
        return max(0, round((around[0] - own[0]) / 2)), max(0, round((around[1] - own[1]) / 2))


def pixbuf(width: int, height: int, pixels: bytes) -> Any:
    """Return 8-bit RGBA pixels as a picture."""
    data = GLib.Bytes.new(pixels)
    return GdkPixbuf.Pixbuf.new_from_bytes(data, GdkPixbuf.Colorspace.RGB, True, 8, width, height, width * 4)


def _unlike(one: Any, other: Any) -> bool:
    """Whether two pictures are of unlike shapes."""
    return abs(one.get_width() * other.get_height() / (one.get_height() * other.get_width()) - 1) > _NEARLY


def _paint(context: Any, picture: Any, width: float, height: float, magnification: int) -> None:
    _checks(context, round(width), round(height))
    context.save()
    context.scale(width / picture.get_width(), height / picture.get_height())
    Gdk.cairo_set_source_pixbuf(context, picture, 0, 0)
    if magnification > 1:
        context.get_source().set_filter(cairo.FILTER_NEAREST)  # each pixel is seen
    context.paint()
    context.restore()


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


def _outline(context: Any, frame: Frame, width: float, height: float) -> None:
    """Draw a light line within a dark one, to be seen on any picture."""
    left, top, across, down = frame
    place = (round(left * width), round(top * height), round(across * width), round(down * height))
    for color, size in ((_SHADE, 3), (_LINE, 1)):
        context.set_source_rgba(*color)
        context.set_line_width(size)
        context.rectangle(place[0] + 0.5, place[1] + 0.5, place[2] - 1, place[3] - 1)
        context.stroke()

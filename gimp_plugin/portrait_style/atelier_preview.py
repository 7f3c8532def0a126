"""The preview: a reduced layer, and a part of it at a zoom beside it, both before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_picture import LOWEST, Picture  # noqa: E402
from atelier_pixels import as_seen  # noqa: E402
from atelier_screen import is_low, widen  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gdk, Gegl, Gimp, Gtk, Pango  # noqa: E402

MAX_SIZE = 2000  # pixels of the longer side of what the worker restyles
ZOOMS = (25, 50, 100, 200)  # percent
_KEYS = {"plus": 1, "KP_Add": 1, "equal": 1, "minus": -1, "KP_Subtract": -1}


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
            width, height, scale = _fitted(seen, size, size)
            return cls(width, height, _scaled(seen, (0, 0, width, height), scale, "u8"))


@dataclass(frozen=True, eq=False)
class SmallLayer:
    """A reduced layer for the preview and the worker.

    Attributes:
        width, height: at most the room for it.
        full_size: width and height of the layer.
        gray: whether the layer is gray.
        is_reduced: whether the original layer is larger.
        pixels: float32 RGBA, sRGB.
        picture: the same in 8 bits.
        mask: the selection, 8 bits; None for everything.
    """

    width: int
    height: int
    full_size: tuple[int, int]
    gray: bool
    is_reduced: bool
    pixels: bytes
    picture: bytes
    mask: bytes | None

    @classmethod
    def of(cls, image: Any, layer: Any, room: tuple[int, int]) -> SmallLayer:
        """Read a layer with its effects, averaged by GIMP, to fit into a width and a height."""
        with as_seen(layer) as seen:
            width, height, scale = _fitted(seen, *room)
            pixels, picture = (_scaled(seen, (0, 0, width, height), scale, kind) for kind in ("float", "u8"))
            left, top = (round(place * scale) for place in seen.get_offsets()[-2:])
            full_size = (seen.get_width(), seen.get_height())
        mask = None
        if not Gimp.Selection.is_empty(image):
            place = Gegl.Rectangle.new(left, top, width, height)
            mask = image.get_selection().get_buffer().get(place, scale, "Y u8", Gegl.AbyssPolicy.NONE)
        return cls(width, height, full_size, layer.is_gray(), scale < 1, pixels, picture, mask)

    def would_differ_in(self, room: tuple[int, int]) -> bool:
        """Whether the layer would have another size in a width and a height."""
        scale = min(1.0, room[0] / self.full_size[0], room[1] / self.full_size[1])
        return (round(scale * self.full_size[0]), round(scale * self.full_size[1])) != (self.width, self.height)


def _fitted(layer: Any, across: int, down: int) -> tuple[int, int, float]:
    """Return width, height and scale of a copy of at most `across` x `down` pixels."""
    scale = min(1.0, across / layer.get_width(), down / layer.get_height())
    width, height = (max(1, round(side * scale)) for side in (layer.get_width(), layer.get_height()))
    return width, height, scale


def _scaled(layer: Any, place: tuple[int, int, int, int], scale: float, depth: str) -> bytes:
    return layer.get_buffer().get(Gegl.Rectangle.new(*place), scale, f"R'G'B'A {depth}", Gegl.AbyssPolicy.NONE)


def pixels_of_layer(layer: Any, size: int) -> tuple[int, int, bytes]:
    """Return a layer with its effects, small: width, height, float32 RGBA in sRGB."""
    with as_seen(layer) as seen:
        width, height, scale = _fitted(seen, size, size)
        return width, height, _scaled(seen, (0, 0, width, height), scale, "float")


def pixels_of_image(image: Any, size: int) -> tuple[int, int, bytes]:
    """Return the visible pixels of an open image: width, height, float32 RGBA in sRGB."""
    copy = image.duplicate()
    try:
        layer = copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
        width, height, scale = _fitted(layer, size, size)
        return width, height, _scaled(layer, (0, 0, width, height), scale, "float")
    finally:
        copy.delete()


class PreviewArea(Gtk.Box):
    """The widget of the preview.

    Attributes:
        detail: the part at a zoom.

    Args:
        resized: called when there is more or less room for the whole picture, or for the part.
        detail_wanted: called when a part shall be shown, or no more, or at another zoom.
        looked_at: called with a place in the layer, each 0 to 1, which the part shall show.
        detail_dragged: called with how far the part was dragged, in pixels of the screen.
        detail_pointed_at: called with a place in the part, each 0 to 1, that shall stay under the pointer at another
            zoom: before that changes.
    """

    def __init__(
        self,
        resized: Callable[[], None],
        detail_wanted: Callable[[], None],
        looked_at: Callable[[tuple[float, float]], None],
        detail_dragged: Callable[[tuple[float, float]], None],
        detail_pointed_at: Callable[[tuple[float, float], float], None],
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._looked_at, self._pointed_at = looked_at, detail_pointed_at
        self._whole = Picture(resized, self._move_line, lambda place, _gone: looked_at(place), self._zoom_whole)
        self.detail = Picture(resized, self._move_line, lambda _place, gone: detail_dragged(gone), self._zoom_detail)
        self.detail.can_be_dragged = True
        self._detail_frame = _framed(self.detail)
        self._detail_frame.set_no_show_all(True)
        self._detail_wanted = detail_wanted
        self._size_before = (1, 1)  # of the window, without the part
        self._spinner = Gtk.Spinner()
        self._state = Gtk.Label(xalign=1, ellipsize=Pango.EllipsizeMode.END)
        self._state.get_style_context().add_class("dim-label")
        self._words = Gtk.Label(xalign=0, wrap=True, max_width_chars=50, selectable=True, no_show_all=True)
        pictures = Gtk.Box(spacing=12)
        pictures.pack_start(_framed(self._whole), True, True, 0)
        pictures.pack_start(self._detail_frame, True, True, 0)
        self.pack_start(pictures, True, True, 0)
        for part in (self._below(), self._words):
            self.pack_start(part, False, False, 0)

    def _below(self) -> Any:
        self._shown = Gtk.CheckButton.new_with_mnemonic(_("_Preview"))
        self._shown.set_active(True)
        self._halved = Gtk.CheckButton.new_with_mnemonic(_("Spl_it view"))
        self._halved.set_tooltip_text(_("Before on the left, after on the right; drag the line"))
        self._close_up = Gtk.CheckButton.new_with_mnemonic(_("_Detail at"))
        self._close_up.set_tooltip_text(
            _("A part of the photo, pixel for pixel as it will be; drag it, or click in the whole picture")
        )
        self._zooms = Gtk.ComboBoxText(tooltip_text=_("Zoom: Ctrl and the wheel, or + and −"))
        for percent in ZOOMS:
            self._zooms.append(str(percent), f"{percent}%")
        self._zooms.set_active_id("100")
        for button in (self._shown, self._halved):
            button.connect("toggled", self._toggled)
        self._close_up.connect("toggled", self._toggle_detail)
        self._zooms.connect("changed", self._choose_zoom)
        zoom = Gtk.Box(spacing=4)
        zoom.pack_start(self._close_up, False, False, 0)
        zoom.pack_start(self._zooms, False, False, 0)
        below = Gtk.Box(spacing=6)  # so that there is room for the bold words of what is checked
        for widget in (self._shown, self._halved, zoom):
            below.pack_start(widget, False, False, 0)
        below.pack_end(self._spinner, False, False, 0)
        below.pack_end(self._state, True, True, 0)
        return below

    @property
    def shows_detail(self) -> bool:
        """Whether a part is wanted."""
        return self._close_up.get_active()

    @property
    def zoom(self) -> float:
        """Pixels of the screen along each axis of one of the layer, in the part."""
        return int(self._zooms.get_active_id()) / 100

    @property
    def room(self) -> tuple[int, int]:
        """Width and height for the whole picture, in pixels of the screen."""
        return tuple(min(max(side, LOWEST), MAX_SIZE) for side in self._whole.room)  # pyright: ignore[reportReturnType]

    @property
    def view(self) -> dict[str, Any]:
        """Whether before and after are shown side by side, where the line is, and the zoom: for the next dialog."""
        own = {"is_split": self._halved.get_active(), "split": self._whole.split}
        return {**own, "zoom": int(self._zooms.get_active_id())}

    @view.setter
    def view(self, values: dict[str, Any]) -> None:
        place = values.get("split")
        if isinstance(place, float) and 0 <= place <= 1:
            self._move_line(place)
        self._halved.set_active(values.get("is_split") is True)
        if values.get("zoom") in ZOOMS:
            self._zooms.set_active_id(str(values["zoom"]))

    def begin(self, small: SmallLayer) -> None:
        """Show the unchanged layer."""
        self._whole.set_before(small.width, small.height, small.picture, small.full_size[0])

    def set_after(self, width: int, height: int, pixels: bytes) -> None:
        """Show the layer in the style: 8-bit RGBA."""
        self._whole.set_after(width, height, pixels)

    def set_frame(self, frame: tuple[float, float, float, float] | None) -> None:
        """Mark the part of the layer that is shown at a zoom."""
        self._whole.set_frame(frame)

    def busy(self, busy: bool, text: str = "") -> None:
        """Show whether a better picture is being computed, with a text."""
        (self._spinner.start if busy else self._spinner.stop)()
        self._state.set_text(text)

    def say(self, text: str) -> None:
        """Show a message; empty for none."""
        self._words.set_text(text)
        self._words.set_visible(bool(text))

    def _toggled(self, _button: Any) -> None:
        for picture in (self._whole, self.detail):
            picture.shows_after, picture.is_split = self._shown.get_active(), self._halved.get_active()
            picture.queue_draw()

    def _toggle_detail(self, _button: Any) -> None:
        active, window = self._close_up.get_active(), self.get_toplevel()
        self._whole.can_be_dragged = active
        if active:
            self._size_before = tuple(window.get_size())
        self._detail_frame.set_visible(active)
        if not active:
            self._whole.set_frame(None)
            window.resize(*self._size_before)
        self._detail_wanted()
        if active and is_low():
            widen(window)

    def take_key(self, dialog: Any, event: Any) -> bool:
        """Let + and − zoom, unless they are typed into a field that has text; return whether they did."""
        step, focus = _KEYS.get(Gdk.keyval_name(event.keyval) or ""), dialog.get_focus()
        is_typed = isinstance(focus, Gtk.Entry) and focus.get_text()
        if step is None or (is_typed and not event.state & Gdk.ModifierType.CONTROL_MASK):
            return False
        if self.shows_detail:
            self._zoom_detail(step, (0.5, 0.5))
        elif step > 0:
            self._close_up.set_active(True)
        return True

    def _zoom_whole(self, step: int, place: tuple[float, float]) -> None:
        if self.shows_detail:
            self._zoom_detail(step, (0.5, 0.5))
        elif step > 0:
            self._close_up.set_active(True)
        self._looked_at(place)

    def _zoom_detail(self, step: int, place: tuple[float, float]) -> None:
        number = min(max(ZOOMS.index(int(self._zooms.get_active_id())) + step, 0), len(ZOOMS) - 1)
        self._pointed_at(place, ZOOMS[number] / 100)
        self._zooms.set_active_id(str(ZOOMS[number]))

    def _choose_zoom(self, _box: Any) -> None:
        if self.shows_detail:
            self._detail_wanted()

    def _move_line(self, place: float) -> None:
        for picture in (self._whole, self.detail):
            picture.split = place
            picture.queue_draw()


def _framed(picture: Picture) -> Any:
    frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
    frame.add(picture)
    picture.show()
    return frame

"""Dialogs on small screens: they open no larger than there is room, and what is too high for them scrolls."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, GObject, Gtk  # noqa: E402

_HIGH = 950  # pixels that the highest of the dialogs has room in
_BETWEEN = 24  # pixels between columns, and at the sides
_FRAME, _SIDES = 44, 4  # pixels of a title bar and a border, and of the borders at the sides


def open_within_screen(dialog: Any, wanted: tuple[int, int] | None = None) -> None:
    """Let a dialog, whose content is there already, open at a size for which the screen has room.

    Args:
        dialog: not shown yet.
        wanted: width and height; None for what its content would like to have.
    """
    natural = dialog.get_preferred_size()[1]
    sides = zip(wanted or (None, None), (natural.width, natural.height), _room(), strict=True)
    dialog.set_default_size(*(_side(side, content, room) for side, content, room in sides))


def _side(wanted: int | None, natural: int, room: int) -> int:
    """Return a side of a window; -1 leaves to GTK what the content needs, which may grow until it is shown."""
    if wanted is None and natural <= room:
        return -1
    return min(natural if wanted is None else wanted, room)


def _room() -> tuple[int, int]:
    """Return width and height that a window can have on the screen that the mouse is on."""
    area = _workarea()
    return area.width - _SIDES, area.height - _FRAME


def _workarea() -> Any:
    """Return the screen that the mouse is on, without the desktop's bars."""
    display = Gdk.Display.get_default()
    _screen, across, down = display.get_default_seat().get_pointer().get_position()
    return display.get_monitor_at_point(across, down).get_workarea()


def keep_on_screen(dialog: Any) -> None:
    """Let a dialog that grows move up where it would leave the screen at the bottom."""

    def move_up() -> bool:
        left, top = dialog.get_position()
        area = _workarea()
        lowest = area.y + area.height - _FRAME - dialog.get_size()[1]
        if dialog.get_mapped() and top > max(lowest, area.y):
            dialog.move(left, max(lowest, area.y))
        return GLib.SOURCE_REMOVE

    dialog.connect("size-allocate", lambda *_changed: GLib.idle_add(move_up))


def widen(window: Any) -> None:
    """Let a window become as wide as its content would like to have it, as far as the screen has room."""
    across, down = window.get_size()
    window.resize(max(across, min(window.get_preferred_width()[1], _room()[0])), down)


def is_low() -> bool:
    """Return whether the screen has no room for the whole height of a dialog."""
    return _room()[1] < _HIGH


def has_width_for(*columns: Any) -> bool:
    """Return whether columns, which are not shown yet, have room beside each other in a dialog."""
    for column in columns:
        column.show_all()
    return sum(column.get_preferred_width()[1] + _BETWEEN for column in columns) < _room()[0]


def scrolling(content: Any, least: int) -> Any:
    """Return a frame in which a column of controls scrolls where there is no room for all of it.

    Args:
        content: the controls.
        least: pixels of its height that are always seen.
    """
    frame = Gtk.ScrolledWindow(
        hscrollbar_policy=Gtk.PolicyType.NEVER,
        min_content_height=least,
        propagate_natural_height=True,
        overlay_scrolling=False,  # a bar that is seen says that there is more
    )
    frame.add(content)
    content.set_focus_vadjustment(frame.get_vadjustment())  # what gets the focus comes into view
    _let_wheel_scroll(content, frame.get_vadjustment())
    return frame


def _let_wheel_scroll(widget: Any, adjustment: Any) -> None:
    """Let the mouse wheel scroll the frame instead of changing a control that comes under the mouse by that."""

    def scrolled(control: Any, _event: Any) -> bool:
        if adjustment.get_upper() > adjustment.get_page_size():
            GObject.signal_stop_emission_by_name(control, "scroll-event")
        return False  # the frame gets it

    if isinstance(widget, (Gtk.Range, Gtk.SpinButton, Gtk.ComboBox)):
        widget.connect("scroll-event", scrolled)
    elif isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            _let_wheel_scroll(child, adjustment)

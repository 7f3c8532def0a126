"""Three pictures side by side: before, in the style, and as the photographer finishes photos."""

from __future__ import annotations

from collections.abc import Sequence

import gi

gi.require_version("Gtk", "3.0")
from atelier_screen import is_low  # noqa: E402
from atelier_styles import cover, show_fitted  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gtk  # noqa: E402

_SIZE, _LOW = 210, 130  # pixels of the longer side, and where the screen is low


class Trio(Gtk.Box):
    """The pictures with what they are; nothing until there are some."""

    def __init__(self) -> None:
        super().__init__(spacing=12, homogeneous=True, no_show_all=True)

    def show_pictures(self, names: Sequence[str], jpegs: Sequence[bytes]) -> None:
        """Show pictures by their names, in the place of those before."""
        captions = {
            "sample": _("Before (a sample portrait)"),
            "untouched": _("Before (a photo of yours)"),
            "open": _("Before (the open photo)"),
            "styled": _("In the style"),
            "finished": _("A finished photo of yours"),
        }
        size = _LOW if is_low() else _SIZE
        for old in self.get_children():
            old.destroy()
        for name, jpeg in zip(names, jpegs, strict=False):
            box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=4)
            image = Gtk.Image()
            show_fitted(image, cover(jpeg), size)
            box.pack_start(image, True, True, 0)
            label = Gtk.Label(label=captions[name], wrap=True, justify=Gtk.Justification.CENTER, max_width_chars=24)
            label.get_style_context().add_class("dim-label")
            box.pack_start(label, False, False, 0)
            box.show_all()
            self.add(box)
        self.set_visible(bool(names))

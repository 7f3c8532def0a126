"""The list of styles with cover, name and description, and the menu of other styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
from atelier_words import _  # noqa: E402
from gi.repository import GdkPixbuf, Gimp, GLib, Gtk, Pango  # noqa: E402

_COVER = 60
# Some themes give labels their own background, and hardly any to selected rows.
_CSS = b"""label, box { background: none; }
row:selected { background-color: alpha(@theme_selected_bg_color, 0.55); }"""


class StyleList(Gtk.ScrolledWindow):
    """The list of styles.

    Args:
        chosen: called with the text of the selected style for the worker.
    """

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        self._chosen, self._rows = chosen, {}
        self._list = Gtk.ListBox(activate_on_single_click=True)
        self._list.connect("row-selected", self._selected)
        self._list.set_placeholder(_placeholder(_("Starting…")))
        self.set_size_request(360, 230)
        self.add(self._list)

    def fill(self, styles: list[dict], covers: list[bytes], current: str) -> None:
        """Show the installed styles, and select the current one."""
        for style, cover in zip(styles, covers, strict=True):
            self._add(style["name"], style["name"], style["description"], cover, -1)
        self._list.show_all()
        self.choose(current)

    def add_other(self, text: str, style: dict, cover: bytes) -> None:
        """Add a style that is not installed at the top, and select it."""
        if text not in self._rows:
            self._add(text, style["name"], style["description"], cover, 0)
            self._list.show_all()
        self.choose(text)

    def has(self, text: str) -> bool:
        """Whether a style is in the list."""
        return text in self._rows

    def choose(self, text: str) -> None:
        """Select a style, and scroll to it."""
        row = self._rows.get(text)
        if row is not None and not row.is_selected():
            self._list.select_row(row)
        if row is not None:
            GLib.idle_add(self._bring_into_sight, row)

    def _add(self, text: str, name: str, description: str, cover: bytes, place: int) -> None:
        title = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END)
        title.set_markup(f"<b>{GLib.markup_escape_text(name)}</b>")
        line = Gtk.Label(label=description, xalign=0, wrap=True, lines=2, ellipsize=Pango.EllipsizeMode.END)
        line.set_max_width_chars(34)
        line.get_style_context().add_class("dim-label")
        words = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, valign=Gtk.Align.CENTER)
        words.pack_start(title, False, False, 0)
        words.pack_start(line, False, False, 0)
        box = Gtk.Box(spacing=10, margin=4)
        box.pack_start(_cover(cover), False, False, 0)
        box.pack_start(words, True, True, 0)
        row = Gtk.ListBoxRow()
        for widget in (title, line, words, box, row):
            widget.get_style_context().add_provider(_looks(), Gtk.STYLE_PROVIDER_PRIORITY_USER)
        row.set_tooltip_text(description)
        row.text = text
        row.add(box)
        self._rows[text] = row
        self._list.insert(row, place)

    def _selected(self, _list: Any, row: Any) -> None:
        if row is not None:
            self._chosen(row.text)

    def _bring_into_sight(self, row: Any) -> bool:
        place, adjustment = row.get_allocation(), self.get_vadjustment()
        adjustment.clamp_page(place.y, place.y + place.height)
        return GLib.SOURCE_REMOVE


class OtherStyles(Gtk.MenuButton):
    """A menu button of other styles: an open image, a folder, a photo or a style file.

    Args:
        own: the image to restyle, which is not listed.
        from_image: called with an image.
        from_path: called with a path.
    """

    def __init__(self, own: Any, from_image: Callable[[Any], None], from_path: Callable[[str], None]) -> None:
        super().__init__(use_popover=False)
        words = Gtk.Box(spacing=6, halign=Gtk.Align.CENTER)
        words.pack_start(Gtk.Label.new_with_mnemonic(_("_Another Style")), False, False, 0)
        words.pack_start(Gtk.Image.new_from_icon_name("pan-down-symbolic", Gtk.IconSize.BUTTON), False, False, 0)
        self.add(words)
        self.set_tooltip_text(_("The style of an open image, of a folder, of a photo or a style file"))
        self._from_path = from_path
        menu = Gtk.Menu()
        others = [image for image in Gimp.get_images() if image.get_id() != own.get_id()]
        for image in others:
            self._add(menu, _("From the Open Image “{name}”").format(name=image.get_name()), from_image, image)
        if not others:
            self._add(menu, _("From an Open Image (no other is open)"), None, None)
        menu.append(Gtk.SeparatorMenuItem())
        self._add(menu, _("From a Folder of Photos…"), self._ask, Gtk.FileChooserAction.SELECT_FOLDER)
        self._add(menu, _("From a Photo or a Style File…"), self._ask, Gtk.FileChooserAction.OPEN)
        menu.show_all()
        self.set_popup(menu)

    def _add(self, menu: Any, label: str, act: Callable[[Any], None] | None, subject: Any) -> None:
        item = Gtk.MenuItem(label=label, sensitive=act is not None)
        if act is not None:
            item.connect("activate", lambda _item: act(subject))
        menu.append(item)

    def _ask(self, action: Any) -> None:
        folder = action == Gtk.FileChooserAction.SELECT_FOLDER
        title = _("A Folder of Finished Photos") if folder else _("A Photo or a Style File")
        dialog = Gtk.FileChooserDialog(title=title, transient_for=self.get_toplevel(), action=action, modal=True)
        dialog.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, _("_Open"), Gtk.ResponseType.OK)
        path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.OK else None
        dialog.destroy()
        if path:
            self._from_path(path)


def _looks() -> Any:
    provider = Gtk.CssProvider()
    provider.load_from_data(_CSS)
    return provider


def _cover(jpeg: bytes) -> Any:
    try:
        loader = GdkPixbuf.PixbufLoader.new_with_type("jpeg")
        loader.write(jpeg)
        loader.close()
        picture = loader.get_pixbuf()
        size = (_COVER, round(_COVER * picture.get_height() / picture.get_width()))
        return Gtk.Image.new_from_pixbuf(picture.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR))
    except GLib.Error:  # a style without a cover
        image = Gtk.Image.new_from_icon_name("image-x-generic", Gtk.IconSize.DIALOG)
        image.set_size_request(_COVER, _COVER)
        return image


def _placeholder(text: str) -> Any:
    label = Gtk.Label(label=text, margin=24)
    label.get_style_context().add_class("dim-label")
    label.show()
    return label

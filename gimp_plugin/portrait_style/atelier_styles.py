"""The styles as a grid of pictures with search and favorites, and the menu of other styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_folders import PHOTOS, STYLES, ask_for  # noqa: E402
from atelier_names import title_of  # noqa: E402
from atelier_picture import pixbuf  # noqa: E402
from atelier_screen import is_low  # noqa: E402
from atelier_state import remember, remembered  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gdk, GdkPixbuf, Gimp, GLib, Gtk, Pango  # noqa: E402

TILE_PIXELS = 192  # of the longer side of a style's picture of the user's photo, sharp at two pixels a point
_TILE, _COLUMNS, _RECENT = 96, 3, 6
_LOWEST, _HIGH = 130, 250  # pixels of the height of the grid, where the screen is low and where it is not
# Some themes give labels their own background, and hardly any to what is selected.
_CSS = b"""label, box { background: none; }
flowboxchild { padding: 4px; }
flowboxchild:selected, row:selected { background-color: alpha(@theme_selected_bg_color, 0.55); }"""


class StyleGrid(Gtk.Box):
    """The styles as pictures of the user's photo, with a search; favorites, those used last and own ones in front.

    Args:
        chosen: called with the text of the selected style for the worker.
    """

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._chosen, self._tiles = chosen, dict[str, _Tile]()
        kept = remembered()
        self._favorites, self._recent = (_texts(kept.get(name)) for name in ("favorites", "recent"))
        self._search = Gtk.SearchEntry(placeholder_text=_("Search styles"))
        self._search.connect("search-changed", lambda _entry: self._grid.invalidate_filter())
        self._search.connect("activate", lambda _entry: self._choose_first())
        self._search.connect("stop-search", lambda _entry: self._escape())
        self._grid = Gtk.FlowBox(
            homogeneous=True, max_children_per_line=_COLUMNS, min_children_per_line=_COLUMNS, valign=Gtk.Align.START
        )
        self._grid.set_filter_func(self._is_found)
        self._grid.set_sort_func(self._order)
        self._grid.connect("selected-children-changed", self._selected)
        scrolled = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER,
            shadow_type=Gtk.ShadowType.IN,
        )
        scrolled.set_size_request(360, _LOWEST if is_low() else _HIGH)
        scrolled.add(self._grid)
        self._adjustment = scrolled.get_vadjustment()
        self._words = Gtk.Label(xalign=0, wrap=True, lines=2, ellipsize=Pango.EllipsizeMode.END, max_width_chars=34)
        self._words.get_style_context().add_class("dim-label")
        self._words.set_text(_("Starting…"))
        self._star = Gtk.ToggleButton(valign=Gtk.Align.CENTER, tooltip_text=_("Favorite: shown first"))
        self._star.set_image(Gtk.Image.new_from_icon_name("non-starred-symbolic", Gtk.IconSize.BUTTON))
        self._star.connect("toggled", lambda _button: self._set_favorite())
        below = Gtk.Box(spacing=6)
        below.pack_start(self._words, True, True, 0)
        below.pack_start(self._star, False, False, 0)
        self.pack_start(self._search, False, False, 0)
        self.pack_start(scrolled, True, True, 0)
        self.pack_start(below, False, False, 0)

    def take_letter(self, dialog: Any, event: Any) -> bool:
        """Let a letter that is typed anywhere but into a field begin a search; return whether it did."""
        held = event.state & (Gdk.ModifierType.CONTROL_MASK | Gdk.ModifierType.MOD1_MASK)
        is_letter = not held and Gdk.keyval_to_unicode(event.keyval) > ord(" ")
        if not is_letter or isinstance(dialog.get_focus(), Gtk.Entry) or not self._search.handle_event(event):
            return False
        self._search.grab_focus_without_selecting()
        return True

    def await_words(self) -> None:
        """Let what is typed search."""
        self._search.grab_focus()

    def fill(self, styles: list[dict], covers: list[bytes], current: str) -> None:
        """Show the installed styles, and select the current one."""
        for style, cover in zip(styles, covers, strict=True):
            title, own = title_of(style["name"], style["origin"]), style["origin"] == "library"
            self._add(style["name"], title, style["description"], cover, is_users=own)
            if style["kind"] == "pixel":  # which takes seconds to paint
                self.keep_cover(style["name"])
        self._words.set_text("")
        self._grid.show_all()
        self.choose(current)

    def add_other(self, text: str, style: dict, cover: bytes) -> None:
        """Add a style that is not installed in front, and select it."""
        if text not in self._tiles:
            self._add(text, style["name"], style["description"], cover, is_other=True)
            self._grid.show_all()
        self.choose(text)

    def add_own(self, style: dict, cover: bytes) -> None:
        """Add a style that was saved, or replace the one of its name, and select it."""
        old = self._tiles.pop(style["name"], None)
        if old is not None:
            old.destroy()
        self._add(style["name"], style["name"], style["description"], cover, is_users=True)
        self._grid.show_all()
        self.choose(style["name"])

    def forget_other(self, text: str) -> None:
        """Take away a style that is not installed, as one that was saved takes its place."""
        if text in self._tiles and self._tiles[text].is_other:
            self._tiles.pop(text).destroy()

    def has(self, text: str) -> bool:
        """Whether a style is in the grid."""
        return text in self._tiles

    def is_installed(self, text: str) -> bool:
        """Whether a style is one of those that are installed."""
        return text in self._tiles and not self._tiles[text].is_other

    def shown_title(self, text: str) -> str:
        """Return what a style is called in the grid; empty if it is not there."""
        return self._tiles[text].title if text in self._tiles else ""

    def next_waiting(self) -> str | None:
        """Return the first style that is not shown on the user's photo yet, but could be."""
        seen = sorted(self._tiles.values(), key=self._rank)
        return next((tile.text for tile in seen if not tile.is_own and self._is_found(tile)), None)

    def set_picture(self, text: str, width: int, height: int, pixels: bytes) -> None:
        """Show a style on the user's photo: 8-bit RGBA."""
        if text in self._tiles:
            self._tiles[text].set_picture(pixbuf(width, height, pixels))

    def keep_cover(self, text: str) -> None:
        """Leave a style without a picture of the user's photo."""
        if text in self._tiles:
            self._tiles[text].is_own = self._tiles[text].keeps_cover = True

    def await_another_photo(self) -> None:
        """Let the pictures of a photo be replaced by those of another."""
        for tile in self._tiles.values():
            tile.is_own = tile.keeps_cover

    def choose(self, text: str) -> None:
        """Select a style, and scroll to it."""
        tile = self._tiles.get(text)
        if tile is None:
            return
        if not tile.is_selected():
            self._grid.select_child(tile)
        GLib.idle_add(self._bring_into_sight, tile)

    def was_used(self, text: str) -> None:
        """Remember a style as the one used last."""
        recent = [text, *(other for other in self._recent if other != text)][:_RECENT]
        if text in self._tiles and not self._tiles[text].is_other:
            remember(recent=recent)

    def _add(self, text: str, title: str, description: str, jpeg: bytes, **sort: bool) -> None:
        self._tiles[text] = tile = _Tile(text, title, description, cover(jpeg), **sort)
        tile.set_favorite(text in self._favorites)
        self._grid.add(tile)

    def _selected(self, _grid: Any) -> None:
        chosen = self._grid.get_selected_children()
        if not chosen:
            return
        tile = chosen[0]
        self._words.set_text(tile.description[:1].upper() + tile.description[1:])
        self._words.set_tooltip_text(tile.description)
        self._star.set_active(tile.text in self._favorites)
        self._chosen(tile.text)

    def _set_favorite(self) -> None:
        chosen, wanted = self._grid.get_selected_children(), self._star.get_active()
        icon = "starred-symbolic" if wanted else "non-starred-symbolic"
        self._star.set_image(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.BUTTON))
        if not chosen or wanted == (chosen[0].text in self._favorites):
            return
        text = chosen[0].text
        self._favorites = [other for other in self._favorites if other != text] + ([text] if wanted else [])
        chosen[0].set_favorite(wanted)
        remember(favorites=self._favorites)
        self._grid.invalidate_sort()

    def _choose_first(self) -> None:
        """Select the best of those that are found, in names rather than in descriptions; press OK where it is that."""
        words = self._search.get_text().casefold()
        chosen = self._grid.get_selected_children()
        found = [tile for tile in self._tiles.values() if self._is_found(tile)]
        best = min(found, key=lambda tile: (words not in tile.title.casefold(), self._rank(tile)), default=None)
        if not words or (chosen and chosen[0] is best):
            self.get_toplevel().activate_default()
        elif best is not None:
            self.choose(best.text)

    def _escape(self) -> None:
        """End the search; without one, the dialog, as everywhere: the entry would keep the key to itself."""
        if self._search.get_text():
            self._search.set_text("")
        else:
            self.get_toplevel().response(Gtk.ResponseType.CANCEL)

    def _is_found(self, tile: Any, *_data: Any) -> bool:
        words = self._search.get_text().casefold().split()
        return all(word in tile.searched for word in words)

    def _order(self, one: Any, other: Any, *_data: Any) -> int:
        first, second = self._rank(one), self._rank(other)
        return (first > second) - (first < second)

    def _rank(self, tile: Any) -> tuple[int, int, str]:
        if tile.is_other:
            return 0, 0, tile.title.casefold()
        if tile.text in self._favorites:
            return 1, 0, tile.title.casefold()
        if tile.text in self._recent:
            return 2, self._recent.index(tile.text), ""
        return (3 if tile.is_users else 4), 0, tile.title.casefold()

    def _bring_into_sight(self, tile: Any) -> bool:
        place = tile.get_allocation()
        self._adjustment.clamp_page(place.y, place.y + place.height)
        return GLib.SOURCE_REMOVE


class _Tile(Gtk.FlowBoxChild):
    """One style: its picture and what it is called."""

    def __init__(
        self, text: str, title: str, description: str, cover: Any, *, is_other: bool = False, is_users: bool = False
    ) -> None:
        super().__init__()
        self.text, self.title, self.description = text, title, description
        self.is_other, self.is_users = is_other, is_users  # not installed; in the user's library
        self.searched = f"{title} {text} {description}".casefold()
        self.is_own = self.keeps_cover = False  # whether the picture is of the user's photo, or shall not become it
        self._picture, self._favorite = cover, False
        self._image = Gtk.Image(width_request=_TILE, height_request=_TILE)
        self._label = Gtk.Label(ellipsize=Pango.EllipsizeMode.END, max_width_chars=12)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2)
        box.pack_start(self._image, False, False, 0)
        box.pack_start(self._label, False, False, 0)
        for widget in (self._label, box, self):
            widget.get_style_context().add_provider(looks(), Gtk.STYLE_PROVIDER_PRIORITY_USER)
        self.set_tooltip_text(f"{title}\n{description}")
        self.add(box)
        self._show()
        self.connect("notify::scale-factor", lambda *_changed: self._show())

    def set_picture(self, picture: Any) -> None:
        self._picture, self.is_own = picture, True
        self._show()

    def set_favorite(self, favorite: bool) -> None:
        self._favorite = favorite
        self._show()

    def _show(self) -> None:
        self._label.set_text(f"★ {self.title}" if self._favorite else self.title)
        if self._picture is None:
            self._image.set_from_icon_name("image-x-generic", Gtk.IconSize.DIALOG)
            return
        show_fitted(self._image, self._picture, _TILE)


def show_fitted(image: Any, picture: Any, size: int) -> None:
    """Show a picture in a widget, its longer side of a size, sharp at several pixels a point."""
    factor = image.get_scale_factor()
    scale = size * factor / max(picture.get_width(), picture.get_height())
    width, height = (max(1, round(side * scale)) for side in (picture.get_width(), picture.get_height()))
    shown = picture.scale_simple(width, height, GdkPixbuf.InterpType.BILINEAR)
    image.set_from_surface(Gdk.cairo_surface_create_from_pixbuf(shown, factor, None))


class OtherStyles(Gtk.MenuButton):
    """A menu button of other styles: an open image, a folder, a photo or a style file.

    Args:
        own: the image to restyle, which is not listed; None for all.
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
        others = [image for image in Gimp.get_images() if own is None or image.get_id() != own.get_id()]
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
        path = ask_for(PHOTOS if folder else STYLES, title, self.get_toplevel(), action)
        if path:
            self._from_path(path)


def looks() -> Any:
    """Return how what is selected in a list or a grid is shown."""
    provider = Gtk.CssProvider()
    provider.load_from_data(_CSS)
    return provider


def cover(jpeg: bytes) -> Any:
    """Return a cover as a picture; None for a style without one."""
    try:
        loader = GdkPixbuf.PixbufLoader.new_with_type("jpeg")
        loader.write(jpeg)
        loader.close()
    except GLib.Error:
        return None
    return loader.get_pixbuf()


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []

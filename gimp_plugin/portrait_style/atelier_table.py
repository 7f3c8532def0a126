"""The dialog of Color Table: the table's file, the others beside it, controls, preview."""

from __future__ import annotations

import os
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_control_box import TableBox  # noqa: E402
from atelier_controls import Request, clipped_table  # noqa: E402
from atelier_filter_dialog import FilterDialog, require_display  # noqa: E402
from atelier_folders import TABLES, folder_of, was_chosen  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GimpUi, Gtk, Pango  # noqa: E402

_SUFFIXES = (".cube", ".3dl", ".csp", ".spi1d", ".spi3d")
_PICTURES = (".png", ".tif", ".tiff")  # HaldCLUTs, among others
_SHOWN = ("table", "strength", "region")
_MOST = 500  # tables of a folder that are listed


def run_dialog(
    procedure: Any, config: Any, image: Any, drawables: list[Any], *, edits: bool = False
) -> list[str] | None:
    """Run the dialog, as that of Portrait Style."""
    require_display()
    GimpUi.init("plug-in-portrait-color-table")
    dialog = TableDialog(procedure, config, image, drawables, edits=edits)
    try:
        return dialog.remarks if dialog.run() else None
    finally:
        dialog.destroy()


class TableDialog(FilterDialog):
    """The dialog and its handlers; arguments as of `run_dialog`."""

    def __init__(self, procedure: Any, config: Any, image: Any, drawables: list[Any], *, edits: bool) -> None:
        self._edits = edits
        super().__init__(procedure, config, image, drawables, _("Color Table"), _SHOWN)

    def _made_controls(self, num_layers: int) -> Any:
        del num_layers
        self._chooser = Gtk.FileChooserButton(title=_("A Color Table"), action=Gtk.FileChooserAction.OPEN)
        for name, suffixes in ((_("Color tables"), (*_SUFFIXES, *_PICTURES)), (_("All files"), ("",))):
            kind = Gtk.FileFilter()
            kind.set_name(name)
            for suffix in suffixes:
                kind.add_pattern(f"*{suffix}")
                kind.add_pattern(f"*{suffix.upper()}")
            self._chooser.add_filter(kind)
        self._chooser.set_current_folder(folder_of(TABLES))
        self._chooser.connect("file-set", lambda chosen: self._take_file(chosen.get_filename()))
        self._list = TableList(lambda path: self._config.set_property("table", path))
        self._list.look_into(folder_of(TABLES))
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        box.pack_start(self._chooser, False, False, 0)
        box.pack_start(self._list, True, True, 0)
        controls = TableBox(self._config, has_output=not self._edits)
        self._explained = controls.explained
        box.pack_start(controls, False, False, 0)
        return box

    def _take_file(self, path: str | None) -> None:
        if path:
            was_chosen(TABLES, path)
            self._config.set_property("table", path)

    def _request(self) -> Request:
        return clipped_table(self._config, edits=self._edits)

    def _changed(self) -> None:
        path = self._request().style
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, bool(path))
        if path:
            self._chooser.set_filename(path)
            self._list.point_at(path)
        else:
            text = _("Choose a color table: a .cube, .3dl, .csp, .spi1d or .spi3d file, or a HaldCLUT (PNG or TIFF).")
            self._preview.say(text)
        super()._changed()


class TableList(Gtk.ScrolledWindow):
    """The tables in the folder of the chosen one, to walk through with the arrow keys.

    Args:
        chosen: called with the path of the selected table.
    """

    def __init__(self, chosen: Any) -> None:
        super().__init__(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        self._chosen, self._folder, self._paths = chosen, "", list[str]()
        self._list = Gtk.ListBox(activate_on_single_click=True)
        self._list.connect("row-selected", self._selected)
        text = _("The color tables in the folder of the one that is chosen are listed here.")
        hint = Gtk.Label(label=text, wrap=True, max_width_chars=30, margin=12, visible=True)
        hint.get_style_context().add_class("dim-label")
        self._list.set_placeholder(hint)
        self.set_size_request(360, 230)
        self.add(self._list)

    def look_into(self, folder: str) -> None:
        """List the tables of a folder, none of them chosen."""
        self._fill(folder, _tables_in(folder, _SUFFIXES))

    def point_at(self, path: str) -> None:
        """Select a table, among those of its folder."""
        folder = os.path.dirname(path)
        if folder != self._folder or path not in self._paths:
            self._fill(folder, _tables_of(folder, path))
        row = self._list.get_row_at_index(self._paths.index(path))
        if row is not None and not row.is_selected():
            self._list.select_row(row)

    def _fill(self, folder: str, paths: list[str]) -> None:
        self._folder, self._paths = folder, paths
        for row in self._list.get_children():
            row.destroy()
        for path in paths:
            name = os.path.basename(path)
            self._list.add(Gtk.Label(label=name, xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE, margin=4))
        self._list.show_all()

    def _selected(self, _list: Any, row: Any) -> None:
        if row is not None:
            self._chosen(self._paths[row.get_index()])


def _tables_of(folder: str, chosen: str) -> list[str]:
    """Return the tables in a folder, and pictures that may be HaldCLUTs where one was chosen."""
    paths = _tables_in(folder, _PICTURES if chosen.lower().endswith(_PICTURES) else _SUFFIXES)
    return paths if chosen in paths else [chosen, *paths]


def _tables_in(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    try:
        names = sorted((name for name in os.listdir(folder) if name.lower().endswith(suffixes)), key=str.lower)
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names[:_MOST]]

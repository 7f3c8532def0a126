"""Where the choosers of files and folders begin: where something of the kind was chosen last, else among pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
from atelier_state import remember, remembered  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GLib, Gtk  # noqa: E402

PHOTOS, STYLES, TABLES, SHARED = "photos", "styles", "tables", "shared"  # what is chosen
_PICTURES = (PHOTOS, STYLES)  # that are first looked for among the user's pictures
_KEPT = "folders"


def folder_of(kind: str) -> str:
    """Return the folder in which something of a kind was chosen last; at first that of pictures, or of the user."""
    kept = remembered().get(_KEPT)
    last = kept.get(kind) if isinstance(kept, dict) else None
    pictures = GLib.get_user_special_dir(GLib.UserDirectory.DIRECTORY_PICTURES) if kind in _PICTURES else None
    found = (path for path in (last, pictures) if isinstance(path, str) and path and os.path.isdir(path))
    return next(found, GLib.get_home_dir())


def was_chosen(kind: str, path: str) -> None:
    """Remember where something was chosen: a folder among its neighbors, which the next one is likely to be."""
    kept = remembered().get(_KEPT)
    others = kept if isinstance(kept, dict) else {}
    remember(**{_KEPT: {**others, kind: os.path.dirname(os.path.abspath(path))}})


def ask_for(kind: str, title: str, parent: Any, action: Any, *, save_as: str = "") -> str | None:
    """Ask for a file or a folder.

    Args:
        kind: of what is chosen.
        title, parent: of the window, and the window it belongs to.
        action: of GTK: open, choose a folder, or save.
        save_as: the name that is suggested for a new file.

    Returns:
        Its path; None if the user cancelled.
    """
    dialog = Gtk.FileChooserDialog(title=title, transient_for=parent, action=action, modal=True)
    saves = action == Gtk.FileChooserAction.SAVE
    accept = _("Save") if saves else _("_Open")
    dialog.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, accept, Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    dialog.set_current_folder(folder_of(kind))
    if saves:
        dialog.set_do_overwrite_confirmation(True)
        dialog.set_current_name(save_as)
    path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.OK else None
    dialog.destroy()
    if path:
        was_chosen(kind, path)
    return path


def folder_button(title: str, current: str, taken: Callable[[str], object]) -> Any:
    """Make the field of a folder of photos.

    Args:
        title: of its window.
        current: the folder it shows at first; empty for none.
        taken: called with another one that the user chose.
    """
    dialog = Gtk.FileChooserDialog(title=title, action=Gtk.FileChooserAction.SELECT_FOLDER)
    dialog.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, _("_Open"), Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    button = Gtk.FileChooserButton(dialog=dialog, hexpand=True)
    if current:
        button.set_filename(current)

    def begin(_dialog: Any) -> None:
        if not button.get_filename():  # else it begins there
            dialog.set_current_folder(folder_of(PHOTOS))

    def chosen(_button: Any) -> None:
        path = button.get_filename()
        if path:
            was_chosen(PHOTOS, path)
            taken(path)

    dialog.connect("show", begin)
    button.connect("file-set", chosen)
    return button

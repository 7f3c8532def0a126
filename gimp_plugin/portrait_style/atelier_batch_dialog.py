"""The dialog of Portrait Style for many photos: which photos, the style on the first of them, where results go."""

from __future__ import annotations

import os
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_batch import batch_of, checked_batch  # noqa: E402
from atelier_batch_run import FilesRun, ImagesRun  # noqa: E402
from atelier_client import Answer  # noqa: E402
from atelier_control_box import ControlBox  # noqa: E402
from atelier_dialog import StyleDialog  # noqa: E402
from atelier_filter_dialog import require_display  # noqa: E402
from atelier_folders import PHOTOS, ask_for, folder_button  # noqa: E402
from atelier_images import layers_to_restyle  # noqa: E402
from atelier_layers import opened  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gimp, GimpUi, Gio, GLib, GObject, Gtk  # noqa: E402

_BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


def run_dialog(procedure: Any, config: Any) -> bool:
    """Run the dialog, and restyle what was chosen.

    Returns:
        Whether photos were restyled.

    Raises:
        Problem: there is no display, or no open image could be begun.
    """
    require_display()
    GimpUi.init("plug-in-portrait-style-batch")
    dialog = BatchDialog(procedure, config)
    try:
        if not dialog.run():
            return False
    finally:
        dialog.destroy()
    batch = checked_batch(config)
    return FilesRun(batch).run() if batch.folder else ImagesRun().run(batch.request)


class BatchDialog(StyleDialog):
    """The dialog and its handlers."""

    def __init__(self, procedure: Any, config: Any) -> None:
        self._images = Gimp.get_images()
        self._loaded: Any = None  # the first photo of a folder, while it is shown
        self._loaded_path = ""
        self._planned: dict[str, Any] = {}  # what was last asked of the folder
        self._suggested = config.get_property("results") or ""
        found = [one for image in self._images for one in layers_to_restyle(image)]
        self._num_styled = sum(before is not None for _layer, before in found)
        image = self._images[0] if self._images else None
        super().__init__(procedure, config, image, _layers_of(image), edits=False)
        for name in ("folder", "results", "overwrite"):
            config.connect(f"notify::{name}", lambda *_changed: self._changed())

    def destroy(self) -> None:
        """Close the window, the connection and the photo that was shown."""
        super().destroy()
        self._forget_loaded()

    def _title(self) -> str:
        return _("Many Photos in One Style")

    def _made_box(self, num_layers: int) -> ControlBox:
        del num_layers
        box = ControlBox(self._config, is_gray=True, num_layers=1, has_output=True)
        box.add_check("series", _("Photos matc_h: all get one look"))
        return box

    def _made_picture(self) -> Any:
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        box.pack_start(self._made_source(), False, False, 0)
        box.pack_start(self._preview, True, True, 0)
        return box

    def _made_source(self) -> Any:
        """Return the fields of which photos, and where their results go."""
        grid = Gtk.Grid(column_spacing=8, row_spacing=6)
        text = _("All _open images: {count}").format(count=len(self._images))
        self._takes_images = Gtk.RadioButton.new_with_mnemonic(None, text)
        self._takes_images.set_sensitive(bool(self._images))
        takes_folder = Gtk.RadioButton.new_with_mnemonic_from_widget(self._takes_images, _("A folde_r of photos:"))
        folder = self._config.get_property("folder") or ""
        self._chooser = folder_button(
            _("A Folder of Photos"), folder, lambda _path: (takes_folder.set_active(True), self._take_folder())
        )
        takes_folder.set_active(bool(folder) or not self._images)
        takes_folder.connect("toggled", lambda _button: self._take_folder())
        self._results = self._made_results()
        label = Gtk.Label.new_with_mnemonic(_("Resu_lts in:"))
        label.set_xalign(1)
        label.set_mnemonic_widget(self._results)
        overwrite = Gtk.CheckButton.new_with_mnemonic(_("Replace file_s that are there"))
        self._config.bind_property("overwrite", overwrite, "active", _BOTH_WAYS)
        self._count = Gtk.Label(xalign=0)
        self._why = Gtk.Label(xalign=0, wrap=True, max_width_chars=50, no_show_all=True)
        below = Gtk.Box(spacing=12)
        below.pack_start(overwrite, False, False, 0)
        below.pack_end(self._count, False, False, 0)
        grid.attach(self._takes_images, 0, 0, 2, 1)
        for row, (left, right) in enumerate(((takes_folder, self._chooser), (label, self._results)), 1):
            grid.attach(left, 0, row, 1, 1)
            grid.attach(right, 1, row, 1, 1)
        grid.attach(below, 1, 3, 1, 1)
        grid.attach(self._why, 1, 4, 1, 1)
        for widget in (label, self._results, below):
            takes_folder.bind_property("active", widget, "sensitive", GObject.BindingFlags.SYNC_CREATE)
        return grid

    def _made_results(self) -> Any:
        entry = Gtk.Entry(
            hexpand=True,
            activates_default=True,
            placeholder_text=_("beside each photo, with the style's name in theirs"),
            tooltip_text=_("A folder, which is made if it is missing; empty for beside each photo"),
        )
        entry.set_icon_from_icon_name(Gtk.EntryIconPosition.SECONDARY, "folder-open-symbolic")
        entry.set_icon_tooltip_text(Gtk.EntryIconPosition.SECONDARY, _("Choose a folder"))
        entry.connect("icon-press", lambda *_pressed: self._ask_results())
        self._config.bind_property("results", entry, "text", _BOTH_WAYS)
        return entry

    def _ask_results(self) -> None:
        path = ask_for(PHOTOS, _("A Folder for the Results"), self._dialog, Gtk.FileChooserAction.SELECT_FOLDER)
        if path:
            self._results.set_text(path)

    def _take_folder(self) -> None:
        """Handle another choice of photos."""
        folder = "" if self._takes_images.get_active() else self._chooser.get_filename() or ""
        if folder == (self._config.get_property("folder") or ""):
            self._changed()  # none is chosen yet, which is told
        else:
            self._config.set_property("folder", folder)

    def _changed(self) -> None:
        folder = self._config.get_property("folder") or ""
        if self._controls.output is not None:
            self._controls.output.set_sensitive(not folder)  # files are written, and no layers
        self._suggest_results(folder)
        if not folder:
            self._show_images()
        elif (wanted := self._values_of_plan()) != self._planned:
            self._plan(wanted)
        super()._changed()

    def _suggest_results(self, folder: str) -> None:
        """Suggest a folder beside the photos, named after the style, as long as the user has not chosen one."""
        if not folder or self._results.get_text() != self._suggested:
            return
        style = os.path.splitext(os.path.basename((self._config.get_property("style") or "").rstrip("/\\")))[0]
        self._suggested = os.path.join(folder, style)
        self._results.set_text(self._suggested)

    def _show_images(self) -> None:
        """Show the first of the open images."""
        self._planned = {}
        wants_folder = not self._takes_images.get_active()
        self._count.set_text("")
        text = _("Layers in a style already: {count}. They are made anew in this one.")
        self._why.set_text(text.format(count=self._num_styled))
        self._why.set_visible(self._num_styled > 0 and not wants_folder)
        self._say_ready(0 if wants_folder else len(self._images))
        if wants_folder:
            self._preview.say(_("Choose a folder of photos."))
        if self._loaded is not None:
            loaded, self._loaded, self._loaded_path = self._loaded, None, ""  # at first: to look at another comes here
            image = self._images[0] if self._images else None
            self._look_at(image, next(iter(_layers_of(image)), None))
            loaded.delete()

    def _values_of_plan(self) -> dict[str, Any]:
        return {**batch_of(self._config, self._request()).values(), "only_plan": True}

    def _plan(self, wanted: dict[str, Any]) -> None:
        """Ask which photos of the folder there are, and are left to do."""
        self._planned = wanted
        self._say_ready(0)

        def planned(answer: Answer) -> None:
            if wanted is self._planned:
                self._show_plan(answer)

        def failed(text: str) -> None:
            if wanted is self._planned:
                self._count.set_text("")
                self._why.set_text(text)
                self._why.show()

        self._background.send("plan", lambda worker: worker.ask("batch", wanted), planned, failed)

    def _show_plan(self, answer: Answer) -> None:
        todo, total, refused = answer["todo"], answer["total"], answer["refused"]
        done = total - todo - refused
        text = _("Photos: {count}; done before: {done}") if done else _("Photos: {count}")
        self._count.set_text(text.format(count=total, done=done))
        self._tell_why(refused, answer["why"])
        self._say_ready(todo)
        if answer["first"] != self._loaded_path:
            self._load(answer["first"])

    def _tell_why(self, refused: int, why: str) -> None:
        """Say how many photos of the folder cannot be done, and why the first of them."""
        self._why.set_text(_("Cannot be done: {count}. The first: {why}").format(count=refused, why=why))
        self._why.set_visible(refused > 0)

    def _load(self, path: str) -> None:
        """Show a photo of the folder."""
        try:
            loaded = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
        except GLib.Error:  # GIMP cannot, and the worker perhaps can
            loaded = None
        Gimp.progress_end()  # of loading, which GIMP would show as long as the dialog is open
        before, self._loaded, self._loaded_path = self._loaded, loaded, path
        if loaded is not None:
            self._styles.await_another_photo()
            self._look_at(loaded, loaded.get_layers()[0])
            self._show_next_on_photo()
        if before is not None:
            before.delete()

    def _forget_loaded(self) -> None:
        if self._loaded is not None:
            self._loaded.delete()
        self._loaded, self._loaded_path = None, ""

    def _say_ready(self, count: int) -> None:
        """Say on the button how many photos it restyles."""
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, count > 0)
        self._dialog.set_ok_label(_("Rest_yle ({count})").format(count=count))


def _layers_of(image: Any) -> list[Any]:
    if image is None:
        return []
    return [layer for layer, _before in layers_to_restyle(image)] or opened(list(image.get_layers()))

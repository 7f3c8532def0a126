"""The dialog of Portrait Style: styles, controls, preview."""

from __future__ import annotations

import os
import shutil
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_client import Answer, Worker  # noqa: E402
from atelier_control_box import ControlBox  # noqa: E402
from atelier_controls import Request, absolute, clipped_request  # noqa: E402
from atelier_filter_dialog import FilterDialog, require_display  # noqa: E402
from atelier_folders import SHARED, ask_for  # noqa: E402
from atelier_memory import memory_of  # noqa: E402
from atelier_names import title_of  # noqa: E402
from atelier_preview import pixels_of_image  # noqa: E402
from atelier_screen import has_width_for, is_low, scrolling  # noqa: E402
from atelier_state import newly_learnt, was_used  # noqa: E402
from atelier_styles import TILE_PIXELS, OtherStyles, StyleGrid  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

_SHOWN = (
    "style",
    "strength",
    "variation",
    "rgb",
    "protect-skin",
    "region",
    "grain",
    "even",
    "second",
    "share",
)  # in the preview
_CONTROLS = 240  # pixels of the height of the controls that every screen has room for
_TRIED_AGAIN_AFTER = 400  # milliseconds, where something more urgent came
_IMAGE_SIZE = 256  # pixels of an open image as a style


def run_dialog(
    procedure: Any, config: Any, image: Any, drawables: list[Any], *, edits: bool = False
) -> list[str] | None:
    """Run the dialog; write the values into `config`.

    Args:
        procedure, config: of the call.
        image, drawables: what is restyled.
        edits: whether layers are changed that were restyled before; `drawables` are their sources.

    Returns:
        The remarks on how the style fits that were shown; None if the user did not press OK.

    Raises:
        Problem: there is no display.
    """
    require_display()
    GimpUi.init("plug-in-portrait-style")
    dialog = StyleDialog(procedure, config, image, drawables, edits=edits)
    try:
        return dialog.remarks if dialog.run() else None
    finally:
        dialog.destroy()


class StyleDialog(FilterDialog):
    """The dialog and its handlers; arguments as of `run_dialog`."""

    def __init__(self, procedure: Any, config: Any, image: Any, drawables: list[Any], *, edits: bool) -> None:
        self._styles = StyleGrid(lambda text: config.set_property("style", text))
        self._edits, self._paths = edits, dict[str, str]()  # the files of the installed styles, by name
        self._saved = ("", "")  # the style that was saved last, and what is said of it
        super().__init__(procedure, config, image, drawables, self._title(), _SHOWN)
        self._dialog.connect("key-press-event", self._styles.take_letter)

    def _title(self) -> str:
        return _("Edit Portrait Style") if self._edits else _("Portrait Style")

    def _made_box(self, num_layers: int) -> ControlBox:
        is_gray = self._layer is not None and self._layer.is_gray()
        return ControlBox(self._config, is_gray=is_gray, num_layers=num_layers, has_output=not self._edits)

    def _made_controls(self, num_layers: int) -> Any:
        others = OtherStyles(self._image, self._take_image, self._take_path)
        self._controls = controls = self._made_box(num_layers)
        self._explained = controls.explained
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        box.pack_start(self._styles, True, True, 0)
        buttons = Gtk.Box(spacing=6, homogeneous=True)
        self._save = Gtk.Button(label=_("Save This Style…"))
        self._save.connect("clicked", lambda _button: self._give_away() if self._is_shared() else self._ask_name())
        buttons.pack_start(others, True, True, 0)
        buttons.pack_start(self._save, True, True, 0)
        box.pack_start(buttons, False, False, 0)
        self._columns = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._columns.pack_start(box, True, True, 0)
        self._has_width = is_low() and has_width_for(self._preview, box, controls)
        self._columns.pack_start(scrolling(controls, _CONTROLS) if is_low() else controls, False, False, 0)
        self._arrange()
        return self._columns

    def _arrange(self) -> None:
        """Put controls beside the styles instead of below them, where the screen has width rather than height."""
        is_beside = self._has_width and not self._preview.shows_detail
        self._columns.set_orientation(Gtk.Orientation.HORIZONTAL if is_beside else Gtk.Orientation.VERTICAL)
        self._columns.set_spacing(12 if is_beside else 8)

    def _show_detail(self) -> None:
        self._arrange()
        super()._show_detail()

    def _request(self) -> Request:
        return clipped_request(self._config, edits=self._edits)

    def _begin(self) -> bool:
        self._background.send("styles", lambda worker: worker.ask("styles"), self._fill, self._fail)
        self._styles.await_words()
        return super()._begin()

    def _standing_hints(self) -> list[str]:
        name, text = self._saved
        hints = [text] if name and name == self._config.get_property("style") else []
        if self._edits or self._layer is None or memory_of(self._layer) is None:
            return hints
        text = _("This layer is in a style already. “Edit Portrait Style…” changes it instead of adding another.")
        return [*hints, text]

    def _fill(self, answer: Answer) -> None:
        self._paths = {style["name"]: style.get("path", "") for style in answer["styles"]}
        learnt = None if self._edits else newly_learnt()
        if learnt in [style["name"] for style in answer["styles"]]:
            self._config.set_property("style", learnt)
        self._styles.fill(answer["styles"], answer.blobs, self._config.get_property("style"))
        blendable = [style for style in answer["styles"] if style["kind"] != "pixel"]
        self._controls.set_styles({style["name"]: title_of(style["name"], style["origin"]) for style in blendable})
        self._changed()
        self._show_next_on_photo()

    def _changed(self) -> None:
        request = self._request()
        self._styles.choose(self._config.get_property("style") or "")
        self._save.set_label(_("Copy to Share…") if self._is_shared() else _("Save This Style…"))
        is_blend = bool(request.second and request.share)
        self._save.set_sensitive(is_blend or self._is_shared() or not self._styles.is_installed(request.style))
        super()._changed()

    def _is_shared(self) -> bool:
        """Whether the style is an installed one, which needs no saving, but can be given to others."""
        request = self._request()
        return not (request.second and request.share) and bool(self._paths.get(request.style))

    def _give_away(self) -> None:
        """Copy the file of the style to where the user wants it."""
        name = self._config.get_property("style")
        suggested = os.path.basename(self._paths[name])
        target = ask_for(SHARED, _("Copy to Share"), self._dialog, Gtk.FileChooserAction.SAVE, save_as=suggested)
        if not target:
            return
        try:
            shutil.copyfile(self._paths[name], target)
        except OSError as error:
            self._preview.say(
                _("{path} cannot be written ({cause}).").format(path=target, cause=error.strerror or error)
            )
            return
        text = _("{path} can be sent to others. In GIMP they open it by Another Style, then save it.")
        self._preview.say(text.format(path=target))

    def run(self) -> bool:
        """Run until OK or Cancel; remember the style that was used."""
        is_wanted = super().run()
        if is_wanted:
            if not self._edits:
                was_used()
            self._styles.was_used(self._config.get_property("style") or "")
        return is_wanted

    def _show_next_on_photo(self) -> bool:
        """Show one more style on the user's photo, when nothing else is to be done, and then the next."""
        text, small = self._styles.next_waiting(), self._small
        if text is None or small is None:
            return GLib.SOURCE_REMOVE

        def ask(worker: Worker) -> Answer:
            self._let_know(worker, small)
            return worker.ask("thumbnail", {"style": absolute(text), "size": TILE_PIXELS})

        def show(answer: Answer) -> None:
            self._styles.set_picture(text, answer["width"], answer["height"], answer.blobs[0])
            self._show_next_on_photo()

        def failed(why: str) -> None:
            if why:  # else something more urgent came
                self._styles.keep_cover(text)
            GLib.timeout_add(_TRIED_AGAIN_AFTER, self._show_next_on_photo)

        self._background.send("thumbnail", ask, show, failed, is_preemptible=True)
        return GLib.SOURCE_REMOVE

    def _ask_name(self) -> None:
        """Ask what the style shall be called, and save it in the user's library."""
        dialog = GimpUi.Dialog(title=_("Save This Style"), transient_for=self._dialog, modal=True)
        dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        dialog.add_button(_("Save"), Gtk.ResponseType.OK)
        dialog.set_default_response(Gtk.ResponseType.OK)
        name = Gtk.Entry(activates_default=True, width_chars=32, text=self._suggested_name())
        overwrite = Gtk.CheckButton(label=_("Replace a style of that name"))
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8, margin=12)
        for widget in (Gtk.Label(label=_("What the style shall be called"), xalign=0), name, overwrite):
            box.pack_start(widget, False, False, 0)
        box.show_all()
        dialog.get_content_area().pack_start(box, True, True, 0)
        is_wanted = dialog.run() == Gtk.ResponseType.OK and name.get_text().strip()
        values = {"name": name.get_text().strip(), "overwrite": overwrite.get_active()}
        dialog.destroy()
        if is_wanted:
            self._save_as(values)

    def _suggested_name(self) -> str:
        """Return what a style from a file is called there; empty for a blend, which is a new one."""
        request = self._request()
        is_blend = bool(request.second and request.share)
        return "" if is_blend else self._styles.shown_title(request.style)

    def _save_as(self, values: dict[str, Any]) -> None:
        request = self._request()
        asked = {**values, "style": request.style, "second": request.second, "share": request.values()["share"]}

        def saved(answer: Answer) -> None:
            name = answer["style"]["name"]
            text = _("“{name}” is saved among your styles, for every part of Portrait Atelier.")
            self._saved = (name, text.format(name=name))
            self._config.set_property("second", "")
            self._paths[name] = answer["style"].get("path", "")
            self._styles.forget_other(request.style)
            self._styles.add_own(answer["style"], answer.blobs[0])
            self._show_next_on_photo()
            self._preview.say("\n".join(self._standing_hints()))

        self._preview.busy(True)
        self._background.send("save", lambda worker: worker.ask("save-style", asked), saved, self._fail)

    def _drawn(self, answer: Answer) -> None:
        super()._drawn(answer)
        style = self._config.get_property("style")
        if not self._styles.has(style):
            self._describe(style)

    def _describe(self, text: str) -> None:
        """Add a style that is not installed to the list."""

        def ask(worker: Worker) -> Answer:
            return worker.ask("style", {"style": absolute(text)})

        def show(answer: Answer) -> None:
            self._styles.add_other(text, answer["style"], answer.blobs[0])
            self._show_next_on_photo()

        self._background.send("style", ask, show, self._fail)

    def _take_path(self, path: str) -> None:
        self._preview.say(_("Looking at the photos…"))
        self._config.set_property("style", path)

    def _take_image(self, image: Any) -> None:
        width, height, pixels = pixels_of_image(image, _IMAGE_SIZE)
        name = image.get_name().rpartition(".")[0] or image.get_name()
        values = {"name": name, "sizes": [[width, height]]}

        def show(answer: Answer) -> None:
            self._styles.add_other(answer["path"], answer["style"], answer.blobs[0])
            self._show_next_on_photo()

        def ask(worker: Worker) -> Answer:
            return worker.ask("style-from-images", values, [pixels])

        self._preview.busy(True)
        self._background.send("image", ask, show, self._fail)

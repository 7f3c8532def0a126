"""The dialog of Portrait Style: styles, controls, preview."""

from __future__ import annotations

import random
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_calls import MAX_STRENGTH, MAX_VARIATION, absolute  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_preview import Pixels, PreviewArea, SmallLayer, pixels_of_image  # noqa: E402
from atelier_styles import OtherStyles, StyleList  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import GimpUi, GLib, GObject, Gtk  # noqa: E402

_BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
_IMAGE_SIZE = 256  # pixels of an open image as a style


def run_dialog(procedure: Any, config: Any, image: Any, drawables: list[Any]) -> bool:
    """Run the dialog; write the values into `config`.

    Returns:
        Whether the user pressed OK.

    Raises:
        Problem: there is no display.
    """
    require_display()
    GimpUi.init("plug-in-portrait-style")
    dialog = StyleDialog(procedure, config, image, drawables)
    try:
        return dialog.run()
    finally:
        dialog.destroy()


def require_display() -> None:
    """Check that windows can be opened, since GTK would end the process otherwise.

    Raises:
        Problem: there is no display.
    """
    gi.require_version("Gdk", "3.0")
    from gi.repository import Gdk

    if not Gtk.init_check(None)[0] or Gdk.Display.get_default() is None:
        raise Problem(_("There is no display for a dialog. Call the procedure with run-mode NONINTERACTIVE."))


class StyleDialog:
    """The dialog and its handlers."""

    def __init__(self, procedure: Any, config: Any, image: Any, drawables: list[Any]) -> None:
        self._config, self._image, self._layer = config, image, drawables[0]
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, _("Portrait Style"))
        self._background = Background()
        self._small: SmallLayer | None = None
        self._wanted: dict[str, Any] = {}
        self._large: Pixels | None = None
        self._knows_layer: Worker | None = None
        self._knows_large: Worker | None = None
        self._preview = PreviewArea()
        self._styles = StyleList(lambda text: config.set_property("style", text))
        columns = Gtk.Box(spacing=12, margin=12)
        columns.pack_start(self._preview, True, True, 0)
        columns.pack_start(self._controls(len(drawables)), False, False, 0)
        columns.show_all()
        self._preview.say("")
        self._dialog.get_content_area().pack_start(columns, True, True, 0)
        for name in ("style", "strength", "variation", "rgb"):
            config.connect(f"notify::{name}", lambda *_changed: self._changed())
        GLib.idle_add(self._begin)

    def run(self) -> bool:
        """Run until OK or Cancel; return whether it was OK."""
        return self._dialog.run()

    def destroy(self) -> None:
        """Close the window and the connection."""
        self._background.close()
        self._dialog.destroy()

    def _controls(self, num_layers: int) -> Any:
        others = OtherStyles(self._image, self._take_image, self._take_path)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        box.pack_start(self._styles, True, True, 0)
        box.pack_start(others, False, False, 0)
        box.pack_start(self._strength(), False, False, 0)
        grid = Gtk.Grid(column_spacing=8, row_spacing=8)
        _labelled(grid, 0, _("_Variation:"), self._variation())
        _labelled(grid, 1, _("O_utput:"), self._output())
        box.pack_start(grid, False, False, 0)
        if self._layer.is_gray():
            gray = Gtk.CheckButton.new_with_mnemonic(_("_Gray image becomes color (RGB)"))
            self._config.bind_property("rgb", gray, "active", _BOTH_WAYS)
            box.pack_start(gray, False, False, 0)
        if num_layers > 1:
            text = _("{count} layers are selected. The preview shows the first, by itself.")
            box.pack_start(Gtk.Label(label=text.format(count=num_layers), xalign=0, wrap=True), False, False, 0)
            series = Gtk.CheckButton.new_with_mnemonic(_("Layers _match: all get one look"))
            self._config.bind_property("series", series, "active", _BOTH_WAYS)
            box.pack_start(series, False, False, 0)
        return box

    def _strength(self) -> Any:
        scale = GimpUi.ScaleEntry.new(_("S_trength:"), self._config.get_property("strength"), 0, MAX_STRENGTH, 2)
        scale.set_tooltip_text(_("0 leaves the photo as it is, 1 is the style, more exaggerates it"))
        self._config.bind_property("strength", scale, "value", _BOTH_WAYS)
        return scale

    def _variation(self) -> Any:
        number = Gtk.SpinButton.new_with_range(0, MAX_VARIATION, 1)
        number.set_activates_default(True)
        number.set_tooltip_text(_("Another print of the same style; 0 is the style's own"))
        self._config.bind_property("variation", number, "value", _BOTH_WAYS)
        another = Gtk.Button.new_with_mnemonic(_("_New"))
        another.set_tooltip_text(_("Draw another print"))
        another.connect("clicked", lambda _button: self._config.set_property("variation", random.randint(1, 99999)))
        box = Gtk.Box(spacing=6)
        box.pack_start(number, True, True, 0)
        box.pack_start(another, False, False, 0)
        return box

    def _output(self) -> Any:
        output = Gtk.ComboBoxText(hexpand=True)
        output.append("new-layer", _("New layer above"))
        output.append("replace", _("Replace the layer's pixels"))
        self._config.bind_property("output", output, "active-id", _BOTH_WAYS)
        return output

    def _begin(self) -> bool:
        """Start slow work after the window is shown."""
        self._background.send("styles", lambda worker: worker.ask("styles"), self._fill, self._fail)
        self._small = SmallLayer.of(self._image, self._layer)
        self._preview.set_before(self._small)
        self._changed()
        return GLib.SOURCE_REMOVE

    def _fill(self, answer: Answer) -> None:
        self._styles.fill(answer["styles"], answer.blobs, self._config.get_property("style"))
        self._changed()

    def _changed(self) -> None:
        """Handle a changed control: update preview and list."""
        style = self._config.get_property("style") or ""
        self._styles.choose(style)
        if not style.strip() or self._small is None:
            return
        values = {
            "style": absolute(style),
            "strength": min(max(self._config.get_property("strength"), 0.0), MAX_STRENGTH),
            "variation": min(max(self._config.get_property("variation"), 0), MAX_VARIATION),
            "rgb": self._config.get_property("rgb"),
        }
        self._preview.busy(True)
        self._wanted, small = values, self._small

        def ask(worker: Worker) -> Answer:
            return self._ask_preview(worker, small, values)

        def drawn(answer: Answer) -> None:
            self._drawn(answer)
            if answer["rough"] and values is self._wanted:
                self._refine(answer, small, values)

        self._background.send("preview", ask, drawn, self._fail)

    def _ask_preview(self, worker: Worker, small: SmallLayer, values: dict[str, Any]) -> Answer:
        """Request a preview, in the other thread; send the reduced layer first if the worker does not have it."""
        if worker is not self._knows_layer:
            size = {"width": small.width, "height": small.height}
            head = {**size, "gray": small.gray, "reduced": small.is_reduced}
            worker.ask("show", head, [small.pixels] if small.mask is None else [small.pixels, small.mask])
            self._knows_layer = worker
        return worker.ask("preview", values)

    def _ask_exact(self, worker: Worker, large: Pixels, small: SmallLayer, values: dict[str, Any]) -> Answer:
        """Request an exact preview, in the other thread; send the larger layer first if the worker does not have it."""
        if worker is not self._knows_layer:
            self._ask_preview(worker, small, values)
        if worker is not self._knows_large:
            head = {"width": large.width, "height": large.height, "gray": small.gray}
            worker.ask("show-large", head, [large.data])
            self._knows_large = worker
        return worker.ask("preview", {**values, "exact": True})

    def _refine(self, answer: Answer, small: SmallLayer, values: dict[str, Any]) -> None:
        """Request an exact preview after a rough one; preempted by other requests."""
        if self._large is None:
            self._large = Pixels.of(self._layer, answer["large"])
        large = self._large

        def ask(worker: Worker) -> Answer:
            return self._ask_exact(worker, large, small, values)

        def drawn(exact: Answer) -> None:
            if values is self._wanted:
                self._drawn(exact)

        self._preview.busy(True, _("Rough for now…"))
        self._background.send("exact", ask, drawn, self._not_refined, is_preemptible=True)

    def _not_refined(self, text: str) -> None:
        """Handle a failed exact preview; an empty text means that it was preempted."""
        if text:
            self._fail(text)

    def _drawn(self, answer: Answer) -> None:
        self._preview.busy(False)
        self._preview.say("\n".join(answer.notes))
        self._preview.set_after(answer["width"], answer["height"], answer.blobs[0])
        style = self._config.get_property("style")
        if not self._styles.has(style):
            self._describe(style)

    def _describe(self, text: str) -> None:
        """Add a style that is not installed to the list."""

        def ask(worker: Worker) -> Answer:
            return worker.ask("style", {"style": absolute(text)})

        def show(answer: Answer) -> None:
            self._styles.add_other(text, answer["style"], answer.blobs[0])

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

        def ask(worker: Worker) -> Answer:
            return worker.ask("style-from-images", values, [pixels])

        self._preview.busy(True)
        self._background.send("image", ask, show, self._fail)

    def _fail(self, text: str) -> None:
        self._preview.busy(False)
        self._preview.say(text)


def _labelled(grid: Any, row: int, text: str, widget: Any) -> None:
    label = Gtk.Label.new_with_mnemonic(text)
    label.set_xalign(0)
    label.set_mnemonic_widget(widget)
    grid.attach(label, 0, row, 1, 1)
    grid.attach(widget, 1, row, 1, 1)
    widget.set_hexpand(True)

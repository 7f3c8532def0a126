"""The dialog of Portrait Style: styles, controls, preview."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_control_box import ControlBox  # noqa: E402
from atelier_controls import absolute, clipped_request  # noqa: E402
from atelier_detail import Detail  # noqa: E402
from atelier_preview import Pixels, PreviewArea, SmallLayer, pixels_of_image  # noqa: E402
from atelier_styles import OtherStyles, StyleList  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

_SHOWN = ("style", "strength", "variation", "rgb", "protect-skin", "region", "grain", "even")  # in the preview
_IMAGE_SIZE = 256  # pixels of an open image as a style


def run_dialog(procedure: Any, config: Any, image: Any, drawables: list[Any]) -> list[str] | None:
    """Run the dialog; write the values into `config`.

    Returns:
        The remarks on how the style fits that were shown; None if the user did not press OK.

    Raises:
        Problem: there is no display.
    """
    require_display()
    GimpUi.init("plug-in-portrait-style")
    dialog = StyleDialog(procedure, config, image, drawables)
    try:
        return dialog.remarks if dialog.run() else None
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
        self.remarks: list[str] = []  # that are shown
        self._large: Pixels | None = None
        self._knows_layer: Worker | None = None
        self._knows_large: Worker | None = None
        self._preview = PreviewArea(
            lambda _wanted: self._detail.show(self._wanted),
            lambda place: self._detail.look_at(place),
            lambda gone: self._detail.drag(gone),
        )
        self._detail = Detail(image, self._layer, self._background, self._preview, self._fail)
        self._styles = StyleList(lambda text: config.set_property("style", text))
        columns = Gtk.Box(spacing=12, margin=12)
        columns.pack_start(self._preview, True, True, 0)
        columns.pack_start(self._controls(len(drawables)), False, False, 0)
        columns.show_all()
        self._dialog.get_content_area().pack_start(columns, True, True, 0)
        for name in _SHOWN:
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
        controls = ControlBox(self._config, is_gray=self._layer.is_gray(), num_layers=num_layers)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        box.pack_start(self._styles, True, True, 0)
        box.pack_start(others, False, False, 0)
        box.pack_start(controls, False, False, 0)
        return box

    def _begin(self) -> bool:
        """Start slow work after the window is shown."""
        self._background.send("styles", lambda worker: worker.ask("styles"), self._fill, self._fail)
        self._small = SmallLayer.of(self._image, self._layer)
        self._preview.begin(self._small)
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
        values = {**clipped_request(self._config).values(), "series": False}
        self._preview.busy(True)
        self._wanted, small = values, self._small

        def ask(worker: Worker) -> Answer:
            return self._ask_preview(worker, small, values)

        def drawn(answer: Answer) -> None:
            self._drawn(answer)
            if values is self._wanted:
                (self._refine(answer, small, values) if answer["rough"] else self._detail.show(values))

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
                self._detail.show(values)

        self._preview.busy(True, _("Rough for now…"))
        self._background.send("exact", ask, drawn, self._not_refined, is_preemptible=True)

    def _not_refined(self, text: str) -> None:
        """Handle a failed exact preview; an empty text means that it was preempted."""
        if text:
            self._fail(text)

    def _drawn(self, answer: Answer) -> None:
        self._preview.busy(False)
        self.remarks = answer.remarks
        self._preview.say("\n".join([*answer.notes, *self.remarks]))
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

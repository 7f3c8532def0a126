"""The dialog of Portrait Style: styles, controls, preview."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_client import Answer, Worker  # noqa: E402
from atelier_control_box import ControlBox  # noqa: E402
from atelier_controls import Request, absolute, clipped_request  # noqa: E402
from atelier_filter_dialog import FilterDialog, require_display  # noqa: E402
from atelier_memory import memory_of  # noqa: E402
from atelier_preview import pixels_of_image  # noqa: E402
from atelier_styles import OtherStyles, StyleList  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GimpUi, Gtk  # noqa: E402

_SHOWN = ("style", "strength", "variation", "rgb", "protect-skin", "region", "grain", "even")  # in the preview
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
        self._styles = StyleList(lambda text: config.set_property("style", text))
        self._edits = edits
        title = _("Edit Portrait Style") if edits else _("Portrait Style")
        super().__init__(procedure, config, image, drawables, title, _SHOWN)

    def _made_controls(self, num_layers: int) -> Any:
        others = OtherStyles(self._image, self._take_image, self._take_path)
        controls = ControlBox(
            self._config, is_gray=self._layer.is_gray(), num_layers=num_layers, has_output=not self._edits
        )
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        box.pack_start(self._styles, True, True, 0)
        box.pack_start(others, False, False, 0)
        box.pack_start(controls, False, False, 0)
        return box

    def _request(self) -> Request:
        return clipped_request(self._config)

    def _begin(self) -> bool:
        self._background.send("styles", lambda worker: worker.ask("styles"), self._fill, self._fail)
        again = super()._begin()
        if not self._edits and memory_of(self._layer) is not None:
            text = _("This layer is in a style already. “Edit Portrait Style…” changes it instead of adding another.")
            self._preview.say(text)
        return again

    def _fill(self, answer: Answer) -> None:
        self._styles.fill(answer["styles"], answer.blobs, self._config.get_property("style"))
        self._changed()

    def _changed(self) -> None:
        self._styles.choose(self._config.get_property("style") or "")
        super()._changed()

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

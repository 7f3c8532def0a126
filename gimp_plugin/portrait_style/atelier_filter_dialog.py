"""The dialog of a filter: preview, part at a zoom, controls; which style is shown is up to what builds upon it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_controls import Request  # noqa: E402
from atelier_detail import Detail  # noqa: E402
from atelier_preview import Pixels, PreviewArea, SmallLayer  # noqa: E402
from atelier_screen import open_within_screen  # noqa: E402
from atelier_state import remember, remembered  # noqa: E402
from atelier_words import Problem, _  # noqa: E402
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402


def require_display() -> None:
    """Check that windows can be opened, since GTK would end the process otherwise.

    Raises:
        Problem: there is no display.
    """
    gi.require_version("Gdk", "3.0")
    from gi.repository import Gdk

    if not Gtk.init_check(None)[0] or Gdk.Display.get_default() is None:
        raise Problem(_("There is no display for a dialog. Call the procedure with run-mode NONINTERACTIVE."))


class FilterDialog(ABC):
    """The dialog and its handlers.

    Args:
        procedure, config: whose arguments the controls show.
        image, drawables: what is restyled; the preview shows the first layer. None and empty where that is not known
            yet.
        title: of the window.
        shown: the arguments that the preview depends on.
    """

    def __init__(
        self, procedure: Any, config: Any, image: Any, drawables: list[Any], title: str, shown: tuple[str, ...]
    ) -> None:
        self._config, self._image, self._layer = config, image, drawables[0] if drawables else None
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, title)
        self._background = Background()
        self._explained: list[tuple[str, str]] = []  # names and explanations of the controls
        self._small: SmallLayer | None = None
        self._room = (0, 0)  # for which it was read
        self._wanted: dict[str, Any] = {}
        self.remarks: list[str] = []  # that are shown
        self._large: Pixels | None = None
        self._knows_layer: tuple[Worker, SmallLayer] | None = None
        self._knows_large: Worker | None = None
        self._preview = PreviewArea(
            self._resized,
            self._show_detail,
            lambda place: self._detail.look_at(place),
            lambda gone: self._detail.drag(gone),
            lambda place, zoom: self._detail.hold(place, zoom),
        )
        self._dialog.connect("key-press-event", self._preview.take_key)
        self._detail = Detail(image, self._layer, self._background, self._preview, self._fail)
        columns = Gtk.Box(spacing=12, margin=12)
        columns.pack_start(self._made_picture(), True, True, 0)
        controls = self._made_controls(len(drawables))
        controls.set_hexpand(False)  # else those in it that fill their row would take half of what the preview can get
        columns.pack_start(controls, False, False, 0)
        columns.show_all()
        self._dialog.get_content_area().pack_start(columns, True, True, 0)
        self._add_help(procedure)
        kept = remembered()
        self._preview.view = kept
        open_within_screen(self._dialog, _size_of(kept.get("window")))
        self._background.send("start", lambda _worker: None, lambda _nothing: None, self._fail)
        for name in shown:
            config.connect(f"notify::{name}", lambda *_changed: self._changed())
        GLib.idle_add(self._begin)

    def run(self) -> bool:
        """Run until OK or Cancel; return whether it was OK."""
        is_wanted = self._dialog.run()
        kept = dict(self._preview.view)
        if not self._preview.shows_detail:
            kept["window"] = list(self._dialog.get_size())
        remember(**kept)
        return is_wanted

    def destroy(self) -> None:
        """Close the window and the connection."""
        self._background.close()
        self._dialog.destroy()

    def _add_help(self, procedure: Any) -> None:
        """Add a button beside OK and Cancel: their own would look for a page of GIMP's manual."""
        button = Gtk.Button(label=_("Help"), visible=True)
        button.connect("clicked", lambda _button: self._show_help(procedure))
        area = self._dialog.get_action_area()
        area.pack_start(button, False, False, 0)
        area.set_child_secondary(button, True)

    def _show_help(self, procedure: Any) -> None:
        parts = [_escaped(procedure.get_help() or "")]
        parts += [f"<b>{_escaped(name)}</b>\n{_escaped(text)}" for name, text in self._explained]
        dialog = Gtk.MessageDialog(
            transient_for=self._dialog, modal=True, buttons=Gtk.ButtonsType.CLOSE, title=_("Help")
        )
        dialog.set_markup(f"<big><b>{_escaped(procedure.get_blurb() or '')}</b></big>")
        dialog.format_secondary_markup("\n\n".join(part for part in parts if part))
        dialog.run()
        dialog.destroy()

    def _made_picture(self) -> Any:
        """Return what stands beside the controls: the preview."""
        return self._preview

    @abstractmethod
    def _made_controls(self, num_layers: int) -> Any:
        """Return the column of controls."""

    @abstractmethod
    def _request(self) -> Request:
        """Return what the controls say, each within its range."""

    def _standing_hints(self) -> list[str]:
        """Return what is said beside every preview."""
        return []

    def _begin(self) -> bool:
        """Start slow work after the window is shown."""
        self._read_layer()
        return GLib.SOURCE_REMOVE

    def _read_layer(self) -> None:
        """Read the layer as large as there is room for it, and show that."""
        if self._layer is None:
            return
        self._room = self._preview.room
        self._small = SmallLayer.of(self._image, self._layer, self._room)
        self._preview.begin(self._small)
        self._changed()

    def _look_at(self, image: Any, layer: Any) -> None:
        """Show another layer; None for none."""
        self._image, self._layer, self._small, self._large = image, layer, None, None
        self._detail.look_at_layer(image, layer)
        self._read_layer()

    def _resized(self) -> None:
        """Handle another size of the window: the preview grows and shrinks with it."""
        self._detail.resized()
        small, room = self._small, self._preview.room
        if small is not None and room != self._room and small.would_differ_in(room):
            self._read_layer()

    def _show_detail(self) -> None:
        """Show the part at a zoom, if it is wanted."""
        self._detail.show(self._wanted)

    def _changed(self) -> None:
        """Handle a changed control: update the preview."""
        request = self._request()
        if not request.style or self._small is None:
            return
        values = {**request.values(), "series": False}
        self._preview.busy(True, "" if self._background.is_connected else _("Starting…"))
        self._wanted, small = values, self._small

        def ask(worker: Worker) -> Answer:
            return self._ask_preview(worker, small, values)

        def drawn(answer: Answer) -> None:
            self._drawn(answer)
            if values is self._wanted:
                (self._refine(answer, small, values) if answer["rough"] else self._detail.show(values))

        self._background.send("preview", ask, drawn, self._fail)

    def _ask_preview(self, worker: Worker, small: SmallLayer, values: dict[str, Any]) -> Answer:
        """Request a preview, in the other thread."""
        self._let_know(worker, small)
        return worker.ask("preview", values)

    def _let_know(self, worker: Worker, small: SmallLayer) -> None:
        """Send the reduced layer, in the other thread, if the worker does not have it."""
        if (worker, small) != self._knows_layer:
            size = {"width": small.width, "height": small.height}
            head = {**size, "gray": small.gray, "reduced": small.is_reduced}
            worker.ask("show", head, [small.pixels] if small.mask is None else [small.pixels, small.mask])
            self._knows_layer, self._knows_large = (worker, small), None

    def _ask_exact(self, worker: Worker, large: Pixels, small: SmallLayer, values: dict[str, Any]) -> Answer:
        """Request an exact preview, in the other thread; send the larger layer first if the worker does not have it."""
        self._let_know(worker, small)
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
        self._preview.say("\n".join([*self._standing_hints(), *answer.notes, *self.remarks]))
        self._preview.set_after(answer["width"], answer["height"], answer.blobs[0])

    def _fail(self, text: str) -> None:
        self._preview.busy(False)
        self._preview.say(text)


def _size_of(kept: Any) -> tuple[int, int] | None:
    """Return a remembered size; None where there is none."""
    with suppress(TypeError, ValueError):
        across, down = kept
        return int(across), int(down)
    return None


def _escaped(text: str) -> str:
    return GLib.markup_escape_text(text)

"""The window of a batch: progress, Cancel, what was done, and the reasons where photos could not be restyled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_batch import Batch, ask_for_files, goes_on, said_of  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_controls import Request  # noqa: E402
from atelier_images import Outcome, not_done, restyle_images, summary_of, where_of  # noqa: E402
from atelier_styles import looks  # noqa: E402
from atelier_time_left import TimeLeft  # noqa: E402
from atelier_words import Stopped, _  # noqa: E402
from gi.repository import Gimp, GimpUi, Gio, GLib, Gtk, Pango  # noqa: E402

_OPEN_FOLDER = 1
_PHOTOS_TO_JUDGE = 3  # until their pace is told
_PULSE = 100  # milliseconds


class BatchWindow:
    """The window; GIMP can be used meanwhile."""

    def __init__(self) -> None:
        self._is_running, self._is_stopping, self._moves = True, False, True
        self._time_left = TimeLeft(_PHOTOS_TO_JUDGE)
        self._dialog = GimpUi.Dialog(title=_("Many Photos in One Style"), role="portrait-style-batch")
        self._show_folder = self._dialog.add_button(_("Show the _Results"), _OPEN_FOLDER)
        self._leave = self._dialog.add_button(_("_Cancel"), Gtk.ResponseType.CLOSE)
        self._dialog.set_default_size(560, -1)
        self._bar = Gtk.ProgressBar(show_text=True)
        self._bar.set_text(_("Starting…"))
        self._words = Gtk.Label(xalign=0, wrap=True, max_width_chars=64, selectable=True, no_show_all=True)
        self._list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE)
        self._frame = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, min_content_height=160, no_show_all=True)
        self._frame.add(self._list)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin=12)
        for widget, grows in ((self._bar, False), (self._words, False), (self._frame, True)):
            box.pack_start(widget, grows, grows, 0)
        box.show_all()
        self._show_folder.hide()
        self._dialog.get_content_area().pack_start(box, True, True, 0)
        GLib.timeout_add(_PULSE, self._pulse)

    def _show(self, done: int, total: int, share: float = 0.0) -> bool:
        if self._is_running and not self._is_stopping:
            self._moves = False
            text = _("{done} of {total} photos").format(done=done, total=total)
            self._bar.set_text(text + self._time_left.after(done, total))
            self._bar.set_fraction((done + share) / max(total, 1))
        return GLib.SOURCE_REMOVE

    def _pulse(self) -> bool:
        """Move the bar as long as nothing is known of the photos."""
        if self._is_running and self._moves:
            self._bar.pulse()
        return GLib.SOURCE_CONTINUE if self._is_running and self._moves else GLib.SOURCE_REMOVE

    def _stop(self) -> None:
        self._is_stopping = True
        self._bar.set_text(_("Stopping…"))
        self._leave.set_sensitive(False)

    def _end(self, text: str, failures: Sequence[tuple[str, str]] = (), told: Sequence[tuple[str, str]] = ()) -> None:
        """Say what came of the photos, as a sentence, and what there is to say of some."""
        self._is_running = False
        self._bar.hide()
        self._leave.set_label(_("_Close"))
        self._leave.set_sensitive(True)
        self._words.set_text(text)
        self._words.show()
        for icon, lines in (("dialog-warning-symbolic", failures), ("dialog-information-symbolic", told)):
            for name, line in lines:
                self._add(icon, name, line)
        self._frame.set_visible(bool(failures or told))

    def _add(self, icon: str, photo: str, said: str) -> None:
        """Add a photo with what there is to say of it."""
        row = Gtk.Box(spacing=8, margin=4)
        row.pack_start(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.MENU), False, False, 0)
        name = Gtk.Label(label=photo, xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE, width_chars=18, yalign=0)
        text = Gtk.Label(label=said[:1].upper() + said[1:], xalign=0, wrap=True, selectable=True, hexpand=True)
        row.pack_start(name, False, False, 0)
        row.pack_start(text, True, True, 0)
        for widget in (row, name, text):
            widget.get_style_context().add_provider(looks(), Gtk.STYLE_PROVIDER_PRIORITY_USER)
        self._list.add(row)
        self._list.show_all()


class FilesRun(BatchWindow):
    """The files of a folder, restyled by the worker.

    Args:
        batch: with a folder.
    """

    def __init__(self, batch: Batch) -> None:
        super().__init__()
        self._batch, self._background = batch, Background()
        self._has_some, self._results = False, ""

    def run(self) -> bool:
        """Restyle the photos, and show what came of it; return whether some were restyled."""
        self._background.send("batch", self._work, self._done, self._failed)
        while True:
            response = self._dialog.run()
            if response == _OPEN_FOLDER:
                Gio.AppInfo.launch_default_for_uri(GLib.filename_to_uri(self._results), None)
            elif self._is_running:
                self._stop()
                self._background.cancel(keep=True)
            else:
                break
        self._background.close()
        self._dialog.destroy()
        return self._has_some

    def _work(self, worker: Worker) -> Answer:
        return ask_for_files(worker, self._batch, self._report)

    def _report(self, done: int, total: int, _what: str) -> None:
        """Report progress, called in the other thread."""
        GLib.idle_add(self._show, done, total)

    def _done(self, answer: Answer) -> None:
        self._has_some, self._results = answer["done"] > 0, answer["results"]
        summary = said_of(answer)[0]
        if self._has_some:
            summary += "\n" + _("They are in {folder}.").format(folder=self._results)
        if self._is_stopping:
            summary += " " + goes_on()
        failures, told = ([(one["photo"], one["text"]) for one in answer[name]] for name in ("failures", "told"))
        self._end(summary, failures, told)
        self._show_folder.set_visible(answer["done"] + answer["skipped"] > 0)

    def _failed(self, text: str) -> None:
        self._end(text or _("Stopped."))


class ImagesRun(BatchWindow):
    """Open images, which only this thread may change: the window lives on between the steps of the work.

    Attributes:
        is_stopped: whether the user stopped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_stopped = False
        self._dialog.connect("response", self._respond)
        self._dialog.connect("delete-event", lambda *_event: True)  # else it would be gone before its summary

    def run(self, request: Request) -> bool:
        """Restyle all open images, and stay with a summary; return whether any was restyled.

        Raises:
            Problem: none could be begun.
        """
        self._dialog.show()
        try:
            found = restyle_images(Gimp.get_images(), request, self)
            self._sum_up(found)
            self._dialog.run()
        finally:
            self._dialog.destroy()
        return found.done > 0

    def wait(self) -> None:
        """Handle what the user does while the worker starts."""
        self._live()
        if self.is_stopped:
            raise Stopped

    def look_in(self, worker: Worker) -> None:
        """Handle what the user does while the worker works."""
        self._live()
        if self.is_stopped:
            worker.cancel()

    def show(self, number: int, count: int, share: float) -> None:
        """Show how much is done."""
        self._show(number, count, share)
        self._live()

    def _live(self) -> None:
        while Gtk.events_pending():
            Gtk.main_iteration_do(False)

    def _respond(self, _dialog: Any, _response: int) -> None:
        if self._is_running:
            self._stop()
            self.is_stopped = True

    def _sum_up(self, found: Outcome) -> None:
        text = summary_of(found) if found.lost is None else str(found.lost)
        left = [(name, not_done()) for name in found.waiting.values()]
        self._end("\n".join([text, *where_of(found)]), [*found.failures, *left], found.told)

"""The window of a batch of files: progress, Cancel, and the reasons where photos could not be restyled."""

from __future__ import annotations

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_batch import Batch, ask_for_files, said_of  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_styles import looks  # noqa: E402
from atelier_time_left import TimeLeft  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GimpUi, Gio, GLib, Gtk, Pango  # noqa: E402

_OPEN_FOLDER = 1
_PHOTOS_TO_JUDGE = 3  # until their pace is told
_PULSE = 100  # milliseconds


class BatchRun:
    """The window and its handlers; GIMP can be used meanwhile.

    Args:
        batch: with a folder.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch, self._background = batch, Background()
        self._is_running, self._is_stopping, self._has_some = True, False, False
        self._results, self._total = "", 0
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

    def run(self) -> bool:
        """Restyle the photos, and show what came of it; return whether some were restyled."""
        self._background.send("batch", self._work, self._done, self._failed)
        while True:
            response = self._dialog.run()
            if response == _OPEN_FOLDER:
                Gio.AppInfo.launch_default_for_uri(GLib.filename_to_uri(self._results), None)
            elif self._is_running:
                self._stop()
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

    def _show(self, done: int, total: int) -> bool:
        if self._is_running and not self._is_stopping:
            self._total = total
            text = _("{done} of {total} photos").format(done=done, total=total)
            self._bar.set_text(text + self._time_left.after(done, total))
            self._bar.set_fraction(done / max(total, 1))
        return GLib.SOURCE_REMOVE

    def _pulse(self) -> bool:
        """Move the bar as long as nothing is known of the photos."""
        if self._is_running and not self._total:
            self._bar.pulse()
        return GLib.SOURCE_CONTINUE if self._is_running and not self._total else GLib.SOURCE_REMOVE

    def _stop(self) -> None:
        self._is_stopping = True
        self._bar.set_text(_("Stopping…"))
        self._leave.set_sensitive(False)
        self._background.cancel(keep=True)

    def _done(self, answer: Answer) -> None:
        self._has_some, self._results = answer["done"] > 0, answer["results"]
        summary = said_of(answer)[0]
        if self._is_stopping:
            summary += " " + _("Begun again with the same settings, it goes on from there.")
        self._end(summary)
        for one in answer["failures"]:
            self._add("dialog-warning-symbolic", one)
        for one in answer["told"]:
            self._add("dialog-information-symbolic", one)
        self._frame.set_visible(bool(answer["failures"] or answer["told"]))
        self._show_folder.set_visible(answer["done"] + answer["skipped"] > 0)

    def _failed(self, text: str) -> None:
        self._end(text or _("Stopped."))

    def _end(self, text: str) -> None:
        self._is_running = False
        self._bar.hide()
        self._leave.set_label(_("_Close"))
        self._leave.set_sensitive(True)
        self._words.set_text(text)
        self._words.show()

    def _add(self, icon: str, one: dict[str, str]) -> None:
        """Add a photo with what there is to say of it."""
        row = Gtk.Box(spacing=8, margin=4)
        row.pack_start(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.MENU), False, False, 0)
        name = Gtk.Label(label=one["photo"], xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE, width_chars=18, yalign=0)
        text = Gtk.Label(label=one["text"], xalign=0, wrap=True, selectable=True, hexpand=True)
        row.pack_start(name, False, False, 0)
        row.pack_start(text, True, True, 0)
        for widget in (row, name, text):
            widget.get_style_context().add_provider(looks(), Gtk.STYLE_PROVIDER_PRIORITY_USER)
        self._list.add(row)
        self._list.show_all()

"""The dialog of Learn Portrait Style: folder, name, options; progress and result."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_background import Background  # noqa: E402
from atelier_calls import MAX_STEPS, ask_to_learn, checked_learning, step_of_learning  # noqa: E402
from atelier_client import Answer, Worker  # noqa: E402
from atelier_filter_dialog import require_display  # noqa: E402
from atelier_folders import folder_button  # noqa: E402
from atelier_learn_check import PhotoCheck  # noqa: E402
from atelier_open_photo import open_photo  # noqa: E402
from atelier_screen import is_low, keep_on_screen  # noqa: E402
from atelier_state import was_learnt  # noqa: E402
from atelier_time_left import TimeLeft  # noqa: E402
from atelier_trio import Trio  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GimpUi, GLib, GObject, Gtk  # noqa: E402

_BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
_LEARN, _KEEP = 1, 2
_SHOWN_NOTES = 6
_WIDTH, _MARGIN = 680, 12  # pixels
_SAID_WHERE_LOW = 96  # pixels of the height of what is said of a style; the rest scrolls
_STEPS_TO_JUDGE = 5  # until their pace is told
_PULSE = 100  # milliseconds
_PHOTO_SIZE = 640  # pixels of the longer side of the open photo, on which the style is shown
_log = logging.getLogger("portrait-style")


def run_dialog(_procedure: Any, config: Any) -> bool:
    """Run the dialog, and learn.

    Returns:
        Whether a style was learnt.

    Raises:
        Problem: there is no display.
    """
    require_display()
    GimpUi.init("plug-in-portrait-style-learn")
    dialog = LearnDialog(config)
    try:
        return dialog.run()
    finally:
        dialog.destroy()


class LearnDialog:
    """The dialog and its handlers."""

    def __init__(self, config: Any) -> None:
        self._config, self._background = config, Background()
        self._learning, self._stopping, self._learnt = False, False, False
        self._suggested = config.get_property("name") or ""  # not typed here: of the last time, or the folder's
        self._judged = ""  # the folder whose style the verdict is of
        self._time_left, self._total = TimeLeft(_STEPS_TO_JUDGE), 0
        self._dialog = GimpUi.Dialog(title=_("Learn Portrait Style"), role="portrait-style-learn")
        self._leave = self._dialog.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
        self._keep = self._dialog.add_button(_("_Stop and Keep the Best So Far"), _KEEP)
        self._start = self._dialog.add_button(_("_Learn"), _LEARN)
        self._dialog.set_default_response(_LEARN)
        self._dialog.set_default_size(_WIDTH, -1)
        keep_on_screen(self._dialog)
        self._fields = self._made_fields()
        self._check = PhotoCheck(self._background)
        self._bar = Gtk.ProgressBar(show_text=True, no_show_all=True)
        self._verdict, self._words = (
            Gtk.Label(xalign=0, wrap=True, max_width_chars=72, selectable=True, no_show_all=True)
            for _number in range(2)
        )
        self._words.show()
        self._said = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER, overlay_scrolling=False, no_show_all=True
        )
        self._said.add(self._words)
        self._what = Gtk.Label(xalign=0, wrap=True, max_width_chars=72, no_show_all=True)
        self._trio = Trio()
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, margin=_MARGIN)
        for widget in (self._fields, self._check, self._what, self._bar, self._verdict, self._trio, self._said):
            box.pack_start(widget, False, False, 0)
        box.show_all()
        self._keep.hide()
        self._dialog.get_content_area().pack_start(box, True, True, 0)
        for name in ("folder", "name"):
            config.connect(f"notify::{name}", lambda *_changed: self._judge())
        self._judge()

    def run(self) -> bool:
        """Run until it is closed; return whether a style was learnt."""
        while True:
            response = self._dialog.run()
            if response == _LEARN:
                self._begin()
            elif response == _KEEP:
                self._stop(keep=True)
            elif self._learning:
                self._stop()
            else:
                return self._learnt

    def destroy(self) -> None:
        """Close the window and the connection."""
        self._background.close()
        self._dialog.destroy()

    def _made_fields(self) -> Any:
        grid = Gtk.Grid(column_spacing=8, row_spacing=8)
        chosen = {name: self._config.get_property(name) or "" for name in ("folder", "content")}
        folder = folder_button(
            _("A Folder of Finished Photos"), chosen["folder"], lambda path: self._take("folder", path)
        )
        content = folder_button(
            _("A Folder of Untouched Photos"), chosen["content"], lambda path: self._take("content", path)
        )
        content.set_tooltip_text(
            _("The same photographer's untouched photos, if there are any: the style is learnt better")
        )
        name = Gtk.Entry(hexpand=True, activates_default=True)
        self._config.bind_property("name", name, "text", _BOTH_WAYS)
        instant = Gtk.RadioButton.new_with_mnemonic(
            None, _("_Instant: seconds, reads the photos, and is often as good")
        )
        trained = Gtk.RadioButton.new_with_mnemonic_from_widget(
            instant, _("_Trained: minutes, comes nearer to the photos where it can (8 or more)")
        )
        self._config.bind_property("trained", trained, "active", _BOTH_WAYS)
        instant.set_active(not self._config.get_property("trained"))
        overwrite = Gtk.CheckButton.new_with_mnemonic(_("_Replace a style of that name"))
        self._config.bind_property("overwrite", overwrite, "active", _BOTH_WAYS)
        rows = ((_("_Finished photos:"), folder), (_("Untouched photos, if any:"), content), (_("_Name:"), name))
        for row, (text, widget) in enumerate(rows):
            label = Gtk.Label.new_with_mnemonic(text)
            label.set_xalign(0)
            label.set_mnemonic_widget(widget)
            grid.attach(label, 0, row, 1, 1)
            grid.attach(widget, 1, row, 1, 1)
        for row, widget in enumerate((instant, trained, self._made_steps(trained), overwrite), len(rows)):
            grid.attach(widget, 1, row, 1, 1)
        return grid

    def _take(self, name: str, path: str) -> None:
        """Take a folder; that of the finished photos suggests a name, unless the user gave another."""
        if name == "folder" and (self._config.get_property("name") or "").strip() in ("", self._suggested):
            self._suggested = os.path.basename(path.rstrip("/\\"))
            self._config.set_property("name", self._suggested)
        self._config.set_property(name, path)

    def _made_steps(self, trained: Any) -> Any:
        """Make the field of the number of steps, active only for training."""
        steps = Gtk.SpinButton.new_with_range(0, MAX_STEPS, 10)
        steps.set_numeric(False)  # required for its texts
        steps.set_width_chars(12)
        steps.set_activates_default(True)
        steps.set_tooltip_text(_("Fewer steps take less time; the best of them is kept"))
        steps.connect("output", _say_usual)
        self._config.bind_property("steps", steps, "value", _BOTH_WAYS)
        label = Gtk.Label.new_with_mnemonic(_("Steps at _most:"))
        label.set_mnemonic_widget(steps)
        box = Gtk.Box(spacing=8, margin_start=24)
        box.pack_start(label, False, False, 0)
        box.pack_start(steps, False, False, 0)
        trained.bind_property("active", box, "sensitive", GObject.BindingFlags.SYNC_CREATE)
        return box

    def _judge(self) -> None:
        """Enable the button once there are a folder and a name."""
        ready = all((self._config.get_property(name) or "").strip() for name in ("folder", "name"))
        self._start.set_sensitive(ready and not self._learning)
        self._dialog.set_default_response(_LEARN)
        if not self._learning:
            self._make_room()
            self._check.look_at((self._config.get_property("folder") or "").strip())

    def _make_room(self) -> None:
        """Hide what is of no use now, so that the rest and the buttons have room on a low screen."""
        folder = (self._config.get_property("folder") or "").strip()
        if folder != self._judged:
            for widget in (self._verdict, self._trio):
                widget.set_visible(self._learning and widget.get_visible())
        self._fields.set_visible(not self._learning)
        self._check.set_visible(not self._learning and folder != self._judged)
        self._what.set_visible(self._learning)
        self._dialog.resize(_WIDTH, 1)  # as low as what is left in it

    def _begin(self) -> None:
        values = checked_learning(self._config)
        self._judged = ""
        text = _("“{name}”, from the photos in {folder}")
        self._what.set_text(text.format(name=values["name"], folder=values["folder"]))
        self._set_learning(True)
        self._keep.set_visible(values["training"] == "trained")
        self._keep.set_sensitive(False)
        self._total = 0
        self._show(0, 0, "")
        GLib.timeout_add(_PULSE, self._pulse)
        for widget in (self._verdict, self._said, self._trio):
            widget.hide()

        photo = open_photo(values["folder"], _PHOTO_SIZE)

        def learn(worker: Worker) -> Answer:
            return ask_to_learn(worker, values, self._report, lambda answer: GLib.idle_add(self._offer, answer), photo)

        self._background.send("learn", learn, self._done, self._failed)

    def _report(self, done: int, total: int, what: str) -> None:
        """Report progress, called in the other thread."""
        GLib.idle_add(self._show, done, total, what)

    def _show(self, done: int, total: int, what: str) -> bool:
        if self._learning and not self._stopping:
            self._total = total
            self._bar.show()
            self._bar.set_text(step_of_learning(done, total, what) + self._left(done, total, what))
            self._bar.set_fraction(done / total if total else 0)
        return GLib.SOURCE_REMOVE

    def _pulse(self) -> bool:
        """Move the bar as long as the worker has told nothing."""
        if self._learning and not self._total:
            self._bar.pulse()
            return GLib.SOURCE_CONTINUE
        return GLib.SOURCE_REMOVE

    def _offer(self, answer: Answer) -> bool:
        """Show a style that can be used while training goes on to improve it."""
        if self._learning and not self._stopping:
            was_learnt(answer["name"])
            self._keep.set_sensitive(True)
            self._judge_style(answer, answer.blobs)
            text = _(
                "“{name}” can be used already: Filters > Portrait Atelier > Portrait Style… has it. "
                "Training goes on to improve it."
            )
            self._say(text.format(name=answer["name"]))
        return GLib.SOURCE_REMOVE

    def _judge_style(self, answer: Answer, pictures: Sequence[bytes]) -> None:
        """Show the verdict of a style, in words and pictures."""
        lines = [line.strip() for line in answer["verdict"]]
        first, *others = [line[:1].upper() + line[1:] for line in lines] or [""]
        escaped = [GLib.markup_escape_text(line) for line in others]
        self._verdict.set_markup("\n".join([f"<b>{GLib.markup_escape_text(first)}</b>", *escaped]))
        self._verdict.set_visible(bool(lines))
        self._trio.show_pictures(answer["pictures"], pictures)

    def _left(self, done: int, total: int, what: str) -> str:
        """Return how long training still takes; empty as long as that is not known."""
        if what != "training" or done == 0:
            self._time_left.begin_anew()
            return ""
        return self._time_left.after(done, total)

    def _stop(self, *, keep: bool = False) -> None:
        """Request to stop learning, which takes until the end of the running step."""
        self._stopping = True
        self._bar.set_text(_("Stopping…"))
        self._keep.hide()
        self._background.cancel(keep=keep)

    def _done(self, answer: Answer) -> None:
        self._learnt = True
        was_learnt(answer["name"])
        self._judged = (self._config.get_property("folder") or "").strip()
        self._suggested = (self._config.get_property("name") or "").strip()  # which is taken now
        self._set_learning(False)
        self._dialog.set_default_response(Gtk.ResponseType.CLOSE)  # and not to learn it once more
        self._judge_style(answer, answer.blobs[1:])
        others = answer.notes[len(answer["verdict"]) :]
        notes = others[:_SHOWN_NOTES] + ["…"] * (len(others) > _SHOWN_NOTES)
        text = _("“{name}” was learnt from {count} photos. Filters > Portrait Atelier > Portrait Style… has it now.")
        self._say("\n".join([text.format(name=answer["name"], count=answer["photos"]), *notes]))

    def _failed(self, text: str) -> None:
        self._set_learning(False)
        for widget in (self._verdict, self._trio):
            widget.hide()
        self._say(text or _("Stopped; nothing was kept."))

    def _set_learning(self, learning: bool) -> None:
        if self._learning and not learning:
            _log.debug("progress: ended")
        self._learning, self._stopping = learning, False
        self._leave.set_label(_("_Cancel") if learning else _("_Close"))
        self._bar.set_visible(learning)
        self._keep.hide()
        self._make_room()
        self._judge()

    def _say(self, text: str) -> None:
        self._words.set_text(text)
        wanted = self._words.get_preferred_height_for_width(_WIDTH - 4 * _MARGIN)[1]
        self._said.set_min_content_height(min(wanted, _SAID_WHERE_LOW) if is_low() else wanted)
        self._said.show()


def _say_usual(steps: Any) -> bool:
    """Show 0 as the text of the default; typed texts are parsed as numbers."""
    number = steps.get_value_as_int()
    steps.set_text(str(number) if number else _("as usual"))
    return True

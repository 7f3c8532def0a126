"""What is said of photos before a style is learnt from them: which are left out and why, with their pictures."""

from __future__ import annotations

from typing import Any

import gi

gi.require_version("Gtk", "3.0")
from atelier_client import Answer, Worker  # noqa: E402
from atelier_styles import cover, looks, show_fitted  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import GLib, Gtk, Pango  # noqa: E402

_THUMBNAIL = 48
_HEIGHTS = (64, 128, 190)  # of the list of one, two, and more photos


class PhotoCheck(Gtk.Box):
    """A headline, warnings, and the list of photos that there is something to say of.

    Args:
        background: for the request.
    """

    def __init__(self, background: Any) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._background, self._folder = background, ""
        self._spinner = Gtk.Spinner(no_show_all=True)
        self._headline = Gtk.Label(xalign=0, wrap=True, max_width_chars=64, hexpand=True)
        self._more = Gtk.Label(xalign=0, wrap=True, max_width_chars=64, no_show_all=True)
        self._more.get_style_context().add_class("dim-label")
        top = Gtk.Box(spacing=8)
        top.pack_start(self._spinner, False, False, 0)
        top.pack_start(self._headline, True, True, 0)
        self._list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE)
        self._frame = Gtk.ScrolledWindow(
            shadow_type=Gtk.ShadowType.IN,
            hscrollbar_policy=Gtk.PolicyType.NEVER,
            no_show_all=True,
        )
        self._frame.add(self._list)
        for widget in (top, self._more, self._frame):
            self.pack_start(widget, False, False, 0)

    def look_at(self, folder: str) -> None:
        """Look through the photos of a folder; those of an empty text are none."""
        if folder == self._folder:
            return
        self._folder = folder
        self._clear()
        if not folder:
            return
        self._say(_("Looking at the photos…"), busy=True)

        def report(done: int, total: int, what: str) -> None:
            GLib.idle_add(self._report, folder, done, total, what)

        def ask(worker: Worker) -> Answer:
            return worker.ask("check-photos", {"folder": folder}, progress=report)

        def done(answer: Answer) -> None:
            if folder == self._folder:
                self._show(answer)

        def failed(text: str) -> None:
            if folder == self._folder:
                self._say(text)

        self._background.send("check", ask, done, failed, is_preemptible=True)

    def _report(self, folder: str, done: int, total: int, what: str) -> bool:
        if folder == self._folder and self._spinner.get_visible():
            text = _("Looking at photo {number} of {total}")
            if what == "faces":
                text = _("Looking for faces: {number} of {total}")
            self._headline.set_text(text.format(number=done, total=total))
        return GLib.SOURCE_REMOVE

    def _show(self, answer: Answer) -> None:
        left_out = sum(one["left_out"] for one in answer["findings"])
        text = _("Photos that can be used: {count}")
        if left_out:
            text = _("Photos that can be used: {count}; left out: {others}")
        self._say(text.format(count=answer["photos"], others=left_out))
        said = [*answer["warnings"], *answer["advice"]]
        self._more.set_text("\n".join(line[:1].upper() + line[1:] for line in said))
        self._more.set_visible(bool(said))
        for one, jpeg in zip(answer["findings"], answer.blobs, strict=True):
            self._list.add(_row(one, jpeg))
        self._list.show_all()
        count = len(answer["findings"])
        self._frame.set_min_content_height(_HEIGHTS[min(max(count, 1), len(_HEIGHTS)) - 1])
        self._frame.set_visible(count > 0)

    def _say(self, text: str, *, busy: bool = False) -> None:
        self._headline.set_text(text)
        self._spinner.set_visible(busy)
        (self._spinner.start if busy else self._spinner.stop)()

    def _clear(self) -> None:
        for row in self._list.get_children():
            row.destroy()
        self._say("")
        self._more.hide()
        self._frame.hide()


def _row(one: dict[str, Any], jpeg: bytes) -> Any:
    """Return a photo with what there is to say of it."""
    row = Gtk.Box(spacing=8, margin=4)
    picture = cover(jpeg)
    image = Gtk.Image.new_from_icon_name("image-missing", Gtk.IconSize.LARGE_TOOLBAR)
    if picture is not None:
        show_fitted(image, picture, _THUMBNAIL)
    image.set_size_request(_THUMBNAIL, _THUMBNAIL)
    row.pack_start(image, False, False, 0)
    icon = "dialog-warning-symbolic" if one["left_out"] else "dialog-information-symbolic"
    row.pack_start(Gtk.Image.new_from_icon_name(icon, Gtk.IconSize.MENU), False, False, 0)
    words = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, valign=Gtk.Align.CENTER)
    name = Gtk.Label(label=one["photo"], xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE)
    text = Gtk.Label(label=one["text"][:1].upper() + one["text"][1:], xalign=0, wrap=True, max_width_chars=60)
    text.get_style_context().add_class("dim-label")
    words.pack_start(name, False, False, 0)
    words.pack_start(text, False, False, 0)
    row.pack_start(words, True, True, 0)
    for widget in (row, words, name, text):
        widget.get_style_context().add_provider(looks(), Gtk.STYLE_PROVIDER_PRIORITY_USER)
    return row

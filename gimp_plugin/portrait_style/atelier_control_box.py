"""The controls of the dialog beside the preview, bound to the arguments of the procedure."""

from __future__ import annotations

import random
import re
from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from atelier_controls import MAX_GRAIN, MAX_STRENGTH, MAX_VARIATION  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gdk, GimpUi, GObject, Gtk  # noqa: E402

_ACCESS_KEY = re.compile(r"\s*\(_\w\)")  # as languages without Latin letters have it: ファイル(_F)
_HALF = 0.5  # of the second style, once one is chosen
_LONGEST = 40  # characters of a line
_BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


class Controls(Gtk.Box):
    """Rows of controls.

    Attributes:
        explained: name and explanation of each control.

    Args:
        config: the arguments of the procedure.
    """

    def __init__(self, config: Any) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._config = config
        self.explained: list[tuple[str, str]] = []
        self._labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)

    def _scale(self, name: str, label: str, most: float, tooltip: str) -> Any:
        scale = GimpUi.ScaleEntry.new(label, self._config.get_property(name), 0, most, 2)
        scale.set_tooltip_text(tooltip)
        self._explain(label, tooltip)
        self._config.bind_property(name, scale, "value", _BOTH_WAYS)
        for part in scale.get_children():
            if isinstance(part, Gtk.SpinButton):
                part.connect("key-press-event", _take_return)
        scale.get_label().set_xalign(0)
        self._labels.add_widget(scale.get_label())
        self.pack_start(scale, False, False, 0)
        return scale

    def _row(self, text: str, widget: Any, field: Any = None) -> None:
        label = Gtk.Label.new_with_mnemonic(text)
        label.set_xalign(0)
        label.set_mnemonic_widget(field or widget)  # of a row of several, the one that takes the focus
        self._labels.add_widget(label)
        self._explain(text, widget.get_tooltip_text())
        row = Gtk.Box(spacing=8)
        row.pack_start(label, False, False, 0)
        row.pack_start(widget, True, True, 0)
        self.pack_start(row, False, False, 0)

    def add_check(self, name: str, text: str, tooltip: str = "") -> None:
        """Add a check box of an argument."""
        button = Gtk.CheckButton.new_with_mnemonic(text)
        button.get_child().set_line_wrap(True)
        button.get_child().set_max_width_chars(_LONGEST)
        button.set_tooltip_text(tooltip)
        self._explain(text, tooltip)
        self._config.bind_property(name, button, "active", _BOTH_WAYS)
        self.pack_start(button, False, False, 0)

    def _explain(self, label: str, text: str | None) -> None:
        if text:
            self.explained.append((_ACCESS_KEY.sub("", label).replace("_", "").rstrip(":："), text))

    def _region(self) -> Any:
        texts = {"whole": _("Whole photo"), "subject": _("Subject"), "ground": _("Background"), "skin": _("Skin")}
        box = self._choice("region", texts)
        box.set_tooltip_text(_("What gets the style; a new layer gets a layer mask of it, which you can paint"))
        return box

    def _output(self) -> Any:
        texts = {"new-layer": _("New layer above"), "replace": _("Replace the layer's pixels")}
        return self._choice("output", texts)

    def _choice(self, name: str, texts: dict[str, str]) -> Any:
        box = Gtk.ComboBoxText(hexpand=True)
        for value, text in texts.items():
            box.append(value, text)
        self._config.bind_property(name, box, "active-id", _BOTH_WAYS)
        return box


def _take_return(field: Any, event: Any) -> bool:
    """Let Return in a number's field be OK, as in the other fields; GIMP's own would only take the number."""
    if Gdk.keyval_name(event.keyval) not in ("Return", "KP_Enter", "ISO_Enter"):
        return False
    field.update()
    field.get_toplevel().activate_default()
    return True


class ControlBox(Controls):
    """All controls but the style.

    Attributes:
        output: where the result goes; None if it has no output.

    Args:
        config: the arguments of the procedure.
        is_gray: whether the layer is gray.
        num_layers: number of layers that are restyled.
        has_output: whether the user chooses where the result goes.
    """

    def __init__(self, config: Any, *, is_gray: bool, num_layers: int, has_output: bool) -> None:
        super().__init__(config)
        text = _("0 leaves the photo as it is, 1 is the style, more exaggerates it")
        self._scale("strength", _("S_trength:"), MAX_STRENGTH, text)
        text = _("0 leaves skin to the style; 1 holds it to tones that are believable in it, for all complexions alike")
        self._scale("protect-skin", _("Protect s_kin:"), 1, text)
        text = _("Factor of the style's grain: 0 for none, 1 for its own, up to 2")
        self._scale("grain", _("_Film grain:"), MAX_GRAIN, text)
        self._second = Gtk.ComboBoxText(
            hexpand=True, tooltip_text=_("A second style to blend with; none if it is empty")
        )
        self._row(_("Blend with:"), self._second)
        self._share = self._scale("share", _("Share:"), 1, _("Share of the second style, 0 to 1"))
        self._share.set_no_show_all(True)
        self._row(_("R_egion:"), self._region())
        variation = self._variation()
        self._row(_("_Variation:"), variation, variation.get_children()[0])
        self.output = self._output() if has_output else None
        if has_output:
            self._row(_("O_utput:"), self.output)
        text = _("The photo is first brought to the exposure and white balance that the style expects")
        self.add_check("even", _("Even exposure and _white balance first"), text)
        if is_gray:
            self.add_check("rgb", _("_Gray image becomes color (RGB)"))
        if num_layers > 1:
            text = _("{count} layers are selected. The preview shows the first, by itself.")
            label = Gtk.Label(label=text.format(count=num_layers), xalign=0, wrap=True)
            self.pack_start(label, False, False, 0)
            self.add_check("series", _("Layers _match: all get one look"))

    def set_styles(self, titles: dict[str, str]) -> None:
        """Offer styles to blend with, by name; begin with the one in the arguments."""
        current = self._config.get_property("second") or ""
        self._second.append("", _("No other style"))
        for name, title in titles.items():
            self._second.append(name, title)
        if current and current not in titles:
            self._second.append(current, current)
        self._config.bind_property("second", self._second, "active-id", _BOTH_WAYS)
        if not self._second.get_active_id():  # GIMP has no value for an empty text
            self._second.set_active_id("")
        self._second.connect("changed", lambda _box: self._show_share())
        self._show_share()

    def _show_share(self) -> None:
        is_blend = bool(self._second.get_active_id())
        self._share.set_visible(is_blend)
        if is_blend and self._config.get_property("share") == 0:
            self._config.set_property("share", _HALF)

    def _variation(self) -> Any:
        number = Gtk.SpinButton.new_with_range(0, MAX_VARIATION, 1)
        number.set_activates_default(True)
        number.set_tooltip_text(_("Another print of the same style; 0 is the style's own"))
        self._config.bind_property("variation", number, "value", _BOTH_WAYS)
        another = Gtk.Button.new_with_mnemonic(_("_New"))
        another.set_tooltip_text(_("Draw another print"))
        another.connect("clicked", lambda _button: self._config.set_property("variation", random.randint(1, 99999)))
        box = Gtk.Box(spacing=6, tooltip_text=number.get_tooltip_text())
        box.pack_start(number, True, True, 0)
        box.pack_start(another, False, False, 0)
        return box


class TableBox(Controls):
    """The controls of a color table.

    Args:
        config: the arguments of the procedure.
        has_output: whether the user chooses where the result goes.
    """

    def __init__(self, config: Any, *, has_output: bool) -> None:
        super().__init__(config)
        text = _("0 leaves the photo as it is, 1 is the table, up to 1.5")
        self._scale("strength", _("S_trength:"), MAX_STRENGTH, text)
        self._row(_("R_egion:"), self._region())
        if has_output:
            self._row(_("O_utput:"), self._output())

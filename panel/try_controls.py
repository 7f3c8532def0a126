"""The controls of a style, as the page has them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from ..core.imaging.limits import MAX_STRENGTH
from ..core.styles.controls import MAX_GRAIN_FACTOR, MAX_VARIATION, REGION_CHOICES, Controls
from .words import Words, label

_DEFAULTS = Controls()


class TryControls:
    """The components of the controls; the rarer ones are made by `build_more`."""

    def __init__(self) -> None:
        self._strength = _slider("strength", MAX_STRENGTH)
        with gr.Row(equal_height=False):
            self._protect_skin = _slider("protect_skin", 1)
            self._grain = _slider("grain", MAX_GRAIN_FACTOR)
        self.region = gr.Radio(
            list(REGION_CHOICES), value=_DEFAULTS.region, label=label("control.region"), elem_id="region"
        )
        with gr.Row(equal_height=False):
            self._variation = gr.Number(
                _DEFAULTS.variation,
                label=label("control.variation"),
                info=label("control.variation_help"),
                precision=0,
                minimum=0,
                maximum=MAX_VARIATION,
                min_width=150,
            )
            self._another = gr.Button(label("try.another"), min_width=120, elem_id="another", elem_classes="pa-end")

    def build_more(self) -> None:
        """Make the controls that stand apart."""
        self._even = _box("even", has_help=True)
        self._series = _box("series", has_help=True)
        self._rgb = _box("rgb")

    def connect(self) -> None:
        """Wire the events between the components."""
        self._another.click(lambda: secrets.randbelow(MAX_VARIATION) + 1, None, self._variation)

    @property
    def inputs(self) -> dict[str, Any]:
        """The components by the names of the controls."""
        return {
            "strength": self._strength,
            "variation": self._variation,
            "region": self.region,
            "protect_skin": self._protect_skin,
            "grain": self._grain,
            "even": self._even,
            "series": self._series,
            "rgb": self._rgb,
        }

    def controls_of(self, values: Sequence[Any]) -> Controls:
        """Convert the values of `inputs`, in its order."""
        found = dict(zip(self.inputs, values, strict=True))
        found["variation"] = min(max(int(found["variation"] or 0), 0), MAX_VARIATION)
        return Controls(**found)

    def restored(self, settings: Mapping[str, Any]) -> list[Any]:
        """Return updates of `inputs`, in its order, to settings that a browser sent; what is out of range stays.

        Args:
            settings: values by the names of the controls.
        """
        updates: list[Any] = []
        for name in self.inputs:
            value = _checked(name, settings.get(name))
            updates.append(gr.skip() if value is None else value)
        return updates

    def named_regions(self, words: Words) -> gr.Radio:
        """Return the regions under their names in the language of the page."""
        return gr.Radio(choices=[(words(f"region.{name}"), name) for name in REGION_CHOICES])


def _checked(name: str, value: Any) -> Any:
    """Return a value of a control, in the type of its default; None for one that cannot be."""
    kind = type(getattr(_DEFAULTS, name))
    if not isinstance(value, (int, float) if kind in (int, float) else kind):
        return None
    try:
        checked = kind(value)
        replace(_DEFAULTS, **{name: checked})
    except (ValueError, OverflowError):
        return None
    return checked


def _slider(name: str, most: float) -> gr.Slider:
    return gr.Slider(
        0,
        most,
        getattr(_DEFAULTS, name),
        step=0.05,
        label=label(f"control.{name}"),
        min_width=150,
        elem_id=name.replace("_", "-"),
    )


def _box(name: str, *, has_help: bool = False) -> gr.Checkbox:
    info: Any = label(f"control.{name}_help") if has_help else None
    return gr.Checkbox(getattr(_DEFAULTS, name), label=label(f"control.{name}"), info=info, elem_id=name)

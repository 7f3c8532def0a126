"""The controls of the filter, with ranges and defaults: those of core, which GIMP's Python cannot import."""

from __future__ import annotations

import math
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from atelier_words import BadArgument, _

MAX_STRENGTH, MAX_VARIATION, MAX_GRAIN = 1.5, 2**31 - 1, 2
KEPT = -1  # of a number of Edit Portrait Style: as it was
REGIONS = ("whole", "subject", "ground", "skin")
OUTPUTS = ("new-layer", "replace")
_RANGES = {
    "strength": MAX_STRENGTH,
    "variation": MAX_VARIATION,
    "protect_skin": 1,
    "grain": MAX_GRAIN,
    "share": 1,
}  # from 0
_CHOICES = {"output": OUTPUTS, "region": REGIONS}


@dataclass(frozen=True)
class Request:
    """The arguments of the filter, for each layer. In GIMP, names have hyphens."""

    style: str = "golden-hour"
    strength: float = 1.0
    variation: int = 0
    output: str = "new-layer"
    rgb: bool = False
    series: bool = False
    protect_skin: float = 0.0
    region: str = "whole"
    grain: float = 1.0
    even: bool = False
    table: bool = False  # whether `style` is the path of a color table
    second: str = ""  # a style to blend with; none if it is empty
    share: float = 0.0  # of the second style

    @property
    def replaces(self) -> bool:
        """Whether the layer's own pixels are replaced."""
        return self.output == "replace"

    @property
    def masks_region(self) -> bool:
        """Whether a new layer in the style, rendered everywhere, gets a layer mask of the region.

        Replaced pixels have nothing below them that a mask could show; the worker restyles them within the region.
        """
        return self.region != "whole" and not self.replaces

    def values(self) -> dict[str, Any]:
        """Return the fields of a request to the worker."""
        found = {name: value for name, value in asdict(self).items() if name != "output"}
        return {**found, "share": self.share if self.second else 0.0}

    def title(self, style_name: str) -> str:
        """Return the name of a new layer."""
        title = f"{style_name} {self.strength:.0%}"
        if self.region != "whole":
            title += ", " + region_words()[self.region]
        if self.variation:
            title += ", " + _("variation {number}").format(number=self.variation)
        return title


DEFAULTS = Request()
ARGUMENTS = tuple(field.name for field in fields(Request) if field.name != "table")  # of Portrait Style
TABLE_ARGUMENTS = ("strength", "output", "region")  # of Color Table, beside the table


def region_words() -> dict[str, str]:
    """Return what regions are called within a sentence."""
    return {"subject": _("subject"), "ground": _("background"), "skin": _("skin")}


def checked_request(config: Any) -> Request:
    """Check the arguments of the filter.

    Raises:
        BadArgument: an argument is invalid.
    """
    found = _found_in(config, ARGUMENTS)
    if not found.style:
        raise BadArgument(_("style must be the name of a style, a style file, a photo or a folder of photos."))
    return checked(found)


def checked_table(config: Any) -> Request:
    """Check the arguments of Color Table.

    Raises:
        BadArgument: an argument is invalid.
    """
    found = _table_in(config, TABLE_ARGUMENTS)
    if not found.style:
        raise BadArgument(_("table must be a color table: a .cube file, a HaldCLUT, or one of another program."))
    return checked(found)


def checked(found: Request) -> Request:
    """Return a request that is valid.

    Raises:
        BadArgument: a value is invalid.
    """
    for name, most in _RANGES.items():
        checked_number(name, getattr(found, name), most)
    for name, choices in _CHOICES.items():
        if getattr(found, name) not in choices:
            listed = ", ".join(f"“{choice}”" for choice in choices)
            text = _("{name} must be one of {choices}, got “{value}”.")
            raise BadArgument(text.format(name=name, choices=listed, value=getattr(found, name)))
    return found


def checked_number(name: str, value: float, most: float) -> None:
    """Check that a number is at least 0.

    Raises:
        BadArgument: it is not, or it is greater than `most`.
    """
    if not (math.isfinite(value) and 0 <= value <= most):
        text = _("{name} must be 0 to {most}, got {value}.")
        shown = f"{value:g}" if isinstance(value, float) else value
        raise BadArgument(text.format(name=name.replace("_", "-"), most=most, value=shown))


def clipped_request(config: Any, *, edits: bool = False) -> Request:
    """Return the arguments of the filter, or of what `edits` its layers, each within its range, for a preview."""
    return _clipped(_found_in(config, tuple(name for name in ARGUMENTS if not (edits and name == "output"))))


def clipped_table(config: Any, *, edits: bool = False) -> Request:
    """Return the arguments of Color Table, or of what `edits` its layers, each within its range, for a preview."""
    return _clipped(_table_in(config, tuple(name for name in TABLE_ARGUMENTS if not (edits and name == "output"))))


def _clipped(found: Request) -> Request:
    within = {name: min(max(0, getattr(found, name)), most) for name, most in _RANGES.items()}
    allowed = {name: choices[0] for name, choices in _CHOICES.items() if getattr(found, name) not in choices}
    return replace(found, **within, **allowed)


def absolute(text: str) -> str:
    """Return an existing path as absolute, since the worker has another working directory; else the text."""
    expanded = os.path.expanduser(text)
    return os.path.abspath(expanded) if os.path.exists(expanded) else text


def _found_in(config: Any, names: tuple[str, ...]) -> Request:
    values = {name: config.get_property(name.replace("_", "-")) for name in names}
    styles = {name: absolute((values.get(name) or "").strip()) for name in ("style", "second")}
    return Request(**{**values, **styles})


def _table_in(config: Any, names: tuple[str, ...]) -> Request:
    path = absolute((config.get_property("table") or "").strip())
    return replace(_found_in(config, names), style=path, table=True)

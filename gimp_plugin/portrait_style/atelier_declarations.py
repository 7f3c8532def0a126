"""The procedures of the plug-in as GIMP knows them; arguments are only ever added at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from atelier_controls import DEFAULTS, KEPT  # noqa: E402
from atelier_words import _  # noqa: E402
from gi.repository import Gimp, GObject  # noqa: E402

MENU = "<Image>/Filters/Portrait Atelier"
TABLE_MENU = "<Image>/Colors/Map"
_ANY = 1e9  # arguments are declared with wide ranges and checked later, since GIMP replaces invalid values by defaults
_FLAGS = GObject.ParamFlags.READWRITE
_LAX = _FLAGS | GObject.ParamFlags.LAX_VALIDATION  # lets NaN through, which is refused then; else it would be ignored

Run = Callable[..., Any]


def declare_style(plug_in: Any, name: str, run: Run) -> Any:
    """Declare Portrait Style."""
    procedure = _filter(plug_in, name, run)
    procedure.set_menu_label(_("Portrait _Style…"))
    procedure.add_menu_path(MENU)
    procedure.set_documentation(
        _("Gives a photographer's style to a portrait"),
        _("Restyles layers at full size and precision, in any installed style, or in that of a photo or a folder."),
        None,
    )
    _add_style(procedure, DEFAULTS.style)
    _add_number(procedure, "strength", _("S_trength"), _strength_help(), DEFAULTS.strength)
    _add_variation(procedure, DEFAULTS.variation)
    _add_output(procedure)
    _add_choices(procedure)
    _add_newer(procedure, DEFAULTS.protect_skin, DEFAULTS.region, DEFAULTS.grain)
    procedure.add_boolean_argument("even", _("Even _light first"), _even_help(), DEFAULTS.even, _FLAGS)
    _add_blend(procedure, DEFAULTS.share)
    return procedure


def declare_edit(plug_in: Any, name: str, run: Run) -> Any:
    """Declare Edit Portrait Style, whose arguments leave what a layer remembers as it was unless they are given."""
    procedure = _filter(plug_in, name, run)
    procedure.set_menu_label(_("_Edit Portrait Style…"))
    procedure.add_menu_path(MENU)
    procedure.set_documentation(
        _("Changes the style of a layer that was restyled before"),
        _("The layer is made anew from the one that it was made from; its mask, opacity and mode stay."),
        None,
    )
    _add_style(procedure, "")
    _add_number(procedure, "strength", _("S_trength"), _strength_help(), float(KEPT))
    _add_variation(procedure, KEPT)
    _add_choices(procedure)
    _add_newer(procedure, float(KEPT), "", float(KEPT))
    procedure.add_boolean_argument("even", _("Even _light first"), _even_help(), DEFAULTS.even, _FLAGS)
    _add_table(procedure)
    _add_blend(procedure, float(KEPT))
    return procedure


def declare_table(plug_in: Any, name: str, run: Run) -> Any:
    """Declare Color Table."""
    procedure = _filter(plug_in, name, run)
    procedure.set_menu_label(_("Color _Table…"))
    for path in (MENU, TABLE_MENU):
        procedure.add_menu_path(path)
    procedure.set_documentation(
        _("Applies a color table (LUT): a .cube file or a HaldCLUT"),
        _("In full precision, with .cube, .3dl, .csp, .spi1d and .spi3d files, and HaldCLUTs as PNG or TIFF."),
        None,
    )
    _add_table(procedure)
    _add_number(procedure, "strength", _("S_trength"), _("0 leaves the photo as it is, 1 is the table, up to 1.5"), 1.0)
    _add_output(procedure)
    _add_region(procedure, DEFAULTS.region)
    return procedure


def declare_batch(plug_in: Any, name: str, run: Run) -> Any:
    """Declare Portrait Style for many photos."""
    procedure = Gimp.Procedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None)
    procedure.set_menu_label(_("_Many Photos in One Style…"))
    procedure.add_menu_path(MENU)
    procedure.set_documentation(
        _("Gives one style to all open images, or to a folder of photos"),
        _(
            "Open images each get a new layer. Photos of a folder are read, restyled and written at full size and "
            "depth, without being opened in GIMP; begun again, it goes on where it was stopped."
        ),
        None,
    )
    procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
    _add_run_mode(procedure)
    procedure.add_string_argument("folder", _("_Folder"), _("Photos to restyle; empty for all open images"), "", _FLAGS)
    help_text = _("A folder for what becomes of a folder; empty for beside each photo, with the style's name in theirs")
    procedure.add_string_argument("results", _("Results"), help_text, "", _FLAGS)
    procedure.add_boolean_argument("overwrite", _("_Replace"), _("Replace files that are there"), False, _FLAGS)
    _add_style(procedure, DEFAULTS.style)
    _add_number(procedure, "strength", _("S_trength"), _strength_help(), DEFAULTS.strength)
    _add_variation(procedure, DEFAULTS.variation)
    _add_output(procedure)
    procedure.add_boolean_argument("rgb", _("_Gray becomes color"), _("A gray image becomes RGB"), DEFAULTS.rgb, _FLAGS)
    help_text = _("All photos get one look; else each its own")
    procedure.add_boolean_argument("series", _("Photos match"), help_text, DEFAULTS.series, _FLAGS)
    _add_newer(procedure, DEFAULTS.protect_skin, DEFAULTS.region, DEFAULTS.grain)
    procedure.add_boolean_argument("even", _("Even _light first"), _even_help(), DEFAULTS.even, _FLAGS)
    _add_blend(procedure, DEFAULTS.share)
    return procedure


def declare_list(plug_in: Any, name: str, run: Run) -> Any:
    """Declare the list of styles."""
    procedure = Gimp.Procedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None)
    procedure.set_documentation(_("Names the installed portrait styles"), None, name)
    procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
    procedure.add_string_array_return_value("styles", _("Styles"), _("Names for “style”"), _FLAGS) if hasattr(
        procedure, "add_string_array_return_value"
    ) else procedure.add_strv_return_value("styles", _("Styles"), _("Names for “style”"), _FLAGS)
    return procedure


def declare_learn(plug_in: Any, name: str, run: Run) -> Any:
    """Declare Learn Portrait Style."""
    procedure = Gimp.Procedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None)
    procedure.set_menu_label(_("_Learn Portrait Style…"))
    procedure.add_menu_path(MENU)
    procedure.set_documentation(
        _("Learns a portrait style from a folder of finished photos"),
        _("The style is installed when it ends, for Portrait Style and every other part of Portrait Atelier."),
        name,
    )
    procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
    _add_run_mode(procedure)
    procedure.add_string_argument("folder", _("_Folder"), _("Finished photos by one photographer"), "", _FLAGS)
    procedure.add_string_argument("name", _("_Name"), _("What the style shall be called"), "", _FLAGS)
    procedure.add_boolean_argument(
        "trained", _("_Train"), _("Minutes of training; else seconds, without training"), True, _FLAGS
    )
    procedure.add_int_argument(
        "steps", _("_Steps"), _("At most so many steps of training; 0 for as many as usual"),
        -(2**31), 2**31 - 1, 0, _FLAGS,
    )  # fmt: skip
    procedure.add_boolean_argument("overwrite", _("_Replace"), _("Replace a style of that name"), False, _FLAGS)
    help_text = _("The same photographer's untouched photos, if there are any: the style is learnt better")
    procedure.add_string_argument("content", _("Untouched photos"), help_text, "", _FLAGS)
    return procedure


def _filter(plug_in: Any, name: str, run: Run) -> Any:
    """Return a procedure of images that restyles layers."""
    procedure = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES)
    procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
    return procedure


def _add_run_mode(procedure: Any) -> None:
    procedure.add_enum_argument(
        "run-mode", _("Run mode"), _("The run mode"), Gimp.RunMode, Gimp.RunMode.NONINTERACTIVE, _FLAGS
    )


def _add_style(procedure: Any, default: str) -> None:
    help_text = _("A style's name, a style file, a photo, or a folder of photos")
    procedure.add_string_argument("style", _("_Style"), help_text, default, _FLAGS)


def _add_table(procedure: Any) -> None:
    help_text = _("A color table: a .cube file, a HaldCLUT, or one of another program")
    procedure.add_string_argument("table", _("Color table"), help_text, "", _FLAGS)


def _add_number(procedure: Any, name: str, label: str, help_text: str, default: float) -> None:
    procedure.add_double_argument(name, label, help_text, -_ANY, _ANY, default, _LAX)


def _add_variation(procedure: Any, default: int) -> None:
    help_text = _("Another print of the same style; 0 is the style's own")
    procedure.add_int_argument("variation", _("_Variation"), help_text, -(2**31), 2**31 - 1, default, _FLAGS)


def _add_output(procedure: Any) -> None:
    help_text = _("“new-layer” above the source, or “replace” its pixels")
    procedure.add_string_argument("output", _("O_utput"), help_text, DEFAULTS.output, _FLAGS)


def _add_choices(procedure: Any) -> None:
    help_text = _("A gray image becomes RGB")
    procedure.add_boolean_argument("rgb", _("_Gray becomes color"), help_text, DEFAULTS.rgb, _FLAGS)
    help_text = _("All layers of a call get one look; else each its own")
    procedure.add_boolean_argument("series", _("Layers _match"), help_text, DEFAULTS.series, _FLAGS)


def _add_newer(procedure: Any, protect_skin: float, region: str, grain: float) -> None:
    help_text = _(
        "0 leaves skin to the style; 1 holds it to tones that are believable in it, for all complexions alike"
    )
    _add_number(procedure, "protect-skin", _("Protect s_kin"), help_text, protect_skin)
    _add_region(procedure, region)
    help_text = _("Factor of the style's grain: 0 for none, 1 for its own, up to 2")
    _add_number(procedure, "grain", _("_Film grain"), help_text, grain)


def _add_blend(procedure: Any, share: float) -> None:
    help_text = _("A second style to blend with; none if it is empty")
    procedure.add_string_argument("second", _("Second style"), help_text, "", _FLAGS)
    _add_number(procedure, "share", _("Share"), _("Share of the second style, 0 to 1"), share)


def _add_region(procedure: Any, default: str) -> None:
    help_text = _("What gets the style: “whole”, “subject”, “ground” or “skin”; a new layer gets a layer mask of it")
    procedure.add_string_argument("region", _("R_egion"), help_text, default, _FLAGS)


def _strength_help() -> str:
    return _("0 leaves the photo as it is, 1 is the style, up to 1.5")


def _even_help() -> str:
    return _("The photo is first brought to the exposure and white balance that the style expects")

#!/usr/bin/env python3
"""Filters > Artistic > Portrait Style… and Learn Portrait Style…: the plug-in for GIMP 3.

Uses only GIMP's Python and the standard library; a worker process does the work (`atelier_client.py`).
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from atelier_controls import DEFAULTS  # noqa: E402
from atelier_words import DOMAIN, BadArgument, Problem, Stopped, _  # noqa: E402
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402

STYLE, LIST, LEARN = "plug-in-portrait-style", "plug-in-portrait-style-list", "plug-in-portrait-style-learn"
_MENU = "<Image>/Filters/Artistic"
_ANY = 1e9  # arguments are declared with wide ranges and checked here, since GIMP replaces invalid values by defaults
_TILE_CACHE = 1 << 24  # bytes: each pixel passes once, and a larger cache costs a third of the time
_FLAGS = GObject.ParamFlags.READWRITE


class PortraitStyle(Gimp.PlugIn):
    """Declares the procedures; the modules beside this one are imported on demand."""

    def do_query_procedures(self) -> list[str]:
        """Return the names of the procedures."""
        return [STYLE, LIST, LEARN]

    def do_set_i18n(self, _name: str) -> tuple[bool, str, None]:
        """Return the catalog of the menu texts."""
        return True, DOMAIN, None

    def do_create_procedure(self, name: str) -> Any:
        """Declare one procedure."""
        return {STYLE: self._declare_style, LIST: self._declare_list, LEARN: self._declare_learn}[name](name)

    def _declare_style(self, name: str) -> Any:
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, _guarded(_run_style), None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES)
        procedure.set_menu_label(_("Portrait _Style…"))
        procedure.add_menu_path(_MENU)
        procedure.set_documentation(
            _("Gives a photographer's style to a portrait"),
            _("Restyles layers at full size and precision, in any installed style, or in that of a photo or a folder."),
            None,
        )
        procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
        procedure.add_string_argument(
            "style",
            _("_Style"),
            _("A style's name, a style file, a photo, or a folder of photos"),
            DEFAULTS.style,
            _FLAGS,
        )
        procedure.add_double_argument(
            "strength",
            _("S_trength"),
            _("0 leaves the photo as it is, 1 is the style, up to 1.5"),
            -_ANY,
            _ANY,
            DEFAULTS.strength,
            _FLAGS,
        )
        procedure.add_int_argument(
            "variation", _("_Variation"), _("Another print of the same style; 0 is the style's own"),
            -(2**31), 2**31 - 1, DEFAULTS.variation, _FLAGS,
        )  # fmt: skip
        procedure.add_string_argument(
            "output", _("O_utput"), _("“new-layer” above the source, or “replace” its pixels"), DEFAULTS.output, _FLAGS
        )
        procedure.add_boolean_argument(
            "rgb", _("_Gray becomes color"), _("A gray image becomes RGB"), DEFAULTS.rgb, _FLAGS
        )
        procedure.add_boolean_argument(
            "series",
            _("Layers _match"),
            _("All layers of a call get one look; else each its own"),
            DEFAULTS.series,
            _FLAGS,
        )
        _declare_newer(procedure)
        return procedure

    def _declare_list(self, name: str) -> Any:
        procedure = Gimp.Procedure.new(self, name, Gimp.PDBProcType.PLUGIN, _guarded(_run_list), None)
        procedure.set_documentation(_("Names the installed portrait styles"), None, name)
        procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
        procedure.add_string_array_return_value("styles", _("Styles"), _("Names for “style”"), _FLAGS) if hasattr(
            procedure, "add_string_array_return_value"
        ) else procedure.add_strv_return_value("styles", _("Styles"), _("Names for “style”"), _FLAGS)
        return procedure

    def _declare_learn(self, name: str) -> Any:
        procedure = Gimp.Procedure.new(self, name, Gimp.PDBProcType.PLUGIN, _guarded(_run_learn), None)
        procedure.set_menu_label(_("_Learn Portrait Style…"))
        procedure.add_menu_path(_MENU)
        procedure.set_documentation(
            _("Learns a portrait style from a folder of finished photos"),
            _("The style is installed when it ends, for Portrait Style and every other part of Portrait Atelier."),
            name,
        )
        procedure.set_attribution("Portrait Atelier", "Portrait Atelier", "2026")
        procedure.add_enum_argument(
            "run-mode", _("Run mode"), _("The run mode"), Gimp.RunMode, Gimp.RunMode.NONINTERACTIVE, _FLAGS
        )
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
        return procedure


def _declare_newer(procedure: Any) -> None:
    """Declare the arguments that came later, after the others, so that scripts that count them go on working."""
    procedure.add_double_argument(
        "protect-skin",
        _("Protect s_kin"),
        _("0 leaves skin to the style; 1 holds it to tones that are believable in it, for all complexions alike"),
        -_ANY,
        _ANY,
        DEFAULTS.protect_skin,
        _FLAGS,
    )
    procedure.add_string_argument(
        "region",
        _("R_egion"),
        _("What gets the style: “whole”, “subject”, “ground” or “skin”; a new layer gets a layer mask of it"),
        DEFAULTS.region,
        _FLAGS,
    )
    procedure.add_double_argument(
        "grain",
        _("_Film grain"),
        _("Factor of the style's grain: 0 for none, 1 for its own, up to 2"),
        -_ANY,
        _ANY,
        DEFAULTS.grain,
        _FLAGS,
    )
    procedure.add_boolean_argument(
        "even",
        _("Even _light first"),
        _("The photo is first brought to the exposure and white balance that the style expects"),
        DEFAULTS.even,
        _FLAGS,
    )


def _guarded(run: Any) -> Any:
    """Wrap a procedure's function so that all errors become those of GIMP."""

    def guarded(procedure: Any, *arguments: Any) -> Any:
        try:
            return run(procedure, *arguments)
        except BadArgument as problem:
            return _failed(procedure, Gimp.PDBStatusType.CALLING_ERROR, str(problem))
        except Problem as problem:
            return _failed(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, str(problem))
        except Stopped:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
        except MemoryError:
            text = _("There is not enough memory for this image. Close other images, and try again.")
            return _failed(procedure, Gimp.PDBStatusType.EXECUTION_ERROR, text)

    return guarded


def _failed(procedure: Any, status: Any, text: str) -> Any:
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
    return procedure.new_return_values(status, error)


def _run_style(procedure: Any, run_mode: Any, image: Any, drawables: list, config: Any, _data: Any) -> Any:
    Gegl.init(None)
    Gegl.config().set_property("tile-cache-size", _TILE_CACHE)
    import atelier_calls as calls
    from atelier_controls import checked_request
    from atelier_layers import require_layers

    require_layers(image, list(drawables))
    told: list[str] | None = []
    if run_mode == Gimp.RunMode.INTERACTIVE:
        from atelier_dialog import run_dialog

        told = run_dialog(procedure, config, image, list(drawables))
        if told is None:
            raise Stopped
    calls.restyle_layers(image, list(drawables), checked_request(config), told)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def _run_list(procedure: Any, _config: Any, _data: Any) -> Any:
    import atelier_calls as calls
    from atelier_endpoint import Installation
    from atelier_finding import connect

    with connect(Installation.read()) as worker:
        names = calls.list_styles(worker)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    values.remove(1)
    value = GObject.Value(GObject.TYPE_STRV, names)
    values.insert(1, value)
    return values


def _run_learn(procedure: Any, config: Any, _data: Any) -> Any:
    import atelier_calls as calls
    from atelier_endpoint import Installation
    from atelier_finding import connect

    if config.get_property("run-mode") == Gimp.RunMode.INTERACTIVE:
        from atelier_learn import run_dialog

        if not run_dialog(procedure, config):
            raise Stopped
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    values = calls.checked_learning(config)
    Gimp.progress_init(_("Learn Portrait Style"))
    with connect(Installation.read(), Gimp.progress_pulse) as worker:
        _learnt, notes = calls.learn(worker, values)
    Gimp.progress_end()
    if notes:
        Gimp.message("\n".join(notes))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


if __name__ == "__main__":
    if os.environ.get("ATELIER_DEBUG"):
        logging.basicConfig(level=logging.DEBUG, format="%(created).3f %(message)s")
    Gimp.main(PortraitStyle.__gtype__, sys.argv)

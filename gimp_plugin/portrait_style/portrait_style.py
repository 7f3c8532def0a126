#!/usr/bin/env python3
"""Filters > Portrait Atelier > Portrait Style… and Learn Portrait Style…: the plug-in for GIMP 3.

Uses only GIMP's Python and the standard library; a worker process does the work (`atelier_client.py`).
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
import atelier_declarations as declarations  # noqa: E402
from atelier_words import DOMAIN, BadArgument, Problem, Stopped, _  # noqa: E402
from gi.repository import Gegl, Gimp, GLib, GObject  # noqa: E402

STYLE, EDIT, TABLE = "plug-in-portrait-style", "plug-in-portrait-style-edit", "plug-in-portrait-color-table"
LIST, LEARN, BATCH = "plug-in-portrait-style-list", "plug-in-portrait-style-learn", "plug-in-portrait-style-batch"
_TILE_CACHE = 1 << 24  # bytes: each pixel passes once, and a larger cache costs a third of the time


class PortraitStyle(Gimp.PlugIn):
    """Declares the procedures; the modules beside this one are imported on demand."""

    def do_query_procedures(self) -> list[str]:
        """Return the names of the procedures."""
        return [STYLE, EDIT, TABLE, BATCH, LIST, LEARN]

    def do_set_i18n(self, _name: str) -> tuple[bool, str, None]:
        """Return the catalog of the menu texts."""
        return True, DOMAIN, None

    def do_create_procedure(self, name: str) -> Any:
        """Declare one procedure."""
        declare, run = {
            STYLE: (declarations.declare_style, _run_style),
            EDIT: (declarations.declare_edit, _run_edit),
            TABLE: (declarations.declare_table, _run_table),
            BATCH: (declarations.declare_batch, _run_batch),
            LIST: (declarations.declare_list, _run_list),
            LEARN: (declarations.declare_learn, _run_learn),
        }[name]
        return declare(self, name, _guarded(run))


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
    return _run_filter("atelier_dialog", "checked_request", procedure, run_mode, image, drawables, config)


def _run_table(procedure: Any, run_mode: Any, image: Any, drawables: list, config: Any, _data: Any) -> Any:
    return _run_filter("atelier_table", "checked_table", procedure, run_mode, image, drawables, config)


def _run_filter(
    dialog: str, check: str, procedure: Any, run_mode: Any, image: Any, drawables: list, config: Any
) -> Any:
    """Restyle the layers, after the dialog of a module if a user is there; `check` reads the arguments."""
    _prepare_pixels()
    import atelier_calls as calls
    import atelier_controls
    from atelier_layers import opened, require_layers

    drawables = opened(list(drawables))
    require_layers(image, drawables)
    told: list[str] | None = []
    if run_mode == Gimp.RunMode.INTERACTIVE:
        told = import_module(dialog).run_dialog(procedure, config, image, drawables)
        if told is None:
            raise Stopped
    _tell(calls.restyle_layers(image, drawables, getattr(atelier_controls, check)(config), told))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def _run_edit(procedure: Any, run_mode: Any, image: Any, drawables: list, config: Any, _data: Any) -> Any:
    _prepare_pixels()
    import atelier_calls as calls
    import atelier_edit as edit
    from atelier_layers import require_layers

    edited = edit.edited_layers(image, list(drawables))
    sources = [one.source for one in edited]
    require_layers(image, sources)
    before = edited[0].memory.request
    told: list[str] | None = []
    shown = run_mode == Gimp.RunMode.INTERACTIVE
    if shown:
        edit.fill_config(config, before)
        if before.table:
            from atelier_table import run_dialog
        else:
            from atelier_dialog import run_dialog

        told = run_dialog(procedure, config, image, sources, edits=True)
        if told is None:
            raise Stopped
    request = edit.changed_request(config, before, has_all=shown)
    _tell(calls.restyle_layers(image, sources, request, told, edited=edited))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def _prepare_pixels() -> None:
    Gegl.init(None)
    Gegl.config().set_property("tile-cache-size", _TILE_CACHE)


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
    _tell(notes)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def _tell(notes: list[str]) -> None:
    if notes:
        Gimp.message("\n".join(notes))


def _run_batch(procedure: Any, config: Any, _data: Any) -> Any:
    _prepare_pixels()
    import atelier_batch as batch

    if config.get_property("run-mode") == Gimp.RunMode.INTERACTIVE:
        from atelier_batch_dialog import run_dialog

        if not run_dialog(procedure, config):
            raise Stopped
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    _tell(batch.restyle_all(batch.checked_batch(config)))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


if __name__ == "__main__":
    if os.environ.get("ATELIER_DEBUG"):
        logging.basicConfig(level=logging.DEBUG, format="%(created).3f %(message)s")
    Gimp.main(PortraitStyle.__gtype__, sys.argv)

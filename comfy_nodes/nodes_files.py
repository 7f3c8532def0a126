"""Nodes of files: load and save a style, export a look."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.errors import StyleError
from ..core.languages import translate
from ..core.styles.style import Style
from .covers import FILE, output_file, style_file
from .folders import host_folders, style_entry, style_names
from .restyling import photos_of
from .running import counter, plain_tensors, show_text
from .sockets import StyleSocket, schema
from .style_store import file_key, open_style

_CUBE_SIZES = ("33", "65")
_LIBRARY, _MODELS = "my styles", "models/portrait_styles"


class LoadPortraitStyle(io.ComfyNode):
    """Name to style."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node, with the current list of styles."""
        return schema(
            "AtelierLoadStyle",
            "Load Portrait Style (LUT)",
            description="Loads a style: one of the ready ones, one of your own (from any program that Portrait "
            "Atelier works in), or a file in models/portrait_styles: a style, a .cube LUT, a HaldCLUT.",
            search_aliases=["style loader", "LUT loader", "load LUT", "cube", "HaldCLUT", "film look"],
            inputs=[
                io.Combo.Input(
                    "style",
                    options=style_names(),
                    tooltip="Ready styles, your own, and those in models/portrait_styles and its sub-folders, LUTs "
                    "(.cube, .3dl, HaldCLUT) among them. Press R after you added one.",
                )
            ],
            outputs=[StyleSocket.Output(display_name="style", tooltip="For Apply Portrait Style and the others.")],
        )

    @classmethod
    def validate_inputs(cls, style: Any) -> bool | str:
        """Accept every name that finds a style, also in another form (`library/name`)."""
        try:
            style_entry(str(style))
        except StyleError as error:
            return translate(error, "en")
        return True

    @classmethod
    def fingerprint_inputs(cls, style: str) -> str:
        """Return a text that changes when the file is replaced."""
        try:
            return file_key(style_entry(style).path)
        except (StyleError, OSError) as error:
            return str(error)

    @classmethod
    def execute(cls, style: str) -> io.NodeOutput:
        """Load the style."""
        with plain_tensors():
            return io.NodeOutput(open_style(style_entry(style)))


class SavePortraitStyle(io.ComfyNode):
    """Style to file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierSaveStyle",
            "Save Portrait Style",
            description="Saves a style under a name, into your library, where every program that Portrait Atelier "
            "works in finds it, or into ComfyUI's models folder.",
            search_aliases=["store style"],
            inputs=[
                StyleSocket.Input("style", tooltip="What to save."),
                io.String.Input(
                    "name",
                    default="",
                    tooltip="How the style is called everywhere; empty: by the name that it has.",
                ),
                io.Combo.Input(
                    "folder",
                    options=[_LIBRARY, _MODELS],
                    tooltip="Your own library, or ComfyUI's models/portrait_styles.",
                ),
                io.Boolean.Input(
                    "overwrite", default=False, tooltip="Whether a style that has this name may be replaced."
                ),
            ],
            outputs=[
                StyleSocket.Output(
                    display_name="style", tooltip="The same style, under the name that it was saved by."
                ),
                io.String.Output(display_name="file", tooltip="Where it was saved."),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, style: Style, name: str, folder: str, overwrite: bool) -> io.NodeOutput:
        """Save the style."""
        from .saving import save_into, shown_path

        with plain_tensors():
            named = style.renamed(name.strip()) if name.strip() else style
            saved, path = save_into(_folder_of(folder), named, overwrite=overwrite)
        show_text(cls, shown_path(path))
        origin = host_folders()[0][0] if folder == _MODELS else "library"
        shown = ui.PreviewText(shown_path(path)).as_dict()
        return io.NodeOutput(saved, str(path), ui=shown | {FILE: style_file(f"{origin}/{saved.name}", path)})


class ExportLook(io.ComfyNode):
    """Style to .cube file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierExportLook",
            "Export Look (LUT)",
            description="Writes a style as a .cube color table into the output folder, for video editors, cameras and "
            "other programs. A table holds colors, not places: what is lost by that is said.",
            search_aliases=["LUT", "cube", "export LUT", "save LUT"],
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The look is adapted to these images; without, to the mean portrait.",
                ),
                StyleSocket.Input("style", tooltip="What to export."),
                io.Combo.Input(
                    "size", options=list(_CUBE_SIZES), tooltip="Points an axis; 33 suits most programs, 65 is finer."
                ),
                io.String.Input(
                    "filename_prefix",
                    default="looks/portrait",
                    tooltip="Of the file, in ComfyUI's output folder; %date% is today's.",
                ),
            ],
            outputs=[
                io.String.Output(display_name="file", tooltip="Where it was written."),
                io.String.Output(display_name="loss", tooltip="How far the table is from the look it stands for."),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, style: Style, size: str, filename_prefix: str, image: Tensor | None = None) -> io.NodeOutput:
        """Export the look."""
        from .saving import dated, export_cube

        root = folder_paths.get_output_directory()
        folder, stem, number, _, _ = folder_paths.get_save_image_path(dated(filename_prefix, datetime.now()), root)
        path = Path(folder) / f"{stem}_{number:05}_.cube"
        with plain_tensors():
            photos = [] if image is None else photos_of([image])
            loss = export_cube(style, path, size=int(size), photos=photos, progress=counter(1))
        text = f"output/{path.relative_to(root).as_posix()}: {loss}"
        show_text(cls, text)
        shown = ui.PreviewText(text).as_dict()
        return io.NodeOutput(str(path), loss, ui=shown | {FILE: output_file(path, Path(root))})


def _folder_of(choice: str) -> Path | None:
    """Return a folder of ComfyUI; None for the library."""
    return host_folders()[0][1] if choice == _MODELS else None

"""`atelier export`: a style's look as a .cube, a HaldCLUT, or an ONNX graph."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.reading import read_photo
from ...imaging.rendering.look import Look
from ...learning.resolve import resolve_style
from ...styles.export import (
    CUBE_SIZES,
    HALD_LEVEL,
    ExportLoss,
    adapting_loss,
    exported_look,
    loss_words,
    write_cube,
    write_hald,
)
from ...styles.style import Style
from ...texts import Text, joined
from .console import say


def run_export(style_text: str, output: Path, *, photo: Path | None, size: int, overwrite: bool) -> None:
    """Write the look of a style for other programs, and print what it loses."""
    suffix = output.suffix.lower()
    if suffix not in (".cube", ".png", ".onnx"):
        raise AtelierError("{output}: must end in .cube, in .png for a HaldCLUT, or in .onnx", output=output)
    if size not in CUBE_SIZES:
        raise AtelierError(
            "--size {size}: a .cube of ours has {sizes} points an axis",
            size=size,
            sizes=joined(map(str, CUBE_SIZES), "{first} or {rest}"),
        )
    style = resolve_style(style_text)
    if suffix == ".onnx" and photo is None and style.adapts:
        kind, loss = _write_onnx(style, output, style.name, overwrite=overwrite), adapting_loss(style)
        _say_written(output, kind, Text("adapts to each photo"), loss, style)
        return
    points = {".cube": size, ".png": HALD_LEVEL**2}.get(suffix)
    look, loss = exported_look(style, [] if photo is None else [read_photo(photo)], size=points)
    if suffix == ".onnx":
        kind = _write_onnx(look, output, style.name, overwrite=overwrite)
    elif suffix == ".cube":
        write_cube(look, output, title=style.name, size=size, overwrite=overwrite)
        kind = Text("{size} points an axis", size=size)
    else:
        write_hald(look, output, overwrite=overwrite)
        kind = Text("HaldCLUT, level {level}", level=HALD_LEVEL)
    adapted = Text("adapted to {photo}", photo=photo) if photo else Text("adapted to the mean portrait")
    _say_written(output, kind, adapted, loss, style, "" if photo is None else str(photo))
    if loss.wants_photo:
        say(
            "made for the astronaut, it would differ by {mean:.2f}: with --photo and one of yours, it is for photos in "
            "its light",
            mean=loss.adapted,
        )


def _say_written(output: Path, kind: Text, adapted: Text, loss: ExportLoss, style: Style, photo: str = "") -> None:
    say("{output}: {kind}, sRGB to sRGB, {adapted}", output=output, kind=kind, adapted=adapted)
    for words in loss_words(loss, style, photo):
        say(words)


def _write_onnx(source: Look | Style, output: Path, title: str, *, overwrite: bool) -> Text:
    """Write an ONNX graph, have onnxruntime check it, and return what it is."""
    from ...styles.onnx_export import OPSET, onnx_difference, write_onnx

    write_onnx(source, output, title=title, overwrite=overwrite)
    difference = onnx_difference(source, output)
    if difference is None:
        return Text("ONNX, opset {opset}, not checked, since onnxruntime is not installed", opset=OPSET)
    return Text(
        "ONNX, opset {opset}, the same as the look by onnxruntime to {difference:.2f} of 255",
        opset=OPSET,
        difference=255 * difference,
    )

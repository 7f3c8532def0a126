"""`atelier export`: a style's look as a .cube or HaldCLUT file."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.reading import read_photo
from ...learning.resolve import resolve_style
from ...styles.export import CUBE_SIZES, HALD_LEVEL, exported_look, loss_words, write_cube, write_hald
from ...texts import Text, joined
from .console import say


def run_export(style_text: str, output: Path, *, photo: Path | None, size: int, overwrite: bool) -> None:
    """Write the color table of a style and print its error."""
    suffix = output.suffix.lower()
    if suffix not in (".cube", ".png"):
        raise AtelierError("{output}: must end in .cube, or in .png for a HaldCLUT", output=output)
    if size not in CUBE_SIZES:
        raise AtelierError(
            "--size {size}: a .cube of ours has {sizes} points an axis",
            size=size,
            sizes=joined(map(str, CUBE_SIZES), "{first} or {rest}"),
        )
    style = resolve_style(style_text)
    points = size if suffix == ".cube" else HALD_LEVEL**2
    look, loss = exported_look(style, [] if photo is None else [read_photo(photo)], size=points)
    if suffix == ".cube":
        write_cube(look, output, title=style.name, size=size, overwrite=overwrite)
    else:
        write_hald(look, output, overwrite=overwrite)
    kind = Text("HaldCLUT, level {level}", level=HALD_LEVEL)
    if suffix == ".cube":
        kind = Text("{size} points an axis", size=size)
    adapted = Text("adapted to {photo}", photo=photo) if photo else Text("adapted to the mean portrait")
    say("{output}: {kind}, sRGB to sRGB, {adapted}", output=output, kind=kind, adapted=adapted)
    for words in loss_words(loss, style, "" if photo is None else str(photo)):
        say(words)

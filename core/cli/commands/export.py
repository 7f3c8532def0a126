"""`atelier export`: a style's look as a .cube or HaldCLUT file."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.reading import read_photo
from ...imaging.proxy import proxy_of
from ...learning.resolve import resolve_style
from ...styles.export import CUBE_SIZES, HALD_LEVEL, exported_look, write_cube, write_hald
from ...styles.texture_words import texture_words
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
    look, loss = exported_look(style, [] if photo is None else [proxy_of(read_photo(photo))])
    if suffix == ".cube":
        write_cube(look, output, title=style.name, size=size, overwrite=overwrite)
    else:
        write_hald(look, output, overwrite=overwrite)
    kind = Text("HaldCLUT, level {level}", level=HALD_LEVEL)
    if suffix == ".cube":
        kind = Text("{size} points an axis", size=size)
    adapted = Text("adapted to {photo}", photo=photo) if photo else Text("adapted to the mean portrait")
    say("{output}: {kind}, sRGB to sRGB, {adapted}", output=output, kind=kind, adapted=adapted)
    say(
        "left out (what depends on the place in the photo): mean dE00 {mean:.2f}, worst {worst:.2f}",
        mean=loss.mean,
        worst=loss.worst,
    )
    if loss.ground is not None:
        say("left out, too (the ground's own colors): mean dE00 {mean:.2f} there", mean=loss.ground)
    if style.textures:
        say("left out, too (no color table can hold it): {texture}", texture=texture_words(style.textures))

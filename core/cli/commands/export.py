"""`atelier export`: a style's look as a .cube or HaldCLUT file."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError
from ...imaging.files.reading import read_photo
from ...imaging.proxy import proxy_of
from ...learning.resolve import resolve_style
from ...styles.export import CUBE_SIZES, HALD_LEVEL, exported_look, write_cube, write_hald
from .console import say


def run_export(style_text: str, output: Path, *, photo: Path | None, size: int, overwrite: bool) -> None:
    """Write the color table of a style and print its error."""
    suffix = output.suffix.lower()
    if suffix not in (".cube", ".png"):
        raise AtelierError(f"{output}: must end in .cube, or in .png for a HaldCLUT")
    if size not in CUBE_SIZES:
        raise AtelierError(f"--size {size}: a .cube of ours has {' or '.join(map(str, CUBE_SIZES))} points an axis")
    style = resolve_style(style_text)
    look, loss = exported_look(style, [] if photo is None else [proxy_of(read_photo(photo))])
    if suffix == ".cube":
        write_cube(look, output, title=style.name, size=size, overwrite=overwrite)
    else:
        write_hald(look, output, overwrite=overwrite)
    kind = f"{size} points an axis" if suffix == ".cube" else f"HaldCLUT, level {HALD_LEVEL}"
    adapted = f"adapted to {photo}" if photo else "adapted to the mean portrait"
    say(f"{output}: {kind}, sRGB to sRGB, {adapted}")
    say(f"left out (what depends on the place in the photo): mean dE00 {loss.mean:.2f}, worst {loss.worst:.2f}")

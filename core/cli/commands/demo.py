"""`atelier demo`: a portrait in every ready style."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...errors import AtelierError
from ...imaging.contact_sheet import contact_sheet, side_by_side
from ...imaging.files.atomic import check_writable
from ...imaging.files.writing import write_photo
from ...imaging.photo import Photo
from ...learning.resolve import open_entry
from ...styles.applying import apply_style
from ...styles.cover import astronaut
from ...styles.library import StyleEntry, list_styles
from .console import progress_bar, say

SHEET = "contact-sheet.png"
BEFORE_AFTER = "before-after.png"
SHOWN = "cool-cinema"


def run_demo(folder: Path, *, overwrite: bool) -> None:
    """Write the astronaut in every ready style, a contact sheet, and one before/after picture."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise AtelierError("{folder}: is a file; give a folder with -o", folder=folder)
    entries = [entry for entry in list_styles() if entry.origin == "bundled"]
    names = {entry: entry.path.stem for entry in entries}
    for file in (*(f"{name}.png" for name in names.values()), SHEET, BEFORE_AFTER):
        check_writable(folder / file, overwrite=overwrite)
    original = astronaut()
    pictures = [("before", original.pixels)]
    with progress_bar("restyling the astronaut") as progress:
        for done, entry in enumerate(entries):
            progress(done, len(entries))
            pictures.append((names[entry], _restyle_into(folder, original, entry, overwrite=overwrite)))
    _write(folder / SHEET, contact_sheet(pictures, title="Portrait Atelier: ready styles"), overwrite=overwrite)
    after = dict(pictures)[SHOWN]
    _write(folder / BEFORE_AFTER, side_by_side(original.pixels, after, ("before", SHOWN)), overwrite=overwrite)
    say("{count} styles; look at {sheet}", count=len(entries), sheet=folder / SHEET)


def _restyle_into(folder: Path, photo: Photo, entry: StyleEntry, *, overwrite: bool) -> np.ndarray:
    result = apply_style(photo, open_entry(entry))
    write_photo(result, folder / f"{entry.path.stem}.png", overwrite=overwrite)
    return result.pixels


def _write(path: Path, pixels: np.ndarray, *, overwrite: bool) -> None:
    write_photo(Photo(pixels=pixels, file_format="PNG"), path, overwrite=overwrite)

"""A style as files for other programs, and what a color table loses."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from ..core.imaging.files.atomic import atomic_write
from ..core.styles.export import ExportLoss, exported_look, loss_judgement, loss_words, write_cube
from ..core.styles.style import Style
from ..core.styles.style_file import SUFFIX, load_style
from .cards import why
from .words import Words


def style_files(path: Path, folder: Path, words: Words) -> tuple[list[str], str]:
    """Copy the style file, and its color table if it has one, named after the style; return a card of its loss, too."""
    style = load_style(path)
    target = folder / f"{style.name}{SUFFIX}"
    with atomic_write(target, overwrite=True) as temporary:
        shutil.copyfile(path, temporary)
    if style.pixel is not None:
        return [str(target)], ""
    cube = folder / f"{style.name}.cube"
    look, loss = exported_look(style)
    write_cube(look, cube, title=style.name, overwrite=True)
    return [str(target), str(cube)], _loss_card(loss, style, words)


def _loss_card(loss: ExportLoss, style: Style, words: Words) -> str:
    figures = " ".join(words.translate(text) + "." for text in loss_words(loss, style)[1:])
    measured = why("loss", f"{figures[:1].upper()}{figures[1:]} {words('why.color')}", words)
    judgement = words.translate(loss_judgement(loss))
    judged = f"<p>{escape(f'{judgement[:1].upper()}{judgement[1:]}.')}</p>"
    return f'<div class="pa-card" role="status"><div class="pa-told-of">{judged}{measured}</div></div>'

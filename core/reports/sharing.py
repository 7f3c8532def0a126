"""A style as a zip to give away: the file, a color table, pictures before and after, and what a reader should know."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import AtelierError
from ..imaging.contact_sheet import jpeg_of, side_by_side
from ..imaging.files.atomic import atomic_write
from ..imaging.files.reading import read_photo
from ..imaging.photo import Photo
from ..imaging.proxy import preview_of
from ..styles.applying import apply_style
from ..styles.cover import astronaut
from ..styles.export import exported_look, loss_words, write_cube
from ..styles.style import Style
from ..styles.style_file import SUFFIX, save_style
from ..texts import Text
from .words import CONTENT_HASH, score_lines, style_facts, verdict_lines

PICTURE_SIZE = 1600  # pixels of the longer side of all pictures in it, which have no metadata
TEXT_NAME = "about.txt"


def write_share_zip(
    style: Style,
    path: Path,
    *,
    shown: Photo | None = None,
    photos: Sequence[Path] = (),
    say: Callable[[Text], str] = str,
    progress: Callable[[int, int], object] | None = None,
) -> list[Text]:
    """Write a zip of a style.

    No photo is in it but those that are given: small copies without metadata, so without place and camera.

    Args:
        style: of any kind.
        path: of the zip; replaced if it exists.
        shown: the photo of the pictures before and after; None for the astronaut.
        photos: finished photos that go with it; those that cannot be read are left out.
        say: translates the texts in it.
        progress: called with (done, total) of the photos.

    Returns:
        What is in it, and in plain words how near its color table comes.

    Raises:
        AtelierError: the zip cannot be written.
    """
    told = [Text("{name}: the style, for every program with Portrait Atelier", name=f"{style.name}{SUFFIX}")]
    with (
        tempfile.TemporaryDirectory(prefix="atelier-") as folder,
        atomic_write(path, overwrite=True) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as zipped,
    ):
        own = Path(folder)
        zipped.write(save_style(style, own / f"style{SUFFIX}"), f"{style.name}/{style.name}{SUFFIX}")
        losses = [] if style.pixel is not None else _add_table(zipped, style, own)
        told += [Text("{name}: its color table, for other programs", name=f"{style.name}.cube")] if losses else []
        told.append(_add_pictures(zipped, style, shown))
        count = _add_photos(zipped, style, photos, progress)
        if photos:
            told.append(Text("photos: {count} of the photos that it was learnt from, small", count=count))
        told.append(Text("{name}: its settings, and how to use it", name=TEXT_NAME))
        zipped.writestr(f"{style.name}/{TEXT_NAME}", _about(style, told, losses, say))
    return [*told, *losses[:1]]


def _add_table(zipped: zipfile.ZipFile, style: Style, folder: Path) -> list[Text]:
    look, loss = exported_look(style)
    cube = folder / "table.cube"
    write_cube(look, cube, title=style.name)
    zipped.write(cube, f"{style.name}/{style.name}.cube")
    return loss_words(loss, style)


def _add_pictures(zipped: zipfile.ZipFile, style: Style, shown: Photo | None) -> Text:
    small = Photo(preview_of(shown or astronaut(), PICTURE_SIZE), file_format="JPEG")
    after = preview_of(apply_style(small, style), PICTURE_SIZE)
    pictures = {"before": small.pixels, "after": after}
    pictures["before-and-after"] = side_by_side(small.pixels, after, ("before", style.name))
    for name, pixels in pictures.items():
        _store(zipped, f"{style.name}/{name}.jpg", jpeg_of(pixels, 92))
    if shown is None:
        return Text("before.jpg, after.jpg: NASA's portrait of Eileen Collins, in the public domain")
    return Text("before.jpg, after.jpg: the photo that you chose, small and without metadata")


def _add_photos(
    zipped: zipfile.ZipFile, style: Style, photos: Sequence[Path], progress: Callable[[int, int], object] | None
) -> int:
    count = 0
    for number, photo in enumerate(photos, start=1):
        try:
            pixels = preview_of(read_photo(photo), PICTURE_SIZE)
        except AtelierError:
            continue
        count += 1
        _store(zipped, f"{style.name}/photos/{count:03d}.jpg", jpeg_of(pixels, 92))
        if progress is not None:
            progress(number, len(photos))
    return count


def _store(zipped: zipfile.ZipFile, name: str, content: bytes) -> None:
    zipped.writestr(name, content, zipfile.ZIP_STORED)  # a JPEG does not become smaller


def _about(style: Style, told: Sequence[Text], losses: Sequence[Text], say: Callable[[Text], str]) -> str:
    """Return the text of the zip: what it is and how to use it first, measures and settings last."""
    facts = {label: text for label, text in style_facts(style).items() if label != CONTENT_HASH}
    use = (
        Text(
            "To use it: drop the style file into the library of the panel, or call `atelier add`; for ComfyUI, put it "
            "into models/portrait_styles. The .cube is for other programs that take LUTs, and for photos in sRGB."
        ),
    )
    parts = [
        [f"{say(label)}: {say(text)}" if label else say(text) for label, text in facts.items()],
        list(map(say, use)),
        [say(Text("In this zip:")), *(f"- {say(text)}" for text in told), *map(say, losses[:1])],
        list(map(say, verdict_lines(style))),
        [say(Text("For who wants to know exactly, the figures and settings:")), *_figures(style, losses, say)],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _figures(style: Style, losses: Sequence[Text], say: Callable[[Text], str]) -> list[str]:
    judged = set(verdict_lines(style))
    lines = [say(text) for text in (*score_lines(style), *losses[1:]) if text not in judged]
    lines += [f"{say(CONTENT_HASH)}: {say(text)}" for text in [style_facts(style).get(CONTENT_HASH)] if text]
    options = style.settings.get("learning")
    return lines + ([f"{name} = {value}" for name, value in options.items()] if isinstance(options, dict) else [])

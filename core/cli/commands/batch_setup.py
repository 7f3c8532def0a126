"""What the commands of many photos do first: read the style, open the journal, load the renderer."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...batch.journal import Journal
from ...batch.planning import converted_formats, template_of
from ...batch.request import BatchRequest, PhotoTask
from ...imaging.rendering.render import has_kernel, is_kernel_worth_it, load_kernel_beside
from ...learning.resolve import resolve_style
from ...reports.words import RENEW
from ...styles.style import Style
from ...texts import Text, joined
from .console import note, progress_bar


def read_style(style_text: str) -> Style:
    """Return a style by a name, a style file, a photo or a folder of photos; tell if it is outdated."""
    with progress_bar("reading the style") as progress:
        style = resolve_style(style_text, progress=progress)
    if style.is_outdated:
        note("{name}: {text}", name=style.name, text=RENEW)
    return style


@contextmanager
def opened(journal: Journal | None) -> Iterator[None]:
    """Keep a journal open."""
    if journal is None:
        yield
        return
    journal.open()
    try:
        yield
    finally:
        journal.close()


def told_of_formats(request: BatchRequest, tasks: Iterable[PhotoTask]) -> Text | None:
    """Tell that photos become JPEG since their format is only read; None if none do, or a format was chosen."""
    formats = converted_formats(request, tasks)
    if not formats:
        return None
    return Text(
        "{formats} can only be read: such photos become JPEG; --name {example} makes TIFFs",
        formats=joined(formats),
        example=f"'{template_of(request)}.tif'",
    )


def load_kernel(num_pixels: int, *, texture: bool) -> threading.Thread | None:
    """Load the renderer of so many pixels on another thread; tell if it has to be compiled before."""
    loading = load_kernel_beside(num_pixels, texture=texture)
    if texture and is_kernel_worth_it(num_pixels) and has_kernel():
        from ...imaging.rendering.texture_cpu import has_compiled_kernels

        if not has_compiled_kernels():
            note("the renderer of texture is compiled, once on this computer: about 15 seconds")
    return loading

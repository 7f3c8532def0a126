"""`atelier learn --generator pixel`: a painterly style from a folder of pictures."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError, LearningError
from ...imaging.files.reading import read_photo
from ...imaging.proxy import Proxy, proxy_of
from ...learning.checkpoint import read_checkpoint
from ...learning.pixel.settings import PixelLearningSettings
from ...learning.pixel.training import PixelLearning
from ...photos.search import find_photos
from ...styles.pixel_model import PAINTING_SIZE
from ...styles.style import Style
from .console import note, progress_bar, say

_MOST_PICTURES = 32  # large ones; more would teach little


def learn_pixel(
    folder: Path,
    name: str,
    settings: PixelLearningSettings,
    content: Path | None,
    checkpoint: tuple[Path, str],
    *,
    resume: bool = False,
) -> Style:
    """Train a pixel style; Ctrl-C keeps the best so far, and a checkpoint to go on from.

    Args:
        folder: of pictures.
        name: of the style.
        settings: how.
        content: folder of photos to paint; None for the pictures themselves.
        checkpoint: its path, and what tells that it is of the same pictures.
        resume: go on from it.

    Raises:
        LearningError: no picture in a folder can be read, or the checkpoint cannot be used.
    """
    path, key = checkpoint
    if resume:
        read_checkpoint(path)  # that there is none is said before all the work
    learning = PixelLearning(_read(folder), None if content is None else _read(content), name, settings)
    if resume:
        learning.resume(path, key)
        say("going on after step {step}", step=learning.step)
    best: Style | None = None
    try:
        with progress_bar("learning to paint") as progress:
            for status in learning.run():
                progress(status.step, status.num_steps)
                best = status.style or best
                if status.distance is not None:
                    say(
                        "step {step}  distance of textures {distance:.4f}  best: step {best_step}",
                        step=status.step,
                        distance=status.distance,
                        best_step=status.best_step,
                    )
                    learning.save(path, key)
    except KeyboardInterrupt:
        learning.save(path, key)
        note(
            "stopped at step {step}; the best so far is kept. To go on: the same command with --resume",
            step=learning.step,
        )
    else:
        path.unlink(missing_ok=True)
    if best is None:
        raise LearningError("{folder}: stopped before there was a style; start again", folder=folder)
    return best


def _read(folder: Path) -> list[Proxy]:
    """The pictures of a folder at the size at which they are painted; bad ones are named and left out."""
    found = find_photos(folder)
    step = max(1, -(-len(found) // _MOST_PICTURES))
    pictures: list[Proxy] = []
    with progress_bar("reading pictures") as progress:
        for done, path in enumerate(found[::step]):
            progress(done, len(found[::step]))
            try:
                pictures.append(proxy_of(read_photo(path), PAINTING_SIZE))
            except AtelierError as error:
                note("{text}; left out", text=error)
    if not pictures:
        raise LearningError(
            "{folder}: no picture in it can be read; name a folder of JPEG, PNG, TIFF or WebP files", folder=folder
        )
    return pictures

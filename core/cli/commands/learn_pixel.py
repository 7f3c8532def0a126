"""`atelier learn --generator pixel`: trains a pixel style from a folder of pictures."""

from __future__ import annotations

from pathlib import Path

from ...errors import AtelierError, LearningError
from ...imaging.files.reading import read_photo
from ...imaging.proxy import Proxy, proxy_of
from ...learning.checkpoint import read_checkpoint
from ...learning.pixel.trainer import PixelTrainSettings
from ...learning.pixel.training import PixelStyleTraining
from ...photos.search import find_photos
from ...styles.pixel_model import PAINTING_SIZE
from ...styles.style import Style
from .console import note, progress_bar, say

_MOST_PICTURES = 32  # of a folder; more improve little


def learn_pixel(
    folder: Path,
    name: str,
    settings: PixelTrainSettings,
    content: Path | None,
    checkpoint: tuple[Path, str],
    *,
    resume: bool = False,
) -> Style:
    """Train a pixel style; Ctrl-C keeps the best style so far, and a checkpoint to resume from.

    Args:
        folder: of pictures.
        name: of the style.
        settings: of training.
        content: folder of photos to paint; None for the pictures themselves.
        checkpoint: its path, and the key that identifies the pictures.
        resume: whether to resume from it.

    Raises:
        LearningError: no picture in a folder can be read, or the checkpoint cannot be used.
    """
    path, key = checkpoint
    if resume:
        read_checkpoint(path)  # fail before all the work if there is none
    learning = PixelStyleTraining(_read(folder), None if content is None else _read(content), name, settings)
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
    """Read the pictures of a folder at painting size; report unreadable ones and leave them out."""
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

"""One photo of a batch: read, restyled and written."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..errors import AtelierError, PhotoError
from ..imaging.files.atomic import check_writable
from ..imaging.files.mask import fit_mask, read_mask
from ..imaging.files.reading import read_photo
from ..imaging.files.writing import copy_untouched, write_photo
from ..imaging.photo import Photo
from ..imaging.rendering.look import Look
from ..styles.applying import apply_style
from ..styles.fitting import fit_for
from ..styles.style import Style
from ..texts import Text, text_of
from .fingerprint import Fingerprint
from .places import is_remote
from .request import BatchRequest, PhotoOutcome, PhotoTask, compare_path, written_by
from .sidecar import stamp_of, write_sidecar
from .staging import restyle_staged, written_together

COMPARE_SIZE = 1200
_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The batch ends before this photo is done; nothing of it was written."""


def restyle_task(
    task: PhotoTask,
    request: BatchRequest,
    style: Style,
    look: Look | None = None,
    check_stopped: Callable[[], None] | None = None,
) -> PhotoOutcome:
    """Read one photo of a batch, restyle it and write it; whatever goes wrong with it is in the outcome.

    Args:
        task: from `plan`.
        request: the request.
        style: of any kind.
        look: of the photo's series; None for the photo's own.
        check_stopped: raises Stopped when the batch is to end.

    Raises:
        Stopped: raised by `check_stopped`.
    """
    if is_remote(task.source) or is_remote(task.output) or _may_be_there(task, request):
        return restyle_staged(task, lambda local: restyle_task(local, request, style, look, check_stopped))
    try:
        fingerprint = Fingerprint.of(task.source)
    except OSError:
        fingerprint = None  # what reads the photo tells of it
    notes = guarded(task, lambda: restyle_file(task, request, style, look, check_stopped))
    outcome = notes if isinstance(notes, PhotoOutcome) else PhotoOutcome(task, "done", notes)
    return replace(outcome, fingerprint=fingerprint)


def guarded(task: PhotoTask, work: Callable[[], _Result]) -> _Result | PhotoOutcome:
    """Return the result of work on one photo, or its outcome if anything goes wrong.

    Raises:
        Stopped: raised by the work.
    """
    try:
        return work()
    except AtelierError as error:
        return PhotoOutcome.failed(task, error)
    except Stopped:
        raise
    except MemoryError:
        return PhotoOutcome.failed(
            task,
            PhotoError(
                "{path}: does not fit into memory (too many pixels); close programs or save it smaller",
                path=task.source,
            ),
        )
    except Exception as error:  # noqa: BLE001 - one photo must not end the work on thousands
        _log.debug("%s", task.source, exc_info=error)
        return PhotoOutcome.failed(
            task,
            AtelierError(
                "{path}: could not be restyled, by an error of this program ({kind}: {cause}); please report it",
                path=task.source,
                kind=type(error).__name__,
                cause=text_of(error),
            ),
        )


def _may_be_there(task: PhotoTask, request: BatchRequest) -> bool:
    """Whether some of what a task writes was perhaps written by the run that had begun it."""
    return task.was_begun and any(map(os.path.lexists, written_by(request, task)))


def needs_texture_kernels(request: BatchRequest, style: Style) -> bool:
    """Whether photos of a request are rendered with more than a color table and a grid."""
    return bool(style.textures) or request.controls.protect_skin > 0 or style.treats_ground_apart


def restyle_file(
    task: PhotoTask,
    request: BatchRequest,
    style: Style,
    look: Look | None = None,
    check_stopped: Callable[[], None] | None = None,
) -> tuple[Text, ...]:
    """Read one photo of a batch, restyle it and write it.

    Args:
        task, request, style, look, check_stopped: as of `restyle_task`.

    Returns:
        Notes for users: on what was done, and on information lost in reading and writing.

    Raises:
        ExistsError: the result, or what is written beside it, is there and may not be replaced.
        AtelierError: the photo or the mask cannot be read, or the result cannot be written.
        Stopped: raised by `check_stopped`.
    """
    photo = read_photo(task.source)
    check_writable(task.output, overwrite=task.overwrite)
    before = _preview_of(photo) if request.compare else None
    fit = fit_for(photo, style, request.controls, look)
    result = apply_style(
        photo,
        style,
        request.controls,
        mask=mask_for(request.mask, photo),
        fit=fit,
        progress=None if check_stopped is None else lambda _done, _total: check_stopped(),
        out=photo.pixels if photo.pixels.flags.writeable else None,  # rendered in place, where that is possible
    )
    remarks = () if fit is None else fit.remarks
    is_untouched, notes = result is photo, photo.notes
    del photo  # its pixels are not needed any more
    with written_together(keep=request.overwrite) as files:
        written = _write(result, task, request, style, is_untouched=is_untouched)
        files.append(task.output)
        if request.sidecar:
            files.append(write_sidecar(task.output, task.source, style, request.controls, overwrite=task.overwrite))
        if before is not None:
            _write_comparison(before, _preview_of(result), style, task)
    return (*remarks, *([] if written is None else [*notes, *written]))


def _write(
    result: Photo, task: PhotoTask, request: BatchRequest, style: Style, *, is_untouched: bool
) -> tuple[Text, ...] | None:
    """Write a result, and return notes on what was lost; None if the file was copied, and nothing at all was."""
    stamp = stamp_of(style, request.controls) if request.stamp else None
    if is_untouched and copy_untouched(
        result, task.output, overwrite=task.overwrite, quality=request.quality, stamp=stamp
    ):
        return None
    return write_photo(result, task.output, overwrite=task.overwrite, quality=request.quality, stamp=stamp)


def mask_for(mask: Path | np.ndarray | None, photo: Photo) -> np.ndarray | None:
    """Return a mask, from a file or a picture, at the size of a photo: (H, W) float32 in [0, 1].

    Raises:
        PhotoError: the file cannot be read, or its shape is not the photo's.
    """
    if isinstance(mask, Path):
        return read_mask(mask, photo.height, photo.width)
    return None if mask is None else fit_mask(mask, photo.height, photo.width)


def _preview_of(photo: Photo) -> np.ndarray:
    from ..imaging.proxy import preview_of

    return preview_of(photo, COMPARE_SIZE)


def _write_comparison(before: np.ndarray, after: np.ndarray, style: Style, task: PhotoTask) -> None:
    from ..imaging.contact_sheet import side_by_side

    both = side_by_side(before, after, ("before", style.name))
    write_photo(Photo(pixels=both, file_format="JPEG"), compare_path(task.output), overwrite=task.overwrite)

"""Restyling of images: with a look for each, or one for all of a series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import comfy.model_management
import numpy as np
import torch
from torch import Tensor

from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy, proxy_of
from ..core.imaging.rendering.look import Look
from ..core.languages import translate
from ..core.styles.applying import apply_style, look_of_series
from ..core.styles.controls import Controls
from ..core.styles.fitting import fit_for
from ..core.styles.style import Style
from .masks import fitted_mask, leaves_person_out
from .pictures import photo_of, put_photo

PARTS = 100  # of the progress of one picture
MASK_REMARK = (
    "the mask leaves the person out, and restyles what is behind; if the person is meant, switch invert_mask on "
    "(the mask of Load Image is white where an image is transparent)"
)
Count = Callable[[int, int], None]
Remark = tuple[int, str]  # number of the picture, from 1, and what a user should know of it


@dataclass(frozen=True, eq=False)
class Job:
    """A batch to restyle.

    Attributes:
        image: (B, H, W, C), C of 1, 3 or 4.
        style: of any kind.
        controls: all but `rgb`: a gray picture stays gray.
        mask: (M, h, w); fewer masks than pictures are repeated. None for everywhere.
        invert_mask: whether black is restyled.
        feather: pixels over which the mask's edges fade.
    """

    image: Tensor
    style: Style
    controls: Controls
    mask: Tensor | None = None
    invert_mask: bool = False
    feather: int = 0


def restyle_batches(
    jobs: Sequence[Job],
    *,
    count: Count = lambda done, total: None,
    remark: Callable[[Remark], object] = lambda found: None,
) -> list[Tensor]:
    """Restyle every picture of batches, which may differ in size; those of a series get one look.

    Args:
        jobs: of one list input.
        count: called with (done, total) parts of pictures, PARTS of each; what it raises ends the work.
        remark: called with each remark of how the style fits a picture.

    Returns:
        For each job (B, H, W, C) float32 in [0, 1] on ComfyUI's device for pictures; alpha is unchanged.
    """
    total, first = sum(len(job.image) for job in jobs), 0
    looks: dict[tuple[int, Controls], Look | None] = {}
    results = []
    for job in jobs:
        key = (id(job.style), job.controls)
        if job.controls.series and key not in looks:
            series = [other.image for other in jobs if (id(other.style), other.controls) == key]
            looks[key] = look_of_series(_told(series, count, PARTS * total), job.style, job.controls)
        results.append(_restyled(job, looks.get(key), _Told(first, total, count, remark)))
        first += len(job.image)
    count(PARTS * total, PARTS * total)
    return results


def photos_of(images: list[Tensor]) -> list[Photo]:
    """Return all pictures of batches, which may differ in size."""
    return [photo_of(frame) for batch in images for frame in batch]


@dataclass(frozen=True)
class _Told:
    """What is told of a batch that begins at picture `first` of `total`."""

    first: int
    total: int
    count: Count
    remark: Callable[[Remark], object]

    def rows(self, number: int, done: int, num_rows: int) -> None:
        """Count rows of a picture of the batch."""
        place = self.first + number
        self.count(PARTS * place + int(PARTS * done / num_rows), PARTS * self.total)

    def say(self, number: int, text: str) -> None:
        """Remark on a picture of the batch."""
        self.remark((self.first + number + 1, text))


def _restyled(job: Job, look: Look | None, told: _Told) -> Tensor:
    image = job.image
    masks = fitted_mask(job.mask, image.shape[1], image.shape[2], invert=job.invert_mask, feather=job.feather)
    # numpy allocates large pages, which is several times faster than torch's small ones.
    result = torch.from_numpy(np.empty(tuple(image.shape), np.float32))
    for number, frame in enumerate(image):
        told.rows(number, 0, 1)
        photo, place = photo_of(frame), result[number]
        told.rows(number, 0, 1)
        mask = None if masks is None else masks[number % len(masks)]
        if mask is not None and number == 0 and leaves_person_out(photo, mask):
            told.say(number, MASK_REMARK)
        fit = fit_for(photo, job.style, job.controls, look)
        told.rows(number, 0, 1)
        given = {
            "mask": None if mask is None else mask.numpy(),
            "fit": fit,
            "frame": told.first + number,
            "out": place.numpy() if image.shape[-1] == 3 else None,
            "progress": partial(told.rows, number),
        }
        put_photo(apply_style(photo, job.style, job.controls, **given), place)
        for text in () if fit is None else fit.remarks:
            told.say(number, translate(text, "en"))
    return result.to(comfy.model_management.intermediate_device())


def _told(batches: Sequence[Tensor], count: Count, total: int) -> Iterator[Proxy]:
    """Yield small copies of the pictures of a series, which are looked at before the first is restyled."""
    for batch in batches:
        for frame in batch:
            count(0, total)
            yield proxy_of(photo_of(frame))

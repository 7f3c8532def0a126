"""Three pictures side by side: a photo before the look, the same in the style, and a finished photo as its photographer
made it. No style stores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import AtelierError
from ..estimation.content import Content
from ..estimation.coverage import embedding_under
from ..imaging.color_management import to_uint8
from ..imaging.files.reading import read_photo
from ..imaging.photo import Photo
from ..imaging.proxy import Proxy, preview_of, proxy_of
from ..photos.folder import FolderPhoto, pick_evenly
from ..styles.applying import apply_style
from ..styles.cover import astronaut
from ..styles.style import Style

SIZE = 640  # pixels of the longer side
_MOST_COMPARED = 12  # untouched photos among which one is chosen
_SPREAD_FLOOR = 0.05  # of embeddings


@dataclass(frozen=True)
class Trio:
    """The pictures, 8 bits, SIZE pixels or less.

    Attributes:
        neutral: an untouched photo by the photographer, another of the user's, or the sample portrait that comes with
            the program.
        styled: the same in the style.
        finished: the photographer's finished photo that is nearest to it in content.
        is_sample: whether the first is the sample portrait.
    """

    neutral: Photo
    styled: Photo
    finished: Photo
    is_sample: bool

    @classmethod
    def of(
        cls,
        style: Style,
        finished: Sequence[FolderPhoto],
        untouched: Sequence[FolderPhoto] = (),
        other: Photo | None = None,
    ) -> Trio:
        """Choose a pair of photos that are alike, and give the style to the first.

        Args:
            style: one with a look, learnt from the finished photos.
            finished: at least one.
            untouched: by the same photographer; none for another photo.
            other: by anyone, at least SIZE pixels if it has them; None for the sample portrait.
        """
        before, after = choose_pair(style, finished, untouched, other)
        if before is not None:
            neutral = as_photo(large_proxy(before))
        else:
            neutral = Photo(pixels=preview_of(astronaut() if other is None else other, SIZE))
        is_sample = before is None and other is None
        return cls(neutral, apply_style(neutral, style), as_photo(large_proxy(after)), is_sample)


def choose_pair(
    style: Style,
    finished: Sequence[FolderPhoto],
    untouched: Sequence[FolderPhoto] = (),
    other: Photo | None = None,
) -> tuple[FolderPhoto | None, FolderPhoto]:
    """Choose the untouched photo, None for the other or the sample, and the finished one nearest to it in content.

    Args:
        style: one with a look, learnt from the finished photos.
        finished: at least one.
        untouched: by the same photographer; none for another photo.
        other: by anyone; None for the sample portrait.
    """
    chosen = [untouched[place] for place in pick_evenly(len(untouched), _MOST_COMPARED)]
    proxies = [photo.proxy for photo in chosen] or [proxy_of(astronaut() if other is None else other)]
    first, nearest = _nearest_pair(style, proxies)
    assert style.photos is not None
    place = nearest * len(finished) // len(style.photos.weights)  # a style thins out many photos
    return (chosen[first] if chosen else None), finished[place]


def _nearest_pair(style: Style, contents: Sequence[Proxy]) -> tuple[int, int]:
    """Return which content is, under the look, nearest to which of the style's photos in colors, places and regions."""
    model, reading = style.reading
    spread = reading.photos.std(0) + _SPREAD_FLOOR
    distances = []
    for proxy in contents:
        content = Content.of([proxy])
        embedded = embedding_under(style.look_for(content), content.colors[0], model)
        distances.append(np.linalg.norm((reading.photos - embedded) / spread, axis=1))
    first, nearest = np.unravel_index(int(np.argmin(distances)), (len(contents), len(reading.photos)))
    return int(first), int(nearest)


def large_proxy(photo: FolderPhoto, size: int = SIZE) -> Proxy:
    """Return a photo of a folder without the borders of its scan, `size` pixels; smaller if its file is gone."""
    try:
        proxy = proxy_of(read_photo(photo.path), size)
    except AtelierError:  # deleted meanwhile
        return photo.proxy
    return Proxy(photo.crop.apply(proxy.pixels), photo.crop.apply(proxy.weights))


def as_photo(proxy: Proxy) -> Photo:
    """Return a small copy as a photo of 8 bits."""
    return Photo(pixels=np.ascontiguousarray(to_uint8(proxy.pixels)))

"""Reports of nodes: before and after, score, live samples of training, and the verdict in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.imaging.color_management import as_float, to_uint8
from ..core.imaging.contact_sheet import LIGHT, contact_sheet
from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy, preview_of, resize_to_square
from ..core.photos.folder import pick_evenly
from ..core.reports.score_plot import draw_score
from ..core.reports.verdict import GIVE_CONTENT, verdict_of
from ..core.reports.words import verdict_lines
from ..core.styles.applying import apply_style
from ..core.styles.controls import Controls
from ..core.styles.cover import astronaut
from ..core.styles.style import Style
from .pictures import face_window

_SHOWN = 4  # photos in a row
_SAMPLE = "sample portrait of the pack"
_SIDE = 192  # pixels of a photo in a row of training photos
_LIVE_SIZE = 384  # pixels: longer side of a portrait that is shown while a style is learnt
_GIVE_THEM = "  to give them: choose their folder as content_folder (Upload untouched photos makes one); train again"
_SETS_AND_PHOTOS = (
    "  this is about a single photo; the plot compares whole sets of photos, which come near each other more easily"
)
Picture = tuple[str, np.ndarray]  # caption, (H, W, 3) uint8


def verdict_told(style: Style) -> list[str]:
    """Say how well a style was learnt, what its plot tells beside that, and how this host's user follows the advice."""
    verdict, lines = verdict_of(style), [str(line) for line in verdict_lines(style)]
    if verdict is None:
        return lines
    if "history" in style.score:
        lines.insert(1, _SETS_AND_PHOTOS)
    return [*lines, _GIVE_THEM] if verdict.advice == GIVE_CONTENT else lines


def sample_sheet(style: Style, photos: Sequence[Proxy]) -> np.ndarray:
    """Return some photos of a style, above a portrait before and after: (H, W, 3) uint8."""
    rows = [
        [("learnt from", to_uint8(proxy.pixels)) for proxy in _some(photos)],
        _before_after(astronaut(), style, _SAMPLE),
    ]
    return _stacked([contact_sheet(row, columns=len(row), style=LIGHT) for row in rows if row])


def report_sheet(style: Style, photos: Sequence[Photo] = ()) -> np.ndarray:
    """Return a style on photos (or on a portrait), before and after, and its score: (H, W, 3) uint8."""
    pairs = [_before_after(photo, style) for photo in _some(photos)] or [_before_after(astronaut(), style, _SAMPLE)]
    pictures = [picture for pair in pairs for picture in pair]
    sheets = [contact_sheet(pictures, title=style.name, columns=min(4, len(pictures)), style=LIGHT)]
    return _stacked([*sheets, score_picture(style)] if "history" in style.score else sheets)


def score_picture(style: Style) -> np.ndarray:
    """Return the plot of a trained style: (520, 960, 3) uint8."""
    return np.ascontiguousarray(draw_score(style)[..., ::-1])


def live_picture(photo: Photo, style: Style) -> np.ndarray:
    """Return a portrait before and after, side by side, while a style is learnt: (H, W, 3) uint8."""
    after = apply_style(photo, style, Controls(device="cpu"))
    return np.concatenate([preview_of(photo, _LIVE_SIZE), preview_of(after, _LIVE_SIZE)], axis=1)


def photos_picture(photos: Sequence[Proxy]) -> np.ndarray:
    """Return some of the training photos: (H, W, 3) uint8."""
    return np.concatenate([resize_to_square(to_uint8(proxy.pixels), _SIDE) for proxy in _some(photos)], axis=1)


def _before_after(photo: Photo, style: Style, name: str = "before") -> list[Picture]:
    """A photo before and after; both at 100 % too if the style has texture, which a shrunk picture cannot show."""
    after, size = apply_style(photo, style, Controls(device="cpu")), LIGHT.cell_size
    whole = [(name, preview_of(photo, size)), (style.name, preview_of(after, size))]
    if not style.textures or max(photo.height, photo.width) <= size:
        return whole
    window = face_window(photo, size)
    return [*whole, (f"{name}, 100 %", _cut(photo, window)), (f"{style.name}, 100 %", _cut(after, window))]


def _cut(photo: Photo, window: tuple[slice, slice]) -> np.ndarray:
    return to_uint8(as_float(photo.pixels[window]))


def _some(items: Sequence, most: int = _SHOWN) -> list:
    return [items[place] for place in pick_evenly(len(items), most)]


def _stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Stack pictures on the background of a light contact sheet."""
    width = max(picture.shape[1] for picture in pictures)
    board = np.full((sum(len(picture) for picture in pictures), width, 3), LIGHT.mat, np.uint8)
    top = 0
    for picture in pictures:
        left = (width - picture.shape[1]) // 2
        board[top : top + len(picture), left : left + picture.shape[1]] = picture
        top += len(picture)
    return board

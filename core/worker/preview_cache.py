"""Cache of the previews of a layer at full strength, so that a strength slider responds at once.

A look is independent of size, so its preview is exact. A pixel style paints at `PAINTING_SIZE`, which takes seconds:
first the reduced layer is painted as a rough preview, then a larger copy of the layer for an exact one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ..imaging.photo import Photo
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.fitting import fit_for
from ..styles.style import Style
from ..texts import Text
from .named_styles import Mark, NamedStyle

ROUGH_SIZE = 320  # pixels: size of rough paintings, which take 0.2 s on one core
_KEPT = 24

Key = tuple[Mark, Controls]  # of a finished preview: mark of the style, controls but for the strength
Progress = Callable[[int, int], None]
Check = Callable[[], None]


@dataclass(frozen=True)
class Styled:
    """A layer in a style at full strength.

    Attributes:
        pixels: (H, W, 3) float32, sRGB-encoded.
        remarks: on how the style fits the layer.
        is_rough: whether a better one can be had.
    """

    pixels: np.ndarray
    remarks: tuple[Text, ...]
    is_rough: bool = False


@dataclass
class Preview:
    """A reduced layer and its previews.

    Attributes:
        photo: float32, sRGB; gray if the layer is.
        mask: (H, W, 1) float32, weight of the style for each pixel.
        is_reduced: whether the original layer is larger.
        large: a larger copy of the layer for painting; None until the client has sent it.
        finished: by style and controls.
    """

    photo: Photo
    mask: np.ndarray
    is_reduced: bool = False
    large: Photo | None = None
    finished: OrderedDict[Key, Styled] = field(default_factory=OrderedDict)

    @property
    def before(self) -> np.ndarray:
        """(H, W, 3) float32."""
        return _colored(self.photo.pixels)

    def in_style(self, named: NamedStyle, controls: Controls, check: Check, *, exact: bool) -> Styled:
        """Return the layer in a style at full strength.

        Args:
            named: the style.
            controls: all but the strength.
            check: called often; the work ends where it raises.
            exact: whether to wait for an exact preview.
        """
        key = (named.mark, replace(controls, strength=1.0))
        if key not in self.finished or (exact and self.finished[key].is_rough):
            self.finished[key] = self._made(named.style, key[1], check, exact)
        self.finished.move_to_end(key)
        while len(self.finished) > _KEPT:
            self.finished.popitem(last=False)
        return self.finished[key]

    def _made(self, style: Style, controls: Controls, check: Check, exact: bool) -> Styled:
        if style.pixel is None or not self.is_reduced:
            return _styled(self.photo, style, controls)
        if exact and self.large is not None:
            painted = _styled(self.large, style, controls, lambda _done, _total: check())
            return replace(painted, pixels=_resized(painted.pixels, self.photo))
        painted = _styled(shrunk(self.photo, ROUGH_SIZE), style, controls)
        return replace(painted, pixels=_resized(painted.pixels, self.photo), is_rough=True)


def _styled(photo: Photo, style: Style, controls: Controls, progress: Progress | None = None) -> Styled:
    """Apply a style at full strength."""
    fit = fit_for(photo, style, controls)
    pixels = apply_style(photo, style, controls, fit=fit, progress=progress).pixels
    floats = _colored(pixels if pixels.dtype == np.float32 else pixels / np.float32(255))
    return Styled(floats, () if fit is None else fit.remarks)


def shrunk(photo: Photo, size: int) -> Photo:
    """Return a photo with alpha whose longer side has at most `size` pixels."""
    import cv2

    scale = min(1.0, size / max(photo.height, photo.width))
    sides = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    assert photo.alpha is not None
    color, alpha = (cv2.resize(part, sides, interpolation=cv2.INTER_AREA) for part in (photo.pixels, photo.alpha))
    return Photo(color, alpha)


def _resized(pixels: np.ndarray, photo: Photo) -> np.ndarray:
    """Resize pixels to the size of a photo."""
    import cv2

    shrinks = pixels.shape[0] > photo.height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(pixels, (photo.width, photo.height), interpolation=how).clip(0, 1)


def _colored(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)

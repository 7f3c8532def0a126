"""Masks of photos: painted in the browser, or a region of the portrait, with a soft edge."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..core.errors import PhotoError
from ..core.imaging.files.reading import read_photo
from ..core.imaging.photo import Photo
from ..core.styles.region_masks import mask_of

MASK_PARTS = ("subject", "face", "skin", "ground")  # that one click selects
MOST_FEATHER = 0.06  # standard deviation of the blur, in parts of the longer side
_PREFIX = "data:image/png;base64,"
_MOST_LETTERS = 8 << 20
_SHOWN_SIZE = 1024  # pixels of the longer side of masks that are exchanged with the browser
_COLOR = (64, 48, 230)  # blue, green, red of a mask over its picture


@dataclass(frozen=True, eq=False)
class Mask:
    """Where a photo gets the style.

    Attributes:
        painted: (H, W) float32 in [0, 1] of any size, for the whole photo; None for the region.
        region: one of MASK_PARTS where nothing was painted; it is found in the photo at its own size.
        feather: softness of the edge, from 0 to MOST_FEATHER, in parts of the longer side.
    """

    painted: np.ndarray | None = None
    region: str = ""
    feather: float = 0.0

    def of(self, photo: Photo) -> np.ndarray:
        """Return the mask at the size of a photo: (H, W) float32 in [0, 1]."""
        if self.painted is None:
            return feathered(mask_of(photo, self.region), self.feather)
        return _fitted(feathered(self.painted, self.feather), photo.height, photo.width)


def read_mask(data_url: str | None, feather: float = 0.0) -> Mask | None:
    """Decode a mask from a browser: the opacity of a PNG.

    Args:
        data_url: a PNG; empty if nothing was painted.
        feather: softness of its edge.

    Returns:
        None if nothing was painted.

    Raises:
        PhotoError: it is no PNG.
    """
    if not data_url:
        return None
    if not data_url.startswith(_PREFIX) or len(data_url) > _MOST_LETTERS:
        raise PhotoError("the painted mask: cannot be read (it is no PNG, or too large); paint it again")
    try:
        data = base64.b64decode(data_url.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise PhotoError("the painted mask: cannot be read ({cause}); paint it again", cause=error) from error
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise PhotoError("the painted mask: cannot be read (it has no opacity); paint it again")
    painted = pixels[..., 3].astype(np.float32) / 255
    return Mask(painted, feather=limited_feather(feather)) if painted.any() else None


def limited_feather(value: object) -> float:
    """Return a feather that a browser sent, within its limits; 0 for what is no number."""
    if not isinstance(value, int | float) or not np.isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), MOST_FEATHER)


def mask_picture(mask: Mask | None, preview: Path) -> str:
    """Return a mask for the browser to paint on, without its feather, as a data URL of a PNG; empty for none.

    Args:
        mask: of the photo.
        preview: small copy of the photo.
    """
    if mask is None:
        return ""
    shown = _region_of(preview, mask.region) if mask.painted is None else mask.painted
    scale = min(1.0, _SHOWN_SIZE / max(shown.shape))
    size = (round(shown.shape[1] * scale), round(shown.shape[0] * scale))
    opacity = np.rint(cv2.resize(shown, size, interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
    pixels = np.dstack([np.full((*opacity.shape, 3), _COLOR, np.uint8), opacity])
    return _PREFIX + base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()


def feathered(mask: np.ndarray, feather: float) -> np.ndarray:
    """Blur a mask, at a small size where that loses nothing.

    Args:
        mask: (H, W) float32 in [0, 1].
        feather: standard deviation in parts of the longer side.
    """
    if feather <= 0:
        return mask
    height, width = mask.shape
    scale = min(1.0, _SHOWN_SIZE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = mask if scale == 1 else cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), feather * max(small.shape), borderType=cv2.BORDER_REPLICATE)
    return _fitted(blurred, height, width)


@lru_cache(maxsize=8)
def _region_of(preview: Path, part: str) -> np.ndarray:
    return mask_of(read_photo(preview), part)


def _fitted(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    if mask.shape == (height, width):
        return mask
    return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR).clip(0, 1)

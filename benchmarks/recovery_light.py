"""Looks with spatial light: colors, a vignette, and light on the subject."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np
from portrait_atelier.core.color.srgb import REC709_LUMA
from portrait_atelier.core.imaging.place_basis import ENCODING_GAMMA
from portrait_atelier.core.pretraining.designed.local_light import Light, light_field

from .recovery_data import ColorLook

_SUBJECT_BLUR = 0.04  # sigma, as a part of the longer side
_BURN = (0.6, 1.2)  # stops taken from the corners
_LIFT = (0.25, 0.6)  # stops given to the subject
_SIZE, _SOFTNESS = (0.55, 0.85), (0.5, 1.0)  # of the vignette


@dataclass(frozen=True)
class SpatialLook:
    """A look of color, then light that depends on the position and the subject.

    Attributes:
        film: the colors.
        burn: stops taken from the corners.
        lift: stops given to the subject.
        size, softness: of the vignette, as in `Light`.
    """

    film: ColorLook
    burn: float
    lift: float
    size: float
    softness: float

    @classmethod
    def of(cls, film: ColorLook) -> SpatialLook:
        """Draw the light of a look, always the same for the same name."""
        seed = int.from_bytes(hashlib.sha256(film.name.encode()).digest()[:8], "big")
        rng = np.random.Generator(np.random.PCG64(seed))
        burn, lift, size, softness = (float(rng.uniform(*ends)) for ends in (_BURN, _LIFT, _SIZE, _SOFTNESS))
        return cls(film, burn, lift, size, softness)

    def __call__(self, photo: np.ndarray, subject: np.ndarray) -> np.ndarray:
        """Apply the look to a photo.

        Args:
            photo: (H, W, 3) float32 in [0, 1], the whole photo.
            subject: (H, W) uint8, 255 where the subject is.

        Returns:
            (H, W, 3) float32 in [0, 1].
        """
        return relight(self.film(photo), self.stops(subject)).astype(np.float32)

    def stops(self, subject: np.ndarray) -> np.ndarray:
        """(H, W) float32: the light each pixel gets."""
        height, width = subject.shape
        mask = subject.astype(np.float32) / 255
        soft = cv2.GaussianBlur(mask, (0, 0), _SUBJECT_BLUR * max(height, width), borderType=cv2.BORDER_REPLICATE)
        return self.lift * soft - self.burn * self._vignette(height, width)

    def _vignette(self, height: int, width: int) -> np.ndarray:
        shape = Light("surround", 1.0, (0.5, 0.5), (self.size, self.size), self.softness)
        field = light_stops((shape,), max(height, width))
        return cv2.resize(field / field.max(), (width, height), interpolation=cv2.INTER_LINEAR)  # corners are 1


def light_stops(lights: tuple[Light, ...], size: int) -> np.ndarray:
    """Evaluate the stops of lights at each position.

    Returns:
        (size, size) float32, indexed [y, x].
    """
    if not lights:
        return np.zeros((size, size), np.float32)
    field = np.sum([light.stops * light_field(light) for light in lights], 0).astype(np.float32)
    return cv2.resize(field, (size, size), interpolation=cv2.INTER_LINEAR)


def relight(colors: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Apply light to colors: brightening keeps black and white fixed, darkening scales all tones alike.

    Args:
        colors: (..., 3) in [0, 1], sRGB-encoded.
        stops: (...) for each of them.
    """
    gain = np.exp2(np.maximum(stops, 0) / ENCODING_GAMMA)[..., None]
    tone = colors @ np.array(REC709_LUMA, np.float32)
    lit = colors * gain / (1 + (gain - 1) * tone[..., None])
    return np.clip(lit * np.exp2(np.minimum(stops, 0) / ENCODING_GAMMA)[..., None], 0, 1)

"""Estimation of glow from finished photos, in closed form.

Light that spreads from highlights falls off around them, while what lies there by itself has no reason to. So the
gradients of light in dark places are compared with those of the highlights' blurred light: the radius and threshold are
those that explain most of them, by least absolute deviations, and the amount of each channel is the slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..color.srgb import REC709_LUMA, srgb_to_linear
from ..imaging.rendering.texture import Glow

COPY_SIZE = 512  # pixels of the longer side of the copy that is looked at
THRESHOLDS = (0.74, 0.8, 0.86, 0.92)  # luma
RADII = np.geomspace(1 / 320, 1 / 16, 11)  # parts of the longer side
_GLOW_EDGE = 0.1  # luma over which highlights begin to glow, as in rendering
_BLUR = 2.0  # pixels: blurs of twice this and more are computed in a smaller copy
_DARK = 0.3  # luma of places where light is looked for
_STEEP = 0.12  # difference of luma of neighbors, from which they are an edge
_GRAIN_BLUR = 2.5  # pixels, over which grain is averaged
_LEAST_DARK = 0.6  # of the surroundings over which it is
_MOST_PLACES = 1500  # of a photo
_LEAST_PLACES = 200
_UNIT = 0.5  # of the gradients, beyond which they count little, in medians
_ROUNDS = 3
_RIDGE = 1e-4
_LEAST_APART = 3  # steps of radius between two glows
_LEAST_SECOND = 1.2  # of what one glow explains, which two must explain together
_LEAST_GAIN, _LEAST_HALF_GAIN = 0.006, 0.003  # nats by place, of all photos and of each half; plain portraits: 0.0042
_AVERAGED = 6.0  # times as much is asked where grain was averaged
_LEAST_PHOTOS = 4  # with highlights beside dark places
_LEAST_AMOUNT = 0.04


@dataclass(frozen=True)
class GlowSample:
    """Gradients in dark places of one photo.

    Attributes:
        light: (3, N) of the logarithm of what is missing to white, by channel.
        spread: (4, 11, N) of blurred highlights, by threshold and radius.
        is_averaged: whether both are of means, in which grain does not hide glow: it explains far more of them.
    """

    light: np.ndarray
    spread: np.ndarray
    is_averaged: bool = False


def sample_glow(pixels: np.ndarray, *, is_grainy: bool = False) -> GlowSample | None:
    """Measure the light around the highlights of a photo.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], sRGB-encoded; 512 pixels on the longer side.
        is_grainy: whether it has grain, which hides the gradients of light, and is averaged away.

    Returns:
        What was found; None for a photo without highlights beside dark places.
    """
    linear = srgb_to_linear(pixels).astype(np.float32)
    luma, whole = (cv2.transform(part, np.array([REC709_LUMA], np.float32)) for part in (pixels, linear))
    average = _Average.of(luma) if is_grainy else None
    places = _places(luma) if average is None else average.places
    if len(places[0]) < _LEAST_PLACES:
        return None
    missing = -np.log(np.maximum(1 - linear, 0.02))
    channels = [missing[..., channel] if average is None else average(missing[..., channel]) for channel in range(3)]
    light = np.stack([_gradients(channel, places) for channel in channels])
    spread = np.zeros((len(THRESHOLDS), len(RADII), light.shape[1]), np.float32)
    for number, threshold in enumerate(THRESHOLDS):
        part = ((luma - threshold) / _GLOW_EDGE).clip(0, 1)
        source = whole * part * part * (3 - 2 * part)
        if source.any():
            for index, blurred in enumerate(_spreads(source)):
                if average is None:
                    spread[number, index] = _spread_gradients(blurred, luma.shape[:2], places)
                else:
                    spread[number, index] = _gradients(average(cv2.resize(blurred, luma.shape[::-1])), places)
    return GlowSample(light, spread, is_averaged=is_grainy)


@dataclass(frozen=True)
class _Average:
    """Means over the dark surroundings of pixels, to which nothing bright adds (Knutsson and Westin 1993).

    Attributes:
        dark: (H, W) float32, 1 where it is dark.
        share: (H, W) of the surroundings that are dark.
        places: rows and columns of pixels whose surroundings are.
    """

    dark: np.ndarray
    share: np.ndarray
    places: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, luma: np.ndarray) -> _Average:
        calm = cv2.GaussianBlur(luma, (0, 0), _GRAIN_BLUR / 2)
        steep = cv2.dilate(calm, np.ones((3, 3))) - cv2.erode(calm, np.ones((3, 3)))
        bright = cv2.dilate((calm > THRESHOLDS[0]).astype(np.uint8), np.ones((3, 3)))
        dark = ((calm < _DARK) & (steep < _STEEP) & (bright == 0)).astype(np.float32)
        share = cv2.GaussianBlur(dark, (0, 0), _GRAIN_BLUR)
        return cls(dark, np.maximum(share, 1e-3), _places(calm, (dark > 0) & (share > _LEAST_DARK)))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values * self.dark, (0, 0), _GRAIN_BLUR) / self.share


def glow_of(samples: Sequence[GlowSample]) -> tuple[Glow, ...]:
    """Combine what several photos say of glow.

    Args:
        samples: of photos by one photographer.

    Returns:
        None, one or two glows, the narrow one first; none where the photos show no more than plain ones do, or where
        two halves of them disagree.
    """
    if len(samples) < _LEAST_PHOTOS:
        return ()
    number, found = max(enumerate(_fits(samples)), key=lambda item: item[1].gain)
    factor = _AVERAGED if any(sample.is_averaged for sample in samples) else 1.0
    if found.gain < factor * _LEAST_GAIN:
        return ()
    if min(_fits(samples[half::2])[number].gain for half in range(2)) < factor * _LEAST_HALF_GAIN:
        return ()
    glows = []
    for radius, amounts in zip(found.radii, found.amounts.clip(0, 1), strict=True):
        amount = float(amounts.max())
        if amount >= _LEAST_AMOUNT:
            glows.append(Glow(THRESHOLDS[number], radius, amount, (amounts / amount).astype(np.float32)))
    return tuple(glows)


def _fits(samples: Sequence[GlowSample]) -> list[_Fit]:
    """Fit glows of each threshold."""
    light, spread = (np.concatenate([getattr(part, name) for part in samples], -1) for name in ("light", "spread"))
    return [_fit(light, one) for one in spread]


def _places(luma: np.ndarray, among: np.ndarray | bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of dark pixels, the more of them the nearer highlights are."""
    bright = (luma > THRESHOLDS[0]).astype(np.uint8)
    if not bright.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distance = cv2.distanceTransform(1 - bright, cv2.DIST_L2, 3)
    steep = cv2.dilate(luma, np.ones((3, 3))) - cv2.erode(luma, np.ones((3, 3)))
    usable = (luma < _DARK) & (distance > 2) & (distance < luma.shape[0] / 4) & (steep < _STEEP) & among
    usable[:2], usable[-2:], usable[:, :2], usable[:, -2:] = False, False, False, False
    rows, columns = np.nonzero(usable)
    if len(rows) <= _MOST_PLACES:
        return rows, columns
    shares = np.cumsum(1 / (distance[rows, columns] + 4))
    index = np.searchsorted(shares, (np.arange(_MOST_PLACES) + 0.5) / _MOST_PLACES * shares[-1])
    return rows[index], columns[index]


def _gradients(values: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the differences down and across at some places, one after the other."""
    rows, columns = places
    down = values[rows + 1, columns] - values[rows - 1, columns]
    across = values[rows, columns + 1] - values[rows, columns - 1]
    return np.concatenate([down, across]) / 2


def _spread_gradients(source: np.ndarray, size: tuple[int, int], places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the gradients of a small picture of a photo of some size, at places of the photo."""
    down, across = source.shape[0] / size[0], source.shape[1] / size[1]
    rows = ((places[0] + 0.5) * down - 0.5).astype(np.float32)[None]
    columns = ((places[1] + 0.5) * across - 0.5).astype(np.float32)[None]

    def at(row: float, column: float) -> np.ndarray:
        return cv2.remap(source, columns + column, rows + row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)[0]

    steps = ((at(1, 0) - at(-1, 0)) * (down / 2), (at(0, 1) - at(0, -1)) * (across / 2))
    return np.concatenate(steps).astype(np.float32)


def _spreads(source: np.ndarray) -> list[np.ndarray]:
    """Blur a picture by each radius; the wider the blur, the smaller the copy that is returned."""
    found, small = [], source
    for radius in RADII:
        while radius * max(small.shape) > 2 * _BLUR:
            size = (max(2, small.shape[1] // 2), max(2, small.shape[0] // 2))
            small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        found.append(cv2.GaussianBlur(small, (0, 0), radius * max(small.shape), borderType=cv2.BORDER_REFLECT))
    return found


@dataclass(frozen=True)
class _Fit:
    """Glow of one threshold.

    Attributes:
        gain: how much likelier it makes the gradients, in nats by place.
        radii: of one or two glows, as parts of the longer side.
        amounts: (1 or 2, 3) by channel.
    """

    gain: float
    radii: tuple[float, ...]
    amounts: np.ndarray


def _fit(light: np.ndarray, spread: np.ndarray) -> _Fit:
    """Fit one or two glows to gradients (3, N) of light, given those of the highlights (11, N)."""
    steep = np.abs(light[1])[np.abs(light[1]) > 0]
    if not spread.any() or not len(steep):
        return _Fit(0.0, (), np.zeros((0, 3)))
    unit = _UNIT * float(np.median(steep))
    weights = np.ones_like(light)
    for _ in range(_ROUNDS):
        grams, sides = _normal_equations(light, spread, weights)
        slopes = [
            np.linalg.solve(gram + _RIDGE * np.trace(gram) * np.eye(len(gram)), side)
            for gram, side in zip(grams, sides, strict=True)
        ]
        weights = 1 / (1 + ((light - np.stack(slopes) @ spread) / unit) ** 2)
    grams, sides = _normal_equations(light, spread, weights)
    singles = [(index,) for index in range(len(RADII))]
    pairs = [(low, high) for low in range(len(RADII)) for high in range(low + _LEAST_APART, len(RADII))]
    best = max(singles, key=lambda index: _explained(grams, sides, index)[0])
    pair = max(pairs, key=lambda index: _explained(grams, sides, index)[0])
    if _explained(grams, sides, pair)[0] > _LEAST_SECOND * _explained(grams, sides, best)[0]:
        best = pair
    amounts = _explained(grams, sides, best)[1]
    rest = light - amounts.T @ spread[list(best)]
    gain = float(np.mean(np.log1p((light / unit) ** 2) - np.log1p((rest / unit) ** 2)))
    radii = tuple(_between(grams, sides, best, place) for place in range(len(best)))
    return _Fit(gain, radii, amounts)


def _between(grams: np.ndarray, sides: np.ndarray, best: tuple[int, ...], place: int) -> float:
    """Return the radius of a glow, between the steps of the radii: the top of a parabola through the nearest three."""
    index = best[place]
    if not 0 < index < len(RADII) - 1:
        return float(RADII[index])
    near = [(*best[:place], index + step, *best[place + 1 :]) for step in (-1, 0, 1)]
    low, middle, high = (_explained(grams, sides, other)[0] for other in near)
    bend = low - 2 * middle + high
    step = 0.0 if bend >= 0 else float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5))
    return float(np.exp(np.interp(index + step, np.arange(len(RADII)), np.log(RADII))))


def _normal_equations(light: np.ndarray, spread: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (3, 11, 11) and (3, 11) of least squares by channel."""
    weighted = [spread * row for row in weights]
    return np.stack([part @ spread.T for part in weighted]), np.stack(
        [part @ row for part, row in zip(weighted, light, strict=True)]
    )


def _explained(grams: np.ndarray, sides: np.ndarray, index: tuple[int, ...]) -> tuple[float, np.ndarray]:
    """Return what some glows explain of the sum of squares, and their amounts (len(index), 3), none below 0."""
    chosen = list(index)
    total, amounts = 0.0, np.zeros((len(chosen), 3))
    for channel, (gram, side) in enumerate(zip(grams, sides, strict=True)):
        part, wanted = gram[np.ix_(chosen, chosen)] + 1e-9 * np.eye(len(chosen)), side[chosen]
        found = np.linalg.solve(part, wanted).clip(0)
        amounts[:, channel] = found
        total += float(2 * found @ wanted - found @ part @ found)
    return total, amounts

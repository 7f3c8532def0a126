"""Photos finished by known hands: random gains of detail under random looks, grain, glow, lenses and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from ...color.srgb import REC709_LUMA, luma_of
from ...estimation.content import Content
from ...estimation.detail_estimate import gain_covariance, luma_gain_of
from ...estimation.fine_structure import sample_structures
from ...estimation.grain_estimate import sample_grain, without_plain
from ...imaging.files.reading import read_photo
from ...imaging.photo import Photo
from ...imaging.proxy import proxy_of
from ...imaging.rendering.look import Look, grid_shape, table_colors
from ...imaging.rendering.restyle import restyle_photo
from ...imaging.rendering.texture import MAX_GAIN, MIN_GAIN, NUM_BANDS, NUM_GRAIN_TONES, Detail, Glow, Grain, Texture
from ...learning.look.instant import style_from_proxies
from ...learning.resolve import resolve_style
from ...networks.regions import predict_regions
from ..look.looks import procedural_looks

NUM_PHOTOS = 12  # of a hand
READY = (  # styles whose colors are drawn; the others are for reports
    "documentary-1936",
    "low-key",
    "northern-window",
    "orthochromatic-plate",
    "platinum-print",
    "selenium-print",
    "soft-pastel",
    "warm-slide",
)
_PLAIN_SKIN, _PLAIN_REST = 0.2, 0.45  # shares of hands that leave either alone
_GRAINY, _GLOWING = 0.35, 0.25  # shares of hands
_KINDS = {"none": 0.6, "lens": 0.12, "sharp": 0.1, "noise": 0.09, "crop": 0.09}  # of cameras, and their shares
_QUALITIES = (84, 98)  # of JPEG files
_FULL_COLOR = 0.3  # share of files whose color is not subsampled


@dataclass(frozen=True)
class HandSamples:
    """What photos by one hand say of their structures.

    Attributes:
        logarithms: (8,) of its gains, skin first, fine to coarse.
        features: (P, 117) of each photo, as in `StructureSample`.
        people: (P,) places of the portraits.
    """

    logarithms: np.ndarray
    features: np.ndarray
    people: np.ndarray


def simulate(seed: int, portraits: Sequence[Path], count: int = NUM_PHOTOS) -> HandSamples:
    """Draw a hand, let it finish portraits, and measure these as learning does.

    Args:
        seed: of the hand; the same gives the same photos.
        portraits: untouched photos, 1,024 pixels on the longer side.
        count: of those that it finishes.
    """
    rng = np.random.default_rng(seed)
    gains, look = _gains(rng), _look(rng)
    texture = _texture(rng, gains)
    kind = list(_KINDS)[rng.choice(len(_KINDS), p=list(_KINDS.values()))]
    amount, quality = float(rng.uniform()), int(rng.integers(*_QUALITIES))
    full_color = bool(rng.random() < _FULL_COLOR)
    people = rng.choice(len(portraits), count, replace=False)
    finished = []
    for number, place in enumerate(people):
        photo = read_photo(portraits[place])
        photo = replace(photo, pixels=_taken(photo.pixels, kind, amount, rng))
        own = replace(look(number + 1), texture=texture.reseeded(number))
        pixels = restyle_photo(photo, own, regions=predict_regions(proxy_of(photo).pixels)).pixels
        finished.append(through_jpeg(pixels, quality, full_color=full_color))
    return HandSamples(np.log(gains).ravel(), _measured(finished), people)


def through_jpeg(pixels: np.ndarray, quality: int, *, full_color: bool = False) -> np.ndarray:
    """Write (H, W, 3) uint8 pixels as JPEG, and read them back."""
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full_color else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    decoded = cv2.imdecode(cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), options)[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1])


def _measured(finished: Sequence[np.ndarray]) -> np.ndarray:
    """(P, 117): features of finished photos, whose color look is estimated from themselves."""
    proxies = [proxy_of(Photo(pixels=pixels)) for pixels in finished]
    gain = luma_gain_of(style_from_proxies(proxies, "hand", cover=False).look_for(Content.mean_portrait()))
    rows = []
    for pixels, proxy in zip(finished, proxies, strict=True):
        luma = np.ascontiguousarray(luma_of(pixels.astype(np.float32) / 255)[..., 0])
        grain = sample_grain(luma)
        known = without_plain(grain) if grain is not None and grain.is_grain else None
        rows.append(sample_structures(luma, predict_regions(proxy.pixels), gain, known).features())
    return np.stack(rows)


def _gains(rng: np.random.Generator) -> np.ndarray:
    """(2, 4): gains of skin and of the rest."""
    root = np.linalg.cholesky(gain_covariance())
    logarithms = np.zeros((2, NUM_BANDS))
    for group, plain in enumerate((_PLAIN_SKIN, _PLAIN_REST)):
        own = slice(group * NUM_BANDS, (group + 1) * NUM_BANDS)
        if rng.random() > plain:
            logarithms[group] = root[own, own] @ rng.normal(size=NUM_BANDS)
    return np.exp(logarithms).clip(MIN_GAIN, MAX_GAIN)


def _look(rng: np.random.Generator) -> Callable[[int], Look]:
    """Return a color look by variation: of a ready style, or a random one."""
    if rng.random() < 0.5:
        style = replace(resolve_style(READY[rng.integers(len(READY))]), texture=None)
        content = Content.mean_portrait() if style.adapts else None
        return lambda variation: style.look_for(content, variation=variation)
    torch.manual_seed(int(rng.integers(1 << 30)))
    colors = table_colors()
    result = procedural_looks(torch.from_numpy(colors.reshape(1, -1, 3)).float()).numpy().reshape(colors.shape)
    look = Look((result - colors).astype(np.float32), np.zeros(grid_shape(), np.float32))
    return lambda _variation: look


def _texture(rng: np.random.Generator, gains: np.ndarray) -> Texture:
    grain, glows = None, ()
    if rng.random() < _GRAINY:
        strength = np.exp(rng.normal(0, 0.35, NUM_GRAIN_TONES))
        smooth = np.convolve(np.pad(strength, 1, "edge"), [0.25, 0.5, 0.25], "valid") * rng.uniform(0.007, 0.03)
        size, roughness = 1 / rng.uniform(550, 1900), float(rng.uniform(0, 0.5))
        grain = Grain(smooth.clip(0, 0.06).astype(np.float32), size, roughness, float(rng.choice([0, 0, 0.3])))
    if rng.random() < _GLOWING:
        threshold, radius, amount = rng.uniform(0.74, 0.88), 1 / rng.uniform(25, 170), rng.uniform(0.1, 0.3)
        color = np.array([1, rng.uniform(0.4, 1), rng.uniform(0.3, 1)], np.float32)
        glows = (Glow(float(threshold), float(radius), float(amount), color),)
    return Texture(Detail.of(skin=gains[0], other=gains[1]), glows, grain)


def _taken(pixels: np.ndarray, kind: str, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Return (H, W, 3) uint8 as another camera takes it: a soft lens, sharpening, noise, or a part of the frame."""
    values = pixels.astype(np.float32)
    if kind == "lens":
        values = cv2.GaussianBlur(values, (0, 0), 0.35 + 0.55 * amount)
    if kind == "sharp":
        luma = cv2.transform(values, np.array([REC709_LUMA], np.float32))
        blurred = cv2.GaussianBlur(luma, (0, 0), 0.6 + 0.6 * rng.random())
        values = values + ((0.2 + 0.6 * amount) * (luma - blurred))[..., None]
    if kind == "noise":
        strength = 255 * (0.003 + 0.008 * amount)
        noise = rng.normal(0, strength, values.shape[:2]).astype(np.float32)
        colored = cv2.GaussianBlur(rng.normal(0, strength, values.shape).astype(np.float32), (0, 0), 1.2)
        values = values + noise[..., None] + colored
    if kind == "crop":
        height, width = values.shape[:2]
        part = 0.95 - 0.2 * amount
        rows, columns = int(height * part), int(width * part)
        top, left = int((height - rows) * rng.uniform(0.1, 0.6)), (width - columns) // 2
        inner = values[top : top + rows, left : left + columns]
        values = cv2.resize(inner, (width, height), interpolation=cv2.INTER_LANCZOS4)
    return np.ascontiguousarray((values + 0.5).clip(0, 255).astype(np.uint8))

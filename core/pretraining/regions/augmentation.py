"""Augmentation of portraits for the region network: geometry, backdrop, color, tone, blur, noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from ...color.srgb import REC709_LUMA
from ...imaging.proxy import resize_to_square
from .photos import LabelledPhotos

_CUT_ABOVE = 8  # mean of the subject in the top row, of 255, from which a head is cut off
_LUMA = np.array(REC709_LUMA, np.float32)


def varied(photos: LabelledPhotos, index: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Draw one training example.

    Args:
        photos: to draw from; the backdrop may be that of another one.
        index: of the photo.
        size: side in pixels; labels have half of it.
        rng: random state.

    Returns:
        (size, size, 3) float32 in [0, 1]; values and weights (size/2, size/2, 5) float32.
    """
    matrix = _placement(photos, index, size, rng)
    flags = cv2.INTER_LINEAR
    photo = _warped(photos.pixels[index], matrix, size, flags).astype(np.float32) / 255
    values = _warped(photos.values[index].transpose(1, 2, 0), matrix, size, flags)
    weights = _warped(photos.weights[index].transpose(1, 2, 0), matrix, size, cv2.INTER_NEAREST)
    if rng.random() < 0.45:
        photo = _on_backdrop(photo, values[..., 0].astype(np.float32) / 255, photos, rng)
    photo = _damaged(_colored(photo, rng), rng)
    half = (size // 2, size // 2)
    values = cv2.resize(values, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    weights = cv2.resize(weights, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return photo, values, weights


def _warped(image: np.ndarray, matrix: np.ndarray, size: int, flags: int) -> np.ndarray:
    if image.shape[2] <= 4:
        return cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.concatenate(
        [
            _warped(np.ascontiguousarray(part), matrix, size, flags).reshape(size, size, -1)
            for part in (image[..., :4], image[..., 4:])
        ],
        -1,
    )


def _placement(photos: LabelledPhotos, index: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the affine map from a photo to an example: face of 17 to 90 % of the frame, rotated, flipped, stretched."""
    side = photos.pixels.shape[1]
    center, share = _face_of(photos, index)
    usual = share * np.exp(rng.normal(0, 0.2))
    wanted = np.exp(rng.uniform(np.log(0.17), np.log(0.9))) if rng.random() < 0.6 else usual
    scale = wanted / share * size / side
    is_cut_above = photos.values[index, 0, 0].mean() > _CUT_ABOVE
    if is_cut_above:
        scale = max(scale, size / side)  # else the head would be extended beyond the upper edge of the photo
    linear = _linear_map(scale, rng)
    target = center * size / side
    if linear[0, 0] < 0:
        target[0] = size - target[0]
    if rng.random() < 0.75:
        reach = 0.18 if wanted > 0.35 else 0.3
        target = np.array([size * (0.5 + rng.uniform(-reach, reach)), size * (0.45 + rng.uniform(-0.2, 0.15))])
    shift = target - linear @ center
    if scale * side < size and rng.random() < 0.85:
        bottom = (linear @ np.array([side / 2, side]) + shift)[1]
        shift[1] += max(0.0, size - bottom)  # a portrait cut off by its lower edge stays so
    if is_cut_above:
        shift[1] -= max(0.0, (linear @ np.array([side / 2, 0.0]) + shift)[1])
    return np.concatenate([linear, shift[:, None]], 1)


def _face_of(photos: LabelledPhotos, index: int) -> tuple[np.ndarray, float]:
    """Return the center (x, y) of a face in pixels, and its height as a share of the photo; a guess if unknown."""
    side = photos.pixels.shape[1]
    rows, columns = np.nonzero(photos.values[index, 1] > 127)
    if not len(rows) or not photos.weights[index, 1].any():
        return np.array([side / 2, side * 0.4]), 0.45
    return np.array([columns.mean(), rows.mean()]), (rows.max() - rows.min() + 1.0) / side


def _linear_map(scale: float, rng: np.random.Generator) -> np.ndarray:
    stretch = np.exp(rng.normal(0, 0.12))
    turn = np.deg2rad(np.clip(rng.normal(0, 8), -22, 22))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([flip * scale * stretch, scale / stretch])


def _on_backdrop(photo: np.ndarray, alpha: np.ndarray, photos: LabelledPhotos, rng: np.random.Generator) -> np.ndarray:
    alpha = np.clip((alpha - 0.15) / 0.8, 0, 1)[..., None]
    kind = rng.random()
    backdrop = _other_ground(photos, photo.shape[0], rng) if kind < 0.4 else _painted(photo.shape[0], rng)
    return photo * alpha + backdrop * (1 - alpha)


def _other_ground(photos: LabelledPhotos, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return another photo's backdrop, with its subject filled in, sometimes blurred."""
    index = int(rng.integers(len(photos.pixels)))
    photo = photos.pixels[index].astype(np.float32) / 255
    ground = (photos.values[index, 0] < 26).astype(np.float32)
    filled, known = _filled(resize_to_square(photo, 48), resize_to_square(ground, 48))
    mask = cv2.resize(known, (size, size), interpolation=cv2.INTER_LINEAR)[..., None]
    large = cv2.resize(filled, (size, size), interpolation=cv2.INTER_LINEAR)
    large = resize_to_square(photo, size) * mask + large * (1 - mask)
    if rng.random() < 0.5:
        large = cv2.GaussianBlur(large, (0, 0), float(rng.uniform(1, 8)))
    return large[:, ::-1] if rng.random() < 0.5 else large


def _filled(photo: np.ndarray, ground: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fill all but the backdrop from its surroundings; return the result and the mask of the backdrop."""
    known = np.where(ground > 0.9, ground, 0.0).astype(np.float32)
    total, weight = photo * known[..., None], known[..., None].copy()
    for sigma in (3.0, 9.0, 30.0):
        spread = cv2.GaussianBlur(photo * known[..., None], (0, 0), sigma)
        reach = cv2.GaussianBlur(known, (0, 0), sigma)[..., None]
        missing = 1 - np.clip(weight, 0, 1)
        total, weight = total + missing * spread / np.maximum(reach, 1e-3), weight + missing * (reach > 1e-3)
    return np.clip(total / np.maximum(weight, 1e-3), 0, 1), known


def _painted(size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a backdrop: white, black, gray or colored; even, graded, vignetted or clouded."""
    base = np.full(3, rng.choice([0.0, 0.03, 0.97, 1.0, rng.random(), rng.random()]), np.float32)
    if rng.random() < 0.5:
        base = rng.random(3).astype(np.float32)
    other = np.clip(base + rng.normal(0, 0.25, 3), 0, 1).astype(np.float32)
    place = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = np.meshgrid(place, place)
    kind = rng.integers(4)
    if kind == 0:
        share = np.zeros_like(x)
    elif kind == 1:
        angle = rng.uniform(0, 2 * np.pi)
        share = 0.5 + 0.4 * (np.cos(angle) * x + np.sin(angle) * y)
    elif kind == 2:
        share = np.clip(((x - rng.normal(0, 0.3)) ** 2 + (y - rng.normal(0, 0.3)) ** 2) / 2, 0, 1)
    else:
        clouds = rng.random((int(rng.integers(2, 24)),) * 2).astype(np.float32)
        share = cv2.resize(clouds, (size, size), interpolation=cv2.INTER_CUBIC)
    return base + np.clip(share, 0, 1)[..., None] * (other - base)


def _colored(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply a random look: black-and-white in a third of cases (some toned), else exposure, balance, mixes, curves."""
    photo = np.clip(photo, 0, 1)
    if rng.random() < 0.8:
        photo = photo ** np.exp(rng.normal(0, 0.35))
        photo = photo * np.exp(rng.normal(0, 0.15))
    if rng.random() < 0.33:
        mix = np.abs(_LUMA + rng.normal(0, 0.25, 3)).astype(np.float32)
        photo = np.repeat((photo @ (mix / mix.sum()))[..., None], 3, 2)
        if rng.random() < 0.35:
            low, high = rng.uniform(0, 0.3, 3) * rng.random(), 1 - rng.uniform(0, 0.3, 3) * rng.random()
            photo = low + photo * (high - low)
    else:
        photo = _mixed(photo, rng)
    if rng.random() < 0.6:
        contrast, pivot = np.exp(rng.normal(0, 0.3)), rng.uniform(0.3, 0.6)
        photo = pivot + (photo - pivot) * contrast
    if rng.random() < 0.4:
        low, high = rng.uniform(0, 0.15), rng.uniform(0.8, 1.0)
        photo = low + photo * (high - low)
    if rng.random() < 0.25:
        photo = _lit(photo, rng)
    return np.clip(photo, 0, 1).astype(np.float32)


def _mixed(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.7:
        photo = photo * np.exp(rng.normal(0, 0.15, 3))
    if rng.random() < 0.6:
        gray = (photo @ _LUMA)[..., None]
        photo = gray + (photo - gray) * rng.choice([rng.uniform(0.1, 1), rng.uniform(1, 1.8)])
    if rng.random() < 0.3:
        matrix = np.eye(3) + rng.normal(0, 0.15, (3, 3))
        photo = photo @ (matrix / matrix.sum(1, keepdims=True)).T
    if rng.random() < 0.4:
        photo = np.clip(photo, 0, 1) ** np.exp(rng.normal(0, 0.25, 3))
    if rng.random() < 0.08:
        photo = photo[..., rng.permutation(3)]
    return photo


def _lit(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply light from a side, or a vignette."""
    place = np.linspace(-1, 1, photo.shape[0], dtype=np.float32)
    x, y = np.meshgrid(place, place)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.35)
    slope = np.cos(angle) * x + np.sin(angle) * y if rng.random() < 0.6 else 1 - (x * x + y * y)
    return photo * np.exp(strength * slope)[..., None]


def _damaged(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.25:
        photo = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.4, 1.8)))
    if rng.random() < 0.3:
        grain = rng.normal(0, rng.uniform(0.005, 0.06), photo.shape[:2] + ((1,) if rng.random() < 0.5 else (3,)))
        photo = photo + grain.astype(np.float32)
    photo = np.clip(photo, 0, 1)
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 80))]
        _, data = cv2.imencode(".jpg", (photo * 255).astype(np.uint8), quality)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32) / 255
    return photo

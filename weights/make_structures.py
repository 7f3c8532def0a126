"""Make `structures.safetensors`: how strong structures of each size are in neutral portraits, and what gains change.

python weights/make_structures.py FOLDER:COUNT

FOLDER holds untouched portraits of 1,024 pixels; the first COUNT by name are taken, or all of them without a number.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from portrait_atelier.core.color.srgb import luma_of
from portrait_atelier.core.estimation.fine_structure import COPY_SIZE, LumaGain, sample_structures
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import NUM_BANDS, NUM_GROUPS, Detail, Texture
from portrait_atelier.core.networks.regions import predict_regions
from portrait_atelier.core.photos.search import photos_of
from safetensors.numpy import save_file

GAINS = (0.6, 1.5)  # softer and crisper, tried of one band at a time
RENDERED_EVERY = 10  # of the portraits
QUALITY = 95  # of the JPEG through which all of them go, as finished photos do
SHRINK = 0.1  # of correlations, which few portraits tell badly
LEAST_VARIANCE = 2e-3


def strengths_of(pixels: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Return (56,) strengths of the structures of (H, W, 3) uint8 pixels."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255
    luma = np.ascontiguousarray(luma_of(decoded)[..., 0])
    return sample_structures(luma, regions, LumaGain.none()).strengths.ravel()


def changes_of(photo: Photo, regions: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return (2, 4, 56): the change of each strength by the logarithm of the gain of each band, where it is lowered
    and where it is raised.
    """
    found = np.zeros((len(GAINS), NUM_BANDS, len(before)))
    for number, gain in enumerate(GAINS):
        for band in range(NUM_BANDS):
            gains = [gain if other == band else 1.0 for other in range(NUM_BANDS)]
            look = replace(Look.identity(), texture=Texture(detail=Detail.of(skin=gains, other=gains)))
            after = strengths_of(restyle_photo(photo, look).pixels, regions)
            found[number, band] = (after - before) / np.log(gain)
    return found


def numbers_of(paths: Sequence[Path]) -> dict[str, np.ndarray]:
    """Measure portraits: mean and covariance of their strengths, and the response to gains (2, 56, 8)."""
    rows, changes = [], []
    for number, path in enumerate(paths):
        photo = read_photo(path)
        if max(photo.height, photo.width) != COPY_SIZE:
            continue
        regions = predict_regions(proxy_of(photo).pixels)
        rows.append(strengths_of(photo.pixels, regions))
        if number % RENDERED_EVERY == 0:
            changes.append(changes_of(photo, regions, rows[-1]))
    strengths = np.array(rows)
    mean = np.nanmean(strengths, 0)
    response = np.nanmean(changes, 0).reshape(len(GAINS), NUM_BANDS, NUM_GROUPS, -1)
    by_group = np.zeros((len(GAINS), NUM_GROUPS, response.shape[-1], NUM_GROUPS, NUM_BANDS))
    for group in range(NUM_GROUPS):
        by_group[:, group, :, group] = response[:, :, group].swapaxes(1, 2)
    numbers = {
        "mean": mean,
        "covariance": _covariance(strengths - mean),
        "response": by_group.reshape(len(GAINS), len(mean), -1),
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in numbers.items()}


def _covariance(deviations: np.ndarray) -> np.ndarray:
    known = np.isfinite(deviations)
    filled = np.where(known, deviations, 0)
    found = filled.T @ filled / np.maximum(known.T.astype(float) @ known, 1)
    found = (1 - SHRINK) * found + SHRINK * np.diag(np.diag(found))
    values, vectors = np.linalg.eigh(found)
    return (vectors * np.maximum(values, LEAST_VARIANCE)) @ vectors.T


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("portraits", help="FOLDER or FOLDER:COUNT of untouched portraits")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent / "structures.safetensors")
    options = parser.parse_args(arguments)
    save_file(numbers_of(photos_of(options.portraits)), options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Texture recovery: is grain of known strength and size found in finished photos, and none where there is none?

    python -m benchmarks.texture_recovery FOLDER:-100 --count 25 --count 8

FOLDER holds untouched portraits of about 1,024 pixels; FOLDER:-100 are its last hundred. Each case is a film's tone (a
ready style's colors) with grain over it, written as JPEG of quality 95 and read back. The last rows have no grain.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from portrait_atelier.core.color.srgb import luma_of
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.grain_estimate import grain_of, sample_grain
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import Grain, Texture
from portrait_atelier.core.learning.resolve import resolve_style

from .recovery_data import photos_of
from .report import table_text

_QUALITY = 95
_HEAD = ["case", "N", "strength found / true at luma 0.25, 0.5, 0.75", "worst", "size found / true", "rough"]


@dataclass(frozen=True)
class Case:
    """Photos of one hand: a ready style's colors, and grain over them (None for none)."""

    name: str
    style: str
    grain: Grain | None


def cases() -> list[Case]:
    """Twelve combinations of size, strength and tone, then photos without grain."""
    flat, peaked, dark = (0.02,) * 5, (0.010, 0.022, 0.030, 0.024, 0.010), (0.040, 0.045, 0.038, 0.024, 0.012)
    styles = ("golden-hour", "silver-gelatin", "cool-cinema", "faded-print")
    found = []
    for number, (size, roughness) in enumerate(((1500, 0.0), (900, 0.3), (600, 0.0), (450, 0.45))):
        for shape, strength in (("even", flat), ("middle", peaked), ("dark", dark)):
            grain = Grain(np.array(strength, np.float32), 1 / size, roughness)
            name = f"1/{size}, {roughness:g} rough, {shape}"
            found.append(Case(name, styles[(number + len(found)) % len(styles)], grain))
    return [*found, *(Case(f"none, {style}", style, None) for style in styles)]


def finished(photo: Photo, case: Case, seed: int) -> np.ndarray:
    """(H, W, 3) uint8 of a finished photo, after its JPEG."""
    style = replace(resolve_style(case.style), texture=None if case.grain is None else Texture(grain=case.grain))
    content = Content.mean_portrait() if style.adapts else None
    pixels = restyle_photo(photo, style.look_for(content, variation=seed)).pixels
    data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def recover(photos: Sequence[Photo], case: Case) -> Grain | None:
    """What is found in the finished photos of a case."""
    samples = []
    for seed, photo in enumerate(photos, start=1):
        luma = luma_of(finished(photo, case, seed).astype(np.float32) / 255)[..., 0]
        samples.append(sample_grain(luma))
    return grain_of([sample for sample in samples if sample is not None])


def row_of(case: Case, count: int, found: Grain | None) -> list[str]:
    """A row of the table."""
    if case.grain is None or found is None:
        return [case.name, str(count), "none" if found is None else f"FOUND {found.strength.round(4)}", "", "", ""]
    ratios = found.strength[1:4] / case.grain.strength[1:4]
    return [
        case.name,
        str(count),
        ", ".join(f"{ratio:.2f}" for ratio in ratios),
        f"{np.abs(ratios - 1).max():.0%}",
        f"{found.size / case.grain.size:.2f}",
        f"{found.roughness:.2f}",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="texture_recovery", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", metavar="FOLDER", help="untouched portraits; FOLDER:-100 for the last hundred")
    parser.add_argument("--count", type=int, action="append", help="finished photos; may be given again; else 25")
    options = parser.parse_args(arguments)
    photos = [read_photo(path) for path in photos_of(options.photos)]
    rows = []
    for count in options.count or [25]:
        for case in cases():
            rows.append(row_of(case, count, recover(photos[:count], case)))
            print(" ".join(rows[-1]), file=sys.stderr)
    print(table_text(_HEAD, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

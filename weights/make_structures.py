"""Make `structures.safetensors`: what tells soft and crisp skin in finished photos from chance.

python weights/make_structures.py FOLDER:COUNT -o RUN [--hands NUMBER]

FOLDER holds untouched portraits of 1,024 pixels; the first COUNT by name are taken, or all of them without a number.
What was measured stays in the folder RUN, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from portrait_atelier.core.color.srgb import luma_of
from portrait_atelier.core.estimation.fine_structure import LumaGain, sample_structures
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import NUM_BANDS, Detail, Texture
from portrait_atelier.core.networks.regions import predict_regions
from portrait_atelier.core.photos.search import photos_of
from portrait_atelier.core.pretraining.detail.fit import NUM_FEATURES, NUM_GAINS, fit_structures, gains_acting_on
from portrait_atelier.core.pretraining.detail.hands import HandSamples, simulate, through_jpeg
from safetensors.numpy import load_file, save_file

GAINS = (0.7, 1.4)  # softer and crisper, tried of one band at a time
RENDERED_EVERY = 9  # of the portraits
QUALITY = 95  # of the JPEG through which neutral portraits go, as finished photos do
NUM_HANDS = 163
_HERE = Path(__file__).parent


def features_of(pixels: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Return (117,) features of (H, W, 3) uint8 pixels."""
    luma = luma_of(through_jpeg(pixels, QUALITY).astype(np.float32) / 255)[..., 0]
    return sample_structures(np.ascontiguousarray(luma), regions, LumaGain.none()).features()


def changes_of(photo: Photo, regions: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return (2, 4, 117): the change of each feature by the logarithm of the gain of each band, where it is lowered
    and where it is raised.
    """
    found = np.zeros((len(GAINS), NUM_BANDS, len(before)))
    for number, gain in enumerate(GAINS):
        for band in range(NUM_BANDS):
            gains = [gain if other == band else 1.0 for other in range(NUM_BANDS)]
            look = replace(Look.identity(), texture=Texture(detail=Detail.of(skin=gains, other=gains)))
            after = features_of(restyle_photo(photo, look, regions=regions).pixels, regions)
            found[number, band] = (after - before) / np.log(gain)
    return found


def neutral_numbers(paths: Sequence[Path]) -> dict[str, np.ndarray]:
    """Measure portraits: features (P, 117), and their change by single gains (2, 117, 8)."""
    rows, changes = [], []
    for number, path in enumerate(paths):
        photo = read_photo(path)
        regions = predict_regions(proxy_of(photo).pixels)
        rows.append(features_of(photo.pixels, regions))
        if number % RENDERED_EVERY == 0:
            changes.append(changes_of(photo, regions, rows[-1]))
    change, single = np.nanmean(changes, 0), np.zeros((len(GAINS), NUM_FEATURES, NUM_GAINS))
    for feature in range(NUM_FEATURES):
        for gain in gains_acting_on(feature):
            single[:, feature, gain] = change[:, gain % NUM_BANDS, feature]
    return {"features": np.array(rows), "single": single}


def hands_of(paths: Sequence[Path], folder: Path, count: int) -> Iterator[HandSamples]:
    """Simulate hands, or read those of an earlier run."""
    for seed in range(count):
        file = folder / f"hand-{seed:04d}.safetensors"
        if not file.exists():
            hand = simulate(seed, paths)
            save_file({name: getattr(hand, name) for name in ("logarithms", "features", "people")}, file)
            print(f"hand {seed + 1} of {count}", flush=True)
        yield HandSamples(**load_file(file))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("portraits", help="FOLDER or FOLDER:COUNT of untouched portraits")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--hands", type=int, default=NUM_HANDS)
    parser.add_argument("--ship", type=Path, default=_HERE / "structures.safetensors", help="where the result goes")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    paths, file = photos_of(options.portraits), options.output / "neutral.safetensors"
    if not file.exists():
        save_file(neutral_numbers(paths), file)
    neutral, hands = load_file(file), list(hands_of(paths, options.output, options.hands))
    save_file(fit_structures(neutral["features"], neutral["single"], hands), options.ship)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How much a look flickers within a burst: a look for each photo, beside one for the burst (`--series burst`).

    python benchmarks/batch_flicker.py PORTRAITS [--bursts 12] [--frames 8] [--style documentary-1936 ...]

Each burst is made of one portrait: frames a part of a second apart, moved by up to 2 %, with exposure, white balance
and noise as a camera varies them. What a style does to a frame is how far its mean color moves (CIE Lab). *Results*:
how far that differs from one frame to the next, in delta E; a curve that is steeper than 1 makes more of what the
camera varied, whatever the look. *Looks*: the same where the looks of all frames are given to the first frame, so
that nothing but the looks differs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from batch_folder import portraits_of
from PIL import Image
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.styles.applying import look_of_series
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.fitting import fit_look
from report import machine_line, table_text
from skimage.color import rgb2lab

_TAKEN, _FRACTION, _DETAILS = 0x9003, 0x9291, 0x8769
_SIZE = 900  # pixels of a frame's longer side
_WAYS = {"a look for each photo": (), "one look for the burst": ("--series", "burst")}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--bursts", type=int, default=12)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--style", nargs="+", default=["documentary-1936", "golden-hour"])
    chosen = parser.parse_args()
    print(machine_line("numpy", "pillow"), "\n")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bursts"
        for number, source in enumerate(portraits_of(chosen.portraits)[-chosen.bursts :]):
            make_burst(source, folder, number, chosen.frames)
        rows = []
        for style in chosen.style:
            for way, options in _WAYS.items():
                output = Path(scratch) / style / "-".join(("out", *options))
                command = [sys.executable, "-m", "portrait_atelier.core.cli", "apply", str(folder), "-s", style]
                subprocess.run([*command, "-o", str(output), *options], check=True, capture_output=True)
                numbers = range(chosen.bursts)
                results = np.concatenate([flicker(folder, output, number, chosen.frames) for number in numbers])
                looks = np.concatenate(
                    [of_looks(folder, style, number, chosen.frames, bool(options)) for number in numbers]
                )
                cells = (results.mean(), results.max(), looks.mean(), looks.max())
                rows.append([f"{style}: {way}", *(f"{value:.2f}" for value in cells)])
    print(table_text(["flicker, delta E", "results: mean", "worst", "looks: mean", "worst"], rows))


def make_burst(source: Path, folder: Path, number: int, num_frames: int) -> None:
    """Write the frames of a burst."""
    folder.mkdir(exist_ok=True)
    chance = np.random.default_rng(number)
    with Image.open(source) as opened:
        portrait = opened.convert("RGB")
    portrait.thumbnail((_SIZE, _SIZE))
    pixels = np.asarray(portrait).astype(np.float32) / 255
    room = max(2, round(0.02 * min(pixels.shape[:2])))
    for frame in range(num_frames):
        top, left = chance.integers(0, room, 2)
        part = pixels[top : top + pixels.shape[0] - room, left : left + pixels.shape[1] - room]
        gains = 2 ** (chance.normal(0, 0.05) + chance.normal(0, 0.01, 3))
        taken = (part**2.2 * gains) ** (1 / 2.2) + chance.normal(0, 0.01, part.shape)
        exif = Image.Exif()
        exif.get_ifd(_DETAILS).update(
            {_TAKEN: f"2024:05:01 10:{number:02}:{frame // 4:02}", _FRACTION: f"{frame % 4 * 25}"}
        )
        Image.fromarray((taken * 255).clip(0, 255).astype(np.uint8)).save(
            _name(folder, number, frame), quality=92, exif=exif
        )


def flicker(before: Path, after: Path, number: int, num_frames: int) -> np.ndarray:
    """(frames - 1,) how far what was done to a frame differs from what was done to the one before, in delta E."""
    done = [
        _mean_color(_name(after, number, frame)) - _mean_color(_name(before, number, frame))
        for frame in range(num_frames)
    ]
    return np.linalg.norm(np.diff(done, axis=0), axis=1)


def of_looks(folder: Path, style_name: str, number: int, num_frames: int, is_series: bool) -> np.ndarray:
    """(frames - 1,) how far the looks of neighbor frames differ on the first frame, in delta E."""
    style, controls = resolve_style(style_name), Controls()
    photos = [read_photo(_name(folder, number, frame)) for frame in range(num_frames)]
    shared = look_of_series(map(proxy_of, photos), style, controls) if is_series else None
    fits = [fit_look(photo, style, controls, shared) for photo in photos]
    done = [restyle_photo(photos[0], fit.look, regions=fits[0].regions).pixels for fit in fits]
    return np.linalg.norm(np.diff([rgb2lab(pixels).mean((0, 1)) for pixels in done], axis=0), axis=1)


def _mean_color(path: Path) -> np.ndarray:
    """(3,) mean CIE Lab."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    return rgb2lab(np.asarray(image)).mean((0, 1))


def _name(folder: Path, number: int, frame: int) -> Path:
    return folder / f"{number:02}-{frame:02}.jpg"


if __name__ == "__main__":
    main()

"""A blind sheet of texture at 100 %: a real photo of a style, ours, and ours in color only, in an order that is hidden.

    python -m benchmarks.texture_sheet FOLDER:-100 -o sheet.png

FOLDER holds untouched portraits of about 1,024 pixels. The style of each case of texture recovery is learnt from its
finished photos of the first people and given to another; the real photo is of a third, or with `--same-person` of the
same one, where what differs is of texture and color alone. `sheet.txt` tells what is what.
Sheets show people: look at them, do not pass them on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from portrait_atelier.core.imaging.contact_sheet import SheetStyle, contact_sheet
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.reports.texture_picture import crop_at, face_center
from portrait_atelier.core.styles.applying import apply_style

from .recovery_data import photos_of
from .texture_recovery import Case, cases, finished, recover

_CROP = 340  # pixels


def crops_of(
    case: Case, photos: Sequence[Photo], count: int, turn: int, *, same_person: bool = False
) -> dict[str, np.ndarray]:
    """Crops of a real photo of the case, of ours, and of ours in color only; of people that nothing was learnt from.

    Args:
        case: its style and texture.
        photos: untouched ones, more than `count`.
        count: photos that are learnt from.
        turn: which people are shown.
        same_person: the real photo shows the same person as ours.
    """
    done = [finished(photo, case, seed) for seed, photo in enumerate(photos[:count], start=1)]
    shown = photos[count:]
    real, other = shown[2 * turn % len(shown)], shown[(2 * turn + 1) % len(shown)]
    real = other if same_person else real
    proxies = [proxy_of(Photo(pixels=np.ascontiguousarray(pixels))) for pixels in done]
    color_only = style_from_proxies(proxies, "learnt", cover=False)
    ours = replace(color_only, texture=recover(done))
    pictures = {
        "real": (Photo(pixels=np.ascontiguousarray(finished(real, case, 99))), real),
        "ours": (apply_style(other, ours), other),
        "color only": (apply_style(other, color_only), other),
    }
    return {name: crop_at(photo, face_center(before), _CROP) for name, (photo, before) in pictures.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheet and its key."""
    parser = argparse.ArgumentParser(prog="texture_sheet", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", metavar="FOLDER", help="untouched portraits; FOLDER:-100 for the last hundred")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a PNG file")
    parser.add_argument("--count", type=int, default=25, help="finished photos that are learnt from")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    parser.add_argument("--same-person", action="store_true", help="the real photo shows the same person as ours")
    options = parser.parse_args(arguments)
    textured = [case for case in cases() if case.texture is not None]
    photos = [read_photo(path) for path in photos_of(options.photos)[: options.count + 2 * len(textured)]]
    order = np.random.default_rng(options.seed)
    pictures, key = [], []
    for number, case in enumerate(textured, start=1):
        crops = crops_of(case, photos, options.count, number, same_person=options.same_person)
        names = [list(crops)[place] for place in order.permutation(len(crops))]
        pictures += [(f"{number}{letter}", crops[name]) for letter, name in zip("abc", names, strict=True)]
        key.append(f"{number} {case.name}: {', '.join(names)}")
        print(key[-1], file=sys.stderr)
    sheet = contact_sheet(pictures, columns=6, style=SheetStyle(cell_size=_CROP))
    cv2.imwrite(str(options.output), np.ascontiguousarray(sheet[..., ::-1]))
    options.output.with_suffix(".txt").write_text("\n".join(key) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

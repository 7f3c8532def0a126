"""Make the pictures of ComfyUI's templates: the astronaut before and after what each example does.

    python -m benchmarks.comfy_thumbnails [NAME...] [-o example_workflows]

All are made by the renderer, masks and styles that the nodes use; nothing of ComfyUI is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from portrait_atelier import apply, learn, load_style, style_for_series
from portrait_atelier.core.imaging.contact_sheet import jpeg_of
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.style import Style, blend_styles

from .report import chosen_pictures

_SIZE = 512  # pixels, of the astronaut; pictures are square, as templates are shown
_GAP = 4  # pixels
_INSET = 132  # pixels, of a small picture on a large one
_QUALITY = 88  # of JPEG
_FOLDER = Path(__file__).resolve().parents[1] / "example_workflows"


def restyle_one_photo() -> np.ndarray:
    """Untouched on the left, restyled on the right."""
    return _halves(_astronaut(), _with("golden-hour"))


def blend_two_styles() -> np.ndarray:
    """One style, the blend, the other."""
    first, second = load_style("golden-hour"), load_style("silver-gelatin")
    blend = blend_styles(first, second, 0.4, "blend")
    return _strips([_with(style) for style in (first, blend, second)])


def learn_from_a_batch() -> np.ndarray:
    """Before and after, and the finished photos that the style was learnt from."""
    return _with_insets(_halves(_astronaut(), _with(_learnt())), _finished()[:3])


def restyle_several_photos() -> np.ndarray:
    """Three photos above, the same restyled below."""
    face, size = _astronaut(), (_SIZE // 3, (_SIZE - _GAP) // 2)
    parts = (face[:300, 125:323], face[20:220, 160:292][:, ::-1], face[:420, 85:362])
    photos = [cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA) for part in parts]
    above, below = (_strips(row, whole=True) for row in (photos, [apply(photo, "golden-hour") for photo in photos]))
    return np.concatenate([above, np.full((_GAP, above.shape[1], 3), 245, np.uint8), below])


def match_a_reference() -> np.ndarray:
    """Before and after, and the reference."""
    reference = _finished()[:1]
    return _with_insets(_halves(_astronaut(), _with(learn(reference, "reference", instant=True))), reference)


def train_and_compare() -> np.ndarray:
    """Before and after, between rows of the photos."""
    small = [_square(photo, _SIZE // 4) for photo in _finished()]
    wide = _halves(_astronaut(), _with(_learnt()))[: _SIZE * 3 // 4]
    return np.concatenate([_strips(small, whole=True), wide])


def person_and_ground() -> np.ndarray:
    """The person in one style, the ground in another."""
    person = apply(_astronaut(), "golden-hour", region="subject", protect_skin=0.8)
    return _halves(_astronaut(), apply(person, "silver-gelatin", region="ground"))


def video_one_look() -> np.ndarray:
    """Frames of a clip above, the same in one look below."""
    frames = [_astronaut()[:400, start : start + 400] for start in (0, 56, 112)]
    style = style_for_series(frames, "documentary-1936")
    after = [apply(frame, style) for frame in frames]
    width, height = _SIZE // 3, (_SIZE - _GAP) // 2
    left = (400 - 400 * width // height) // 2
    rows = [[cv2.resize(frame[:, left : 400 - left], (width, height)) for frame in row] for row in (frames, after)]
    above, below = (_strips(row, whole=True) for row in rows)
    return np.concatenate([above, np.full((_GAP, above.shape[1], 3), 245, np.uint8), below])


PICTURES: dict[str, Callable[[], np.ndarray]] = {
    "01 Give a style to one photo": restyle_one_photo,
    "02 Give a style to several photos": restyle_several_photos,
    "03 Match a reference photo": match_a_reference,
    "04 Make a style of a few photos": learn_from_a_batch,
    "05 Learn a style and see how good it is": train_and_compare,
    "06 Blend two styles": blend_two_styles,
    "07 Person and ground in two styles": person_and_ground,
    "08 One look for a video": video_one_look,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures that are named, or all."""
    names, folder = chosen_pictures(arguments, "Make the pictures of ComfyUI's templates.", list(PICTURES), _FOLDER)
    for name in names:
        (folder / f"{name}.jpg").write_bytes(jpeg_of(PICTURES[name](), _QUALITY))
    return 0


def _astronaut() -> np.ndarray:
    return astronaut().pixels


def _with(style: str | Style) -> np.ndarray:
    return apply(_astronaut(), style)


@cache
def _learnt() -> Style:
    return learn(_finished(), "finished", instant=True)


@cache
def _finished() -> list[np.ndarray]:
    """Parts of one photo, of several sizes, finished in one style."""
    face = _astronaut()
    parts = (face[40:360, 150:420][:, ::-1], face[:300, 100:400], face[100:400, 60:460], face[250:, 230:][:, ::-1])
    return [apply(np.ascontiguousarray(part), "faded-print") for part in parts]


def _square(picture: np.ndarray, size: int) -> np.ndarray:
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return cv2.resize(picture[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_AREA)


def _halves(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return _strips([before, after])


def _strips(pictures: Sequence[np.ndarray], *, whole: bool = False) -> np.ndarray:
    """Put pictures of one size side by side with lines between; of each only its own strip, if not `whole`."""
    width = pictures[0].shape[1]
    ends = [round(width * number / len(pictures)) for number in range(len(pictures) + 1)]
    joined = np.concatenate(
        [one if whole else one[:, ends[at] : ends[at + 1]] for at, one in enumerate(pictures)], axis=1
    )
    for at in range(1, len(pictures)):
        line = at * width if whole else ends[at]
        joined[:, line - _GAP // 2 : line + _GAP // 2] = 245
    return joined


def _with_insets(picture: np.ndarray, small: Sequence[np.ndarray]) -> np.ndarray:
    """Lay small pictures into the lower left corner."""
    picture = picture.copy()
    for number, one in enumerate(small):
        left, top = 12 + number * (_INSET + 8), len(picture) - _INSET - 12
        picture[top - 3 : top + _INSET + 3, left - 3 : left + _INSET + 3] = 245
        picture[top : top + _INSET, left : left + _INSET] = _square(one, _INSET)
    return picture


if __name__ == "__main__":
    sys.exit(main())

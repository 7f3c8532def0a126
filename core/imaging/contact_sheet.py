"""Contact sheets, before/after pictures and covers."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

COVER_SIZE = 256
_COVER_QUALITY = 88  # of JPEG
_ELLIPSIS = "…"


@dataclass(frozen=True)
class SheetStyle:
    """Sizes and colors of a sheet.

    Attributes:
        cell_size: longest side of a picture in pixels.
        mat: background color.
        ink: color of the captions.
        faint: color of the line under the title.
    """

    cell_size: int = 320
    mat: tuple[int, int, int] = (34, 34, 35)
    ink: tuple[int, int, int] = (214, 212, 208)
    faint: tuple[int, int, int] = (78, 78, 80)

    def __post_init__(self) -> None:
        if self.cell_size < 32:
            raise ValueError(f"cell_size must be at least 32, got {self.cell_size}")

    @property
    def gap(self) -> int:
        """Pixels between pictures."""
        return max(6, round(self.cell_size * 0.07))

    @property
    def margin(self) -> int:
        """Pixels around the sheet."""
        return max(10, round(self.cell_size * 0.14))

    @property
    def caption_size(self) -> int:
        """Font size of the captions in pixels."""
        return max(10, round(self.cell_size * 0.052))


DARK = SheetStyle()
LIGHT = SheetStyle(mat=(240, 239, 236), ink=(58, 57, 55), faint=(200, 198, 193))


def contact_sheet(
    pictures: Sequence[tuple[str, np.ndarray]],
    *,
    title: str | None = None,
    columns: int | None = None,
    style: SheetStyle = DARK,
) -> np.ndarray:
    """Lay out pictures in rows, with captions, keeping aspect ratios.

    Args:
        pictures: (caption, pixels) pairs; pixels are uint8, (H, W, 3) or gray (H, W), of any sizes.
        title: a line above the sheet; None for none.
        columns: pictures in a row; None for a sheet that is about as wide as high.
        style: sizes and colors.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: there are no pictures, a picture is not uint8, or columns is not positive.
    """
    if not pictures:
        raise ValueError("pictures must not be empty")
    if columns is not None and columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    images = [_fitted(pixels, style.cell_size) for _, pixels in pictures]
    columns = min(columns or _balanced_columns(len(images)), len(images))
    column_width = max(image.width for image in images)
    row_height = max(image.height for image in images) + style.caption_size * 2
    rows = math.ceil(len(images) / columns)
    head = style.caption_size * 4 if title else 0
    width = 2 * style.margin + columns * column_width + (columns - 1) * style.gap
    height = 2 * style.margin + head + rows * row_height + (rows - 1) * style.gap
    sheet = Image.new("RGB", (width, height), style.mat)
    if title:
        _draw_title(sheet, title, style)
    for index, ((caption, _), image) in enumerate(zip(pictures, images, strict=True)):
        left = style.margin + (index % columns) * (column_width + style.gap)
        top = style.margin + head + (index // columns) * (row_height + style.gap)
        bottom = top + row_height - style.caption_size * 2
        # Pictures of one row are aligned at the bottom, so that their captions are.
        sheet.paste(image, (left + (column_width - image.width) // 2, bottom - image.height))
        place = (left + column_width / 2, bottom + style.caption_size * 0.55)
        _draw_line(sheet, caption, place, column_width, style.caption_size, style.ink, anchor="ma")
    return np.asarray(sheet).copy()


def side_by_side(before: np.ndarray, after: np.ndarray, labels: tuple[str, str]) -> np.ndarray:
    """Put a photo and its restyled copy next to each other, at full size.

    Args:
        before: uint8, (H, W, 3) or gray (H, W).
        after: likewise; a picture of another height is scaled to that of `before`.
        labels: captions of the two; their size and the margins scale with the pictures.

    Returns:
        (H, W, 3) uint8.
    """
    first, second = _image(before), _image(after)
    if second.height != first.height:
        width = max(1, round(second.width * first.height / second.height))
        second = second.resize((width, first.height), Image.Resampling.LANCZOS)
    unit = max(4, round(min(first.size) / 60))
    letters = max(10, round(min(first.size) * 0.036))
    width = first.width + second.width + 5 * unit
    sheet = Image.new("RGB", (width, first.height + 4 * unit + round(letters * 2.2)), DARK.mat)
    for index, image in enumerate((first, second)):
        left = 2 * unit + index * (first.width + unit)
        sheet.paste(image, (left, 2 * unit))
        place = (left + image.width / 2, 2 * unit + image.height + letters * 0.8)
        _draw_line(sheet, labels[index], place, image.width, letters, DARK.ink, anchor="ma")
    return np.asarray(sheet).copy()


def cover(pixels: np.ndarray) -> bytes:
    """Encode a cover: a JPEG of a picture, at most COVER_SIZE pixels on its longer side; smaller ones keep their size.

    Args:
        pixels: uint8, (H, W, 3) or gray (H, W).

    Returns:
        The bytes of the JPEG file, deterministic.
    """
    image = _fitted(pixels, COVER_SIZE)
    for optimize in (True, False):
        stream = io.BytesIO()
        try:
            image.save(stream, "JPEG", quality=_COVER_QUALITY, subsampling=0, optimize=optimize)
        except OSError:  # Pillow's buffer is too small for noisy pictures, but only with optimize
            if not optimize:
                raise
        else:
            break
    return stream.getvalue()


def jpeg_of(pixels: np.ndarray, quality: int = 95) -> bytes:
    """Encode a picture, (H, W, 3) uint8, as a JPEG file without metadata."""
    import cv2

    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def shortened(text: str, width: float, size: int) -> str:
    """Truncate a line of text to a width, with an ellipsis.

    Args:
        text: one line.
        width: largest width in pixels.
        size: font size in pixels.
    """
    font = _font(size)
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + _ELLIPSIS) > width:
        text = text[:-1].rstrip()
    return text + _ELLIPSIS


def _balanced_columns(count: int) -> int:
    """Choose columns for a sheet about as wide as high or wider, with the fewest empty cells."""
    widths = range(math.ceil(math.sqrt(count)), math.ceil(math.sqrt(2 * count)) + 1)
    return min(widths, key=lambda width: (-count % width, width))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _draw_title(sheet: Image.Image, title: str, style: SheetStyle) -> None:
    width = sheet.width - 2 * style.margin
    size = round(style.caption_size * 1.6)
    _draw_line(sheet, title, (style.margin, style.margin), width, size, style.ink, anchor="la")
    line = style.margin + style.caption_size * 2.6
    ImageDraw.Draw(sheet).line([(style.margin, line), (style.margin + width - 1, line)], fill=style.faint, width=1)


def _draw_line(
    sheet: Image.Image,
    text: str,
    place: tuple[float, float],
    width: float,
    size: int,
    ink: tuple[int, int, int],
    *,
    anchor: str,
) -> None:
    ImageDraw.Draw(sheet).text(place, shortened(text, width, size), fill=ink, font=_font(size), anchor=anchor)


def _fitted(pixels: np.ndarray, size: int) -> Image.Image:
    """Shrink a picture to a longer side of at most `size`; never enlarge it."""
    image = _image(pixels)
    scale = size / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _image(pixels: np.ndarray) -> Image.Image:
    is_picture = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not is_picture or 0 in pixels.shape:
        raise ValueError(f"a picture must be uint8 (H, W, 3) or (H, W), got {pixels.dtype} {pixels.shape}")
    return Image.fromarray(pixels).convert("RGB")

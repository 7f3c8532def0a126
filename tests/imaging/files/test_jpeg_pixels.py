"""Pixels of JPEG files: the same as Pillow's, and damage is told as Pillow tells it."""

import io

import numpy as np
import pytest
from photo_files import jpeg_bytes, pattern, smooth
from PIL import Image, JpegImagePlugin
from portrait_atelier.core.imaging.files.jpeg_pixels import decode_pixels, image_of


def _decoded(data: bytes) -> np.ndarray:
    return decode_pixels(JpegImagePlugin.JpegImageFile(io.BytesIO(data)), data)


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        (smooth(), {}),
        (pattern(), {"subsampling": 0, "quality": 30}),
        (pattern(height=25, width=37), {"subsampling": 2, "progressive": True}),
        (pattern(channels=1), {}),
    ],
)
def test_pixels_are_those_of_pillow(pixels: np.ndarray, options: dict):
    data = jpeg_bytes(pixels, **options)
    decoded = _decoded(data)
    assert np.array_equal(decoded, np.array(Image.open(io.BytesIO(data))))
    assert decoded.flags.writeable


def test_what_follows_the_picture_does_not_count():
    data = jpeg_bytes(smooth())
    expected = np.array(Image.open(io.BytesIO(data)))
    for more in (data, b"more", b"\xff\xda more"):
        assert np.array_equal(_decoded(data + more), expected)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_file_is_told(share: float):
    data = jpeg_bytes(pattern(height=200, width=200), quality=95)
    with pytest.raises(OSError, match="truncated"):
        _decoded(data[: int(len(data) * share)])


def test_broken_data_are_told_as_pillow_tells_them():
    data = jpeg_bytes(pattern(height=200, width=200), quality=95)
    broken = data[: len(data) // 2] + b"\xff\x3f" * 40 + data[len(data) // 2 :]
    with pytest.raises(OSError, match="broken data stream"):
        _decoded(broken)


@pytest.mark.parametrize("pixels", [smooth(), pattern(channels=1), pattern()[:, ::-1]])
def test_an_image_for_the_encoder_gives_the_same_file(pixels: np.ndarray):
    files = []
    for image in (image_of(pixels), Image.fromarray(np.ascontiguousarray(pixels))):
        files.append(io.BytesIO())
        image.save(files[-1], "JPEG", quality=90, subsampling=1)
    assert files[0].getvalue() == files[1].getvalue()

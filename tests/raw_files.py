"""A camera's RAW file made by code: a DNG with a Bayer mosaic of a picture."""

from pathlib import Path

import numpy as np
import tifffile

WHITE_LEVEL = 16383
NEUTRAL = (0.5, 1.0, 0.6)  # what the camera sees of white
_LINEAR_RAW = 34892
_SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def write_dng(
    path: Path, picture: np.ndarray, *, orientation: int = 1, is_gray: bool = False, iptc: bytes = b""
) -> Path:
    """Write what a camera with sRGB's primaries would store of a picture.

    Args:
        path: of the file.
        picture: (H, W, 3) float in [0, 1], sRGB-encoded; even sides.
        orientation: as in EXIF.
        is_gray: whether the camera has no color filters; it sees the picture's green.
        iptc: a record that a program has added; empty for none.
    """
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4) * NEUTRAL
    mosaic = linear[..., 1].copy()
    if not is_gray:
        mosaic[::2, ::2], mosaic[1::2, 1::2] = linear[::2, ::2, 0], linear[1::2, 1::2, 2]
    tags = [
        (271, "s", 0, "Maker", True),
        (272, "s", 0, "Camera One", True),
        (274, "H", 1, orientation, True),
        (315, "s", 0, "Somebody", True),
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),  # DNGVersion
        (50707, "B", 4, bytes((1, 1, 0, 0)), True),  # DNGBackwardVersion
        (50708, "s", 0, "Maker Camera One", True),  # UniqueCameraModel
        (50714, "I", 1, 0, True),  # BlackLevel
        (50717, "I", 1, WHITE_LEVEL, True),  # WhiteLevel
        (50778, "H", 1, 21, True),  # CalibrationIlluminant1: D65
    ]
    if not is_gray:
        tags += [
            (33421, "H", 2, (2, 2), True),  # CFARepeatPatternDim
            (33422, "B", 4, bytes((0, 1, 1, 2)), True),  # CFAPattern
            (50721, "2i", 9, _rational(np.linalg.inv(_SRGB_TO_XYZ)), True),  # ColorMatrix1
            (50728, "2I", 3, _rational(np.array(NEUTRAL)), True),  # AsShotNeutral
        ]
    tags += [(33723, "B", len(iptc), iptc, True)] if iptc else []
    codes = np.rint(mosaic * WHITE_LEVEL).astype(np.uint16)
    tifffile.imwrite(path, codes, photometric="cfa", metadata=None, software=False, extratags=tags)
    if is_gray:
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages.first.tags["PhotometricInterpretation"].overwrite(_LINEAR_RAW)
    return path


def _rational(values: np.ndarray) -> tuple[int, ...]:
    return tuple(part for value in values.ravel() for part in (round(float(value) * 10000), 10000))

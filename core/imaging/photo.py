"""A photo in memory: pixels as in the file, and all that is needed to write it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..texts import Text

WRITABLE_SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".mpo": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
}
READ_ONLY_SUFFIXES = {".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".avif": "AVIF"}
PHOTO_SUFFIXES = WRITABLE_SUFFIXES | READ_ONLY_SUFFIXES
_RAW_NAMES = (
    "3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f"
)
RAW_SUFFIXES = frozenset(f".{name}" for name in _RAW_NAMES.split())
MIN_SIDE = 8
MAX_MEGAPIXELS = 250.0


@dataclass(frozen=True)
class Metadata:
    """Metadata of a photo, as unparsed bytes, so that nothing is lost.

    Attributes:
        exif: a TIFF-structured block that starts with its byte order mark; its orientation is 1.
        xmp: a packet of UTF-8.
        resources: Photoshop's resource blocks ("8BIM"), of which number 1028 is IPTC.
        resolution: pixels per inch, across and down.
        comment: a JPEG's comment.
        text_chunks: a PNG's textual chunks other than XMP, whole.
        color_chunks: a PNG's chunks that describe its colors, as (kind, body); they hold as long as they say what
            the photo's profile says.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    resources: bytes | None = None
    resolution: tuple[float, float] | None = None
    comment: bytes | None = None
    text_chunks: bytes = b""
    color_chunks: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Encoding:
    """Encoding parameters of a file, so that a new one can be encoded alike.

    Attributes:
        quantization: tables of a JPEG; None for other formats.
        subsampling: chroma of a JPEG: 0 is 4:4:4, 1 is 4:2:2, 2 is 4:2:0.
        progressive: whether a JPEG is progressive.
        lossless: whether a WebP is lossless.
        compression: of a TIFF: "none", "lzw" or "deflate".
        extra_sample: kind of alpha of a TIFF: 0 unspecified, 1 associated, 2 unassociated.
    """

    quantization: tuple[tuple[int, ...], ...] | None = None
    subsampling: int = 0
    progressive: bool = False
    lossless: bool = False
    compression: str = "none"
    extra_sample: int = 2


@dataclass(frozen=True)
class Photo:
    """An upright photo.

    Attributes:
        pixels: (H, W, 3), or (H, W) if it is gray; uint8, uint16 or float32 (1 is white), encoded as `profile` says.
        alpha: (H, W), of the same dtype, not multiplied into the pixels; None if every pixel is opaque.
        profile: ICC profile that fits the pixels; None is sRGB.
        metadata: EXIF, XMP, IPTC, resolution.
        encoding: of its file.
        path: of its file.
        file_format: "JPEG", "PNG", "TIFF", "WebP", "HEIC", "AVIF" or "RAW".
        notes: about reading, for users.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    profile: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)
    encoding: Encoding = field(default_factory=Encoding)
    path: Path | None = None
    file_format: str = "PNG"
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.dtype not in (np.uint8, np.uint16, np.float32):
            raise ValueError(f"pixels must be uint8, uint16 or float32, got {self.pixels.dtype}")
        if self.pixels.ndim != 2 and self.pixels.shape[2:] != (3,):
            raise ValueError(f"pixels must be (H, W, 3) or (H, W), got shape {self.pixels.shape}")
        if self.alpha is not None and (self.alpha.shape, self.alpha.dtype) != (
            self.pixels.shape[:2],
            self.pixels.dtype,
        ):
            raise ValueError(f"alpha must fit the pixels, got {self.alpha.dtype} {self.alpha.shape}")

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.pixels.shape[1]

    @property
    def is_gray(self) -> bool:
        """Whether it has one channel."""
        return self.pixels.ndim == 2

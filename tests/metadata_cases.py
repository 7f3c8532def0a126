"""Photo files of every format, depth and kind, with metadata by our own code or by exiftool; and what exiftool sees."""

import json
import re
import subprocess
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import icc_profiles as profiles
import imagecodecs
import numpy as np
import tifffile
from PIL import Image
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo

HEIGHT, WIDTH = 24, 32
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WebP": ".webp", "HEIC": ".heic", "AVIF": ".avif"}
OUTPUTS = ("JPEG", "PNG", "TIFF", "WebP")
DTYPES = {8: np.uint8, 10: np.uint16, 16: np.uint16, 32: np.float32}


class Source(NamedTuple):
    """A kind of file: format, bits, channels (2 and 4 with alpha), profile."""

    file_format: str
    bits: int
    channels: int
    profile: str

    @property
    def name(self) -> str:
        """Name of its file, without what metadata it has."""
        kind = ("gray", "grayalpha", "rgb", "rgba")[self.channels - 1]
        return f"{self.file_format}-{self.bits}-{kind}-{self.profile}"


class Case(NamedTuple):
    """One row of the table: a source, the set of its metadata, and the format it is written to."""

    source: Source
    metadata: str  # none, all, turned
    output: str

    @property
    def name(self) -> str:
        """Name of the row."""
        return f"{self.source.name}-{self.metadata}-to-{self.output}"


def _kinds() -> dict[str, list[tuple[int, int]]]:
    every = (1, 2, 3, 4)
    return {
        "JPEG": [(8, 1), (8, 3)],
        "PNG": list(product((8, 16), every)),
        "TIFF": list(product((8, 16, 32), every)),
        "WebP": [(8, 3), (8, 4)],
        "HEIC": [(8, 3), (10, 3), (8, 4)],
        "AVIF": [(8, 3), (10, 3), (8, 4)],
    }


def sources() -> list[Source]:
    """Every kind of file, each with a profile and without."""
    return [
        Source(name, bits, channels, profile)
        for name, kinds in _kinds().items()
        for bits, channels in kinds
        for profile in ("srgb", "gray" if channels < 3 else "p3")
    ]


def cases() -> list[Case]:
    """The table: all metadata to every format; none and turned to its own format and to two others."""
    rows = [Case(source, "all", output) for source in sources() for output in OUTPUTS]
    for number, source in enumerate(sources()):
        own = [source.file_format] if source.file_format in OUTPUTS else ["JPEG"]
        others = [name for name in OUTPUTS if name not in own]
        rows += [Case(source, "turned", output) for output in [*own, others[number % 3], others[(number + 1) % 3]]]
        rows += [Case(source, "none", output) for output in [*own, others[number % 3]]]
    return rows


def pixels_of(source: Source) -> np.ndarray:
    """(H, W) or (H, W, channels): gradients over the whole range, opaque nearly everywhere."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] / (HEIGHT, WIDTH)[0]
    values = np.stack([x * 24 / 32, y, 1 - y * x * 0.7], -1)[..., : 3 if source.channels > 2 else 1]
    if source.channels in (2, 4):
        values = np.dstack([values, 1 - 0.5 * y * y])
    values = values[..., 0] if source.channels == 1 else values
    dtype = DTYPES[source.bits]
    if dtype == np.float32:
        return values.astype(np.float32)
    top = 2**source.bits - 1 if source.bits != 10 else 1023
    return np.rint(values.clip(0, 1) * top).astype(dtype)


def profile_of(source: Source) -> bytes | None:
    """The ICC profile of a source."""
    return {"srgb": None, "p3": profiles.p3(), "gray": profiles.gray_profile(profiles.gamma(1.8))}[source.profile]


def write_source(source: Source, path: Path, metadata: Metadata) -> None:
    """Write a file of a kind, with what metadata our own code can write."""
    pixels, profile = pixels_of(source), profile_of(source)
    if source.file_format == "HEIC":
        _write_heic(pixels, source.bits, profile, metadata, path)
    elif source.file_format == "AVIF":
        _write_avif(pixels, source.bits, profile, metadata, path)
    else:
        color, alpha = (pixels, None) if source.channels in (1, 3) else (pixels[..., :-1].squeeze(), pixels[..., -1])
        photo = Photo(np.ascontiguousarray(color), alpha, profile, metadata, file_format=source.file_format)
        write_photo(photo, path)


def _write_heic(pixels: np.ndarray, bits: int, profile: bytes | None, metadata: Metadata, path: Path) -> None:
    import pillow_heif

    mode = ("RGB" if pixels.shape[2] == 3 else "RGBA") + (";16" if bits > 8 else "")
    packed = pixels if bits == 8 else pixels << (16 - bits)
    image = pillow_heif.from_bytes(mode, (WIDTH, HEIGHT), packed.tobytes())
    options = {"exif": b"Exif\0\0" + metadata.exif} if metadata.exif else {}
    if metadata.xmp:
        options["xmp"] = metadata.xmp
    if profile:
        image[0].info["icc_profile"] = profile
        image[0].info["icc_profile_type"] = "prof"
    image.save(path, quality=95, **options)


def _write_avif(pixels: np.ndarray, bits: int, profile: bytes | None, metadata: Metadata, path: Path) -> None:
    if bits > 8:  # by a library that writes no metadata
        path.write_bytes(imagecodecs.avif_encode(pixels, bitspersample=bits))
        return
    named = {"icc_profile": profile, "exif": metadata.exif, "xmp": metadata.xmp}
    Image.fromarray(pixels).save(path, quality=95, **{name: value for name, value in named.items() if value})


EXIFTOOL_TAGS = """
-IFD0:Make=Maker
-IFD0:Model=Camera One
-IFD0:Artist=Somebody
-IFD0:Copyright=(c) Somebody
-IFD0:ImageDescription=A person
-IFD0:Software=Another program
-IFD0:ModifyDate=2024:05:06 07:08:09
-IFD0:XResolution=240
-IFD0:YResolution=240
-IFD0:ResolutionUnit=inches
-ExifIFD:DateTimeOriginal=2024:05:06 07:08:09
-ExifIFD:OffsetTimeOriginal=+02:00
-ExifIFD:ExposureTime=1/125
-ExifIFD:FNumber=2.8
-ExifIFD:ISO=200
-ExifIFD:FocalLength=85
-ExifIFD:LensModel=85mm f/1.4
-ExifIFD:UserComment=for nobody
-ExifIFD:SerialNumber=1234
-GPS:GPSLatitude=48.1
-GPS:GPSLatitudeRef=N
-GPS:GPSLongitude=11.5
-GPS:GPSLongitudeRef=E
-XMP-dc:Title=Portrait
-XMP-dc:Subject=one
-XMP-dc:Subject=two
-XMP-dc:Creator=Somebody
-XMP-xmp:Rating=4
-XMP-xmp:Label=Red
-XMP-photoshop:City=Somewhere
-XMP-xmpRights:Marked=True
-XMP-iptcCore:Location=A studio
-IPTC:Caption-Abstract=A person
-IPTC:Keywords=one
-IPTC:Keywords=two
-IPTC:By-line=Somebody
-IPTC:City=Somewhere
"""


def add_by_exiftool(paths: Iterable[Path], folder: Path, *, turned: bool) -> None:
    """Add metadata to files, all in one run; what a format cannot hold is left out by exiftool itself."""
    arguments = folder / "tags.args"
    rows = "-IFD0:Orientation#=6\n-XMP-dc:Title=Turned\n" if turned else EXIFTOOL_TAGS.lstrip()
    names = "".join(f"{path}\n" for path in paths)
    arguments.write_text(f"-m\n-overwrite_original\n{rows}{names}", encoding="utf-8")
    subprocess.run(["exiftool", "-@", str(arguments)], capture_output=True, check=False)


def seen_by_exiftool(paths: Iterable[Path], folder: Path) -> dict[str, dict[str, object]]:
    """What exiftool sees in files, in one run: values by `group:tag`, by name of file."""
    arguments = folder / "read.args"
    names = "".join(f"{path}\n" for path in paths)
    arguments.write_text(f"-j\n-G1:4\n-a\n-n\n-m\n{names}", encoding="utf-8")
    done = subprocess.run(["exiftool", "-@", str(arguments)], capture_output=True, check=False)
    return {Path(row["SourceFile"]).name: _by_group(row) for row in json.loads(done.stdout)}


def _by_group(row: dict[str, object]) -> dict[str, object]:
    """Values by `group:tag`; exiftool numbers tags of one name in several groups, which have a list here if in one."""
    found: dict[str, object] = {}
    for name, value in row.items():
        plain = re.sub(r":Copy\d+", "", name)
        found[plain] = [found[plain], value] if plain in found else value
    return found


_OF_FILE = ("ExifTool", "System", "File", "Composite", "SourceFile", "QuickTime", "RIFF", "Meta", "IFD1", "ICC-header")
_OF_ENCODING = re.compile(  # how pixels are stored, and the sizes that turning changes
    r"IFD0:(ImageWidth|ImageHeight|BitsPerSample|Compression|PhotometricInterpretation|StripOffsets|SamplesPerPixel|"
    r"RowsPerStrip|StripByteCounts|PlanarConfiguration|ExtraSamples|SampleFormat|Predictor|SubfileType|YCbCr\w+|"
    r"ExifOffset|GPSInfo|NewSubfileType|Orientation)|ExifIFD:(ExifImage(Width|Height)|ExifVersion|FlashpixVersion|"
    r"ComponentsConfiguration|ColorSpace)|PNG:(ImageWidth|ImageHeight|BitDepth|ColorType|Compression|Filter|Interlace|ProfileName)|"
    r"JFIF:JFIFVersion|GPS:GPSVersionID|XMP-x:XMPToolkit|IPTC:ApplicationRecordVersion|Photoshop:IPTCDigest|"
    r"ICC_Profile:\w*Curve|XMP-tiff:Orientation"
)
_RESOLUTION = re.compile(
    r"(IFD0|JFIF|PNG-pHYs|Photoshop):(XResolution|YResolution|ResolutionUnit|PixelsPerUnit\w|PixelUnits)"
)
_WORDS = {  # of notes that tell of a loss, by group of tags
    "IPTC": ("IPTC", "PNG text"),
    "IFD0": ("EXIF",),
    "ExifIFD": ("EXIF",),
    "GPS": ("EXIF",),
    "PNG": ("PNG",),
    "ICC_Profile": ("profile",),
    "Photoshop": ("IPTC",),
}


def tags_of(seen: dict[str, object]) -> dict[str, object]:
    """The tags that describe the photo, without those of the file and of the encoding, and without the resolution."""
    return {
        name: value
        for name, value in seen.items()
        if not name.startswith(_OF_FILE) and not _OF_ENCODING.fullmatch(name) and not _RESOLUTION.fullmatch(name)
    }


def resolution_of(seen: dict[str, object]) -> float | None:
    """Pixels per inch across, wherever they are stored."""
    for group, unit in (("IFD0", "IFD0:ResolutionUnit"), ("JFIF", "JFIF:ResolutionUnit")):
        value, kind = seen.get(f"{group}:XResolution"), seen.get(unit)
        if isinstance(value, (int, float)) and kind in ((2, 3) if group == "IFD0" else (1, 2)):
            return float(value)
    meters = seen.get("PNG-pHYs:PixelsPerUnitX")
    return float(meters) * 0.0254 if isinstance(meters, (int, float)) else None


def is_told(tag: str, notes: tuple[str, ...]) -> bool:
    """Whether a note tells that such a tag is lost."""
    group = tag.partition(":")[0]
    words = _WORDS.get(group, ("XMP",) if group.startswith("XMP") else (group,))
    return any(word in note for word in words for note in notes if "left out" in note or "exchanged" in note)


def same(before: object, after: object) -> bool:
    """Whether a tag has kept its value."""
    if isinstance(before, float) and isinstance(after, (int, float)):
        return abs(before - after) < 1e-6 * max(1, abs(before))
    return before == after


def tiff_of_tags(path: Path, tags: list[tuple[int, str, int, object]]) -> None:
    """A small TIFF with tags of its own."""
    pixels = np.zeros((16, 16, 3), np.uint8)
    rows = [(code, kind, count, value, True) for code, kind, count, value in tags]
    tifffile.imwrite(path, pixels, photometric="rgb", metadata=None, software=False, extratags=rows)

"""The table of formats and metadata: whatever exiftool sees before is there after, or told."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from metadata_cases import (
    SUFFIXES,
    Case,
    add_by_exiftool,
    cases,
    is_told,
    resolution_of,
    same,
    seen_by_exiftool,
    tags_of,
    write_source,
)
from photo_files import exif_block, iptc_resources
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Metadata, Photo

CASES = cases()
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
HOLDS = {"JPEG": (8, False), "PNG": (16, True), "TIFF": (32, True), "WebP": (8, True)}  # bits, transparency
missing = {
    "HEIC": importlib.util.find_spec("pillow_heif") is None,
    "AVIF": importlib.util.find_spec("PIL._avif") is None,
}
by_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def _written(folder: Path, case: Case) -> tuple[Photo, Path, tuple[str, ...]]:
    """Read a source and write it in the format of the case: the photo, the file, all notes."""
    source = folder / f"{case.source.name}-{case.metadata}{SUFFIXES[case.source.file_format]}"
    photo = read_photo(source)
    output = folder / f"{case.name}{SUFFIXES[case.output]}"
    return photo, output, (*photo.notes, *write_photo(photo, output, overwrite=True))


def _make_sources(folder: Path, metadata: dict[str, Metadata]) -> dict[str, list[Path]]:
    made: dict[str, list[Path]] = {kind: [] for kind in metadata}
    for source in dict.fromkeys(case.source for case in CASES):
        if missing.get(source.file_format):
            continue
        for kind, block in metadata.items():
            path = folder / f"{source.name}-{kind}{SUFFIXES[source.file_format]}"
            write_source(source, path, block)
            made[kind].append(path)
    return made


def _skip_if_missing(case: Case) -> None:
    if missing.get(case.source.file_format):
        pytest.skip(f"the decoder of {case.source.file_format} is not installed")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Sources with metadata by our own code."""
    folder = tmp_path_factory.mktemp("own")
    everything = Metadata(exif_block(size=(32, 24)), PACKET, iptc_resources(), (240.0, 240.0))
    _make_sources(folder, {"none": Metadata(), "all": everything, "turned": Metadata(exif_block(6, size=(32, 24)))})
    return folder


@pytest.fixture(scope="module")
def by_exiftool(tmp_path_factory):
    """Sources with metadata by exiftool, what was written of them, and what exiftool sees in all."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    folder = tmp_path_factory.mktemp("exiftool")
    made = _make_sources(folder, dict.fromkeys(("none", "all", "turned"), Metadata()))
    add_by_exiftool(made["all"], folder, turned=False)
    add_by_exiftool(made["turned"], folder, turned=True)
    written = {case: _written(folder, case) for case in CASES if not missing.get(case.source.file_format)}
    paths = [*(path for some in made.values() for path in some), *(output for _, output, _ in written.values())]
    return written, seen_by_exiftool(paths, folder)


def test_the_table_is_long():
    assert len(CASES) >= 500


@by_case
def test_depth_pixels_and_metadata_come_back_or_are_told(own, case):
    _skip_if_missing(case)
    before, output, notes = _written(own, case)
    after = read_photo(output)
    bits, holds_alpha = HOLDS[case.output]
    depth = before.pixels.dtype.itemsize * 8
    assert after.pixels.dtype.itemsize * 8 == min(depth, bits)
    assert any("became" in note for note in notes) == (depth > bits)
    assert (after.alpha is not None) == (before.alpha is not None and holds_alpha)
    assert any("transparent" in note for note in notes) == (before.alpha is not None and not holds_alpha)
    assert before.pixels.shape[:2] == after.pixels.shape[:2] == ((32, 24) if turned(case) else (24, 32))
    if case.output in ("PNG", "TIFF") and depth <= bits:
        np.testing.assert_array_equal(after.pixels, before.pixels)
    assert after.profile == before.profile or any("profile" in note for note in notes)
    assert (after.metadata.exif is None) == (before.metadata.exif is None)
    assert after.metadata.xmp == before.metadata.xmp
    assert (after.metadata.resources is None) == any("IPTC" in note for note in notes) or not before.metadata.resources


def turned(case: Case) -> bool:
    """Whether a case is turned by a quarter; exiftool alone can turn a deep AVIF."""
    return case.metadata == "turned" and (case.source.file_format, case.source.bits) != ("AVIF", 10)


@by_case
def test_what_exiftool_sees_is_kept_or_told(by_exiftool, case):
    _skip_if_missing(case)
    written, seen = by_exiftool
    _, output, notes = written[case]
    source = f"{case.source.name}-{case.metadata}{SUFFIXES[case.source.file_format]}"
    before, after = tags_of(seen[source]), tags_of(seen[output.name])
    lost = [name for name, value in before.items() if not same(value, after.get(name))]
    assert [name for name in lost if not is_told(name, notes)] == []
    assert [name for name in after if name not in before and name.startswith(("IPTC", "Copy", "XMP"))] == []
    if (ppi := resolution_of(seen[source])) is not None and not any("resolution" in note for note in notes):
        assert resolution_of(seen[output.name]) == pytest.approx(ppi, abs=0.5)
    if case.metadata == "turned":
        assert seen[output.name].get("IFD0:Orientation", 1) == 1
    if case.metadata == "none":
        assert [note for note in notes if "left out" in note] == []


@pytest.fixture(scope="module")
def by_imagemagick(own):
    """What was written of lossless sources, and its pixels as ImageMagick sees them, (files, H, W, 4) uint16."""
    if shutil.which("convert") is None:
        pytest.skip("ImageMagick is not installed")
    lossless = [
        case
        for case in CASES
        if case.metadata == "all"
        and case.output in ("PNG", "TIFF")
        and case.source.file_format in ("PNG", "TIFF")
        and case.source.bits <= 16
    ]
    written = {case: _written(own, case)[1] for case in lossless}
    command = ["convert", *map(str, written.values()), "-depth", "16", "-endian", "LSB", "rgba:-"]
    pixels = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<u2")
    return {
        case: (path, seen) for (case, path), seen in zip(written.items(), pixels.reshape(-1, 24, 32, 4), strict=True)
    }


def test_imagemagick_sees_the_same_pixels(by_imagemagick):
    for case, (path, seen) in by_imagemagick.items():
        photo = read_photo(path)
        color = np.repeat(photo.pixels[..., None], 3, -1) if photo.is_gray else photo.pixels
        alpha = (
            np.full(photo.pixels.shape[:2], np.iinfo(photo.pixels.dtype).max) if photo.alpha is None else photo.alpha
        )
        scale = 257 if photo.pixels.dtype == np.uint8 else 1
        np.testing.assert_array_equal(seen, np.dstack([color, alpha]).astype(int) * scale, err_msg=case.name)

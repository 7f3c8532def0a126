"""EXIF blocks changed in place."""

import struct

import pytest
from photo_files import MAKER_NOTE, exif_block
from portrait_atelier.core.imaging.files import exif
from portrait_atelier.core.imaging.files.exif import first_directory, normalize_orientation, upright_xmp
from portrait_atelier.core.imaging.files.tiff_directory import read_directory


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_orientation_and_size_change_and_nothing_else(order, orientation):
    block = exif_block(orientation, order, size=(100, 50))
    assert exif.orientation_of(block) == orientation
    after = normalize_orientation(block, 50, 100)
    assert after == exif_block(1, order, size=(50, 100))
    assert after.index(MAKER_NOTE) == block.index(MAKER_NOTE)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_thumbnail_is_gone(order):
    block = exif_block(1, order, thumbnail=b"\xff\xd8 how it looked before \xff\xd9")
    after = normalize_orientation(block, 36, 24)
    assert b"looked before" not in after
    directory = read_directory(after, first_directory(after))
    assert directory == read_directory(exif_block(1, order), 8)
    (link,) = struct.unpack_from(order + "I", after, 10 + 12 * struct.unpack_from(order + "H", after, 8)[0])
    assert link == 0


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_orientation_out_of_range_counts_as_upright(value):
    assert exif.orientation_of(exif_block(value)) == 1


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\0\0\0", b"Exif\0\0II*\0", b"MM\0*\0\0\0\x08\xff\xff"])
def test_damage_is_told(block):
    with pytest.raises(exif.DAMAGED_EXIF):
        normalize_orientation(block, 1, 1)


def test_xmp_that_repeats_the_orientation_is_set_upright():
    assert upright_xmp(b'<a tiff:Orientation="6"/>') == b'<a tiff:Orientation="1"/>'
    assert upright_xmp(b"<tiff:Orientation>8</tiff:Orientation>") == b"<tiff:Orientation>1</tiff:Orientation>"
    assert upright_xmp(b'<a tiff:Orientation="1"/>') == b'<a tiff:Orientation="1"/>'

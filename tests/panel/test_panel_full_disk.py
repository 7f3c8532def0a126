"""A disk without room: the panel says so, keeps nothing half, and goes on when there is room."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.panel.context import show_errors
from portrait_atelier.panel.restyling import Order, restyle_files, restyle_preview, restyle_thumbnail
from portrait_atelier.panel.try_photos import TryPhoto, take_photos
from scenes import save

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")


@contextmanager
def files_end_at(num_bytes: int) -> Iterator[None]:
    """Have the system refuse what would make a file larger, as it refuses it on a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def order() -> Order:
    return Order(load_style(find_style("low-key").path), Controls())


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 300, 400, 3), np.uint8)  # whose files are large
    return [save(picture / np.float32(255), tmp_path / f"{index}.jpg") for index, picture in enumerate(pixels)]


def _kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.parent == folder]


def test_photos_without_room_for_their_previews_are_told(photos: list[Path], tmp_path: Path):
    folder = tmp_path / "tab"
    folder.mkdir()
    with files_end_at(20_000):
        taken, errors = take_photos(photos, folder)
    assert (taken, len(errors)) == ([], 2)
    assert "cannot be written" in str(errors[0])
    assert _kept(folder) == []
    assert len(take_photos(photos, folder)[0]) == 2


def test_what_was_not_written_is_not_taken_for_a_picture(photos: list[Path], order: Order, tmp_path: Path):
    (photo,), _ = take_photos(photos[:1], tmp_path)
    assert isinstance(photo, TryPhoto)
    before = _kept(tmp_path)
    with files_end_at(2000):
        with pytest.raises(AtelierError, match="cannot be written"):
            restyle_preview(photo.preview, order, tmp_path)
        with pytest.raises(AtelierError, match="cannot be written"):
            restyle_thumbnail(photo.thumbnail, order.style, tmp_path)
    assert _kept(tmp_path) == before
    assert read_photo(restyle_thumbnail(photo.thumbnail, order.style, tmp_path)).width == 256


def test_a_zip_without_room_is_told_and_nothing_of_it_stays(photos: list[Path], order: Order, tmp_path: Path):
    folder = tmp_path / "tab"
    folder.mkdir()
    room = int(max(path.stat().st_size for path in photos) * 1.3)  # for each photo, not for both
    asked = [(path, None) for path in photos]
    with files_end_at(room), pytest.raises(AtelierError, match="cannot be written"):
        restyle_files(asked, order, folder)
    assert list(folder.iterdir()) == []
    assert [path.suffix for path in (restyle_files(asked, order, folder)[0], *folder.iterdir())] == [".zip", ".zip"]


def test_a_full_disk_is_told_in_the_page():
    @show_errors
    def handler(code: int) -> None:
        raise OSError(code, "the system's words")

    with pytest.raises(gr.Error, match="the disk is full .no space left on device.; make room on it"):
        handler(errno.ENOSPC)
    with pytest.raises(OSError, match="the system's words"):
        handler(errno.EIO)

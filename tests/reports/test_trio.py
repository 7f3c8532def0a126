"""Three pictures: a photo before the look, the same in the style, and the finished photo that is most like it."""

from pathlib import Path

import numpy as np
import pytest
from people_material import portrait
from PIL import Image
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.photos.folder import PhotoFolder, read_photo_folder
from portrait_atelier.core.reports.trio import Trio, choose_pair
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.style import Style


def _folder(path: Path, seeds: range, tint: tuple[float, float, float] = (1, 1, 1)) -> PhotoFolder:
    path.mkdir()
    for seed in seeds:
        pixels = portrait(seed, 320, 240) * np.array(tint, np.float32)
        Image.fromarray((pixels * 255).astype(np.uint8)).save(path / f"{seed:02d}.png")
    return read_photo_folder(path)


@pytest.fixture
def finished(tmp_path: Path) -> PhotoFolder:
    return _folder(tmp_path / "finished", range(10), (1, 0.85, 0.6))


@pytest.fixture
def style(finished: PhotoFolder) -> Style:
    return style_from_proxies(finished.proxies, "warm", cover=False)


def test_without_untouched_photos_the_sample_portrait_is_shown_and_said_to_be_one(finished: PhotoFolder, style: Style):
    trio = Trio.of(style, finished.photos)
    assert trio.is_sample
    np.testing.assert_allclose(trio.neutral.pixels.astype(int), astronaut().pixels.astype(int), atol=1)
    assert np.abs(trio.styled.pixels.astype(int) - trio.neutral.pixels).mean() > 3
    shown = [np.array_equal(trio.finished.pixels, np.asarray(Image.open(photo.path))) for photo in finished.photos]
    assert sum(shown) == 1


def test_of_the_own_photos_the_same_person_before_and_after_is_found(
    finished: PhotoFolder, style: Style, tmp_path: Path
):
    untouched = _folder(tmp_path / "untouched", range(3, 4))
    before, after = choose_pair(style, finished.photos, untouched.photos)
    assert before is not None
    assert before.path.name == after.path.name == "03.png"
    trio = Trio.of(style, finished.photos, untouched.photos)
    assert not trio.is_sample
    np.testing.assert_array_equal(trio.neutral.pixels, np.asarray(Image.open(before.path)))
    np.testing.assert_array_equal(trio.finished.pixels, np.asarray(Image.open(after.path)))


def test_without_untouched_photos_another_of_the_user_s_is_shown(finished: PhotoFolder, style: Style, tmp_path: Path):
    other = Photo((portrait(3, 320, 240) * 255).astype(np.uint8))
    trio = Trio.of(style, finished.photos, (), other)
    assert not trio.is_sample
    np.testing.assert_array_equal(trio.neutral.pixels, other.pixels)
    nearest = finished.photos[3]
    np.testing.assert_array_equal(trio.finished.pixels, np.asarray(Image.open(nearest.path)))
    untouched = _folder(tmp_path / "untouched", range(5, 6))
    trio = Trio.of(style, finished.photos, untouched.photos, other)
    np.testing.assert_array_equal(trio.neutral.pixels, np.asarray(Image.open(untouched.photos[0].path)))


def test_a_photo_that_is_gone_is_shown_small(finished: PhotoFolder, style: Style):
    for photo in finished.photos:
        photo.path.unlink()
    assert max(Trio.of(style, finished.photos).finished.pixels.shape) <= 320

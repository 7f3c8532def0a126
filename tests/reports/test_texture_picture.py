"""The picture of a style's texture: crops at 100 %, around faces, never enlarged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.texture import Grain, Texture
from portrait_atelier.core.reports.texture_picture import crop_at, face_center, write_texture_picture
from portrait_atelier.core.reports.trio import Trio
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.cover import astronaut
from portrait_atelier.core.styles.style import Style

GRAINY = Style(
    "grainy", "fixed", look=Look.identity(), texture=Texture(grain=Grain(np.full(5, 0.05, np.float32), 1 / 300))
)


def test_crops_are_the_photos_own_pixels():
    pixels = np.random.default_rng(0).integers(0, 255, (600, 500, 3), dtype=np.uint8)
    crop = crop_at(Photo(pixels=pixels), (0.5, 0.5), size=100)
    np.testing.assert_array_equal(crop, pixels[250:350, 200:300])
    assert crop_at(Photo(pixels=pixels), (0.0, 1.0), size=550).shape == (550, 500, 3)


def test_the_face_is_found():
    row, column = face_center(astronaut())
    assert 0.1 < row < 0.35
    assert 0.3 < column < 0.55


def test_the_file_shows_the_difference_and_is_not_replaced_unasked(tmp_path: Path):
    path = tmp_path / "texture.png"
    write_texture_picture(GRAINY, astronaut(), astronaut(), path, overwrite=False)
    sheet = read_photo(path).pixels.astype(np.float32)
    third = sheet.shape[1] // 3
    assert (
        np.abs(np.diff(sheet[:, third : 2 * third], axis=1)).mean() > np.abs(np.diff(sheet[:, :third], axis=1)).mean()
    )
    with pytest.raises(AtelierError, match="exists"):
        write_texture_picture(GRAINY, astronaut(), astronaut(), path, overwrite=False)
    with pytest.raises(AtelierError, match=r"must end in \.png"):
        write_texture_picture(replace(GRAINY), astronaut(), astronaut(), tmp_path / "texture.jpg", overwrite=True)


def test_whole_photos_stand_above_the_crops_as_they_are(tmp_path: Path):
    photo = astronaut()
    warm = Style("warm", "fixed", look=replace(Look.identity(), table=Look.identity().table + np.float32(0.1)))
    trio = Trio(photo, apply_style(photo, warm), photo, is_sample=True)
    write_texture_picture(warm, None, photo, tmp_path / "both.png", overwrite=False, trio=trio)
    write_texture_picture(warm, None, photo, tmp_path / "crops.png", overwrite=False)
    both, crops = (read_photo(tmp_path / name).pixels for name in ("both.png", "crops.png"))
    assert both.shape[1] == crops.shape[1]
    assert both.shape[0] > 1.7 * crops.shape[0]
    top = both[: both.shape[0] // 2]
    left, right = (top[:, part * top.shape[1] // 3 : (part + 1) * top.shape[1] // 3].astype(float) for part in (0, 2))
    assert np.abs(left.mean() - right.mean()) < 2  # the same photo, untouched and finished
    assert top[:, top.shape[1] // 3 : 2 * top.shape[1] // 3].mean() > left.mean() + 5
